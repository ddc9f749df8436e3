//! Where a value came from.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::sync::Arc;

/// Where a setting's value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A configuration file.
    File {
        /// The file, as it was found or named.
        path: Arc<Path>,
        /// The line on which the assignment begins, from 1. (`condor_config_val -verbose` names the last line instead when
        /// the assignment goes over several.)
        line: usize,
    },
    /// An environment variable `_CONDOR_NAME`.
    Environment {
        /// The variable, spelled as it was.
        variable: String,
    },
    /// The table of defaults (the caller's, or this crate's few for the configuration language itself).
    Default,
    /// What the caller or this crate found out about machine and process: HTCondor's `<Detected>`.
    Builtin,
    /// Set by the program, for example from its command line.
    Program {
        /// What set it, for the reader of a message: "the option --config".
        by: String,
    },
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Origin::Environment { variable } => write!(f, "the environment variable {variable}"),
            Origin::Default => f.write_str("the defaults"),
            Origin::Builtin => f.write_str("the built-in values"),
            Origin::Program { by } => f.write_str(by),
        }
    }
}

/// Something that HTCondor accepts, perhaps with a warning, but that is likely not what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub origin: Origin,
    /// What it is, as a sentence without its place.
    pub message: String,
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}
