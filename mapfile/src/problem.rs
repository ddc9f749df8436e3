//! What HTCondor passes over in a mapfile.

use std::fmt;
use std::path::PathBuf;

use crate::escape::escape;
use crate::pattern::PatternError;

/// Something that HTCondor passes over, with a line in its log at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub kind: ProblemKind,
}

/// What HTCondor passes over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The line has a method and no principal.
    NoPrincipal,
    /// The line has no canonical name.
    NoCanonical,
    /// The principal is no pattern that PCRE2 takes.
    BadPattern(PatternError),
    /// An `@include` in a file that is itself included.
    NestedInclude,
    /// An `@include` of nothing.
    EmptyInclude,
    /// What is included cannot be read.
    UnreadableInclude {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's words.
        problem: String,
    },
    /// The line has a NUL byte, which hides the rest of it and joins the next line to it.
    Nul,
}

impl ProblemKind {
    /// Whether lines are missing from the map that stand in some file, however well they are written.
    #[must_use]
    pub fn hides_a_file(&self) -> bool {
        matches!(self, Self::UnreadableInclude { .. })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, line {}: {}",
            self.path.display(),
            self.line,
            self.kind
        )
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrincipal => f.write_str("there is no name to map; the line is skipped"),
            Self::NoCanonical => {
                f.write_str("there is no canonical name behind the name to map; the line is skipped")
            }
            Self::BadPattern(error) => write!(
                f,
                "the pattern is wrong at its byte {}: {error}; the line is skipped",
                error.offset
            ),
            Self::NestedInclude => {
                f.write_str("an @include in a file that is itself included is ignored")
            }
            Self::EmptyInclude => f.write_str("this @include names nothing"),
            Self::UnreadableInclude { path, problem } => {
                let name = escape(path.as_os_str().as_encoded_bytes());
                write!(f, "{name} cannot be included: {problem}")
            }
            Self::Nul => f.write_str(
                "there is a NUL byte: the rest of the line is not seen, and the next line continues it",
            ),
        }
    }
}
