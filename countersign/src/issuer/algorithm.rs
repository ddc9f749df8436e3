//! What an issuer signs with.

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaParameters, RsaSignatureEncoding,
};

/// How a token is signed. Rule: RFC 7518 section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    #[default]
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Es256,
        Self::Es384,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    /// Its name in a token's header, such as `ES256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// The one of that name; names are exact in RFC 7518.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// Whether HTCondor's library takes tokens that are signed so: it knows RS256 and ES256 alone.
    /// Rule: `get_public_key_pem_continue` in scitokens-cpp.
    #[must_use]
    pub fn is_taken_by_htcondor(self) -> bool {
        matches!(self, Self::Es256 | Self::Rs256)
    }

    /// The curve, of an EC algorithm.
    pub(super) fn curve(self) -> Option<&'static Curve> {
        match self {
            Self::Es256 => Some(&Curve::P256),
            Self::Es384 => Some(&Curve::P384),
            Self::Rs256 | Self::Rs384 | Self::Rs512 => None,
        }
    }

    pub(super) fn rsa(self) -> Option<(&'static RsaSignatureEncoding, &'static RsaParameters)> {
        match self {
            Self::Es256 | Self::Es384 => None,
            Self::Rs256 => Some((&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256)),
            Self::Rs384 => Some((&RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384)),
            Self::Rs512 => Some((&RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512)),
        }
    }
}

/// A curve of RFC 7518 section 6.2.1.1.
pub(super) struct Curve {
    pub(super) name: &'static str,
    /// Bytes of a coordinate.
    pub(super) len: usize,
    pub(super) algorithm: Algorithm,
    pub(super) signing: &'static EcdsaSigningAlgorithm,
    pub(super) verifying: &'static EcdsaVerificationAlgorithm,
}

impl Curve {
    const P256: Self = Self {
        name: "P-256",
        len: 32,
        algorithm: Algorithm::Es256,
        signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
        verifying: &ECDSA_P256_SHA256_FIXED,
    };
    const P384: Self = Self {
        name: "P-384",
        len: 48,
        algorithm: Algorithm::Es384,
        signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
        verifying: &ECDSA_P384_SHA384_FIXED,
    };

    pub(super) const ALL: [&'static Self; 2] = [&Self::P256, &Self::P384];

    pub(super) fn from_name(name: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|curve| curve.name == name)
    }
}

/// Bits of a new RSA key's modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaBits {
    /// 2048, as scitokens-admin-create-key makes them.
    #[default]
    Rsa2048,
    /// 3072.
    Rsa3072,
    /// 4096.
    Rsa4096,
}

impl RsaBits {
    /// That many.
    #[must_use]
    pub fn from_number(bits: u32) -> Option<Self> {
        match bits {
            2048 => Some(Self::Rsa2048),
            3072 => Some(Self::Rsa3072),
            4096 => Some(Self::Rsa4096),
            _ => None,
        }
    }

    /// What comes closest to a key that is there, and is no shorter where that can be.
    pub(super) fn at_least(bits: usize) -> Self {
        match bits {
            ..=2048 => Self::Rsa2048,
            2049..=3072 => Self::Rsa3072,
            _ => Self::Rsa4096,
        }
    }

    pub(super) fn size(self) -> KeySize {
        match self {
            Self::Rsa2048 => KeySize::Rsa2048,
            Self::Rsa3072 => KeySize::Rsa3072,
            Self::Rsa4096 => KeySize::Rsa4096,
        }
    }
}
