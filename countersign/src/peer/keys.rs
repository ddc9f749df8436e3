//! The signing keys, looked at before a configuration comes into force.

use countersign_core::method::Voucher;
use countersign_methods::idtokens::{ReadSigningKey, SigningKey};

use super::PeerError;
use crate::effects::{list_signing_keys, read_signing_key};
use crate::settings::PeerSettings;

/// All signing keys, each of which can be read. This blocks.
///
/// # Errors
/// [`PeerError::Keys`] for a folder that cannot be listed, or a key that cannot be read.
pub(super) fn readable_keys(settings: &PeerSettings) -> Result<Vec<Voucher>, PeerError> {
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
    let is_password = settings.methods.idtokens.pool_key_is_password;
    let mut keys = Vec::with_capacity(listed.names.len());
    for name in listed.names {
        let names = vec![name];
        // One that is gone by now vouches for nothing.
        let Some(file) = read_signing_key(&places, &ReadSigningKey { names }) else {
            continue;
        };
        if let Err(reason) = file.content {
            return Err(PeerError::Keys {
                path: file.path,
                problem: reason.to_string(),
            });
        }
        keys.extend(SigningKey::of(&file, is_password).and_then(|key| key.voucher()));
    }
    Ok(keys)
}
