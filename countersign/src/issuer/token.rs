//! Tokens that are there: what they say, and whether a key signed them.

use std::fmt;

use countersign_core::Secret;
use countersign_methods::scitokens::{Algorithm, KeyRefusal, KeySet};
use serde_json::{Map, Value as Json};

use super::encoding::{base64url, from_base64url};
use super::jwks::{Jwks, NoKey};
use super::public_key::PublicKey;

/// A token that was read and is not believed. Its signature is never shown.
#[derive(Clone)]
pub struct SciToken {
    header: Map<String, Json>,
    claims: Map<String, Json>,
    /// Header and claims as they were signed.
    signed: String,
    signature: Secret,
}

/// The text is no token. Nothing of it is in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAToken {
    /// It has not three parts.
    #[error("it has not three parts with dots between them")]
    Parts,
    /// A part is not encoded as it should be.
    #[error("its {0} is no base64url")]
    Encoding(&'static str),
    /// A part is no JSON object.
    #[error("its {0} is no JSON object")]
    Json(&'static str),
}

/// Why it is not known that a key of a set signed a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The set has no such key.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// Its issuer publishes no such key, or none that can be used.
    #[error("{0}")]
    NotPublished(KeyRefusal),
    /// It says that it is signed in a way that no published key could have.
    #[error("its algorithm is {0:?}, and RS256, RS384, RS512, ES256 and ES384 are taken")]
    Algorithm(String),
    /// The key did not sign it.
    #[error("the key {0} did not sign it, or it was changed")]
    Signature(String),
}

impl SciToken {
    /// Reads a token; white space around it counts for nothing. Rule: RFC 7515 section 7.1.
    ///
    /// # Errors
    /// [`NotAToken`].
    pub fn read(text: &str) -> Result<Self, NotAToken> {
        let text = text.trim();
        let (signed, signature) = text.rsplit_once('.').ok_or(NotAToken::Parts)?;
        let (header, claims) = signed.split_once('.').ok_or(NotAToken::Parts)?;
        if claims.contains('.') {
            return Err(NotAToken::Parts);
        }
        let bytes = |part: &str, name| {
            from_base64url(part)
                .filter(|_| !part.ends_with('='))
                .ok_or(NotAToken::Encoding(name))
        };
        let object = |part: &str, name| {
            serde_json::from_slice(&bytes(part, name)?).map_err(|_| NotAToken::Json(name))
        };
        Ok(Self {
            header: object(header, "header")?,
            claims: object(claims, "payload")?,
            signed: signed.to_owned(),
            signature: Secret::new(bytes(signature, "signature")?),
        })
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Map<String, Json> {
        &self.header
    }

    /// The claims.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Json> {
        &self.claims
    }

    /// The name of the key that should have signed it.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Json::as_str)
    }

    /// A claim that is text.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Json::as_str)
    }

    /// A claim that is a time, in seconds since 1970; numbers with a fraction are rounded, as the real library
    /// does.
    #[must_use]
    pub fn time(&self, claim: &str) -> Option<i64> {
        let value = self.claims.get(claim)?;
        value.as_i64().or_else(|| {
            let number = value.as_f64()?.round();
            // Beyond it whole numbers are no longer exact.
            #[expect(clippy::cast_possible_truncation, reason = "it was looked at before")]
            (number.abs() < 9e15).then_some(number as i64)
        })
    }

    /// The audiences: one, several, or none.
    #[must_use]
    pub fn audiences(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Json::String(audience)) => vec![audience],
            Some(Json::Array(audiences)) => audiences.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Its scopes. Rule: RFC 6749 section 3.3.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scopes = self.text("scope").unwrap_or_default();
        scopes.split(' ').filter(|scope| !scope.is_empty())
    }

    /// The key of the set that signed it. Neither times nor anything else is looked at.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn signed_by<'a>(&self, keys: &'a Jwks) -> Result<&'a PublicKey, Unverified> {
        let algorithm = self.header.get("alg").and_then(Json::as_str);
        let key = keys.find(self.kid(), algorithm.unwrap_or_default())?;
        if key.verifies(self.signed.as_bytes(), self.signature.expose()) {
            Ok(key)
        } else {
            let name = key.kid().unwrap_or("without a name");
            Err(Unverified::Signature(name.to_owned()))
        }
    }

    /// Whether a key signed it that its issuer publishes. Neither times nor anything else is looked at.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn signed_by_published(&self, keys: &KeySet) -> Result<(), Unverified> {
        let said = self.header.get("alg").and_then(Json::as_str);
        let said = said.unwrap_or_default();
        let algorithm =
            Algorithm::named(said).ok_or_else(|| Unverified::Algorithm(said.to_owned()))?;
        let key = keys.select(self.kid(), algorithm);
        let key = key.map_err(Unverified::NotPublished)?;
        if key.verifies(self.signed.as_bytes(), self.signature.expose()) {
            return Ok(());
        }
        let name = self.kid().unwrap_or("without a name");
        Err(Unverified::Signature(name.to_owned()))
    }

    /// Its bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no token is empty")]
    pub fn len(&self) -> usize {
        self.signed.len() + 1 + base64url(self.signature.expose()).len()
    }
}

