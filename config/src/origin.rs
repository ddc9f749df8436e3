//! Where a value came from.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text that was read as configuration: a file, or the output of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file as it was found or named; for a command, the command line with ` |` behind it, as HTCondor shows it.
    pub path: PathBuf,
    /// Whether it is the output of a command.
    pub is_command: bool,
    /// What named it: an `include`, `LOCAL_CONFIG_FILE`, a variable. `None` for a root that was found by searching.
    pub by: Option<Origin>,
}

/// Where a setting's value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A configuration file, or the output of a command in one.
    File {
        /// The file.
        source: Arc<Source>,
        /// The line on which the statement begins, from 1.
        line: usize,
        /// The line that HTCondor names for it: the last of a statement that goes over several.
        last_line: usize,
    },
    /// A template that a `use` statement brought in.
    Template {
        /// ROLE, FEATURE, POLICY or SECURITY.
        category: &'static str,
        /// The template.
        name: &'static str,
        /// Which of its lines, from 0, empty ones left out; HTCondor shows it behind a plus sign.
        line: usize,
        /// The `use` statement, which may stand in a template itself, or what stands for one.
        used_at: Arc<Origin>,
    },
    /// A setting `AUTO_USE_CATEGORY_TEMPLATE` that is true, which stands for a `use` statement at the very end.
    AutoUse {
        /// The setting.
        name: String,
        /// Where it was set.
        set_at: Arc<Origin>,
    },
    /// An environment variable `_CONDOR_NAME`.
    Environment {
        /// The variable, spelled as it was.
        variable: String,
    },
    /// The table of defaults that is compiled into HTCondor.
    Default,
    /// What the caller or this crate found out about machine and process: HTCondor's `<Detected>`.
    Builtin,
    /// Set by the program, for example from its command line.
    Program {
        /// What set it, for the reader of a message: "the option --config".
        by: String,
    },
}

impl Origin {
    /// The file whose line this is, directly or through templates.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Origin::File { source, .. } => Some(&source.path),
            Origin::Template { used_at, .. } => used_at.path(),
            Origin::AutoUse { set_at, .. } => set_at.path(),
            _ => None,
        }
    }

    /// The line of [`Origin::path`], from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Origin::File { line, .. } => Some(*line),
            Origin::Template { used_at, .. } => used_at.line(),
            Origin::AutoUse { set_at, .. } => set_at.line(),
            _ => None,
        }
    }

    /// What brought this place in: the `use` statement of a template's line, what named the file of another's.
    #[must_use]
    pub fn outer(&self) -> Option<&Origin> {
        match self {
            Origin::File { source, .. } => source.by.as_ref(),
            Origin::Template { used_at, .. } => Some(used_at),
            Origin::AutoUse { set_at, .. } => Some(set_at),
            _ => None,
        }
    }

    /// This place, what brought it in, what brought that in, and so on.
    pub fn chain(&self) -> impl Iterator<Item = &Origin> {
        std::iter::successors(Some(self), |origin| origin.outer())
    }

    /// The place as `condor_config_val -verbose` writes it.
    #[must_use]
    pub fn condor_place(&self) -> String {
        match self {
            Origin::File {
                source, last_line, ..
            } => format!("{}, line {last_line}", source.path.display()),
            Origin::Template {
                category,
                name,
                line,
                used_at,
            } => {
                let file = used_at
                    .chain()
                    .find(|origin| !matches!(origin, Origin::Template { .. }));
                let place = file.map_or_else(String::new, Origin::condor_place);
                format!("{place}, use {category}:{name}+{line}")
            }
            Origin::AutoUse { name, .. } => format!("{name}, line 0"),
            Origin::Environment { .. } => "<Environment>".to_owned(),
            Origin::Default => "<Default>".to_owned(),
            Origin::Builtin => "<Detected>".to_owned(),
            Origin::Program { .. } => "<Over>".to_owned(),
        }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { source, line, .. } if source.is_command => {
                let command = source.path.display();
                write!(f, "line {line} of what the command `{command}` printed")?;
                // The command's line is where it can be mended.
                match &source.by {
                    Some(by) => write!(f, " ({by})"),
                    None => Ok(()),
                }
            }
            Origin::File { source, line, .. } => {
                write!(f, "{}, line {line}", source.path.display())
            }
            Origin::Template {
                category,
                name,
                used_at,
                ..
            } => write!(f, "{used_at}, in the template {category}:{name}"),
            Origin::AutoUse { name, set_at } => write!(f, "{name} ({set_at})"),
            Origin::Environment { variable } => write!(f, "the environment variable {variable}"),
            Origin::Default => f.write_str("the defaults"),
            Origin::Builtin => f.write_str("the built-in values"),
            Origin::Program { by } => f.write_str(by),
        }
    }
}

/// A file that is there, that may be missing (`REQUIRE_LOCAL_CONFIG_FILE = False`, `include ifexist`, a user's own file), and
/// that this process cannot read. HTCondor's programs go on without it and say nothing; one with other rights reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The file.
    pub path: PathBuf,
    /// What names it.
    pub by: Origin,
    /// Why it cannot be read.
    pub reason: String,
}

impl Display for PassedOver {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(
            f,
            "{path} ({}) cannot be read by this user, and is passed over as HTCondor does: {}",
            self.by, self.reason
        )
    }
}

/// Something that HTCondor accepts, perhaps with a warning, but that is likely not what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub origin: Origin,
    /// What it is, as a sentence without its place.
    pub message: String,
    /// The line, if HTCondor reads it as something else than it looks like.
    pub odd: Option<OddLine>,
}

/// A line that HTCondor reads as something else than it looks like. What it sets is not in here: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OddLine {
    /// `ALLOW WRITE = x` sets ALLOW.
    ExtraWords {
        /// The name that is set.
        name: String,
        /// What is ignored.
        words: String,
    },
    /// `NAME : value` sets NAME.
    Colon {
        /// The name.
        name: String,
    },
    /// `use CATEGORY :` without a template does nothing.
    NoTemplate {
        /// The category.
        category: String,
    },
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}
