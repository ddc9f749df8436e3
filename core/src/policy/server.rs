//! A server's policy: what it wants of a connection that asks for a command of some level.
//!
//! Rule: `SecMan::FillInSecurityPolicyAd` and `getSecSetting` in HTCondor 25.14.

use std::collections::BTreeMap;
use std::fmt;

use super::client::{ListedMethod, known_ciphers};
use super::wishes::Wishes;
use super::{Cipher, PolicyError, Requirement};
use crate::names::Level;

/// The settings of one level, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelSettings {
    /// SEC_x_AUTHENTICATION.
    pub authentication: Requirement,
    /// SEC_x_ENCRYPTION.
    pub encryption: Requirement,
    /// SEC_x_INTEGRITY.
    pub integrity: Requirement,
    /// SEC_x_NEGOTIATION.
    pub negotiation: Requirement,
    /// SEC_x_AUTHENTICATION_METHODS, split, in order, spelled as configured.
    pub methods: Vec<String>,
    /// SEC_x_CRYPTO_METHODS, split, in order.
    pub crypto_methods: Vec<String>,
    /// SEC_x_SESSION_DURATION, in seconds.
    pub session_duration: i32,
    /// SEC_x_SESSION_LEASE, in seconds; 0 is none.
    pub session_lease: i32,
}

impl Default for LevelSettings {
    /// What a 25.14.1 daemon does where nothing is configured.
    fn default() -> Self {
        let words = |text: &str| text.split(',').map(str::to_owned).collect();
        Self {
            authentication: Requirement::Optional,
            encryption: Requirement::Optional,
            integrity: Requirement::Optional,
            negotiation: Requirement::Preferred,
            methods: words("FS,IDTOKENS,KERBEROS,SCITOKENS,SSL"),
            crypto_methods: words("AES,BLOWFISH,3DES"),
            session_duration: 86_400,
            session_lease: 3_600,
        }
    }
}

/// The settings of every level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerSettings {
    default: LevelSettings,
    levels: BTreeMap<Level, LevelSettings>,
}

impl ServerSettings {
    /// The same settings for every level.
    #[must_use]
    pub fn new(default: LevelSettings) -> Self {
        Self {
            default,
            levels: BTreeMap::new(),
        }
    }

    /// With other settings for one level.
    #[must_use]
    pub fn with(mut self, level: Level, settings: LevelSettings) -> Self {
        self.levels.insert(level, settings);
        self
    }

    /// The settings of a level.
    #[must_use]
    pub fn level(&self, level: Level) -> &LevelSettings {
        self.levels.get(&level).unwrap_or(&self.default)
    }
}

/// The knobs that hold a setting of a level, in the order in which they are tried; the first that
/// is set and not empty counts. `name` is what stands behind the level, such as `AUTHENTICATION`,
/// `ENCRYPTION`, `INTEGRITY`, `NEGOTIATION`, `AUTHENTICATION_METHODS`, `CRYPTO_METHODS`,
/// `SESSION_DURATION`, `SESSION_LEASE` or `AUTHENTICATION_TIMEOUT`.
///
/// The order is that of `getSecSetting`: the level, for ADVERTISE_* then DAEMON (and with
/// LEGACY_ALLOW_SEMANTICS, WRITE behind DAEMON), then DEFAULT. No knob with the subsystem behind
/// it is tried; each may also stand with the subsystem in front (`COLLECTOR.SEC_READ_ENCRYPTION`),
/// which the configuration's lookup does for every knob. SESSION_DURATION alone also has the form
/// `SEC_COLLECTOR_READ_SESSION_DURATION`. `getIntSecSetting` never says that it found one, so that
/// HTCondor reads the short form afterwards in any case, and where both are set the short one
/// counts: hence the long ones come last.
#[must_use]
pub fn knobs(level: Level, name: &str, subsystem: &str, legacy: bool) -> Vec<String> {
    let levels = std::iter::successors(Some(level), |level| level.settings_from(legacy));
    let levels: Vec<&str> = levels.map(Level::name).chain(["DEFAULT"]).collect();
    let mut knobs: Vec<String> = levels
        .iter()
        .map(|level| format!("SEC_{level}_{name}"))
        .collect();
    if name == "SESSION_DURATION" {
        knobs.extend(
            levels
                .iter()
                .map(|level| format!("SEC_{subsystem}_{level}_{name}")),
        );
    }
    knobs
}

/// Why a server has no valid policy for a level: HTCondor then closes the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPolicyError {
    /// The level.
    pub level: Level,
    /// What is wrong with its settings.
    pub problem: PolicyError,
}

impl fmt::Display for ServerPolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.level.name();
        match &self.problem {
            PolicyError::Contradiction {
                refusing,
                requiring,
            } => write!(
                f,
                "for {level}, {refusing} is NEVER but {requiring} is REQUIRED (SEC_{level}_* or \
                 SEC_DEFAULT_*): HTCondor takes this for an invalid security policy"
            ),
            PolicyError::NoMethods => write!(
                f,
                "authentication is REQUIRED for {level}, but none of its \
                 AUTHENTICATION_METHODS can be used here"
            ),
            PolicyError::NoCiphers => write!(
                f,
                "encryption or integrity is REQUIRED for {level}, but its CRYPTO_METHODS name \
                 none of AES, BLOWFISH and 3DES"
            ),
        }
    }
}

impl std::error::Error for ServerPolicyError {}

