//! Where the configuration comes from.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_config::{Config, ConfigError, Origin, Release, Sources, parse_bool};

use super::Host;
use crate::handover::PRIVATE_VARIABLE;

/// What of the process's environment the configuration may see.
#[derive(Clone, Default)]
pub struct Environment {
    /// Its variables.
    pub variables: Vec<(String, String)>,
    /// A file to read after all others, as `condor_ping -config` does.
    pub extra_file: Option<PathBuf>,
    /// The name of one daemon among several of its kind, as daemons take it after `-local-name`:
    /// `NAME.X` counts before `X`.
    pub local_name: Option<String>,
    /// Read HTCondor-CE's configuration, `/etc/condor-ce/condor_config`, whatever `CONDOR_CONFIG` says, as its tools do.
    pub ce: bool,
    /// Run the commands whose output is configuration, each for so long at most. Without this such a configuration is an
    /// error.
    pub run_commands: Option<Duration>,
    /// The release of HTCondor whose defaults and templates count.
    pub release: Release,
    /// What put `CONDOR_CONFIG` into the variables, for messages, if the process's own environment did not.
    pub root_named_by: Option<String>,
    /// The first variable that sets something and is not text.
    not_text: Option<String>,
    /// Other variables whose values are not text.
    unreadable: Vec<String>,
}

impl fmt::Debug for Environment {
    /// Leaves values out, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.iter().map(|(name, _)| name).collect();
        f.debug_struct("Environment")
            .field("variables", &names)
            .field("extra_file", &self.extra_file)
            .field("local_name", &self.local_name)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// This process's own. Variables that are not text are left out, but where one of them would
    /// have set something, [`load_config`] refuses to go on without it, and a `$ENV()` of one is an error.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(std::env::vars_os())
    }

    fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            match (name.to_str(), value.to_str()) {
                // The sessions that a parent daemon gave are no part of any configuration.
                (Some(PRIVATE_VARIABLE), _) => {}
                (Some(name), Some(value)) => {
                    environment.variables.push((name.into(), value.into()));
                }
                _ if sets_something(&name) => {
                    environment.not_text = Some(name.to_string_lossy().into_owned());
                }
                (Some(name), None) => environment.unreadable.push(name.to_owned()),
                _ => {}
            }
        }
        environment
    }
}

