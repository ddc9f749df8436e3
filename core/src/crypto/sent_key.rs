//! A session's key that the server made up and sent, where there was no ECDH.

use super::{CHANNEL_KEY_LEN, ChannelKey, Cipher, KeyWrap, KeyWrapError, LEGACY_KEY_LEN};

/// Why there is no key to go on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SentKeyError {
    /// The channel is to be protected, and nobody sent a key.
    #[error("encryption or integrity was agreed on, and neither side gave the other a key")]
    Missing,
    /// The method cannot wrap or unwrap it.
    #[error(transparent)]
    Wrap(#[from] KeyWrapError),
    /// It is for another cipher than the one that was agreed on.
    #[error("the key that the server sent is for {sent}, and {agreed} was agreed on")]
    OtherCipher {
        /// What it says it is for.
        sent: String,
        /// What was agreed on.
        agreed: &'static str,
    },
    /// It has a length that no HTCondor sends.
    #[error("the key that was sent has {len} bytes, and {cipher} takes {takes}")]
    Length {
        /// Its length.
        len: usize,
        /// The cipher.
        cipher: &'static str,
        /// What the cipher takes.
        takes: usize,
    },
    /// This side requires protection, and whoever listens has the key.
    #[error(
        "encryption or integrity is REQUIRED on this side, and the key would go over the wire for everyone to read: one of \
         the two sides knows no key exchange by ECDH (HTCondor before 9.0), and the method {method} hides nothing"
    )]
    InClear {
        /// The method that authenticated.
        method: &'static str,
    },
}

/// The numbers of ciphers in the message that brings a key (`Protocol` in HTCondor's `CryptKey.h`).
fn number(cipher: Cipher) -> i64 {
    match cipher {
        Cipher::Blowfish => 1,
        Cipher::TripleDes => 2,
        Cipher::Aes => 3,
    }
}

/// How many bytes a key for `cipher` has.
#[must_use]
pub(crate) fn key_len(cipher: Cipher) -> usize {
    match cipher {
        Cipher::Aes => CHANNEL_KEY_LEN,
        Cipher::Blowfish | Cipher::TripleDes => LEGACY_KEY_LEN,
    }
}

/// What the message says that brings a key.
#[derive(Debug)]
pub(crate) struct SentKey<'a> {
    pub(crate) len: i64,
    pub(crate) cipher: i64,
    pub(crate) wrapped: &'a [u8],
}

impl<'a> SentKey<'a> {
    /// What the server says of a key for `cipher` that was wrapped.
    pub(crate) fn new(cipher: Cipher, wrapped: &'a [u8]) -> Self {
        Self {
            len: i64::try_from(key_len(cipher)).unwrap_or_default(),
            cipher: number(cipher),
            wrapped,
        }
    }

    /// The key, which must be for the cipher that was agreed on.
    pub(crate) fn open(
        &self,
        wrap: &dyn KeyWrap,
        agreed: Cipher,
    ) -> Result<ChannelKey, SentKeyError> {
        let cipher = agreed.name();
        if self.cipher != number(agreed) {
            let known = [Cipher::Aes, Cipher::Blowfish, Cipher::TripleDes];
            let sent = known.iter().find(|other| number(**other) == self.cipher);
            return Err(SentKeyError::OtherCipher {
                sent: sent.map_or_else(
                    || format!("a cipher with the number {}", self.cipher),
                    |sent| sent.name().to_owned(),
                ),
                agreed: cipher,
            });
        }
        let key = wrap.unwrap(self.wrapped)?;
        let takes = key_len(agreed);
        if key.len() != takes || self.len != i64::try_from(takes).unwrap_or_default() {
            let len = key.len();
            return Err(SentKeyError::Length { len, cipher, takes });
        }
        Ok(ChannelKey::received(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{InClear, TripleDesWrap};

    #[test]
    fn there_and_back() {
        let wrap = TripleDesWrap::new(crate::Secret::new(vec![5; 32]), true);
        for cipher in [Cipher::Aes, Cipher::Blowfish, Cipher::TripleDes] {
            let key = vec![7; key_len(cipher)];
            let wrapped = wrap.wrap(&key).unwrap();
            let sent = SentKey::new(cipher, &wrapped);
            assert_eq!(sent.open(&wrap, cipher).unwrap().expose(), key);
        }
    }

    #[test]
    fn what_is_no_key() {
        let bytes = [7; 24];
        let sent = |cipher, len, wrapped| SentKey {
            len,
            cipher,
            wrapped,
        };
        let open = |sent: SentKey<'_>, agreed| sent.open(&InClear, agreed).unwrap_err();
        // 0 is HTCondor's number for no cipher at all.
        for number in [0, 1, 3, 4, -1] {
            let error = open(sent(number, 24, &bytes), Cipher::TripleDes);
            assert!(matches!(error, SentKeyError::OtherCipher { .. }), "{error}");
        }
        for (len, wrapped) in [
            (24, &bytes[..23]),
            (23, &bytes[..]),
            (24, &[]),
            (-1, &bytes),
        ] {
            let error = open(sent(2, len, wrapped), Cipher::TripleDes);
            assert!(matches!(error, SentKeyError::Length { .. }), "{error}");
        }
        let error = open(sent(3, 24, &bytes), Cipher::Aes);
        assert!(matches!(error, SentKeyError::Length { .. }), "{error}");
    }
}
