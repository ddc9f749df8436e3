//! What lint says.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, LabeledSpan, SourceCode};

use super::code::{Code, Severity};
use super::show::Excerpt;
use super::summary::Summary;
use crate::escape::escape;

/// Something that is wrong with a mapfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub path: PathBuf,
    /// The line, from 1. What is about a file as a whole stands at line 1.
    pub line: usize,
    /// Where in [`Document::text`](crate::Document::text).
    pub span: Range<usize>,
    /// Where in the line, in bytes from 1.
    pub columns: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// A name that shows it.
    pub witness: Option<Witness>,
    /// The line as it should be. It was read and looked through again.
    pub correction: Option<Vec<u8>>,
    pub(super) excerpt: Excerpt,
}

/// A name, and what the map makes of it: [`Mapfile::lookup`](crate::Mapfile::lookup) gave it on the
/// finding's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The method.
    pub method: Vec<u8>,
    /// The name.
    pub principal: Vec<u8>,
    /// What the line makes of it; `None` if the pattern is given up.
    pub canonical: Option<Vec<u8>>,
}

/// Something that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// The file and the line, if it is about one.
    pub at: Option<(PathBuf, usize)>,
    /// What it would have been about, if it is about one code.
    pub code: Option<Code>,
    /// What, and why not.
    pub what: String,
}

/// All that lint says of a mapfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, file by file in the order of reading, and line by line.
    pub findings: Vec<Finding>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// What was looked at.
    pub summary: Summary,
}

impl Report {
    /// The worst severity among the findings.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// How many findings are that bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

impl Finding {
    /// The file ends in a backslash within a field that is not closed.
    pub(super) fn deadly(path: &Path, line: usize) -> Self {
        let name = escape(path.as_os_str().as_encoded_bytes());
        Self {
            code: Code::DeadlyBackslash,
            severity: Severity::Error,
            path: path.to_owned(),
            line,
            span: 0..0,
            columns: 1..1,
            message: "the file ends in a backslash within a field that is not closed".to_owned(),
            why: "HTCondor's daemons end themselves over it; close the field, or take the backslash away"
                .to_owned(),
            witness: None,
            correction: None,
            excerpt: Excerpt::new(name, line, b"", 0..0),
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", escape(&self.method), escape(&self.principal))?;
        match &self.canonical {
            Some(canonical) => write!(f, " becomes {}", escape(canonical)),
            None => f.write_str(" is given up"),
        }
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((path, line)) = &self.at {
            write!(
                f,
                "{}:{line}: ",
                escape(path.as_os_str().as_encoded_bytes())
            )?;
        }
        if let Some(code) = self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Finding {}

impl Diagnostic for Finding {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Advice => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let mut text = self.why.clone();
        if let Some(witness) = &self.witness {
            text.push_str(&format!("\nfor example: {witness}"));
        }
        if let Some(line) = &self.correction {
            text.push_str(&format!("\ncorrected: {}", escape(line)));
        }
        Some(Box::new(text))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some("here".to_owned()), self.excerpt.span());
        Some(Box::new(std::iter::once(label)))
    }
}
