//! Where a configuration is read from. Everything about the process comes from the caller.

use std::fmt::{self, Debug, Formatter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::release::Release;

/// What is done about commands whose output is configuration.
#[derive(Clone)]
pub(crate) enum Commands {
    Refuse,
    Run {
        deadline: Duration,
        /// Their whole environment.
        variables: Vec<(String, String)>,
    },
}

/// Where to begin.
#[derive(Clone)]
pub(crate) enum Root {
    /// `CONDOR_CONFIG`, else the usual places.
    Search,
    /// This file.
    File(PathBuf),
    /// This text, which stands for a file of that name.
    Text(PathBuf, String),
}

impl Root {
    /// The path of it, if it has one yet.
    fn place(&self) -> Option<&Path> {
        match self {
            Self::Search => None,
            Self::File(path) | Self::Text(path, _) => Some(path),
        }
    }
}

/// From what a [`Config`](crate::Config) is loaded. A builder: start with [`Sources::search`], [`Sources::file`] or
/// [`Sources::text`].
#[derive(Clone)]
pub struct Sources {
    pub(crate) root: Root,
    pub(crate) root_by: Option<String>,
    pub(crate) directories: Vec<PathBuf>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) not_text: Vec<String>,
    pub(crate) subsystem: String,
    pub(crate) local_name: String,
    pub(crate) home: Option<PathBuf>,
    pub(crate) superuser: bool,
    pub(crate) last_file: Option<PathBuf>,
    pub(crate) builtins: Vec<(String, String)>,
    pub(crate) release: Release,
    pub(crate) defaults: bool,
    pub(crate) run_commands: Option<Duration>,
}

impl Debug for Sources {
    /// Leaves the environment and a given text out, which may hold secrets.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("root", &self.root.place())
            .field("subsystem", &self.subsystem)
            .field("local_name", &self.local_name)
            .field("home", &self.home)
            .field("superuser", &self.superuser)
            .finish_non_exhaustive()
    }
}

impl Sources {
    fn new(root: Root) -> Self {
        Sources {
            root,
            root_by: None,
            directories: vec!["/etc/condor".into(), "/usr/local/etc".into()],
            environment: Vec::new(),
            not_text: Vec::new(),
            subsystem: "TOOL".to_owned(),
            local_name: String::new(),
            home: None,
            superuser: false,
            last_file: None,
            builtins: Vec::new(),
            release: Release::default(),
            defaults: false,
            run_commands: None,
        }
    }

    /// As HTCondor finds its configuration (`find_file` in `condor_config.cpp`): the file that `CONDOR_CONFIG` in the
    /// [environment](Sources::environment) names, or none if it says `ONLY_ENV`; else the first readable of
    /// `/etc/condor/condor_config`, `/usr/local/etc/condor_config` and `condor_config` in the directory that the
    /// [built-in](Sources::builtins) `TILDE` names (the home of the user condor).
    pub fn search() -> Self {
        Self::new(Root::Search)
    }

