//! Everything that a server takes from configuration.

use std::time::Duration;

use countersign_classad::{Expression, Syntax};
use countersign_config::{Config, Origin};
use countersign_core::authz::Policy;
use countersign_core::names::Level;
use countersign_core::policy::{LevelSettings, ServerSettings};

use super::mapfile::{self, MapfileSource};
use super::server_level::{authentication_timeout, level_settings};
use super::{
    Host, Lookup, ServerMethods, SettingsError, WrongValue, authorization_policy, resolve_hosts,
};

/// Seconds within which a security handshake must be done (SEC_TCP_SESSION_DEADLINE, in
/// `DaemonCommandProtocol::WaitForSocketData`).
const SESSION_DEADLINE: i32 = 120;

/// What a server asks for and accepts.
#[derive(Debug, Clone)]
pub struct PeerSettings {
    /// The subsystem whose settings these are: `COLLECTOR`.
    pub subsystem: String,
    /// What each level asks for: SEC_x_*.
    pub levels: ServerSettings,
    /// How long authentication may take, whatever the level: the longest of the levels'
    /// SEC_x_AUTHENTICATION_TIMEOUT. `None` sets no limit beside [`Self::session_deadline`].
    pub authentication_timeout: Option<Duration>,
    /// The ALLOW and DENY lists, hosts resolved.
    pub policy: Policy,
    /// The methods, with TRUST_DOMAIN and where the keys are.
    pub methods: ServerMethods,
    /// Nobody named the folder of keys, so that it may be missing.
    pub keys_built_in: bool,
    /// UID_DOMAIN: stands behind names that have no domain.
    pub uid_domain: Option<String>,
    /// CERTIFICATE_MAPFILE.
    pub mapfile: Option<MapfileSource>,
    /// How long a handshake may take from its first byte to its last, the first wait included:
    /// SEC_TCP_SESSION_DEADLINE.
    pub session_deadline: Duration,
    /// SEC_USE_FAMILY_SESSION: whether an inherited session of all daemons below one master is used.
    pub use_family_session: bool,
    /// Wrong values over which HTCondor's daemons go on too, and so does this; to be shown.
    pub warnings: Vec<WrongValue>,
}

impl PeerSettings {
    /// Reads the settings of a daemon from a configuration that was loaded for `host` and its
    /// subsystem.
    ///
    /// This blocks: each host name in the lists is looked up, and a silent name server is waited
    /// for as long as the system's resolver does.
    ///
    /// # Errors
    /// [`SettingsError`] names the knob, its value and where it stands. There is no half of it.
    pub fn from_config(config: &Config, host: &Host) -> Result<Self, SettingsError> {
        let lookup = Lookup::new(config, &host.subsystem);
        let mut policy = authorization_policy(config, &host.subsystem)?;
        let mut levels = ServerSettings::new(LevelSettings::default());
        let mut timeouts = Vec::new();
        for level in Level::ALL {
            levels = levels.with(level, level_settings(&lookup, level, &host.subsystem)?);
            timeouts.push(authentication_timeout(&lookup, level, &host.subsystem)?);
        }
        revocation_can_be_read(&lookup)?;
        let settings = Self {
            subsystem: host.subsystem.clone(),
            levels,
            authentication_timeout: longest(&timeouts),
            methods: ServerMethods::from_lookup(&lookup, host, None)?,
            keys_built_in: config
                .get("SEC_PASSWORD_DIRECTORY")?
                .is_none_or(|setting| *setting.origin == Origin::Default),
            uid_domain: lookup.text("UID_DOMAIN")?,
            mapfile: mapfile::source(&lookup)?,
            session_deadline: session_deadline(&lookup)?,
            use_family_session: lookup.boolean("SEC_USE_FAMILY_SESSION")?,
            policy: policy.clone(),
            warnings: lookup.warnings(),
        };
        // Last: names are not looked up for a configuration that is of no use.
        resolve_hosts(&mut policy);
        Ok(Self { policy, ..settings })
    }
}

