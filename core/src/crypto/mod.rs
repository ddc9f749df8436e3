//! Channel keys and how two sides come by one.

mod exchange;

pub use exchange::{ExchangeError, KeyPair};

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroize as _;

use crate::secret::Secret;

/// Bytes of an AES-256 channel key.
pub const CHANNEL_KEY_LEN: usize = 32;

/// The symmetric key of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelKey(Secret);

impl ChannelKey {
    /// A key from its bytes.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; CHANNEL_KEY_LEN]) -> Self {
        let key = Self(Secret::from(&bytes[..]));
        bytes.zeroize();
        key
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
