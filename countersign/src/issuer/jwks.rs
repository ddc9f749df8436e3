//! Sets of public keys. Rule: RFC 7517 section 5.

use serde_json::{Map, Value as Json, json};

use super::algorithm::Algorithm;
use super::public_key::PublicKey;

/// A set of public keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Jwks {
    keys: Vec<PublicKey>,
}

/// The text is no set of keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no JWKS: {0}")]
pub struct NotJwks(pub(super) String);

/// Why no key is the one that signed a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// None has the name.
    #[error("no key of the set is called {0:?}")]
    Unknown(String),
    /// The token names none, and there is not exactly one.
    #[error("the token does not say which key signed it, and the set has {0} keys")]
    Unnamed(usize),
    /// The key signs otherwise.
    #[error("the token says {said:?}, and the key signs with {}", key.name())]
    Algorithm {
        /// What the token says.
        said: String,
        /// What goes with the key.
        key: Algorithm,
    },
}

impl Jwks {
    /// A set of these.
    #[must_use]
    pub fn new(keys: Vec<PublicKey>) -> Self {
        Self { keys }
    }

    /// Its keys.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// Reads a set. Keys of other kinds are passed over, as RFC 7517 section 5 asks.
    ///
    /// # Errors
    /// [`NotJwks`].
    pub fn read(text: &[u8]) -> Result<Self, NotJwks> {
        let keys = objects(text)?;
        Ok(Self {
            keys: keys
                .iter()
                .filter_map(|jwk| PublicKey::from_json(jwk).ok())
                .collect(),
        })
    }

    /// The document, as it is published.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let keys: Vec<Json> = self.keys.iter().map(PublicKey::to_json).collect();
        json!({ "keys": keys })
    }

    /// The key that a token's header means.
    ///
    /// # Errors
    /// [`NoKey`], by the rules of scitokens-cpp's `find_key_id`: no name or an empty one means the only
    /// key, and the algorithm is the key's.
    pub fn find(&self, kid: Option<&str>, algorithm: &str) -> Result<&PublicKey, NoKey> {
        let key = match (kid.unwrap_or_default(), &*self.keys) {
            ("", [only]) => only,
            ("", keys) => return Err(NoKey::Unnamed(keys.len())),
            (kid, keys) => keys
                .iter()
                .find(|key| key.kid() == Some(kid))
                .ok_or_else(|| NoKey::Unknown(kid.to_owned()))?,
        };
        if key.algorithm().name() != algorithm {
            return Err(NoKey::Algorithm {
                said: algorithm.to_owned(),
                key: key.algorithm(),
            });
        }
        Ok(key)
    }
}

/// The objects of a set.
pub(super) fn objects(text: &[u8]) -> Result<Vec<Map<String, Json>>, NotJwks> {
    // What is wrong is told by its place alone: it may be private.
    let set: Json = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        NotJwks(format!("no JSON, at line {line}, column {column}"))
    })?;
    let Json::Object(mut set) = set else {
        return Err(NotJwks("it is no object".into()));
    };
    let Some(Json::Array(keys)) = set.remove("keys") else {
        return Err(NotJwks("it has no array \"keys\"".into()));
    };
    keys.into_iter()
        .map(|key| match key {
            Json::Object(key) => Ok(key),
            _ => Err(NotJwks("a key is no object".into())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"{"keys": [{"kty": "oct", "k": "AQ"},
        {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ", "kid": "a"},
        {"kty": "RSA", "n": "AQ", "e": "AQAB", "kid": "b"}]}"#;

    #[test]
    fn found_as_the_real_library_finds() {
        let two = Jwks::read(TWO.as_bytes()).unwrap();
        assert_eq!(two.keys().len(), 2, "a secret key is passed over");
        assert_eq!(two.find(Some("a"), "ES256").unwrap().kid(), Some("a"));
        assert_eq!(two.find(Some("b"), "RS256").unwrap().kid(), Some("b"));
        assert_eq!(
            two.find(Some("c"), "RS256"),
            Err(NoKey::Unknown("c".into()))
        );
        assert_eq!(two.find(None, "ES256"), Err(NoKey::Unnamed(2)));
        for other in ["RS256", "none", "HS256", "es256"] {
            assert!(matches!(
                two.find(Some("a"), other),
                Err(NoKey::Algorithm { .. })
            ));
        }
        let one = Jwks::new(two.keys()[..1].to_vec());
        assert_eq!(one.find(Some(""), "ES256").unwrap().kid(), Some("a"));
        assert_eq!(Jwks::default().find(None, "ES256"), Err(NoKey::Unnamed(0)));
    }

    #[test]
    fn what_is_no_set() {
        for wrong in ["", "{}", "[]", r#"{"keys": {}}"#, r#"{"keys": [1]}"#] {
            assert!(Jwks::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
        let error = Jwks::read(br#"{"keys": [{"d": "geheim"#).unwrap_err();
        assert!(!error.to_string().contains("geheim"));
    }
}
