//! Sets of keys (JWKS, RFC 7517), from untrusted bytes.
//!
//! Read as scitokens-cpp reads them: base64url with or without padding, coordinates that lost their leading
//! zeros, keys without an algorithm. What cannot be used is kept with the reason, since it counts where a token
//! does not name its key. Stricter: a member that stands twice, a key for encryption, and an algorithm that is
//! not for the key's type are refused. Private parts are never looked at.

use std::fmt;

use aws_lc_rs::signature::{ParsedPublicKey, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::json;
use super::keys::{KeyDefect, KeySet, PublishedKey, RSA_BITS, VerifyingKey};

/// The longest set, in bytes.
pub const MAX_JWKS: usize = 1 << 20;

/// The most keys in a set.
pub const MAX_KEYS: usize = 1_000;

/// Why a set of keys cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwksError {
    /// It is over the limit.
    TooLarge {
        /// Its length in bytes.
        len: usize,
    },
    /// It is no JSON object.
    Malformed {
        /// What is wrong, and where.
        problem: String,
    },
    /// It has no list of keys.
    NoKeys,
    /// It has more keys than are read.
    TooMany {
        /// How many.
        keys: usize,
    },
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { len } => {
                write!(f, "it has {len} bytes, and {MAX_JWKS} are the limit")
            }
            Self::Malformed { problem } => write!(f, "it is no JSON object: {problem}"),
            Self::NoKeys => f.write_str("it has no list \"keys\""),
            Self::TooMany { keys } => {
                write!(f, "it has {keys} keys, and {MAX_KEYS} are the limit")
            }
        }
    }
}

/// Base64url with or without padding, whatever the bits behind the last byte are.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The members of a key that only its owner should know.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

impl KeySet {
    /// Reads a set.
    ///
    /// # Errors
    /// [`JwksError`]. A key that cannot be used is none: it is in the set, with the reason.
    pub fn read(bytes: &[u8]) -> Result<Self, JwksError> {
        if bytes.len() > MAX_JWKS {
            return Err(JwksError::TooLarge { len: bytes.len() });
        }
        let set = json::object(bytes).map_err(|problem| JwksError::Malformed { problem })?;
        let Some(Value::Array(keys)) = set.get("keys") else {
            return Err(JwksError::NoKeys);
        };
        if keys.len() > MAX_KEYS {
            return Err(JwksError::TooMany { keys: keys.len() });
        }
        Ok(Self(keys.iter().map(published).collect()))
    }
}

fn published(jwk: &Value) -> PublishedKey {
    let Value::Object(jwk) = jwk else {
        return PublishedKey {
            id: None,
            key: Err(KeyDefect::NoObject),
            exposed: false,
        };
    };
    PublishedKey {
        id: text(jwk, "kid").map(str::to_owned),
        key: key(jwk),
        exposed: PRIVATE.iter().any(|member| jwk.contains_key(*member)),
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    jwk.get(member)?.as_str()
}

fn key(jwk: &Map<String, Value>) -> Result<VerifyingKey, KeyDefect> {
    let kty = text(jwk, "kty").ok_or(KeyDefect::NoType)?;
    match kty {
        "RSA" | "EC" => {}
        "oct" => return Err(KeyDefect::Shared),
        other => return Err(KeyDefect::Type(other.to_owned())),
    }
    if let Some(purpose) = text(jwk, "use").filter(|purpose| *purpose != "sig") {
        return Err(KeyDefect::Use(purpose.to_owned()));
    }
    let curve = text(jwk, "crv");
    let algorithm = match (text(jwk, "alg"), kty, curve) {
        (Some(name), ..) => {
            Algorithm::named(name).ok_or_else(|| KeyDefect::Algorithm(name.to_owned()))?
        }
        (None, "RSA", _) => Algorithm::Rs256,
        (None, _, Some("P-256")) => Algorithm::Es256,
        (None, _, Some("P-384")) => Algorithm::Es384,
        (None, _, Some(other)) => return Err(KeyDefect::Curve(other.to_owned())),
        (None, _, None) => return Err(KeyDefect::Missing("crv")),
    };
    let key = match (kty, algorithm.rsa(), algorithm.curve()) {
        ("RSA", Some(parameters), _) => {
            let modulus = number(jwk, "n", RSA_BITS.end() / 8)?;
            let bits = bits(&modulus);
            if !RSA_BITS.contains(&bits) {
                return Err(KeyDefect::Length { bits });
            }
            // What is longer than 64 bits makes verifying slow, and nobody uses it.
            let exponent = number(jwk, "e", 8)?;
            if exponent.as_slice() == [1] || exponent.last().is_none_or(|last| last % 2 == 0) {
                return Err(KeyDefect::NoKey);
            }
            RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .to_parsed_public_key(parameters)
        }
        ("EC", _, Some(expected)) => {
            if let Some(other) = curve.filter(|name| *name != expected.name) {
                return Err(KeyDefect::Curve(other.to_owned()));
            }
            let mut point = vec![4];
            for member in ["x", "y"] {
                let coordinate = number(jwk, member, expected.coordinate)?;
                point.resize(point.len() + expected.coordinate - coordinate.len(), 0);
                point.extend(coordinate);
            }
            ParsedPublicKey::new(expected.verifies, point)
        }
        _ => {
            return Err(KeyDefect::Unfit {
                algorithm,
                kty: kty.to_owned(),
            });
        }
    };
    let key = key.map_err(|_| KeyDefect::NoKey)?;
    Ok(VerifyingKey { algorithm, key })
}

/// A number without leading zeros, of at most `most` bytes.
fn number(
    jwk: &Map<String, Value>,
    member: &'static str,
    most: usize,
) -> Result<Vec<u8>, KeyDefect> {
    let text = text(jwk, member).ok_or(KeyDefect::Missing(member))?;
    let bytes = LENIENT
        .decode(text)
        .map_err(|_| KeyDefect::Malformed(member))?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(zeros..).unwrap_or_default().to_vec();
    if bytes.len() > most {
        return Err(match member {
            "n" => KeyDefect::Length { bits: bits(&bytes) },
            _ => KeyDefect::Malformed(member),
        });
    }
    Ok(bytes)
}

/// How long a number without leading zeros is.
fn bits(number: &[u8]) -> usize {
    let spare = number.first().map_or(0, |first| first.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(spare).unwrap_or(0))
}
