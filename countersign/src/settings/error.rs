//! What can be wrong with a setting.

use std::fmt::{self, Display, Formatter};

use countersign_config::{ConfigError, PassedOver, Setting};

use super::knobs::Reaction;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The configuration itself cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Part of a daemon's configuration is in a file that this process cannot read.
    #[error(
        "part of the configuration is missing: {0}; a daemon may read it, so nothing is decided without it: read it as a \
         user who can"
    )]
    Partial(PassedOver),
    /// A value outside what is allowed, for which HTCondor's program ends too.
    #[error(transparent)]
    Value(WrongValue),
}

/// A value outside what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct WrongValue {
    /// The knob as it was set.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it was set: file and line.
    pub origin: String,
    /// What would be right.
    pub allowed: &'static str,
    /// What HTCondor's program does with it, if that is known.
    pub htcondor: Option<Reaction>,
}

impl Display for WrongValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            origin,
            allowed,
            ..
        } = self;
        write!(f, "{name} is {value:?} ({origin}); it must be {allowed}")?;
        match self.htcondor {
            Some(reaction) => write!(f, " (HTCondor {})", reaction.verb()),
            None => Ok(()),
        }
    }
}

impl WrongValue {
    pub(crate) fn of(
        setting: &Setting<'_>,
        allowed: &'static str,
        htcondor: Option<Reaction>,
    ) -> Self {
        Self {
            name: setting.name.to_owned(),
            value: setting.value.clone(),
            origin: setting.origin.to_string(),
            allowed,
            htcondor,
        }
    }
}

impl SettingsError {
    /// A value that is refused here, whatever HTCondor does.
    pub(crate) fn value(setting: &Setting<'_>, allowed: &'static str) -> Self {
        Self::Value(WrongValue::of(setting, allowed, None))
    }
}
