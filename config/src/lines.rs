//! Lines and continuations, as HTCondor's `getline_implementation` (`config.cpp`) puts them together.

/// White space as C's `isspace` in the C locale.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// Whether a character is white space as [`is_space`] has it.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_ascii() && is_space(c as u8)
}

/// Trims white space as [`is_space`] has it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Trims it in front only.
pub(crate) fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

/// A line with its continuations joined.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: Vec<u8>,
    /// The number of its first physical line, from 1.
    pub(crate) number: usize,
    /// The number that HTCondor gives it: how many newlines were read by its end.
    pub(crate) last: usize,
}

/// Splits a file into logical lines.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    /// Newlines read.
    newlines: usize,
    /// `#opt:oldcomment`: a comment goes on after a backslash, and one inside a continuation is part of the value.
    pub(crate) old_comments: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(content: &'a [u8]) -> Self {
        Lines {
            rest: content,
            newlines: 0,
            old_comments: false,
        }
    }

    /// One line of the file without its newline, and whether it had one.
    fn physical(&mut self) -> Option<(&'a [u8], bool)> {
        if self.rest.is_empty() {
            return None;
        }
        match self.rest.iter().position(|&b| b == b'\n') {
            Some(end) => {
                self.newlines += 1;
                let line = self.rest.get(..end).unwrap_or(&[]);
                self.rest = self.rest.get(end + 1..).unwrap_or(&[]);
                Some((line, true))
            }
            None => Some((std::mem::take(&mut self.rest), false)),
        }
    }

    fn line(&self, text: Vec<u8>, number: usize) -> Line {
        Line {
            text,
            number,
            last: self.newlines,
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let mut text: Vec<u8> = Vec::new();
        let number = self.newlines + 1;
        let mut first = true;
        loop {
            let Some((physical, ended)) = self.physical() else {
                return (!first).then(|| self.line(text, number));
            };
            if !ended {
                // HTCondor takes a last line without a newline as it is, blanks and all.
                text.extend_from_slice(physical);
                return Some(self.line(text, number));
            }
            let mut piece = trim_start_bytes(trim_end(physical));
            let comment = piece.first() == Some(&b'#');
            if comment && !first && !self.old_comments {
                // A comment inside a continuation vanishes, all but its last character: if that is a backslash, the
                // continuation goes on; if not, it is an oddity of HTCondor's that it ends up in the value.
                piece = piece.get(piece.len().saturating_sub(1)..).unwrap_or(&[]);
            }
            text.extend_from_slice(piece);
            if text.last() == Some(&b'\\') {
                text.pop();
                if !(comment && first) || self.old_comments {
                    first = false;
                    continue;
                }
            }
            return Some(self.line(text, number));
        }
    }
}

fn trim_end(mut line: &[u8]) -> &[u8] {
    while let Some((last, before)) = line.split_last() {
        if !is_space(*last) {
            break;
        }
        line = before;
    }
    line
}

fn trim_start_bytes(mut line: &[u8]) -> &[u8] {
    while let Some((first, after)) = line.split_first() {
        if !is_space(*first) {
            break;
        }
        line = after;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn split(content: &str) -> Vec<(usize, String)> {
        Lines::new(content.as_bytes())
            .map(|l| (l.number, String::from_utf8(l.text).unwrap()))
            .collect()
    }

    #[test]
    fn continuations_join_as_in_htcondor() {
        // What condor_config_val 25.14 and 23.9 print for the same lines.
        assert_eq!(split("A = x \\\n   y\n"), [(1, "A = x y".into())]);
        assert_eq!(split("A = x\\\n# comment text\nB = 1\n")[0].1, "A = xt");
        assert_eq!(
            split("A = x \\\n# text \\\n   z\n"),
            [(1, "A = x z".into())]
        );
        assert_eq!(
            split("A = x \\\n\nB\n"),
            [(1, "A = x ".into()), (3, "B".into())]
        );
        assert_eq!(split("A = x\\\\\n\nB\n"), [(1, "A = xB".into())]);
        assert_eq!(
            split("# c \\\nA = 1\r\n"),
            [(1, "# c ".into()), (2, "A = 1".into())]
        );
        assert_eq!(
            split("A = end \\\nB = last  "),
            [(1, "A = end B = last  ".into())]
        );
        assert_eq!(split("\\\n"), [(1, String::new())]);
        assert_eq!(split(""), []);
    }

    #[test]
    fn old_comments_continue() {
        let mut lines = Lines::new(b"# c \\\nA = 1\n");
        lines.old_comments = true;
        assert_eq!(lines.next().unwrap().text, b"# c A = 1");
    }
}
