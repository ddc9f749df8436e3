//! The signing keys, looked at before a configuration comes into force.

use countersign_methods::idtokens::ReadSigningKey;

use super::PeerError;
use crate::effects::{list_signing_keys, read_signing_key};
use crate::settings::PeerSettings;

/// The names of all signing keys, each of which can be read. This blocks.
///
/// # Errors
/// [`PeerError::Keys`] for a folder that cannot be listed, or a key that cannot be read.
pub(super) fn readable_keys(settings: &PeerSettings) -> Result<Vec<String>, PeerError> {
    let mut places = settings.methods.keys.clone();
    if settings.keys_built_in
        && places
            .key_folder
            .as_ref()
            .is_some_and(|path| !path.exists())
    {
        places.key_folder = None;
    }
    let listed = list_signing_keys(&places);
    if let Some(problem) = listed.problem {
        let path = places.key_folder.unwrap_or_default();
        return Err(PeerError::Keys { path, problem });
    }
    for name in &listed.names {
        let names = vec![name.clone()];
        if let Some(file) = read_signing_key(&places, &ReadSigningKey { names })
            && let Err(reason) = file.content
        {
            return Err(PeerError::Keys {
                path: file.path,
                problem: reason.to_string(),
            });
        }
    }
    Ok(listed.names)
}
