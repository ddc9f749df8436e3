//! Where the mapfile is.

use std::path::PathBuf;

use super::{Lookup, SettingsError};

/// A mapfile that is named in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapfileSource {
    /// CERTIFICATE_MAPFILE.
    pub path: PathBuf,
    /// CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS: names are literal unless they stand between slashes.
    pub assume_hash_keys: bool,
    /// LOCAL_CONFIG_DIR_EXCLUDE_REGEXP: names of an included folder in which it is found are passed
    /// over.
    pub exclude: Option<String>,
}

/// CERTIFICATE_MAPFILE and what bears on how it is read; `None` if it is not set.
///
/// # Errors
/// [`SettingsError`] names the knob, its value and where it stands.
pub(super) fn source(lookup: &Lookup<'_>) -> Result<Option<MapfileSource>, SettingsError> {
    let Some(path) = lookup.path("CERTIFICATE_MAPFILE")? else {
        return Ok(None);
    };
    Ok(Some(MapfileSource {
        path,
        assume_hash_keys: lookup.boolean("CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS")?,
        exclude: lookup.text("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP")?,
    }))
}
