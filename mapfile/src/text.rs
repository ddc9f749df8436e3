//! A file's bytes, cut into lines as HTCondor's `readLine` cuts them.
//!
//! HTCondor reads pieces of at most 1023 bytes with `fgets` and takes each for a C string, until one
//! ends in a newline. So a NUL byte hides the rest of its piece, newline included, and the next line
//! continues the one that it stands in. Without NUL bytes a line is what one expects, its newline
//! included; a carriage return is an ordinary byte.

use std::borrow::Cow;
use std::ops::Range;

/// What HTCondor reads at a time, in bytes: the buffer less its terminator.
const PIECE: usize = 1023;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where it stands in the text, its newline included.
    pub(crate) at: Range<usize>,
    /// Its number in the file, from 1: that of its first byte.
    pub(crate) number: usize,
    /// Whether it has NUL bytes, and so hides something.
    pub(crate) has_nul: bool,
}

/// The bytes that HTCondor sees of a file, and its lines.
pub(crate) fn cut(bytes: &[u8]) -> (Cow<'_, [u8]>, Vec<Line>) {
    if bytes.contains(&0) {
        let (text, lines) = cut_with_nul(bytes);
        return (Cow::Owned(text), lines);
    }
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let end = start + line.len();
        lines.push(Line {
            at: start..end,
            number: index + 1,
            has_nul: false,
        });
        start = end;
    }
    (Cow::Borrowed(bytes), lines)
}

fn cut_with_nul(bytes: &[u8]) -> (Vec<u8>, Vec<Line>) {
    let mut text = Vec::with_capacity(bytes.len());
    let mut lines = Vec::new();
    let mut rest = bytes;
    let mut number = 1;
    while !rest.is_empty() {
        let start = text.len();
        let first = number;
        let mut has_nul = false;
        while !rest.is_empty() {
            let most = rest.get(..PIECE).unwrap_or(rest);
            let newline = most.iter().position(|byte| *byte == b'\n');
            let (piece, after) = rest.split_at(newline.map_or(most.len(), |at| at + 1));
            rest = after;
            number += usize::from(newline.is_some());
            let seen = piece.split(|byte| *byte == 0).next().unwrap_or_default();
            has_nul |= seen.len() < piece.len();
            text.extend_from_slice(seen);
            if text.get(start..).is_some_and(|line| line.ends_with(b"\n")) {
                break;
            }
        }
        lines.push(Line {
            at: start..text.len(),
            number: first,
            has_nul,
        });
    }
    (text, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(Vec<u8>, usize)> {
        let (text, lines) = cut(bytes);
        lines
            .into_iter()
            .map(|line| (text[line.at].to_vec(), line.number))
            .collect()
    }

    #[test]
    fn ordinary_lines() {
        assert_eq!(lines(b""), []);
        assert_eq!(
            lines(b"a\n\nb"),
            [
                (b"a\n".to_vec(), 1),
                (b"\n".to_vec(), 2),
                (b"b".to_vec(), 3)
            ]
        );
    }

    #[test]
    fn a_nul_joins_lines() {
        assert_eq!(
            lines(b"a\0x\nb\nc\n"),
            [(b"ab\n".to_vec(), 1), (b"c\n".to_vec(), 3)]
        );
        assert_eq!(lines(b"\0\0\n\0"), [(Vec::new(), 1)]);
        // The NUL hides the rest of its piece alone.
        let mut long = vec![b'a'; PIECE - 1];
        long.extend_from_slice(b"\0bc\n");
        let mut seen = vec![b'a'; PIECE - 1];
        seen.extend_from_slice(b"bc\n");
        assert_eq!(lines(&long), [(seen, 1)]);
    }
}
