//! Channel ciphers, and what they are used for.

use super::LegacyCipher;

/// A channel cipher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AES-256-GCM.
    Aes,
    /// Blowfish, without integrity of its own.
    Blowfish,
    /// Triple DES, without integrity of its own.
    TripleDes,
}

impl Cipher {
    /// Reads one of HTCondor's names, which it compares with case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "AES" => Self::Aes,
            "BLOWFISH" => Self::Blowfish,
            "3DES" | "TRIPLEDES" => Self::TripleDes,
            _ => return None,
        })
    }

    /// The name that HTCondor records for a session.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes => "AES",
            Self::Blowfish => "BLOWFISH",
            Self::TripleDes => "3DES",
        }
    }

    /// What it is among the ciphers from before AES.
    #[must_use]
    pub fn legacy(self) -> Option<LegacyCipher> {
        match self {
            Self::Aes => None,
            Self::Blowfish => Some(LegacyCipher::Blowfish),
            Self::TripleDes => Some(LegacyCipher::TripleDes),
        }
    }
}

/// What protects a channel: a cipher, and what it is used for.
///
/// Rule: `SecManStartCommand::authenticate_inner_finish` and `DaemonCommandProtocol::EnableCrypto` in HTCondor. AES
/// encrypts and verifies whatever was agreed on; the others do what was agreed on, and integrity is MD5's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protection {
    /// The cipher that the key is for.
    pub cipher: Cipher,
    /// Whether encryption was agreed on.
    pub encryption: bool,
    /// Whether integrity was agreed on.
    pub integrity: bool,
}

impl Protection {
    /// AES, as it always is.
    pub const AES: Self = Self {
        cipher: Cipher::Aes,
        encryption: true,
        integrity: true,
    };

    /// Whether frames are encrypted.
    #[must_use]
    pub fn encrypts(&self) -> bool {
        self.encryption || self.cipher == Cipher::Aes
    }

    /// Whether frames that were altered are refused.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.integrity || self.cipher == Cipher::Aes
    }

    /// Whether anything is done at all, so that whoever uses the channel has the key.
    #[must_use]
    pub fn proves_the_key(&self) -> bool {
        self.encrypts() || self.verifies()
    }
}

impl std::fmt::Display for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cipher = self.cipher.name();
        match (self.cipher, self.encryption, self.integrity) {
            (Cipher::Aes, ..) => f.write_str("encrypted and verified with AES-256-GCM"),
            (_, true, true) => write!(f, "encrypted with {cipher} and verified with MD5"),
            (_, true, false) => write!(f, "encrypted with {cipher}, and not verified"),
            (_, false, true) => f.write_str("verified with MD5, and not encrypted"),
            (_, false, false) => f.write_str("neither encrypted nor verified"),
        }
    }
}
