//! Where the configuration comes from.

use std::path::PathBuf;

use countersign_config::{Config, ConfigError, Sources};

use super::Host;
use super::defaults::DEFAULTS;

/// What of the process's environment the configuration may see.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Its variables.
    pub variables: Vec<(String, String)>,
    /// A file to read after all others, as `condor_ping -config` does.
    pub extra_file: Option<PathBuf>,
}

impl Environment {
    /// This process's own. Variables that are not text are left out.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            extra_file: None,
        }
    }
}

/// Reads the site's configuration as an HTCondor tool on this host would. This blocks while files are
/// read.
///
/// # Errors
/// [`ConfigError`] names file and line.
pub fn load_config(environment: &Environment, host: &Host) -> Result<Config, ConfigError> {
    let mut sources = Sources::search()
        .environment(environment.variables.iter().cloned())
        .subsystem(&host.subsystem)
        .superuser(host.is_root)
        .builtins(host.builtins())
        .defaults(DEFAULTS);
    if let Some(home) = &host.home {
        sources = sources.home(home);
    }
    if let Some(file) = &environment.extra_file {
        sources = sources.last_file(file);
    }
    Config::load(&sources)
}
