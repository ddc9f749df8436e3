//! Lines that say something else under the other value of CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS.

use std::path::PathBuf;

use super::rules::between_slashes;
use crate::document::{Document, Line};
use crate::escape::escape;
use crate::keys::BareKeys;
use crate::load::Sources;
use crate::statement::{self, Statement};
use crate::text;

/// A line that says something else under the other reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What the line says as the file was read.
    pub here: String,
    /// What it would say.
    pub there: String,
    /// Whether it looks as if it were written for the other reading.
    pub suits_the_other: bool,
}

/// The lines that say something else under the other reading. Of each line with a bare principal this
/// is true, since that is a name in one and a pattern that may be found anywhere in the other.
#[must_use]
pub fn differences(sources: &Sources) -> Vec<Difference> {
    let other = match sources.keys() {
        BareKeys::Patterns => BareKeys::Literals,
        BareKeys::Literals => BareKeys::Patterns,
    };
    let mut found = Vec::new();
    for document in sources.documents() {
        for line in document.lines() {
            found.extend(of_line(document, line, other));
        }
    }
    found
}

fn of_line(document: &Document, line: &Line, other: BareKeys) -> Option<Difference> {
    let text = document.text();
    let again = text::Line {
        at: line.at.clone(),
        number: line.number,
        has_nul: line.has_nul,
    };
    let there = statement::read(text, &again, other);
    let here = said(text, &line.statement, document.keys())?;
    let there = said(text, &there, other)?;
    (here.0 != there.0).then(|| Difference {
        path: document.path().to_owned(),
        line: line.number,
        here: here.0,
        there: there.0,
        suits_the_other: here.1,
    })
}

/// What a line says, and whether it looks as if it were written for the other reading.
fn said(text: &[u8], statement: &Statement, keys: BareKeys) -> Option<(String, bool)> {
    match statement {
        Statement::Entry(entry) => {
            let principal = entry.principal.value(text);
            let canonical = escape(&entry.canonical.value(text));
            let shown = escape(&principal);
            let kind = match entry.pattern(keys) {
                Some(_) => "names in which the pattern is found",
                None => "the name alone",
            };
            let suits_the_other = match keys {
                BareKeys::Patterns => between_slashes(&principal).is_some(),
                BareKeys::Literals => entry.pattern(keys).is_none() && principal.starts_with(b"^"),
            };
            Some((
                format!("{kind}: {shown} becomes {canonical}"),
                suits_the_other,
            ))
        }
        Statement::Incomplete { .. } => Some(("nothing; the line is skipped".to_owned(), false)),
        Statement::Deadly => Some(("nothing; HTCondor ends itself over it".to_owned(), false)),
        Statement::Blank | Statement::Comment | Statement::Include { .. } => None,
    }
}
