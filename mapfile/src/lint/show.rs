//! The piece of a file that a finding is about.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::escape::escape;

/// The most of a line that is shown on either side of what a finding is about.
const AROUND: usize = 300;

/// A line, or a piece of it, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    name: String,
    number: usize,
    text: String,
    span: Range<usize>,
    /// Where it is in the line, in bytes from 0.
    column: usize,
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
            let spaced: Vec<u8> = text
                .iter()
                .map(|byte| if *byte == b'\t' { b' ' } else { *byte })
                .collect();
            escape(&spaced)
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
            column: span.start,
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
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.offset() + span.len() > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        // Without lines around it what is asked for is the place.
        let column = match (before, after) {
            (0, 0) => self.column,
            _ => 0,
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.number.saturating_sub(1),
            column,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
