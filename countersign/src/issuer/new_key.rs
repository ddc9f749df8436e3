//! Keys to be made, and what becomes of the others then.

use super::algorithm::{Algorithm, RsaBits};
use super::schedule::KeyEntry;
use super::signing_key::{IssuerKey, IssuerKeyError};

/// A key to be made. What is left open is as with the key that signs now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewIssuerKey {
    /// What it signs with.
    pub algorithm: Option<Algorithm>,
    /// Its length, if it is an RSA key.
    pub bits: Option<RsaBits>,
    /// Its name; its thumbprint if none is given.
    pub kid: Option<String>,
}

impl NewIssuerKey {
    /// Makes it. `like` signs now.
    pub(super) fn make(&self, like: Option<&IssuerKey>) -> Result<IssuerKey, IssuerKeyError> {
        let kid = self.kid.as_deref();
        match (self.algorithm, self.bits, like) {
            (None, None, Some(like)) => like.generate_alike(kid),
            (algorithm, bits, like) => {
                let algorithm = algorithm.or(like.map(IssuerKey::algorithm));
                IssuerKey::generate(algorithm.unwrap_or_default(), bits.unwrap_or_default(), kid)
            }
        }
    }
}

/// What became of the keys when one was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The new key.
    pub added: KeyEntry,
    /// Keys that were no longer published, and whose files are gone now.
    pub removed: Vec<KeyEntry>,
    /// Tokens of the old keys may be good for longer than those stay published.
    pub cuts_short: bool,
}
