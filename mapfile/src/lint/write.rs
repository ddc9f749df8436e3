//! Fields and lines, written so that they are read as they were meant.

use std::ops::Range;

use super::case::Case;
use super::draft::Fix;
use crate::field::{Delimiter, Flags, is_blank};
use crate::keys::BareKeys;

/// `value` between delimiters, escaped as `MapFile` takes it apart again.
pub(super) fn between(value: &[u8], delimiter: u8) -> Vec<u8> {
    let mut out = vec![delimiter];
    let mut bytes = value.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte == delimiter {
            out.push(b'\\');
        } else if *byte == b'\\' {
            match bytes.peek() {
                Some(next) if **next != b'\\' && **next != delimiter => {}
                _ => out.push(b'\\'),
            }
        }
        out.push(*byte);
    }
    out.push(delimiter);
    out
}

/// A word as it is, or in quotes if it would not be read whole.
pub(super) fn word(value: &[u8], keys: BareKeys) -> Vec<u8> {
    let needs_quotes = value.is_empty()
        || value.iter().any(|byte| is_blank(*byte))
        || value.starts_with(b"\"")
        || (keys == BareKeys::Literals && value.starts_with(b"/"));
    if needs_quotes {
        between(value, b'"')
    } else {
        value.to_vec()
    }
}

/// A pattern as a principal.
pub(super) fn pattern(value: &[u8], flags: Flags, keys: BareKeys) -> Vec<u8> {
    match keys {
        BareKeys::Patterns => {
            let mut inner = Vec::new();
            match (flags.caseless, flags.ungreedy) {
                (true, true) => inner.extend_from_slice(b"(?iU)"),
                (true, false) => inner.extend_from_slice(b"(?i)"),
                (false, true) => inner.extend_from_slice(b"(?U)"),
                (false, false) => {}
            }
            inner.extend_from_slice(value);
            word(&inner, keys)
        }
        BareKeys::Literals => {
            let mut out = between(value, b'/');
            if flags.caseless {
                out.push(b'i');
            }
            if flags.ungreedy {
                out.push(b'U');
            }
            out
        }
    }
}

/// A literal as a pattern that matches it and nothing else.
pub(super) fn exactly(value: &[u8]) -> Vec<u8> {
    let mut out = vec![b'^'];
    escaped(value, &mut out);
    out.push(b'$');
    out
}

/// The bytes of a literal, as a pattern has them.
fn escaped(value: &[u8], out: &mut Vec<u8>) {
    for byte in value {
        if b"\\^$.[|()?*+{}".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
}

impl Case<'_> {
    /// The line with other bytes in the place of a piece of the document's text.
    pub(super) fn replaced(&self, piece: Range<usize>, new: &[u8]) -> Vec<u8> {
        let start = self.line.at.start;
        let written = self.written();
        let at = |place: usize| place.saturating_sub(start).min(written.len());
        let mut line = written.get(..at(piece.start)).unwrap_or_default().to_vec();
        line.extend_from_slice(new);
        line.extend_from_slice(written.get(at(piece.end)..).unwrap_or_default());
        line
    }

    /// The line with another pattern.
    pub(super) fn with_pattern(&self, value: &[u8], keeps: Option<Vec<u8>>) -> Fix {
        let field = match self.entry.principal.delimiter {
            Delimiter::Slash(flags) => pattern(value, flags, self.keys),
            Delimiter::Quote => between(value, b'"'),
            Delimiter::None => word(value, self.keys),
        };
        Fix {
            line: self.replaced(self.entry.principal.span.clone(), &field),
            keeps,
        }
    }

    /// Where the bytes `at` of the principal's value stand in the document's text.
    pub(super) fn in_principal(&self, at: Range<usize>) -> Range<usize> {
        let field = &self.entry.principal;
        let delimiter = match field.delimiter {
            Delimiter::None => {
                let place = |offset: usize| (field.content.start + offset).min(field.content.end);
                return place(at.start)..place(at.end);
            }
            Delimiter::Quote => b'"',
            Delimiter::Slash(_) => b'/',
        };
        let written = self.text.get(field.content.clone()).unwrap_or_default();
        // Where each byte of the value begins.
        let mut offset = 0;
        let mut value = 0;
        let (mut start, mut end) = (None, None);
        while offset < written.len() {
            if value >= at.start && start.is_none() {
                start = Some(offset);
            }
            if value >= at.end && end.is_none() {
                end = Some(offset);
            }
            let escapes = written.get(offset) == Some(&b'\\')
                && written
                    .get(offset + 1)
                    .is_some_and(|next| *next == delimiter || *next == b'\\');
            offset += if escapes { 2 } else { 1 };
            value += 1;
        }
        let place = |found: Option<usize>| field.content.start + found.unwrap_or(written.len());
        place(start)..place(end).max(place(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field;

    #[test]
    fn what_is_written_is_read_again() {
        for value in [
            &b"a/b"[..],
            b"a\\/b",
            b"a\\\\b",
            b"\\",
            b"\\\\",
            b"a\\.b\"c d",
            b"\\\"",
            b"/\\",
        ] {
            for delimiter in [b'/', b'"'] {
                let written = between(value, delimiter);
                let (read, rest) = field::next(&written, 0, true);
                assert!(rest.is_empty());
                assert_eq!(*read.value(&written), *value, "{}", written.escape_ascii());
            }
        }
    }
}
