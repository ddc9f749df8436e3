//! Typed look-ups whose errors name the knob.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use countersign_config::{Config, Setting, parse_bool, parse_int, split_list};
use countersign_core::policy::Requirement;

use super::error::WrongValue;
use super::knobs::{self, Knob};
use super::{SettingsError, is_tool};

/// Looks settings up for one program. A wrong value is what it is to HTCondor's program of that kind: an error where that
/// ends; a [warning](Lookup::warnings), and the default, where it goes on.
#[derive(Debug)]
pub struct Lookup<'a> {
    config: &'a Config,
    is_tool: bool,
    warnings: Mutex<Vec<WrongValue>>,
}

impl<'a> Lookup<'a> {
    /// The names of all that is set.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.config.iter().map(|entry| entry.name)
    }

    /// For a program of this subsystem; TOOL and SUBMIT are tools, all others daemons.
    #[must_use]
    pub fn new(config: &'a Config, subsystem: &str) -> Self {
        Self {
            config,
            is_tool: is_tool(subsystem),
            warnings: Mutex::new(Vec::new()),
        }
    }

    /// The wrong values that were passed over so far, each once.
    #[must_use]
    pub fn warnings(&self) -> Vec<WrongValue> {
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A setting, if it is set to something.
    ///
    /// # Errors
    /// [`SettingsError::Config`] if its macros cannot be expanded.
    pub fn setting(&self, name: &str) -> Result<Option<Setting<'a>>, SettingsError> {
        Ok(self.config.get(name)?)
    }

    /// A setting's text, if it is set to something.
    ///
    /// # Errors
    /// As [`Lookup::setting`].
    pub fn text(&self, name: &str) -> Result<Option<String>, SettingsError> {
        Ok(self.setting(name)?.map(|setting| setting.value))
    }

    /// The first of several settings, with the name it was asked for by.
    ///
    /// # Errors
    /// As [`Lookup::setting`].
    pub fn first<'n>(
        &self,
        names: &'n [String],
    ) -> Result<Option<(&'n str, Setting<'a>)>, SettingsError> {
        for name in names {
            if let Some(found) = self.setting(name)? {
                return Ok(Some((name, found)));
            }
        }
        Ok(None)
    }

    /// A path.
    ///
    /// # Errors
    /// As [`Lookup::setting`].
    pub fn path(&self, name: &str) -> Result<Option<PathBuf>, SettingsError> {
        Ok(self.text(name)?.map(PathBuf::from))
    }

    /// A truth value. For one that may be Auto, that is true.
    ///
    /// # Errors
    /// [`SettingsError::Value`] for what makes HTCondor's program end.
    pub fn boolean(&self, name: &str) -> Result<bool, SettingsError> {
        let knob = known(name);
        let read = |text: &str| match parse_bool(text) {
            Ok(value) => Some(value),
            Err(_) if knob.is_some_and(|knob| knob.kind == knobs::Kind::BooleanOrAuto) => {
                text.eq_ignore_ascii_case("auto").then_some(true)
            }
            Err(_) => None,
        };
        if let Some(setting) = self.setting(name)? {
            match read(&setting.value) {
                Some(value) => return Ok(value),
                None => self.wrong(&setting, knob)?,
            }
        }
        let default = knob.and_then(|knob| {
            let default = knob.default_in(name, self.config.release()).and_then(read);
            default.or_else(|| knob.otherwise.and_then(read))
        });
        Ok(default.unwrap_or(false))
    }

    /// A whole number: the first of these settings that is set, or `otherwise`. What is beyond 32 bits becomes the nearest
    /// that is not.
    ///
    /// # Errors
    /// As [`Lookup::boolean`].
    pub fn number(&self, names: &[String], otherwise: i32) -> Result<i32, SettingsError> {
        let Some((_, setting)) = self.first(names)? else {
            return Ok(otherwise);
        };
        match parse_int(&setting.value) {
            Ok(number) => {
                Ok(i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX }))
            }
            Err(_) => {
                self.wrong(&setting, known(setting.name))?;
                Ok(otherwise)
            }
        }
    }

    /// REQUIRED, PREFERRED, OPTIONAL or NEVER: the first of these settings that is set, or `otherwise`.
    ///
    /// # Errors
    /// As [`Lookup::boolean`].
    pub fn requirement(
        &self,
        names: &[String],
        otherwise: Requirement,
    ) -> Result<Requirement, SettingsError> {
        let Some((_, setting)) = self.first(names)? else {
            return Ok(otherwise);
        };
        match Requirement::parse(&setting.value) {
            Some(requirement) => Ok(requirement),
            None => {
                self.wrong(&setting, known(setting.name))?;
                Ok(otherwise)
            }
        }
    }

    /// A list: the first of these settings that is set, or `otherwise`.
    ///
    /// # Errors
    /// As [`Lookup::setting`].
    pub fn list(
        &self,
        names: &[String],
        otherwise: &[String],
    ) -> Result<Vec<String>, SettingsError> {
        Ok(match self.first(names)? {
            None => otherwise.to_vec(),
            Some((_, setting)) => split_list(&setting.value).map(str::to_owned).collect(),
        })
    }

    /// Does with a wrong value what HTCondor does.
    fn wrong(&self, setting: &Setting<'_>, knob: Option<&Knob>) -> Result<(), SettingsError> {
        let reaction = knob.map(|knob| knob.wrong.of(self.is_tool));
        let allowed = knob.map_or("another value", |knob| knob.kind.allowed());
        let wrong = WrongValue::of(setting, allowed, reaction);
        if !reaction.is_some_and(knobs::Reaction::goes_on) {
            return Err(SettingsError::Value(wrong));
        }
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if !warnings.contains(&wrong) {
            warnings.push(wrong);
        }
        Ok(())
    }
}