/// True for `CONDOR_CONFIG`, and for `_CONDOR_NAME` in any case.
fn sets_something(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    bytes == b"CONDOR_CONFIG"
        || bytes
            .get(..PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

const PREFIX: &[u8] = b"_CONDOR_";

/// Reads the site's configuration as an HTCondor tool on this host would. This blocks while files are
/// read.
///
/// # Errors
/// [`ConfigError`] names file and line, or the variable.
pub fn load_config(environment: &Environment, host: &Host) -> Result<Config, ConfigError> {
    if let Some(variable) = &environment.not_text {
        return Err(ConfigError::NotText {
            variable: variable.clone(),
        });
    }
    let mut sources = Sources::search()
        .environment(environment.variables.iter().cloned())
        .environment_not_text(environment.unreadable.iter().cloned())
        .subsystem(&host.subsystem)
        .superuser(host.is_root)
        .builtins(host.builtins())
        .release(environment.release)
        .defaults();
    if environment.ce {
        ce_is_here(Path::new(CE_FOLDER))?;
        sources = sources
            .root_file(CE_CONFIG)
            .root_named_by("the option --ce");
    } else if let Some(what) = &environment.root_named_by {
        sources = sources.root_named_by(what);
    }
    if let Some(deadline) = environment.run_commands {
        sources = sources.run_commands(deadline);
    }
    if let Some(home) = &host.home {
        sources = sources.home(home);
    }
    if let Some(name) = &environment.local_name {
        sources = sources.local_name(name);
    }
    if let Some(file) = &environment.extra_file {
        sources = sources.last_file(file);
    }
    let mut config = Config::load(&sources)?;
    if environment.ce && is_default(&config, COLLECTOR_PORT) {
        let by = "the option --ce".to_owned();
        config.set(COLLECTOR_PORT, CE_PORT, Origin::Program { by })?;
    }
    name_host(&mut config, host)?;
    Ok(config)
}

/// This host's addresses and full name, which HTCondor looks up once everything is read: it knows then which interface it may
/// use, and what domain to add.
fn name_host(config: &mut Config, host: &Host) -> Result<(), ConfigError> {
    // What cannot be expanded is told to whoever asks for it; here it counts as not set, as for HTCondor's tools.
    let text = |name: &str| Some(config.get(name).ok()??.value);
    let enabled = |name: &str| text(name).is_none_or(|value| parse_bool(&value) != Ok(false));
    let interface = text("NETWORK_INTERFACE").unwrap_or_else(|| "*".to_owned());
    let (v4, v6) = (enabled("ENABLE_IPV4"), enabled("ENABLE_IPV6"));
    let domain = text("DEFAULT_DOMAIN_NAME");
    for (name, value) in host.chosen_addresses(&interface, v4, v6) {
        config.set(name, &value, Origin::Builtin)?;
    }
    if let Some(domain) = domain.filter(|_| !host.full_hostname.contains('.')) {
        let name = format!("{}.{}", host.full_hostname, domain.trim_start_matches('.'));
        config.set("FULL_HOSTNAME", &name, Origin::Builtin)?;
    }
    Ok(())
}

/// An error where there is no HTCondor-CE.
fn ce_is_here(folder: &Path) -> Result<(), ConfigError> {
    match std::fs::metadata(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(ConfigError::NotInstalled {
                what: "HTCondor-CE",
                path: folder.to_owned(),
            })
        }
        _ => Ok(()),
    }
}

/// Where HTCondor-CE has its configuration.
const CE_FOLDER: &str = "/etc/condor-ce";
/// The configuration of HTCondor-CE.
const CE_CONFIG: &str = "/etc/condor-ce/condor_config";
const COLLECTOR_PORT: &str = "COLLECTOR_PORT";
/// Where an HTCondor-CE listens. Its packages say so with a setting of their own, PORT.
const CE_PORT: &str = "9619";

fn is_default(config: &Config, name: &str) -> bool {
    config
        .entry(name)
        .is_none_or(|entry| *entry.origin == Origin::Default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &[u8], value: &[u8]) -> Environment {
        let os = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
        let config = (os(b"CONDOR_CONFIG"), os(b"ONLY_ENV"));
        Environment::of([config, (os(name), os(value))].into_iter())
    }

    #[test]
    fn a_variable_that_is_not_text() {
        for name in [&b"_CONDOR_DENY_CLIENT"[..], b"_condor_x", b"_CONDOR_\xff"] {
            let error = load_config(&environment(name, b"\xe9"), &Host::for_tests()).unwrap_err();
            let name = String::from_utf8_lossy(name);
            assert!(error.to_string().contains(&*name), "{error}");
        }
        for (name, value) in [(&b"OTHER"[..], &b"\xe9"[..]), (b"_CONDOR_X", b"text")] {
            assert!(load_config(&environment(name, value), &Host::for_tests()).is_ok());
        }
        // HTCondor puts its bytes in: it is not unset.
        let mut other = environment(b"OTHER", b"\xe9");
        let refers = (
            "_CONDOR_A".to_owned(),
            "$ENV(OTHER:x) $ENV(NONE:y)".to_owned(),
        );
        other.variables.push(refers);
        let config = load_config(&other, &Host::for_tests()).unwrap();
        let error = config.get("A").unwrap_err().to_string();
        assert!(error.contains("OTHER"), "{error}");
    }

    #[test]
    fn a_host_without_a_ce() {
        let error = ce_is_here(Path::new("/nonexistent/condor-ce")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("HTCondor-CE is not installed here"),
            "{error}"
        );
        assert!(ce_is_here(Path::new("/")).is_ok());
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", environment(b"PASSWORD", b"hunter2"));
        assert!(shown.contains("PASSWORD") && !shown.contains("hunter2"));
    }
}
