//! The loaded configuration and its lookups.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use crate::budget::{Budget, LOOKUP};
use crate::error::{ConfigError, ExpandError, SyntaxError, excerpt};
use crate::expand::{expand, expand_anyway, expand_own};
use crate::load;
use crate::origin::{Origin, PassedOver, Warning};
use crate::release::Release;
use crate::sources::Sources;
use crate::table::{Former, Found, Table, is_setting_name};

/// A configuration as it was at one moment. Reconfiguring means to load another.
#[derive(Clone, Default)]
pub struct Config {
    table: Table,
    warnings: Vec<Warning>,
    files: Vec<PathBuf>,
    passed_over: Vec<PassedOver>,
}

/// A setting that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<'a> {
    /// The name under which it is set, which may have the local name or the subsystem in front (`TOOL.X` for `X`).
    pub name: &'a str,
    /// The value, macros expanded; never empty.
    pub value: String,
    /// The value as it stands, macros and all.
    pub raw: &'a str,
    /// Where it stands.
    pub origin: &'a Origin,
    /// The values it had before, the oldest first.
    pub former: &'a [Former],
}

/// A setting as it stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name as it was written.
    pub name: &'a str,
    /// The value as it stands, macros and all; may be empty.
    pub raw: &'a str,
    /// Where it stands.
    pub origin: &'a Origin,
    /// The values it had before, the oldest first.
    pub former: &'a [Former],
    /// Whether HTCondor keeps it among what was set. It does not if the value is the default: then `-dump` shows the
    /// default, and no file with it.
    pub listed: bool,
}

impl<'a> From<Found<'a>> for Entry<'a> {
    fn from(found: Found<'a>) -> Self {
        let Found {
            name,
            raw,
            origin,
            former,
            listed,
        } = found;
        Entry {
            name,
            raw,
            origin,
            former,
            listed,
        }
    }
}

impl<'a> Setting<'a> {
    pub(crate) fn lookup(
        table: &'a Table,
        name: &str,
        budget: &mut Budget,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(entry) = table.lookup(name).filter(|entry| !entry.raw.is_empty()) else {
            return Ok(None);
        };
        let value = expand(table, entry.raw, budget).map_err(|cause| ConfigError::Expand {
            name: entry.name.to_owned(),
            origin: entry.origin.clone(),
            cause: Box::new(cause),
        })?;
        if value.is_empty() {
            return Ok(None);
        }
        Ok(Some(Setting {
            name: entry.name,
            value,
            raw: entry.raw,
            origin: entry.origin,
            former: entry.former,
        }))
    }
}

impl Config {
    pub(crate) fn new(
        table: Table,
        warnings: Vec<Warning>,
        files: Vec<PathBuf>,
        passed_over: Vec<PassedOver>,
    ) -> Self {
        Config {
            table,
            warnings,
            files,
            passed_over,
        }
    }