impl fmt::Debug for SciToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SciToken")
            .field("header", &self.header)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;
    use crate::issuer::{Algorithm, IssuerKey, IssuerUrl, Profile, RsaBits, TokenError};
    use crate::issuer::{MAX_TOKEN_LEN, TokenRequest};
    use serde_json::json;

    fn url() -> IssuerUrl {
        "https://issuer.example".parse().unwrap()
    }

    fn key(algorithm: Algorithm) -> IssuerKey {
        IssuerKey::generate(algorithm, RsaBits::Rsa2048, Some("k")).unwrap()
    }

    fn sign(request: &TokenRequest, key: &IssuerKey) -> Result<String, TokenError> {
        let token = request.sign(&url(), key, 1000, &mut SystemEntropy)?;
        Ok(String::from_utf8(token.expose().to_vec()).unwrap())
    }

    #[test]
    fn signed_by_what_is_published() {
        let published = |key: &IssuerKey| {
            let text = Jwks::new(vec![key.public()]).to_json().to_string();
            KeySet::read(text.as_bytes()).unwrap()
        };
        let request = TokenRequest::new("alice", &["condor:/READ"], 60);
        for algorithm in Algorithm::ALL {
            let (key, other) = (key(algorithm), key(algorithm));
            let token = SciToken::read(&sign(&request, &key).unwrap()).unwrap();
            assert_eq!(token.signed_by_published(&published(&key)), Ok(()));
            let error = token.signed_by_published(&published(&other));
            assert_eq!(error, Err(Unverified::Signature("k".into())));
            let named = IssuerKey::generate(algorithm, RsaBits::Rsa2048, Some("l")).unwrap();
            let error = token.signed_by_published(&published(&named)).unwrap_err();
            assert!(matches!(error, Unverified::NotPublished(_)), "{error}");
        }
        let none = SciToken::read("eyJhbGciOiJub25lIn0.e30.AA").unwrap();
        let error = none.signed_by_published(&published(&key(Algorithm::Es256)));
        assert_eq!(error, Err(Unverified::Algorithm("none".into())));
    }

    #[test]
    fn made_and_read() {
        for algorithm in Algorithm::ALL {
            let key = key(algorithm);
            let request = TokenRequest::new("alice", &["condor:/READ", "condor:/WRITE"], 60);
            let text = sign(&request, &key).unwrap();
            let token = SciToken::read(&format!(" {text}\n")).unwrap();
            assert_eq!(token.len(), text.len());
            let header = json!({"alg": algorithm.name(), "kid": "k", "typ": "JWT"});
            assert_eq!(&Json::Object(token.header().clone()), &header);
            let mut claims = token.claims().clone();
            let id = claims.remove("jti").unwrap();
            assert_eq!(id.as_str().unwrap().len(), 32);
            assert_eq!(
                Json::Object(claims),
                json!({
                    "iss": "https://issuer.example", "sub": "alice", "aud": "ANY", "ver": "scitoken:2.0",
                    "scope": "condor:/READ condor:/WRITE", "iat": 1000, "nbf": 1000, "exp": 1060,
                })
            );
            let set = Jwks::new(vec![key.public()]);
            assert_eq!(token.signed_by(&set).unwrap().kid(), Some("k"));
            let other = Jwks::new(vec![self::key(algorithm).public()]);
            assert_eq!(
                token.signed_by(&other),
                Err(Unverified::Signature("k".into()))
            );
            assert!(!format!("{token:?}").contains(text.rsplit_once('.').unwrap().1));
            assert!(request.is_like(&url(), token.claims()));
            for other in [
                TokenRequest::new("bob", &["condor:/READ", "condor:/WRITE"], 60),
                TokenRequest::new("alice", &["condor:/READ"], 60),
                TokenRequest {
                    audience: vec!["x".into()],
                    ..request.clone()
                },
                TokenRequest {
                    profile: Profile::Wlcg1,
                    ..request.clone()
                },
            ] {
                assert!(!other.is_like(&url(), token.claims()), "{other:?}");
            }
        }
    }

    #[test]
    fn wlcg_and_audiences() {
        let mut request = TokenRequest {
            profile: Profile::Wlcg1,
            ..TokenRequest::new("alice", &["compute.read"], 60)
        };
        let key = key(Algorithm::Es256);
        let read = |request: &TokenRequest| SciToken::read(&sign(request, &key).unwrap()).unwrap();
        let token = read(&request);
        assert_eq!(token.text("wlcg.ver"), Some("1.0"));
        assert_eq!(token.text("ver"), None);
        assert_eq!(token.audiences(), ["https://wlcg.cern.ch/jwt/v1/any"]);
        request.audience = vec!["a".into()];
        assert_eq!(read(&request).claims()["aud"], json!("a"));
        request.audience.push("b".into());
        assert_eq!(read(&request).audiences(), ["a", "b"]);
    }

    #[test]
    fn what_is_not_made() {
        let key = key(Algorithm::Es256);
        let good = TokenRequest::new("alice", &["condor:/READ"], 60);
        let refused = |request: TokenRequest| sign(&request, &key).unwrap_err();
        for subject in ["", "a\nb"] {
            assert!(matches!(
                refused(TokenRequest {
                    subject: subject.into(),
                    ..good.clone()
                }),
                TokenError::Subject(_)
            ));
        }
        for scope in ["", "a b", "a\"b", "condor:/../x", "a\\b", "ä", "read:/.."] {
            assert!(matches!(
                refused(TokenRequest::new("alice", &[scope], 60)),
                TokenError::Scope(_)
            ));
        }
        for lifetime in [0, u64::MAX] {
            assert!(matches!(
                refused(TokenRequest::new("alice", &[], lifetime)),
                TokenError::Lifetime(_)
            ));
        }
        // Exactly as long as servers read, and longer.
        let of = |len: usize| sign(&TokenRequest::new("alice", &[&"x".repeat(len)], 60), &key);
        let longest = (11_000..13_000).rev().find(|len| of(*len).is_ok()).unwrap();
        assert!(of(longest).unwrap().len() > MAX_TOKEN_LEN - 4);
        assert!(matches!(of(longest + 1), Err(TokenError::TooLong(_))));
    }

    #[test]
    fn what_is_no_token() {
        for (text, expected) in [
            ("", NotAToken::Parts),
            ("a.b", NotAToken::Parts),
            ("e30.e30.e30.e30", NotAToken::Parts),
            ("!.e30.e30", NotAToken::Encoding("header")),
            ("e30.e30=.e30", NotAToken::Encoding("payload")),
            ("e30.e30.!", NotAToken::Encoding("signature")),
            ("W10.e30.e30", NotAToken::Json("header")),
            ("e30.eA.e30", NotAToken::Json("payload")),
        ] {
            assert_eq!(SciToken::read(text).unwrap_err(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in ".*") {
            let _ = SciToken::read(&text);
        }

        #[test]
        fn any_change_is_seen(at in 0usize..10_000, bit in 0u8..8) {
            let key = key(Algorithm::Es256);
            let text = sign(&TokenRequest::new("alice", &["condor:/READ"], 60), &key).unwrap();
            let mut bytes = text.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(token) = String::from_utf8(bytes).map_err(drop).and_then(|text| SciToken::read(&text).map_err(drop)) {
                let set = Jwks::new(vec![key.public()]);
                // The white space that a flipped bit may make of an outer character is no change within.
                proptest::prop_assert!(token.signed_by(&set).is_err());
            }
        }
    }
}
