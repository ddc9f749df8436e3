//! Channel keys and how two sides come by one.

mod exchange;

pub use exchange::{ExchangeError, KeyPair};

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

    /// The key's bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}