/// A server's effective policy for one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerPolicy {
    /// Authentication, raised by encryption and integrity: what clients before 23.10 are met with.
    pub authentication: Requirement,
    /// Authentication as it is wanted.
    pub authentication_new: Requirement,
    /// Encryption.
    pub encryption: Requirement,
    /// Integrity.
    pub integrity: Requirement,
    /// Whether a command must be negotiated.
    pub negotiation: Requirement,
    /// Methods that are accepted, in order, with the text that goes over the wire.
    pub methods: Vec<(String, ListedMethod)>,
    /// Ciphers that are accepted, in order, with the text that goes over the wire.
    pub ciphers: Vec<(String, Cipher)>,
    /// The longest a session may live, in seconds.
    pub session_duration: i32,
    /// The longest it may be idle, in seconds; 0 is no limit.
    pub session_lease: i32,
}

impl ServerPolicy {
    /// Works out the policy for a command of `level`. `forced` says that the command demands
    /// authentication; `methods` are the configured ones that a probe left in the list.
    ///
    /// # Errors
    /// [`ServerPolicyError`] for settings that contradict each other.
    pub fn resolve(
        level: Level,
        forced: bool,
        settings: &LevelSettings,
        methods: Vec<(String, ListedMethod)>,
    ) -> Result<Self, ServerPolicyError> {
        let authentication = if forced {
            Requirement::Required
        } else {
            settings.authentication
        };
        let ciphers = known_ciphers(&settings.crypto_methods);
        let wishes = Wishes {
            authentication,
            // ALLOW is open to everyone, so that authentication is never demanded for it; even
            // where it is NEVER, a client that wants it gets it.
            authentication_new: if level == Level::Allow && !forced {
                Requirement::Optional
            } else {
                authentication
            },
            encryption: settings.encryption,
            integrity: settings.integrity,
            negotiation: settings.negotiation,
        }
        .settle(!methods.is_empty(), !ciphers.is_empty())
        .map_err(|problem| ServerPolicyError { level, problem })?;
        Ok(Self {
            authentication: wishes.authentication,
            authentication_new: wishes.authentication_new,
            encryption: wishes.encryption,
            integrity: wishes.integrity,
            negotiation: wishes.negotiation,
            methods,
            ciphers,
            session_duration: settings.session_duration,
            session_lease: settings.session_lease,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::FS;

    fn fs() -> Vec<(String, ListedMethod)> {
        vec![(
            "FS".to_owned(),
            ListedMethod {
                name: &FS,
                performed: true,
            },
        )]
    }

    fn settings(authentication: Requirement, encryption: Requirement) -> LevelSettings {
        LevelSettings {
            authentication,
            encryption,
            ..LevelSettings::default()
        }
    }

    #[test]
    fn allow_is_optional_always() {
        use Requirement::{Never, Optional, Required};
        for configured in [Never, Optional, Required] {
            let settings = settings(configured, Optional);
            let policy = ServerPolicy::resolve(Level::Allow, false, &settings, fs()).unwrap();
            assert_eq!(policy.authentication_new, Optional);
        }
        let policy =
            ServerPolicy::resolve(Level::Allow, true, &settings(Never, Optional), fs()).unwrap();
        assert_eq!(policy.authentication_new, Required);
    }

    #[test]
    fn contradictions() {
        use Requirement::{Never, Optional, Required};
        let refused =
            |level, settings: &LevelSettings| ServerPolicy::resolve(level, false, settings, fs());
        assert!(refused(Level::Read, &settings(Never, Required)).is_err());
        assert!(refused(Level::Allow, &settings(Never, Required)).is_err());
        assert!(
            refused(
                Level::Read,
                &LevelSettings {
                    negotiation: Never,
                    ..settings(Required, Optional)
                }
            )
            .is_err()
        );
        let no_methods = ServerPolicy::resolve(
            Level::Read,
            false,
            &settings(Required, Optional),
            Vec::new(),
        );
        assert_eq!(no_methods.unwrap_err().problem, PolicyError::NoMethods);
        let no_ciphers = LevelSettings {
            crypto_methods: vec!["aes".to_owned()],
            ..settings(Optional, Required)
        };
        assert_eq!(
            refused(Level::Read, &no_ciphers).unwrap_err().problem,
            PolicyError::NoCiphers
        );
    }

    #[test]
    fn encryption_raises_authentication_for_old_clients_alone() {
        let policy = ServerPolicy::resolve(
            Level::Read,
            false,
            &settings(Requirement::Optional, Requirement::Required),
            fs(),
        )
        .unwrap();
        assert_eq!(policy.authentication, Requirement::Required);
        assert_eq!(policy.authentication_new, Requirement::Optional);
    }

    #[test]
    fn order_of_knobs() {
        assert_eq!(
            knobs(Level::AdvertiseStartd, "ENCRYPTION", "COLLECTOR", false),
            [
                "SEC_ADVERTISE_STARTD_ENCRYPTION",
                "SEC_DAEMON_ENCRYPTION",
                "SEC_DEFAULT_ENCRYPTION"
            ]
        );
        assert_eq!(
            knobs(Level::Daemon, "INTEGRITY", "COLLECTOR", true)[1],
            "SEC_WRITE_INTEGRITY"
        );
        assert_eq!(
            knobs(Level::Read, "SESSION_DURATION", "COLLECTOR", false),
            [
                "SEC_READ_SESSION_DURATION",
                "SEC_DEFAULT_SESSION_DURATION",
                "SEC_COLLECTOR_READ_SESSION_DURATION",
                "SEC_COLLECTOR_DEFAULT_SESSION_DURATION",
            ]
        );
    }
}
