//! What a rule says of a line, before its names and its correction are tried.

use std::ops::Range;

use super::code::{Code, Severity};

/// What a rule says of a line.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) code: Code,
    pub(super) severity: Severity,
    /// Where, in the document's text.
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) why: String,
    /// Names that show it, the best first; without one that the map accepts on the line there is no
    /// finding, if there are any.
    pub(super) witnesses: Vec<Vec<u8>>,
    /// Whether the names must be given up, not accepted.
    pub(super) gives_up: bool,
    /// What the canonical name must be, if that is the point.
    pub(super) becomes: Option<Becomes>,
    pub(super) fix: Option<Fix>,
}

/// What a name must become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Becomes {
    /// `root` or `condor`.
    Privileged,
    /// A name in which this reference is left.
    WithReference(u8),
}

/// A line that would be better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fix {
    /// The whole line, without its line end.
    pub(super) line: Vec<u8>,
    /// A name that it must map.
    pub(super) keeps: Option<Vec<u8>>,
}

impl Draft {
    pub(super) fn new(
        code: Code,
        severity: Severity,
        span: Range<usize>,
        message: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            span,
            message: message.into(),
            why: why.into(),
            witnesses: Vec::new(),
            gives_up: false,
            becomes: None,
            fix: None,
        }
    }

    pub(super) fn shown_by(mut self, names: Vec<Vec<u8>>) -> Self {
        self.witnesses = names;
        self
    }

    pub(super) fn fixed(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }
}

/// What the rules say of a line.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    pub(super) all: Vec<Draft>,
    /// What could not be decided.
    pub(super) undecided: Vec<(Option<Code>, String)>,
}

impl Drafts {
    pub(super) fn push(&mut self, draft: Draft) {
        self.all.push(draft);
    }

    pub(super) fn has(&self, code: Code) -> bool {
        self.all.iter().any(|draft| draft.code == code)
    }
}
