//! `SEC_<LEVEL>_*` and what stands in for it.
//!
//! Rule: `SecMan::getSecSetting` and `FillInSecurityPolicyAd` in HTCondor 25.14: the level's own
//! setting, DAEMON's for ADVERTISE_*, then SEC_DEFAULT_*, then the built-in value. A number that is
//! none is an error here; HTCondor passes it over without a word.

use countersign_config::{Setting, parse_int, split_list};
use countersign_core::names::Level;
use countersign_core::policy::{LevelSettings, Requirement, knobs};

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
    let level = OfLevel {
        lookup,
        level,
        subsystem,
        legacy: lookup.boolean("LEGACY_ALLOW_SEMANTICS", false)?,
    };
    Ok(LevelSettings {
        authentication: level.requirement("AUTHENTICATION", built_in.authentication)?,
        encryption: level.requirement("ENCRYPTION", built_in.encryption)?,
        integrity: level.requirement("INTEGRITY", built_in.integrity)?,
        negotiation: level.requirement("NEGOTIATION", built_in.negotiation)?,
        methods: level.list("AUTHENTICATION_METHODS", built_in.methods)?,
        crypto_methods: level.list("CRYPTO_METHODS", built_in.crypto_methods)?,
        session_duration: level.number("SESSION_DURATION", built_in.session_duration)?,
        session_lease: level.number("SESSION_LEASE", built_in.session_lease)?,
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
    let legacy = lookup.boolean("LEGACY_ALLOW_SEMANTICS", false)?;
    let level = OfLevel {
        lookup,
        level,
        subsystem,
        legacy,
    };
    level.number("AUTHENTICATION_TIMEOUT", AUTHENTICATION_TIMEOUT)
}

struct OfLevel<'a> {
    lookup: &'a Lookup<'a>,
    level: Level,
    subsystem: &'a str,
    legacy: bool,
}

impl OfLevel<'_> {
    /// The setting that counts: the level's own, or the nearest that stands in for it.
    fn find(&self, feature: &str) -> Result<Option<Setting<'_>>, SettingsError> {
        for knob in knobs(self.level, feature, self.subsystem, self.legacy) {
            if let Some(found) = self.lookup.0.get(&knob)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn requirement(
        &self,
        feature: &str,
        default: Requirement,
    ) -> Result<Requirement, SettingsError> {
        match self.find(feature)? {
            None => Ok(default),
            Some(setting) => Requirement::parse(&setting.value).ok_or_else(|| {
                SettingsError::value(&setting, "REQUIRED, PREFERRED, OPTIONAL or NEVER")
            }),
        }
    }

    fn list(&self, feature: &str, default: Vec<String>) -> Result<Vec<String>, SettingsError> {
        Ok(match self.find(feature)? {
            None => default,
            Some(setting) => split_list(&setting.value).map(str::to_owned).collect(),
        })
    }

    fn number(&self, feature: &str, default: i32) -> Result<i32, SettingsError> {
        match self.find(feature)? {
            None => Ok(default),
            Some(setting) => seconds(&setting),
        }
    }
}

/// A number of seconds; what does not fit is cut to what does, as in HTCondor.
pub(super) fn seconds(setting: &Setting<'_>) -> Result<i32, SettingsError> {
    let number = parse_int(&setting.value)
        .map_err(|_| SettingsError::value(setting, "a whole number of seconds"))?;
    Ok(i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_config::{Config, Sources};

    fn read(text: &str, level: Level) -> Result<LevelSettings, SettingsError> {
        let sources = Sources::text("condor_config", text).subsystem("COLLECTOR");
        let config = Config::load(&sources).unwrap();
        level_settings(&Lookup(&config), level, "COLLECTOR")
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
    fn a_wrong_value_names_its_line() {
        for text in [
            "\nSEC_DAEMON_INTEGRITY = maybe\n",
            "\nSEC_DEFAULT_SESSION_LEASE = an hour\n",
        ] {
            let error = read(text, Level::AdvertiseStartd).unwrap_err().to_string();
            assert!(error.contains("condor_config, line 2"), "{error}");
        }
    }
}