/// An expression that cannot be read would refuse every token; HTCondor goes on without it.
fn revocation_can_be_read(lookup: &Lookup<'_>) -> Result<(), SettingsError> {
    for knob in ["SEC_TOKEN_REVOCATION_EXPR", "SEC_TOKEN_BLACKLIST_EXPR"] {
        if let Some(setting) = lookup.setting(knob)? {
            return match Expression::parse(&setting.value, Syntax::Old) {
                Ok(_) => Ok(()),
                Err(_) => Err(SettingsError::value(&setting, "a ClassAd expression")),
            };
        }
    }
    Ok(())
}

/// The longest of the levels' timeouts, of which those not above 0 are none.
fn longest(timeouts: &[i32]) -> Option<Duration> {
    let limits: Option<Vec<u64>> = timeouts
        .iter()
        .map(|&seconds| u64::try_from(seconds).ok().filter(|seconds| *seconds > 0))
        .collect();
    limits?.into_iter().max().map(Duration::from_secs)
}

fn session_deadline(lookup: &Lookup<'_>) -> Result<Duration, SettingsError> {
    let knob = "SEC_TCP_SESSION_DEADLINE";
    let seconds = lookup.number(&[knob.to_owned()], SESSION_DEADLINE)?;
    match (u64::try_from(seconds), lookup.setting(knob)?) {
        (Ok(seconds), _) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        (_, Some(setting)) => Err(SettingsError::value(
            &setting,
            "a number of seconds above 0",
        )),
        (_, None) => Ok(Duration::from_secs(SESSION_DEADLINE.unsigned_abs().into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_config::Sources;

    fn read(text: &str) -> Result<PeerSettings, SettingsError> {
        let mut host = Host::for_tests();
        host.subsystem = "COLLECTOR".into();
        host.tilde = Some("/var/lib/condor".into());
        let sources = Sources::text("condor_config", text)
            .subsystem(&host.subsystem)
            .builtins(host.builtins())
            .defaults();
        PeerSettings::from_config(&Config::load(&sources).unwrap(), &host)
    }

    #[test]
    fn nothing_set() {
        let settings = read("").unwrap();
        for level in Level::ALL {
            assert_eq!(settings.levels.level(level), &LevelSettings::default());
        }
        assert_eq!(
            settings.authentication_timeout,
            Some(Duration::from_secs(20))
        );
        assert_eq!(settings.uid_domain.as_deref(), Some("host.example"));
        assert_eq!(settings.session_deadline, Duration::from_secs(120));
        assert_eq!(
            settings.methods.keys.pool_key,
            Some("/var/lib/condor/passwords.d/POOL".into())
        );
        assert!(settings.keys_built_in && settings.mapfile.is_none());
    }

    #[test]
    fn what_a_pool_sets() {
        let settings = read(
            "UID_DOMAIN = pool.example\nSEC_PASSWORD_DIRECTORY = /k\nCERTIFICATE_MAPFILE = /m\n\
             CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = True\nSEC_TOKEN_BLACKLIST_EXPR = sub == \"x\"\n\
             ALLOW_READ = *\nFS_LOCAL_DIR = /f\nSEC_TOKEN_MAX_AGE = 60\n",
        )
        .unwrap();
        let trusted = &settings.methods.idtokens;
        assert_eq!(trusted.trust_domain.as_deref(), Some("pool.example"));
        assert_eq!(trusted.max_age, Some(60));
        assert!(trusted.revocation.is_some() && !settings.keys_built_in);
        assert_eq!(settings.methods.keys.pool_key, Some("/k/POOL".into()));
        assert!(settings.mapfile.unwrap().assume_hash_keys);
        assert!(settings.policy.allow(Level::Read).is_some());
    }

    #[test]
    fn a_wrong_value_names_its_line() {
        for line in [
            "SEC_TCP_SESSION_DEADLINE = 0",
            "SEC_TOKEN_MAX_AGE = old",
            "FS_ROOT_TO_CONDOR = perhaps",
            "SEC_TOKEN_REVOCATION_EXPR = sub ==",
            "SEC_CONFIG_ENCRYPTION = x",
        ] {
            let error = read(&format!("\n{line}\n")).unwrap_err().to_string();
            assert!(error.contains("condor_config, line 2"), "{error}");
        }
    }
}
