//! What can be wrong with a setting.

use countersign_config::{ConfigError, Setting};

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The configuration itself cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A value outside what is allowed.
    #[error("{name} is {value:?} ({origin}); it must be {allowed}")]
    Value {
        /// The knob as it was set.
        name: String,
        /// Its value.
        value: String,
        /// Where it was set.
        origin: String,
        /// What would be right.
        allowed: &'static str,
    },
}

impl SettingsError {
    pub(super) fn value(setting: &Setting<'_>, allowed: &'static str) -> Self {
        Self::Value {
            name: setting.name.to_string(),
            value: setting.value.clone(),
            origin: setting.origin.to_string(),
            allowed,
        }
    }
}