    /// This file, whatever `CONDOR_CONFIG` says.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Root::File(path.into()))
    }

    /// This text, as if it were read from `name`. Files that it names are read.
    pub fn text(name: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self::new(Root::Text(name.into(), text.into()))
    }

    /// Looks for `condor_config` in these directories instead of `/etc/condor` and `/usr/local/etc`.
    #[must_use]
    pub fn directories(mut self, directories: impl IntoIterator<Item = PathBuf>) -> Self {
        self.directories = directories.into_iter().collect();
        self
    }

    /// The environment. Take it from `std::env::vars_os()`, and refuse a `_CONDOR_` variable that is not Unicode rather than
    /// leave it out; `std::env::vars()` panics at the first such variable.
    ///
    /// `_CONDOR_NAME`, in any case, sets `NAME` over every file; `CONDOR_CONFIG` is for [`Sources::search`]; and
    /// `$ENV(NAME)` sees all of it.
    #[must_use]
    pub fn environment<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter();
        self.environment = variables.map(|(n, v)| (n.into(), v.into())).collect();
        self
    }

    /// Variables of the environment whose values are no text. HTCondor would put in their bytes; here a `$ENV(NAME)` of one is
    /// an error, rather than that it counts as unset.
    #[must_use]
    pub fn environment_not_text<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.not_text = names.into_iter().map(Into::into).collect();
        self
    }

    /// The subsystem, such as `SCHEDD`: `SCHEDD.NAME` is looked up before `NAME`. It is `TOOL` if not given.
    #[must_use]
    pub fn subsystem(mut self, name: impl Into<String>) -> Self {
        self.subsystem = name.into();
        self
    }

    /// The local name (HTCondor's `-local-name`), which is looked up even before the subsystem. None if not given.
    #[must_use]
    pub fn local_name(mut self, name: impl Into<String>) -> Self {
        self.local_name = name.into();
        self
    }

    /// The home directory of the effective user, for `.condor/user_config` (`USER_CONFIG_FILE`). None is read if not given.
    #[must_use]
    pub fn home(mut self, directory: impl Into<PathBuf>) -> Self {
        self.home = Some(directory.into());
        self
    }

    /// A file to read after all others and before the environment, as the option `-config` of HTCondor's tools names one.
    /// It must exist.
    #[must_use]
    pub fn last_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.last_file = Some(path.into());
        self
    }

    /// Whether the process is root, for which HTCondor reads no user's own file.
    #[must_use]
    pub fn superuser(mut self, superuser: bool) -> Self {
        self.superuser = superuser;
        self
    }

    /// What HTCondor finds out by itself and configurations refer to: `HOSTNAME`, `FULL_HOSTNAME`, `IP_ADDRESS`,
    /// `USERNAME`, `REAL_UID`, `PID`, `TILDE`, `OPSYS`, `DETECTED_CPUS` and so on. `SUBSYSTEM`, `LOCALNAME` and
    /// `CONFIG_ROOT` need not be given.
    ///
    /// As in HTCondor, files may override some of these (`ARCH`, `OPSYS`, `DETECTED_MEMORY`) but not others (`HOSTNAME`,
    /// `USERNAME`, `PID`); and while the root file is read, some are not there yet: `HOSTNAME`, `FULL_HOSTNAME`, `USERNAME`,
    /// `PID`, the addresses.
    #[must_use]
    pub fn builtins<N: Into<String>, V: Into<String>>(
        mut self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let values = values.into_iter();
        self.builtins = values.map(|(n, v)| (n.into(), v.into())).collect();
        self
    }

    /// Begins with this file instead, whatever `CONDOR_CONFIG` says.
    #[must_use]
    pub fn root_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.root = Root::File(path.into());
        self
    }

    /// What names the root, for the reader of a message: `the option -config`.
    #[must_use]
    pub fn root_named_by(mut self, what: impl Into<String>) -> Self {
        self.root_by = Some(what.into());
        self
    }

    /// The release whose templates, `version` and defaults count; without this, the newest one that is known.
    #[must_use]
    pub fn release(mut self, release: Release) -> Self {
        self.release = release;
        self
    }

    /// Lets the defaults that are compiled into the release stand in for what nobody sets. Without this, only those count
    /// that steer the reading itself.
    #[must_use]
    pub fn defaults(mut self) -> Self {
        self.defaults = true;
        self
    }

    /// Runs the commands that the configuration names as sources, each for no longer than `deadline`. Without this, such a
    /// source is [an error](crate::ConfigError::CommandRefused).
    #[must_use]
    pub fn run_commands(mut self, deadline: Duration) -> Self {
        self.run_commands = Some(deadline);
        self
    }

    pub(crate) fn commands(&self) -> Commands {
        match self.run_commands {
            None => Commands::Refuse,
            Some(deadline) => Commands::Run {
                deadline,
                variables: self.environment.clone(),
            },
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let mut variables = self.environment.iter();
        variables
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn builtin(&self, name: &str) -> Option<&str> {
        let mut values = self.builtins.iter();
        values
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