/// The line of the table for a name, which may have a subsystem or a local name in front.
fn known(name: &str) -> Option<&'static Knob> {
    let found = knobs::find(name).or_else(|| knobs::find(name.split_once('.')?.1));
    found.map(|found| found.knob)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_config::Sources;

    fn config(text: &str, subsystem: &str) -> Config {
        let sources = Sources::text("condor_config", text)
            .subsystem(subsystem)
            .defaults();
        Config::load(&sources).unwrap()
    }

    #[test]
    fn a_tool_goes_on_where_a_daemon_ends() {
        let text =
            "SEC_FS_ENFORCE_CHANNEL_BINDING = perhaps\nSEC_DEFAULT_SESSION_LEASE = an hour\n";
        let lease = ["SEC_DEFAULT_SESSION_LEASE".to_owned()];
        let config_ = config(text, "TOOL");
        let tool = Lookup::new(&config_, "TOOL");
        for _ in 0..2 {
            assert!(tool.boolean("SEC_FS_ENFORCE_CHANNEL_BINDING").unwrap());
            assert_eq!(tool.number(&lease, 3600).unwrap(), 3600);
        }
        let warnings: Vec<String> = tool.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "SEC_FS_ENFORCE_CHANNEL_BINDING is \"perhaps\" (condor_config, line 1); it must be True or False (HTCondor \
                 prints an error and goes on as if it were not set)",
                "SEC_DEFAULT_SESSION_LEASE is \"an hour\" (condor_config, line 2); it must be a whole number of seconds, 0 \
                 or more (HTCondor goes on as if it were not set, without a word)",
            ]
        );
        let daemon = Lookup::new(&config_, "SCHEDD");
        let error = daemon
            .boolean("SEC_FS_ENFORCE_CHANNEL_BINDING")
            .unwrap_err();
        assert!(
            error.to_string().contains("ends as soon as it needs this"),
            "{error}"
        );
        assert_eq!(daemon.number(&lease, 3600).unwrap(), 3600);
    }

    #[test]
    fn defaults_are_those_of_the_release() {
        let claimtobe = |release| {
            let sources = Sources::text("condor_config", "").release(release);
            let config = Config::load(&sources).unwrap();
            Lookup::new(&config, "TOOL")
                .boolean("SEC_CLAIMTOBE_INCLUDE_DOMAIN")
                .unwrap()
        };
        assert!(claimtobe(countersign_config::Release::V25_14_1));
        assert!(!claimtobe(countersign_config::Release::V23_9_6));
    }

    #[test]
    fn auto_is_true_where_it_may_stand() {
        let config = config("ENABLE_IPV4 = Auto\nNO_DNS = Auto\n", "TOOL");
        let lookup = Lookup::new(&config, "TOOL");
        assert!(lookup.boolean("ENABLE_IPV4").unwrap());
        assert!(!lookup.boolean("NO_DNS").unwrap());
        assert_eq!(lookup.warnings().len(), 1);
    }
}
