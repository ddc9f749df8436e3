//! An issuer's keys, and which of them a token is verified with.
//!
//! Rule: `find_key_id` and `get_public_key_pem_continue` of scitokens-cpp. A key is made ready once, when the set
//! is read: a handshake costs one verification.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::signature::ParsedPublicKey;

use super::algorithm::Algorithm;

/// A public key that is ready to verify.
#[derive(Clone)]
pub struct VerifyingKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: ParsedPublicKey,
}

impl VerifyingKey {
    /// What it verifies.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's of `message`. ECDSA's is the two numbers, not DER (RFC 7518).
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}

/// Why a published key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyDefect {
    /// It is no JSON object.
    NoObject,
    /// It has no key type.
    NoType,
    /// Its type is none that tokens are verified with.
    Type(
        /// `kty`.
        String,
    ),
    /// It is a shared secret, and so published to everybody.
    Shared,
    /// It is not for signatures.
    Use(
        /// `use`.
        String,
    ),
    /// Its algorithm is none that is taken here.
    Algorithm(
        /// `alg`.
        String,
    ),
    /// Its curve is none that is taken here, or not its algorithm's.
    Curve(
        /// `crv`.
        String,
    ),
    /// Its algorithm is not for a key of its type.
    Unfit {
        /// `alg`.
        algorithm: Algorithm,
        /// `kty`.
        kty: String,
    },
    /// A member is missing, or is no text.
    Missing(
        /// The member.
        &'static str,
    ),
    /// A member is not base64url, or too long.
    Malformed(
        /// The member.
        &'static str,
    ),
    /// It is an RSA key of a length that is not taken.
    Length {
        /// Its length in bits.
        bits: usize,
    },
    /// Its numbers make no key, such as a point that is not on the curve.
    NoKey,
}

/// The shortest and the longest RSA key, in bits.
pub(super) const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

impl fmt::Display for KeyDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject => f.write_str("it is no JSON object"),
            Self::NoType => f.write_str("it has no key type (kty)"),
            Self::Type(kty) => write!(f, "its type (kty) is {kty:?}, and only RSA and EC are taken"),
            Self::Shared => f.write_str(
                "it is a symmetric key (kty oct), which is no secret once it is published: withdraw it",
            ),
            Self::Use(purpose) => {
                write!(f, "it is published for {purpose:?} and not for signatures (use)")
            }
            Self::Algorithm(name) => write!(
                f,
                "its algorithm (alg) is {name:?}, and RS256, RS384, RS512, ES256 and ES384 are taken"
            ),
            Self::Curve(name) => write!(
                f,
                "its curve (crv) is {name:?}; P-256 is taken for ES256 and P-384 for ES384"
            ),
            Self::Unfit { algorithm, kty } => {
                write!(f, "its algorithm (alg) is {algorithm}, and its type (kty) {kty:?}")
            }
            Self::Missing(member) => write!(f, "its member {member:?} is missing or no text"),
            Self::Malformed(member) => write!(f, "its member {member:?} is no number in base64url"),
            Self::Length { bits } => write!(
                f,
                "it is an RSA key of {bits} bits, and {} to {} are taken",
                RSA_BITS.start(),
                RSA_BITS.end()
            ),
            Self::NoKey => f.write_str("its numbers make no key"),
        }
    }
}

/// A key as it was published.
#[derive(Debug, Clone)]
pub struct PublishedKey {
    /// `kid`.
    pub id: Option<String>,
    /// The key, or why it cannot be used.
    pub key: Result<VerifyingKey, KeyDefect>,
    /// Its private part is published with it: anybody can sign with it. It was not read.
    pub exposed: bool,
}

/// A set of keys (JWKS).
#[derive(Debug, Clone)]
pub struct KeySet(pub(super) Vec<PublishedKey>);

impl KeySet {
    /// All that is published, in its order.
    #[must_use]
    pub fn published(&self) -> &[PublishedKey] {
        &self.0
    }

    /// Whether a key of this name is among them.
    #[must_use]
    pub fn names(&self, kid: &str) -> bool {
        self.0.iter().any(|one| one.id.as_deref() == Some(kid))
    }

    /// How many can be used.
    #[must_use]
    pub fn usable(&self) -> usize {
        self.0.iter().filter(|one| one.key.is_ok()).count()
    }