    /// Reads the configuration, in HTCondor's order (`real_config` in `condor_config.cpp`): the root file; the files in
    /// the directories of `LOCAL_CONFIG_DIR`; the files of `LOCAL_CONFIG_FILE`; `LOCAL_CONFIG_DIR` again if it was
    /// changed by these; the user's own file, unless the process is root; the environment; what was set in the running
    /// daemon, if that is kept; what nobody may change, such as `HOSTNAME` and `SUBSYSTEM`; and last the templates of
    /// `AUTO_USE_` settings.
    ///
    /// If the root file is the output of `condor_config_val -dump`, it holds all of this already: then no other file is
    /// read (a [warning](Config::warnings) says so), and its lines are taken literally.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a file that must be there is not, a line is wrong, or part of it is what a command prints that was
    /// not to be run. There is no partial result: half a security configuration is worse than none.
    pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
        load::load(sources)
    }

    /// Looks a setting up as HTCondor's `param()` does: `LOCALNAME.name`, then `SUBSYS.name`, then `name`, in any case,
    /// each first where it was set and then in the defaults; with macros expanded. What is set to nothing, or expands to
    /// nothing, is `None`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Expand`] if the macros go in a circle, or a macro function in them cannot be evaluated.
    pub fn get(&self, name: &str) -> Result<Option<Setting<'_>>, ConfigError> {
        Setting::lookup(&self.table, name, &mut Budget::new(LOOKUP))
    }

    /// Expands the macros in a text as if it were a setting's value (HTCondor's `expand_param`).
    ///
    /// # Errors
    ///
    /// As [`Config::get`]; `name` and `origin` are those the error shall give.
    pub fn expand(&self, name: &str, text: &str, origin: &Origin) -> Result<String, ConfigError> {
        expand(&self.table, text, &mut Budget::new(LOOKUP)).map_err(|cause| ConfigError::Expand {
            name: excerpt(name),
            origin: origin.clone(),
            cause: Box::new(cause),
        })
    }

    /// Sets exactly `name`, over whatever was read. `$(name)` in the value stands for what it was.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if `name` cannot be a setting's name, or the value is too long.
    pub fn set(&mut self, name: &str, value: &str, origin: Origin) -> Result<(), ConfigError> {
        let syntax = |cause| ConfigError::Syntax {
            origin: origin.clone(),
            cause,
        };
        if !is_setting_name(name) {
            return Err(syntax(SyntaxError::BadName {
                name: excerpt(name),
            }));
        }
        let value =
            expand_own(&self.table, value, name, &mut Budget::new(LOOKUP)).map_err(|cause| {
                ConfigError::Expand {
                    name: excerpt(name),
                    origin: origin.clone(),
                    cause: Box::new(cause),
                }
            })?;
        self.table
            .insert(name, value, origin.clone())
            .map_err(syntax)
    }

    /// Looks a name up as [`Config::get`] does, without expanding anything. An entry may be empty.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<Entry<'_>> {
        self.table.lookup(name).map(Entry::from)
    }

    /// As [`Config::entry`], but as `-dump` shows it: what was set to its default only is the default.
    #[must_use]
    pub fn listed(&self, name: &str) -> Option<Entry<'_>> {
        self.table.listed(name).map(Entry::from)
    }

    /// The default of exactly this name in the release, if there is one and defaults count.
    #[must_use]
    pub fn default_of(&self, name: &str) -> Option<Entry<'_>> {
        self.table.default(name).map(Entry::from)
    }

    /// All that was set, in the order of the names without regard to case.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.table.entries().map(Entry::from)
    }

    /// All that `condor_config_val -dump` lists, in its order: what was set, and the defaults of all else.
    pub fn dump(&self) -> impl Iterator<Item = Entry<'_>> {
        self.table.all().map(Entry::from)
    }

    /// The release whose templates and defaults were read.
    #[must_use]
    pub fn release(&self) -> Release {
        self.table.release()
    }

    /// Expands the macros in a text as HTCondor's tools do: where a macro function cannot be evaluated they complain and go
    /// on. The complaints come along.
    ///
    /// # Errors
    ///
    /// [`ExpandError`] for what has no end.
    pub fn expand_anyway(&self, text: &str) -> Result<(String, Vec<ExpandError>), ExpandError> {
        expand_anyway(&self.table, text, &mut Budget::new(LOOKUP))
    }

    /// The files that were read, in order.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Files that are there and that this process cannot read, where HTCondor's would go on without them. Whoever decides for
    /// a process with other rights, such as a daemon, must not go on.
    #[must_use]
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// What HTCondor accepts but was likely not meant, and what `warning :` lines say.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl Debug for Config {
    /// Names the files, and counts settings and warnings: values, which a warning may quote, and the environment behind
    /// `$ENV()` may be secrets.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("files", &self.files)
            .field("settings", &self.table.entries().count())
            .field("warnings", &self.warnings.len())
            .finish_non_exhaustive()
    }
}

impl FromStr for Config {
    type Err = ConfigError;

    /// Reads a text as the only source: no environment, subsystem or defaults.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Config::load(&Sources::text("(text)", text))
    }
}
