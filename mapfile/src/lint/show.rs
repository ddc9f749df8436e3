//! Bytes for people, and the piece of a file that a finding is about.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// The most of a line that is shown on either side of what a finding is about.
const AROUND: usize = 300;

/// Text as it is, where it is text; other bytes, control characters and, among these, backslashes
/// as escapes.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => escape_all(bytes),
    }
}

fn escape_all(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                control if control.is_control() => {
                    out.push_str(&format!("\\x{:02x}", u32::from(control)));
                }
                other => out.push(other),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// A line, or a piece of it, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    name: String,
    number: usize,
    text: String,
    span: Range<usize>,
}

impl Excerpt {
    /// Of the line with this text, about `span` of that.
    pub(super) fn new(name: String, number: usize, line: &[u8], span: Range<usize>) -> Self {
        let start = span.start.saturating_sub(AROUND);
        let end = line.len().min(span.end.saturating_add(AROUND));
        let piece = |range: Range<usize>| line.get(range).unwrap_or_default();
        let shown_end = span
            .end
            .min(span.start.saturating_add(2 * AROUND))
            .min(line.len());
        let visible = |range: Range<usize>| {
            let text = piece(range);
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            match std::str::from_utf8(text) {
                Ok(text) if !text.contains(|c: char| c.is_control() && c != '\t') => {
                    text.replace('\t', " ")
                }
                _ => escape_all(text),
            }
        };
        let mut text = String::new();
        if start > 0 {
            text.push('…');
        }
        text.push_str(&visible(start..span.start));
        let from = text.len();
        text.push_str(&visible(span.start..shown_end));
        let to = text.len();
        if shown_end < span.end {
            text.push('…');
        } else {
            text.push_str(&visible(span.end..end));
            if end < line.len() {
                text.push('…');
            }
        }
        Self {
            name,
            number,
            text,
            span: from..to,
        }
    }

    pub(super) fn span(&self) -> SourceSpan {
        (self.span.start, self.span.len()).into()
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.offset() + span.len() > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.number.saturating_sub(1),
            0,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive() {
        assert_eq!(escape(b"a\\.b"), "a\\.b");
        assert_eq!(escape("é".as_bytes()), "é");
        assert_eq!(escape(b"a\\\xff\r"), "a\\\\\\xff\\r");
    }

    #[test]
    fn long_lines_are_cut() {
        let line = [b"x".repeat(1000), b"\xff".repeat(1000), b"y".repeat(1000)].concat();
        for span in [0..3000, 1000..1001, 2999..3000, 3000..3000] {
            let excerpt = Excerpt::new("f".into(), 7, &line, span);
            assert!(excerpt.text.len() < 5000);
            assert!(excerpt.text.get(excerpt.span.clone()).is_some());
            assert!(excerpt.read_span(&excerpt.span(), 1, 1).is_ok());
        }
    }
}
