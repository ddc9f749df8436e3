//! Channel keys and how two sides come by one.

mod cipher;
mod exchange;
mod legacy;
mod sent_key;
mod wrap;

pub use cipher::{Cipher, Protection};
pub use exchange::{ExchangeError, KeyPair};
pub use legacy::LegacyCipher;
pub(crate) use legacy::{Decrypting, Encrypting, Keyed as LegacyKeyed};
pub use sent_key::SentKeyError;
pub(crate) use sent_key::{SentKey, key_len};
pub use wrap::{InClear, KeyWrap, KeyWrapError, TripleDesWrap};

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroize as _;

use crate::secret::Secret;

/// Bytes of an AES-256 channel key (`SEC_SESSION_KEY_LENGTH_V9`).
pub const CHANNEL_KEY_LEN: usize = 32;

/// Bytes of a key for the ciphers before AES (`SEC_SESSION_KEY_LENGTH_OLD`).
pub const LEGACY_KEY_LEN: usize = 24;

/// The symmetric key of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelKey(Secret);

impl ChannelKey {
    /// A key from its bytes, as many as its cipher takes.
    #[must_use]
    pub fn from_bytes<const LEN: usize>(mut bytes: [u8; LEN]) -> Self {
        let key = Self(Secret::from(&bytes[..]));
        bytes.zeroize();
        key
    }

    /// A key that was sent.
    pub(crate) fn received(key: Secret) -> Self {
        Self(key)
    }

    /// What a shorter key is made of: HKDF gives the same bytes, only fewer.
    pub(crate) fn shortened(&self, len: usize) -> Self {
        let bytes = self.0.expose();
        Self(Secret::from(bytes.get(..len).unwrap_or(bytes)))
    }

    /// The AES key of a secret that both sides have: what ECDH gave them, or the text of a key that one
    /// handed to the other. (`Condor_Crypt_Base::hkdf`: HKDF-SHA256 with salt `htcondor` and info
    /// `keygen`.)
    #[must_use]
    pub fn derive(secret: &[u8]) -> Self {
        let mut key = [0; CHANNEL_KEY_LEN];
        // One block of SHA-256: it cannot be too long.
        let _ = Hkdf::<Sha256>::new(Some(b"htcondor"), secret).expand(b"keygen", &mut key);
        let channel = Self::from_bytes(key);
        key.zeroize();
        channel
    }

    /// The key's bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}
