//! What a line says.

use crate::field::{self, Delimiter, Field, Flags};
use crate::keys::BareKeys;
use crate::text::Line;

/// What a line says (`MapFile::ParseCanonicalization`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// Nothing.
    Blank,
    /// A comment: its first word begins with `#`.
    Comment,
    /// `@include PATH`.
    Include {
        /// The path, which may be empty.
        path: Field,
    },
    /// Method, principal and canonical name.
    Entry(Entry),
    /// Too few fields, or empty ones. HTCondor skips the line.
    Incomplete {
        /// The method.
        method: Field,
        /// The principal, where it is the canonical name that is missing.
        principal: Option<Field>,
    },
    /// The file ends in a lone backslash within a field behind which others are due: there HTCondor
    /// ends itself.
    Deadly,
}

/// A line that maps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The method that authenticated, in any case.
    pub method: Field,
    /// What is matched.
    pub principal: Field,
    /// What it becomes.
    pub canonical: Field,
    /// What stands behind the canonical name; nobody looks at it.
    pub rest: std::ops::Range<usize>,
}

impl Entry {
    /// Whether the principal is a pattern, and with which flags.
    #[must_use]
    pub fn pattern(&self, keys: BareKeys) -> Option<Flags> {
        match (keys, self.principal.delimiter) {
            (BareKeys::Patterns, _) => Some(Flags::default()),
            (BareKeys::Literals, Delimiter::Slash(flags)) => Some(flags),
            (BareKeys::Literals, _) => None,
        }
    }
}

/// Reads one line of `text`.
pub(crate) fn read(text: &[u8], line: &Line, keys: BareKeys) -> Statement {
    let whole = text.get(line.at.clone()).unwrap_or_default();
    let end = line.at.end;
    let (method, rest) = field::next(whole, line.at.start, false);
    let value = method.value(text);
    if method.lone_backslash && !value.starts_with(b"#") {
        return Statement::Deadly;
    }
    if value.is_empty() {
        return Statement::Blank;
    }
    if *value == *b"@include" {
        let (path, _) = field::next(rest, end - rest.len(), false);
        return Statement::Include { path };
    }
    if value.starts_with(b"#") {
        return Statement::Comment;
    }
    let slashes = keys == BareKeys::Literals;
    let (principal, rest) = field::next(rest, end - rest.len(), slashes);
    if principal.lone_backslash {
        return Statement::Deadly;
    }
    let (canonical, rest) = field::next(rest, end - rest.len(), false);
    if principal.is_empty() {
        let principal = None;
        return Statement::Incomplete { method, principal };
    }
    if canonical.is_empty() {
        let principal = Some(principal);
        return Statement::Incomplete { method, principal };
    }
    Statement::Entry(Entry {
        method,
        principal,
        canonical,
        rest: end - rest.len()..end,
    })
}
