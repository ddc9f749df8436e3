//! What is odd about a line that matches.

use super::Written;
use super::variants::meant_with_blanks;
use crate::field::{Delimiter, is_blank};
use crate::pattern::Pattern;

/// Something odd about a match, which may not be what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// The pattern ends at a slash that is not escaped, so that it is shorter than it looks, and the
    /// canonical name is what stands behind that slash.
    EndsAtSlash,
    /// The principal ends at a blank, and more stands behind the canonical name than belongs there.
    CutAtBlank,
    /// The pattern matches a part of the name alone: whatever stands around it matches, too.
    Partial {
        /// The part.
        part: std::ops::Range<usize>,
    },
    /// It matches only since a dot that is not escaped stands for any character.
    LooseDot {
        /// The pattern with its dots escaped.
        pattern: Vec<u8>,
    },
}

/// What is odd about `line` matching `name`.
pub(super) fn on(line: &Written<'_>, name: &[u8]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if meant_with_blanks(line).is_some() {
        remarks.push(Remark::CutAtBlank);
    }
    let Some(flags) = line.entry.pattern(line.keys) else {
        return remarks;
    };
    let matches = |pattern: &[u8]| {
        let compiled = Pattern::compile(pattern, flags).ok()?;
        compiled.find(name).ok()?
    };
    if ends_at_slash(line) {
        remarks.push(Remark::EndsAtSlash);
    }
    if let Some(part) = matches(&line.principal).and_then(|groups| groups.into_iter().next())
        && part != (0..name.len())
    {
        remarks.push(Remark::Partial { part });
    }
    if let Some(pattern) = escaped_dots(&line.principal)
        && Pattern::compile(&pattern, flags).is_ok()
        && matches(&pattern).is_none()
    {
        remarks.push(Remark::LooseDot { pattern });
    }
    remarks
}

/// Whether something stands right behind the pattern's closing slash.
fn ends_at_slash(line: &Written<'_>) -> bool {
    let principal = &line.entry.principal;
    matches!(principal.delimiter, Delimiter::Slash(_))
        && principal.closed
        && line
            .document
            .get(principal.span.end)
            .is_some_and(|behind| !is_blank(*behind))
}

/// The pattern with every dot escaped that stands for one character; `None` if there is none.
fn escaped_dots(pattern: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(pattern.len());
    let mut changed = false;
    let mut in_class = false;
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        let next = pattern.get(at + 1).copied();
        match byte {
            b'\\' => {
                text.push(*byte);
                text.extend(next);
                at += 2;
                continue;
            }
            b'[' => in_class = true,
            b']' => in_class = false,
            b'.' if !in_class && !matches!(next, Some(b'*' | b'+' | b'?' | b'{')) => {
                text.push(b'\\');
                changed = true;
            }
            _ => {}
        }
        text.push(*byte);
        at += 1;
    }
    changed.then_some(text)
}
