//! How a method protects the session's key in the exchange that has no ECDH.
//!
//! Rule: `Authentication::exchangeKey` and the `wrap` of each `Condor_Auth_*` class in HTCondor. The server makes the
//! key up and sends it through the method that has just authenticated; most methods have nothing to hide it with.

use std::fmt;

use super::legacy::{Keyed, LegacyCipher};
use crate::secret::Secret;

/// What protects a session's key that is sent.
pub trait KeyWrap: Send + Sync + fmt::Debug {
    /// The key as it is sent.
    ///
    /// # Errors
    /// [`KeyWrapError`], and then the handshake ends.
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, KeyWrapError>;

    /// The key that was sent. The bytes are a peer's.
    ///
    /// # Errors
    /// [`KeyWrapError`], and then the handshake ends.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyWrapError>;

    /// Whether it keeps the key from somebody who listened to the whole handshake.
    fn hides(&self) -> bool;
}

/// Why a key cannot be wrapped or unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the session's key cannot be protected or read: {0}")]
pub struct KeyWrapError(pub String);

/// No protection: the key is sent as it is. FS, CLAIMTOBE and ANONYMOUS have no other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InClear;

impl KeyWrap for InClear {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, KeyWrapError> {
        Ok(key.to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyWrapError> {
        Ok(Secret::from(wrapped))
    }

    fn hides(&self) -> bool {
        false
    }
}

/// 3DES with a key that both sides of a method know: IDTOKENS, PASSWORD, SSL, SCITOKENS, MUNGE.
#[derive(Debug)]
pub struct TripleDesWrap {
    key: Secret,
    hides: bool,
}

impl TripleDesWrap {
    /// Wraps with `key`, of any length but none. `hides` says whether only the two sides can know it.
    #[must_use]
    pub fn new(key: Secret, hides: bool) -> Self {
        Self { key, hides }
    }

    /// Made when it is needed, which is seldom.
    fn cipher(&self) -> Result<Keyed, KeyWrapError> {
        Keyed::new(LegacyCipher::TripleDes, self.key.expose())
            .ok_or_else(|| KeyWrapError("there is nothing to protect it with".into()))
    }
}

impl KeyWrap for TripleDesWrap {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, KeyWrapError> {
        let mut wrapped = key.to_vec();
        self.cipher()?.encrypting().next(&mut wrapped);
        Ok(wrapped)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyWrapError> {
        let mut key = wrapped.to_vec();
        self.cipher()?.decrypting().next(&mut key);
        Ok(Secret::new(key))
    }

    fn hides(&self) -> bool {
        self.hides
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for wrap in [
            Box::new(InClear) as Box<dyn KeyWrap>,
            Box::new(TripleDesWrap::new(Secret::new(vec![7; 256]), true)),
        ] {
            let wrapped = wrap.wrap(&[1; 24]).unwrap();
            assert_eq!(wrapped.len(), 24);
            assert_eq!(wrapped == [1; 24], !wrap.hides());
            assert_eq!(wrap.unwrap(&wrapped).unwrap().expose(), [1; 24]);
            assert!(!format!("{wrap:?}").contains('7'));
        }
        let empty = TripleDesWrap::new(Secret::new(Vec::new()), true);
        assert!(empty.wrap(&[1; 24]).is_err() && empty.unwrap(&[1; 24]).is_err());
    }
}