    /// The key of a token: the first one of its `kid`; without a `kid`, or an empty one, the only one.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn select(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&VerifyingKey, KeyRefusal> {
        let kid = kid.filter(|kid| !kid.is_empty());
        let one = match (kid, self.0.as_slice()) {
            (None, [one]) => one,
            (None, all) => {
                return Err(KeyRefusal::NotNamed {
                    published: all.len(),
                });
            }
            (Some(kid), all) => {
                let mut named = all.iter().filter(|one| one.id.as_deref() == Some(kid));
                named.next().ok_or_else(|| KeyRefusal::NotPublished {
                    kid: kid.to_owned(),
                    published: all.iter().filter_map(|one| one.id.clone()).collect(),
                })?
            }
        };
        let name = || one.id.clone().unwrap_or_default();
        match &one.key {
            Err(defect) => Err(KeyRefusal::Unusable {
                kid: name(),
                defect: defect.clone(),
            }),
            Ok(key) if key.algorithm != algorithm => Err(KeyRefusal::OtherAlgorithm {
                kid: name(),
                token: algorithm,
                key: key.algorithm,
            }),
            Ok(key) => Ok(key),
        }
    }
}

/// Where keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysOrigin {
    /// The issuer was asked for this handshake.
    Fetched,
    /// It was asked a while ago.
    Cached {
        /// When, in seconds since 1970.
        at: u64,
    },
    /// It was asked a while ago, and could not be asked anew when that was due.
    Stale {
        /// When, in seconds since 1970.
        at: u64,
    },
    /// They stand in a file on this machine; the issuer is not asked.
    Pinned {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for KeysOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetched => f.write_str("just fetched from the issuer"),
            Self::Cached { at } => {
                write!(f, "fetched from the issuer at {at} (seconds since 1970)")
            }
            Self::Stale { at } => write!(
                f,
                "fetched from the issuer at {at} (seconds since 1970) and out of date: it cannot be \
                 reached now"
            ),
            Self::Pinned { path } => write!(f, "read from {}", path.display()),
        }
    }
}

/// The keys of an issuer, and where they come from.
#[derive(Debug, Clone)]
pub struct IssuerKeys {
    /// The keys.
    pub set: Arc<KeySet>,
    /// Where they come from.
    pub origin: KeysOrigin,
}

impl IssuerKeys {
    /// The key of a token, as [`KeySet::select`] finds it.
    ///
    /// # Errors
    /// [`KeyRefusal`].
    pub fn select(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&VerifyingKey, KeyRefusal> {
        self.set.select(kid, algorithm)
    }
}

/// Why there is no key for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRefusal {
    /// It does not say which of the keys signed it, and there is not exactly one.
    NotNamed {
        /// How many there are.
        published: usize,
    },
    /// The key that it names is not published.
    NotPublished {
        /// Which it names.
        kid: String,
        /// Which are published.
        published: Vec<String>,
    },
    /// The key is published, and cannot be used.
    Unusable {
        /// Its name; empty if it has none.
        kid: String,
        /// Why.
        defect: KeyDefect,
    },
    /// The key is for another algorithm.
    OtherAlgorithm {
        /// Its name; empty if it has none.
        kid: String,
        /// The token's algorithm.
        token: Algorithm,
        /// The key's.
        key: Algorithm,
    },
}

/// How many names of keys are listed in an explanation.
const MAX_LISTED: usize = 8;

impl fmt::Display for KeyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNamed { published } => write!(
                f,
                "it does not name its key (kid), and its issuer publishes {published}: sign tokens with a kid"
            ),
            Self::NotPublished { kid, published } => {
                write!(
                    f,
                    "its issuer does not publish the key {kid:?} that it names"
                )?;
                if published.is_empty() {
                    return f.write_str("; no key there has a name");
                }
                let listed: Vec<_> = published.iter().take(MAX_LISTED).collect();
                write!(f, ", but {listed:?}")?;
                if published.len() > MAX_LISTED {
                    write!(f, " and {} more", published.len() - MAX_LISTED)?;
                }
                f.write_str(". A key that was added just now is seen at the next refresh")
            }
            Self::Unusable { kid, defect } => {
                write!(f, "its issuer's key {kid:?} cannot be used: {defect}")
            }
            Self::OtherAlgorithm { kid, token, key } => write!(
                f,
                "it is signed with {token}, and its issuer's key {kid:?} is for {key}"
            ),
        }
    }
}
