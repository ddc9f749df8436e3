//! Where tokens, signing keys and the pool's password are looked for.

use std::path::PathBuf;
use std::sync::Arc;

use countersign_methods::idtokens::FolderOrigin;
use pcre2::bytes::Regex;

use super::{Host, Lookup, SettingsError};
use crate::effects::TokenSources;

/// SEC_PASSWORD_FILE, if it names a file.
pub(super) fn password_file(lookup: &Lookup<'_>) -> Result<Option<PathBuf>, SettingsError> {
    let path = lookup.path("SEC_PASSWORD_FILE")?;
    Ok(path.filter(|path| !path.as_os_str().is_empty()))
}

/// Reads the places.
pub(super) fn sources(lookup: &Lookup<'_>, host: &Host) -> Result<TokenSources, SettingsError> {
    let (token_folder, token_folder_origin) = match lookup.path("SEC_TOKEN_DIRECTORY")? {
        Some(path) => (path, FolderOrigin::TokenDirectory),
        None => match &host.home {
            Some(home) if !host.is_root => (home.join(".condor/tokens.d"), FolderOrigin::Home),
            _ => (
                lookup
                    .path("SEC_TOKEN_SYSTEM_DIRECTORY")?
                    .unwrap_or_default(),
                FolderOrigin::SystemDirectory,
            ),
        },
    };
    let exclude = match lookup.setting("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP")? {
        None => None,
        Some(setting) => {
            Some(Arc::new(Regex::new(&setting.value).map_err(|_| {
                SettingsError::value(&setting, "a regular expression")
            })?))
        }
    };
    Ok(TokenSources {
        token_folder,
        token_folder_origin,
        key_folder: lookup.path("SEC_PASSWORD_DIRECTORY")?,
        pool_key: lookup
            .path("SEC_TOKEN_POOL_SIGNING_KEY_FILE")?
            .filter(|path: &PathBuf| !path.as_os_str().is_empty()),
        exclude,
        subsystem: host.subsystem.clone(),
    })
}
