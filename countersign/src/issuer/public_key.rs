//! The public half of a key, as a JWK.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::UnparsedPublicKey;
use serde_json::{Map, Value as Json, json};

use super::algorithm::{Algorithm, Curve};
use super::encoding::{base64url, from_base64url};

/// A public key and its name. It is made member by member, so nothing private can come with it.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) numbers: Numbers,
}

/// What it consists of, big-endian.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Both coordinates have the curve's length.
    Ec { x: Vec<u8>, y: Vec<u8> },
    /// Without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// Why a JWK is no key that tokens are signed with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// A member is missing, or is not what it should be.
    #[error("the member {0:?} is missing or is not what RFC 7518 says")]
    Member(&'static str),
    /// The kind of key, or its curve, is another.
    #[error("{0} is neither RSA nor EC with P-256 or P-384")]
    Kind(String),
    /// Its algorithm is another, or does not go with the key.
    #[error("the algorithm {0} is none that goes with this key")]
    Algorithm(String),
}

impl PublicKey {
    /// Its name, by which tokens tell which key signed them.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Reads a JWK. Private members are left behind. Padded base64url and short coordinates, which
    /// scitokens-admin-create-key writes, are taken.
    ///
    /// # Errors
    /// [`JwkError`].
    pub fn from_json(jwk: &Map<String, Json>) -> Result<Self, JwkError> {
        let text = |name: &'static str| match jwk.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(JwkError::Member(name)),
        };
        let named = text("alg")?;
        let kind = text("kty")?.ok_or(JwkError::Member("kty"))?;
        let number = |name| number(jwk, name);
        let (numbers, by_itself) = match kind {
            "EC" => {
                let curve = text("crv")?.ok_or(JwkError::Member("crv"))?;
                let curve =
                    Curve::from_name(curve).ok_or_else(|| JwkError::Kind(curve.to_owned()))?;
                let coordinate =
                    |name| padded(&number(name)?, curve.len).ok_or(JwkError::Member(name));
                let (x, y) = (coordinate("x")?, coordinate("y")?);
                (Numbers::Ec { x, y }, curve.algorithm)
            }
            "RSA" => {
                let (n, e) = (number("n")?, number("e")?);
                (Numbers::Rsa { n, e }, Algorithm::Rs256)
            }
            other => return Err(JwkError::Kind(other.to_owned())),
        };
        let algorithm = match named {
            None => by_itself,
            Some(name) => Algorithm::from_name(name)
                .filter(|named| match numbers {
                    Numbers::Ec { .. } => *named == by_itself,
                    Numbers::Rsa { .. } => named.rsa().is_some(),
                })
                .ok_or_else(|| JwkError::Algorithm(name.to_owned()))?,
        };
        Ok(Self {
            kid: text("kid")?.map(str::to_owned),
            algorithm,
            numbers,
        })
    }

    /// The JWK: public members alone. Rule: RFC 7517 section 4, RFC 7518 section 6.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut jwk = self.required();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("alg".into(), json!(self.algorithm.name()));
            members.insert("use".into(), json!("sig"));
            if let Some(kid) = &self.kid {
                members.insert("kid".into(), json!(kid));
            }
        }
        jwk
    }

    /// The digest that names the key where nobody gave it a name. Rule: RFC 7638 section 3.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // Members in the order of their names, without white space: that is how this map is written.
        base64url(digest(&SHA256, self.required().to_string().as_bytes()).as_ref())
    }

    fn required(&self) -> Json {
        match &self.numbers {
            Numbers::Ec { x, y } => json!({
                "crv": self.algorithm.curve().map(|curve| curve.name),
                "kty": "EC",
                "x": base64url(x),
                "y": base64url(y),
            }),
            Numbers::Rsa { n, e } => json!({"e": base64url(e), "kty": "RSA", "n": base64url(n)}),
        }
    }

    /// Whether the key signed the message. Rule: RFC 7518 sections 3.3 and 3.4.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.numbers {
            Numbers::Ec { x, y } => self.algorithm.curve().is_some_and(|curve| {
                let point = [&[4][..], x, y].concat();
                UnparsedPublicKey::new(curve.verifying, point)
                    .verify(message, signature)
                    .is_ok()
            }),
            Numbers::Rsa { n, e } => self.algorithm.rsa().is_some_and(|(_, parameters)| {
                PublicKeyComponents { n, e }
                    .verify(parameters, message, signature)
                    .is_ok()
            }),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {})", self.kid, self.algorithm.name())
    }
}

/// A number of a JWK, big-endian without leading zeros.
pub(super) fn number(jwk: &Map<String, Json>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    let bytes = jwk
        .get(name)
        .and_then(Json::as_str)
        .and_then(from_base64url)
        .map(zeroize::Zeroizing::new)
        .ok_or(JwkError::Member(name))?;
    let start = bytes
        .iter()
        .position(|byte| *byte != 0)
        .ok_or(JwkError::Member(name))?;
    Ok(bytes.get(start..).unwrap_or_default().to_vec())
}

/// A number with leading zeros to that length; `None` if it is longer.
pub(super) fn padded(number: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut padded = vec![0; len.checked_sub(number.len())?];
    padded.reserve_exact(number.len());
    padded.extend_from_slice(number);
    Some(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Json) -> Result<PublicKey, JwkError> {
        PublicKey::from_json(json.as_object().unwrap())
    }

    /// The key and the digest that stand in RFC 7638 section 3.1.
    #[test]
    fn thumbprint_of_the_rfc() {
        let key = read(json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        }))
        .unwrap();
        assert_eq!(
            key.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
        assert_eq!(key.kid(), Some("2011-04-29"));
        assert!(!format!("{key:?}").contains("0vx7"));
    }

    /// The keys of RFC 7517 appendix A.2: what is private there is not here.
    #[test]
    fn private_members_are_left_behind() {
        let key = read(json!({
            "kty": "EC", "crv": "P-256",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
        }))
        .unwrap();
        assert!(!key.to_json().to_string().contains("870MB6"));
        assert!(key.to_json().get("d").is_none());
        assert_eq!(read(key.to_json()).unwrap(), key);
    }

    #[test]
    fn short_padded_and_wrong() {
        let ec = |more: Json| {
            let mut jwk = json!({"kty": "EC", "crv": "P-256", "x": "AQ==", "y": "AAI="});
            for (name, value) in more.as_object().unwrap() {
                jwk[name] = value.clone();
            }
            read(jwk)
        };
        let Numbers::Ec { x, y } = ec(json!({})).unwrap().numbers else {
            panic!("it is an EC key")
        };
        assert_eq!((x.len(), x[31], y.len(), y[31]), (32, 1, 32, 2));
        for wrong in [
            json!({"kty": "oct"}),
            json!({"kty": 1}),
            json!({"crv": "P-521"}),
            json!({"x": "!"}),
            json!({"x": ""}),
            json!({"x": base64url(&[1; 33])}),
            json!({"alg": "ES384"}),
            json!({"alg": "RS256"}),
            json!({"alg": "none"}),
            json!({"alg": "HS256"}),
            json!({"kid": 7}),
        ] {
            assert!(ec(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(read(json!({"kty": "RSA", "n": "AQAB"})).is_err());
    }
}
