//! The signature algorithms of SciTokens.

use std::fmt;

use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, RsaParameters};

/// An algorithm that a token may be signed with. HTCondor takes RS256 and ES256 alone: a token with
/// another of these is good here, and refused there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-384 with SHA-384.
    Es384,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Es256,
        Self::Es384,
    ];

    /// The algorithm of this name (RFC 7518, case counts). What has no key of its own (`none`) or a
    /// shared one (`HS256`) is none of them.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Its name in a header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }

    /// How RSA verifies, where it is RSA.
    pub(super) fn rsa(self) -> Option<&'static RsaParameters> {
        match self {
            Self::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
            Self::Es256 | Self::Es384 => None,
        }
    }

    /// The curve, where it is ECDSA.
    pub(super) fn curve(self) -> Option<Curve> {
        match self {
            Self::Es256 => Some(Curve {
                name: "P-256",
                coordinate: 32,
                verifies: &signature::ECDSA_P256_SHA256_FIXED,
            }),
            Self::Es384 => Some(Curve {
                name: "P-384",
                coordinate: 48,
                verifies: &signature::ECDSA_P384_SHA384_FIXED,
            }),
            Self::Rs256 | Self::Rs384 | Self::Rs512 => None,
        }
    }
}

/// An elliptic curve.
pub(super) struct Curve {
    /// `crv`.
    pub(super) name: &'static str,
    /// The length of a coordinate in bytes.
    pub(super) coordinate: usize,
    /// How it verifies.
    pub(super) verifies: &'static EcdsaVerificationAlgorithm,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
