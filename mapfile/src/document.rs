//! One file, read: its text and what each of its lines says.

use std::path::{Path, PathBuf};

use crate::keys::BareKeys;
use crate::statement::{self, Statement};
use crate::text;

/// A mapfile's text and what its lines say. Nothing is included and nothing compiled here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    path: PathBuf,
    text: Vec<u8>,
    lines: Vec<Line>,
    keys: BareKeys,
}

/// A line and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Where it stands in [`Document::text`], its newline included.
    pub at: std::ops::Range<usize>,
    /// Whether it has NUL bytes: HTCondor does not see what stands behind one up to the end of the
    /// line, and takes the next line for the rest of this one.
    pub has_nul: bool,
    /// What it says.
    pub statement: Statement,
}

impl Document {
    /// Reads the bytes of `path`. Every byte sequence is a document.
    #[must_use]
    pub fn parse(path: impl Into<PathBuf>, bytes: &[u8], keys: BareKeys) -> Self {
        let (text, lines) = text::cut(bytes);
        let lines = lines
            .into_iter()
            .map(|line| Line {
                number: line.number,
                statement: statement::read(&text, &line, keys),
                has_nul: line.has_nul,
                at: line.at,
            })
            .collect();
        Self {
            path: path.into(),
            text: text.into_owned(),
            lines,
            keys,
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What HTCondor sees of the file: all of it, unless there are NUL bytes.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How principals were read.
    #[must_use]
    pub fn keys(&self) -> BareKeys {
        self.keys
    }
}
