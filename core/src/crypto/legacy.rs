//! The ciphers from before AES: 3DES and Blowfish, with 64-bit cipher feedback and an initial value of zeros.
//!
//! Rule: `Condor_Crypto_State` and `KeyInfo::getPaddedKeyData` in HTCondor. Every message begins with the same initial
//! value under the same key, so that equal beginnings look equal, and nothing says that a message was altered: weak
//! whatever the key is.

use std::fmt;

use blowfish::Blowfish;
use cfb_mode::cipher::{InnerIvInit as _, KeyInit as _};
use cfb_mode::{BufDecryptor, BufEncryptor};
use des::TdesEde3;
use zeroize::Zeroizing;

/// Bytes of a key of 3DES.
const TRIPLE_DES_KEY: usize = 24;

/// Bytes of the initial value, which are zeros.
type Iv = [u8; 8];

/// A cipher from before AES.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegacyCipher {
    /// Blowfish, with a key of 4 to 56 bytes.
    Blowfish,
    /// 3DES, whose key is brought to 24 bytes.
    TripleDes,
}

/// A cipher with its key.
#[derive(Clone)]
pub(crate) enum Keyed {
    Blowfish(Box<Blowfish>),
    TripleDes(Box<TdesEde3>),
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blowfish(_) => "Keyed(Blowfish)",
            Self::TripleDes(_) => "Keyed(TripleDes)",
        })
    }
}

impl Keyed {
    /// `None` for a key whose length the cipher does not take.
    pub(crate) fn new(cipher: LegacyCipher, key: &[u8]) -> Option<Self> {
        Some(match cipher {
            LegacyCipher::Blowfish => Self::Blowfish(Box::new(Blowfish::new_from_slice(key).ok()?)),
            LegacyCipher::TripleDes => {
                let key = folded(key)?;
                Self::TripleDes(Box::new(TdesEde3::new_from_slice(&*key).ok()?))
            }
        })
    }

    /// Encrypts one message, in as many parts as it comes.
    pub(crate) fn encrypting(&self) -> Encrypting {
        let iv = Iv::default();
        match self {
            Self::Blowfish(cipher) => Encrypting::Blowfish(Box::new(BufEncryptor::inner_iv_init(
                (**cipher).clone(),
                &iv.into(),
            ))),
            Self::TripleDes(cipher) => Encrypting::TripleDes(Box::new(
                BufEncryptor::inner_iv_init((**cipher).clone(), &iv.into()),
            )),
        }
    }

    /// Decrypts one message, in as many parts as it comes.
    pub(crate) fn decrypting(&self) -> Decrypting {
        let iv = Iv::default();
        match self {
            Self::Blowfish(cipher) => Decrypting::Blowfish(Box::new(BufDecryptor::inner_iv_init(
                (**cipher).clone(),
                &iv.into(),
            ))),
            Self::TripleDes(cipher) => Decrypting::TripleDes(Box::new(
                BufDecryptor::inner_iv_init((**cipher).clone(), &iv.into()),
            )),
        }
    }
}

/// A message that is being encrypted.
pub(crate) enum Encrypting {
    Blowfish(Box<BufEncryptor<Blowfish>>),
    TripleDes(Box<BufEncryptor<TdesEde3>>),
}

impl Encrypting {
    /// Encrypts its next part.
    pub(crate) fn next(&mut self, part: &mut [u8]) {
        match self {
            Self::Blowfish(stream) => stream.encrypt(part),
            Self::TripleDes(stream) => stream.encrypt(part),
        }
    }
}

/// A message that is being decrypted.
pub(crate) enum Decrypting {
    Blowfish(Box<BufDecryptor<Blowfish>>),
    TripleDes(Box<BufDecryptor<TdesEde3>>),
}

impl Decrypting {
    /// Decrypts its next part.
    pub(crate) fn next(&mut self, part: &mut [u8]) {
        match self {
            Self::Blowfish(stream) => stream.decrypt(part),
            Self::TripleDes(stream) => stream.decrypt(part),
        }
    }
}

/// A key brought to the length of 3DES: repeated if it is shorter, and folded onto itself if it is longer.
fn folded(key: &[u8]) -> Option<Zeroizing<[u8; TRIPLE_DES_KEY]>> {
    if key.is_empty() {
        return None;
    }
    let mut folded = Zeroizing::new([0; TRIPLE_DES_KEY]);
    for (to, from) in folded.iter_mut().zip(key.iter().cycle()) {
        *to = *from;
    }
    for part in key.chunks(TRIPLE_DES_KEY).skip(1) {
        for (to, from) in folded.iter_mut().zip(part) {
            *to ^= from;
        }
    }
    Some(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encrypted(cipher: LegacyCipher, key: &[u8], text: &[u8]) -> Vec<u8> {
        let mut out = text.to_vec();
        Keyed::new(cipher, key).unwrap().encrypting().next(&mut out);
        out
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What `openssl enc -des-ede3-cfb` and `-bf-cfb` make of it with `-iv 0000000000000000`.
    #[test]
    fn as_openssl() {
        let key: Vec<u8> = (1..=24).collect();
        let text = b"HTCondor's CEDAR";
        assert_eq!(
            hex(&encrypted(LegacyCipher::TripleDes, &key, text)),
            "8fe20fa3a3d4bc7690b52d1b9425d801"
        );
        assert_eq!(
            hex(&encrypted(LegacyCipher::Blowfish, &key[..16], text)),
            "3fbf65a3e847b336feba189f0aa1c4a4"
        );
    }

    #[test]
    fn keys_of_other_lengths() {
        assert!(Keyed::new(LegacyCipher::TripleDes, b"").is_none());
        for wrong in [0, 3, 57] {
            assert!(Keyed::new(LegacyCipher::Blowfish, &vec![1; wrong]).is_none());
        }
        assert_eq!(folded(b"ab").unwrap()[..5], *b"ababa");
        let long: Vec<u8> = (0..50).collect();
        let folded = folded(&long).unwrap();
        // Bytes 0, 24 and 48, then 1, 25 and 49, then 2 and 26.
        assert_eq!(folded[..3], [24 ^ 48, 1 ^ 25 ^ 49, 2 ^ 26]);
    }

    proptest! {
        #[test]
        fn in_any_parts(text: Vec<u8>, cut in 1usize..9, triple: bool, key: [u8; 24]) {
            let cipher = if triple { LegacyCipher::TripleDes } else { LegacyCipher::Blowfish };
            let keyed = Keyed::new(cipher, &key).unwrap();
            let whole = encrypted(cipher, &key, &text);
            let mut parts = text.clone();
            let mut stream = keyed.encrypting();
            for part in parts.chunks_mut(cut) {
                stream.next(part);
            }
            prop_assert_eq!(&parts, &whole);
            let mut stream = keyed.decrypting();
            for part in parts.chunks_mut(cut + 1) {
                stream.next(part);
            }
            prop_assert_eq!(parts, text);
        }
    }
}
