//! `SEC_<LEVEL>_*` and what stands in for it.
//!
//! Rule: `SecMan::getSecSetting` and `FillInSecurityPolicyAd` in HTCondor 25.14: the level's own
//! setting, DAEMON's for ADVERTISE_*, then SEC_DEFAULT_*, then the built-in value. HTCondor passes
//! a number that is none over without a word; so does this, with a warning.

use countersign_core::names::Level;
use countersign_core::policy::{LevelSettings, knobs};

use super::{Lookup, SettingsError};

/// Seconds within which authentication must be done (SEC_DEFAULT_AUTHENTICATION_TIMEOUT).
const AUTHENTICATION_TIMEOUT: i32 = 20;

/// Reads one level's settings for a daemon of `subsystem`.
///
/// # Errors
/// [`SettingsError`] names the knob, its value and where it stands.
pub fn level_settings(
    lookup: &Lookup<'_>,
    level: Level,
    subsystem: &str,
) -> Result<LevelSettings, SettingsError> {
    let built_in = LevelSettings::default();
    let legacy = lookup.boolean("LEGACY_ALLOW_SEMANTICS")?;
    let of = OfLevel {
        level,
        subsystem,
        legacy,
    };
    // A short form that is no number leaves what the long forms say.
    let (long, short): (Vec<_>, Vec<_>) = of
        .names("SESSION_DURATION")
        .into_iter()
        .partition(|name| name.starts_with(&format!("SEC_{subsystem}_")));
    let session_duration = lookup.number(&long, built_in.session_duration)?;
    Ok(LevelSettings {
        authentication: lookup.requirement(&of.names("AUTHENTICATION"), built_in.authentication)?,
        encryption: lookup.requirement(&of.names("ENCRYPTION"), built_in.encryption)?,
        integrity: lookup.requirement(&of.names("INTEGRITY"), built_in.integrity)?,
        negotiation: lookup.requirement(&of.names("NEGOTIATION"), built_in.negotiation)?,
        methods: lookup.list(&of.names("AUTHENTICATION_METHODS"), &built_in.methods)?,
        crypto_methods: lookup.list(&of.names("CRYPTO_METHODS"), &built_in.crypto_methods)?,
        session_duration: lookup.number(&short, session_duration)?,
        session_lease: lookup.number(&of.names("SESSION_LEASE"), built_in.session_lease)?,
    })
}

/// Reads how many seconds authentication may take at a level: SEC_x_AUTHENTICATION_TIMEOUT. What is
/// not above 0 sets no limit of its own.
///
/// # Errors
/// As [`level_settings`].
pub(super) fn authentication_timeout(
    lookup: &Lookup<'_>,
    level: Level,
    subsystem: &str,
) -> Result<i32, SettingsError> {
    let legacy = lookup.boolean("LEGACY_ALLOW_SEMANTICS")?;
    let of = OfLevel {
        level,
        subsystem,
        legacy,
    };
    lookup.number(&of.names("AUTHENTICATION_TIMEOUT"), AUTHENTICATION_TIMEOUT)
}

/// The settings that count for a level, the nearest first.
struct OfLevel<'a> {
    level: Level,
    subsystem: &'a str,
    legacy: bool,
}

impl OfLevel<'_> {
    fn names(&self, feature: &str) -> Vec<String> {
        knobs(self.level, feature, self.subsystem, self.legacy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_config::{Config, Sources};
    use countersign_core::policy::Requirement;

    fn read(text: &str, level: Level) -> Result<LevelSettings, SettingsError> {
        let sources = Sources::text("condor_config", text).subsystem("COLLECTOR");
        let config = Config::load(&sources).unwrap();
        level_settings(&Lookup::new(&config, "COLLECTOR"), level, "COLLECTOR")
    }

    #[test]
    fn nothing_set() {
        for level in Level::ALL {
            assert_eq!(read("", level).unwrap(), LevelSettings::default());
        }
    }

    #[test]
    fn advertising_is_daemon_and_then_default() {
        let text = "SEC_DEFAULT_ENCRYPTION = REQUIRED\nSEC_DAEMON_ENCRYPTION = NEVER\n\
                    SEC_ADVERTISE_MASTER_ENCRYPTION = OPTIONAL\nSEC_WRITE_ENCRYPTION = PREFERRED\n";
        for (level, expected) in [
            (Level::AdvertiseMaster, Requirement::Optional),
            (Level::AdvertiseStartd, Requirement::Never),
            (Level::Daemon, Requirement::Never),
            (Level::Write, Requirement::Preferred),
            (Level::Administrator, Requirement::Required),
            (Level::Allow, Requirement::Required),
        ] {
            assert_eq!(read(text, level).unwrap().encryption, expected, "{level:?}");
        }
    }

    #[test]
    fn legacy_semantics_reach_these_settings_too() {
        let text = "LEGACY_ALLOW_SEMANTICS = True\nSEC_WRITE_AUTHENTICATION_METHODS = FS\n";
        assert_eq!(read(text, Level::AdvertiseSchedd).unwrap().methods, ["FS"]);
    }

    #[test]
    fn durations() {
        let text = "SEC_COLLECTOR_DEFAULT_SESSION_DURATION = 5\nSEC_READ_SESSION_DURATION = 7\n\
                    COLLECTOR.SEC_DEFAULT_SESSION_LEASE = 9\n";
        let (read, write) = (
            read(text, Level::Read).unwrap(),
            read(text, Level::Write).unwrap(),
        );
        assert_eq!((read.session_duration, write.session_duration), (7, 5));
        assert_eq!(read.session_lease, 9);
    }

    #[test]
    fn a_wrong_word_names_its_line() {
        let error = read("\nSEC_DAEMON_INTEGRITY = maybe\n", Level::AdvertiseStartd).unwrap_err();
        assert!(
            error.to_string().contains("condor_config, line 2"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_number_is_passed_over_but_hides_what_is_behind_it() {
        let text = "SEC_DEFAULT_SESSION_LEASE = 7\nSEC_READ_SESSION_LEASE = an hour\nSEC_COLLECTOR_READ_SESSION_DURATION = 5\n\
                    SEC_DEFAULT_SESSION_DURATION = 9\nSEC_READ_SESSION_DURATION = a day\n";
        let settings = read(text, Level::Read).unwrap();
        assert_eq!(
            (settings.session_lease, settings.session_duration),
            (3600, 5)
        );
    }
}
