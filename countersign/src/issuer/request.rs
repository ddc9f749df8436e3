//! Tokens to be made.

use countersign_core::Secret;
use countersign_core::effect::Entropy;
use serde_json::{Map, Value as Json, json};

use super::encoding::base64url;
use super::signing_key::IssuerKey;
use super::url::IssuerUrl;

/// The longest token, in bytes: with its length before it, it must fit into one TLS record, since servers
/// read it at once. Rule: `Condor_Auth_SSL::server_receive_message` and its caller.
pub const MAX_TOKEN_LEN: usize = 16_380;

/// The longest lifetime, in seconds: 10 years.
const MAX_LIFETIME: u64 = 10 * 366 * 86_400;

/// Which rules a token follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// `scitoken:2.0`: the SciTokens claims document.
    #[default]
    SciTokens2,
    /// `wlcg:1.0`: the WLCG common JWT profiles.
    Wlcg1,
}

impl Profile {
    /// The one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "scitoken:2.0" | "scitokens:2.0" => Some(Self::SciTokens2),
            "wlcg:1.0" => Some(Self::Wlcg1),
            _ => None,
        }
    }

    /// The audience that every server takes.
    #[must_use]
    pub fn any_audience(self) -> &'static str {
        match self {
            Self::SciTokens2 => "ANY",
            Self::Wlcg1 => "https://wlcg.cern.ch/jwt/v1/any",
        }
    }
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Whom it names.
    pub subject: String,
    /// For which servers it is. Both profiles require one: without any it is
    /// [`Profile::any_audience`], which every server takes.
    pub audience: Vec<String>,
    /// What it is good for, such as `condor:/READ`. Without any it is good for nothing.
    pub scopes: Vec<String>,
    /// Seconds that it is good for.
    pub lifetime: u64,
    /// The key that signs it; `None` is the one that signs now.
    pub key_id: Option<String>,
    /// Which rules it follows.
    pub profile: Profile,
}

/// Why no token was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The subject is empty, or has control characters.
    #[error("the subject {0:?} names nobody")]
    Subject(String),
    /// An audience is empty, or has control characters.
    #[error("{0:?} is no audience")]
    Audience(String),
    /// A scope has characters that RFC 6749 section 3.3 does not have, or a path with `..`.
    #[error("{0:?} is no scope: no white space, quotes or backslashes, and no .. in its path")]
    Scope(String),
    /// It would be good for no time, or for more than 10 years.
    #[error("a lifetime of {0} seconds is none: give 1 second to 10 years")]
    Lifetime(u64),
    /// Real servers would cut it off.
    #[error(
        "the token would have {0} bytes, and servers cut off what is longer than {MAX_TOKEN_LEN}; give it \
         fewer scopes"
    )]
    TooLong(usize),
    /// There are no random bytes.
    #[error("the system's random source failed")]
    NoEntropy,
    /// The library could not sign.
    #[error("the key {0} could not sign")]
    NotSigned(String),
}

impl TokenRequest {
    /// For that subject, with these scopes, good for that many seconds: `scitoken:2.0`, for any server.
    #[must_use]
    pub fn new(subject: &str, scopes: &[&str], lifetime: u64) -> Self {
        Self {
            subject: subject.to_owned(),
            audience: Vec::new(),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            lifetime,
            key_id: None,
            profile: Profile::default(),
        }
    }

    /// Makes it, at `now` in seconds since 1970. The key's own name goes into the header, whatever
    /// [`key_id`](Self::key_id) says.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn sign(
        &self,
        issuer: &IssuerUrl,
        key: &IssuerKey,
        now: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, TokenError> {
        self.check()?;
        let mut id = [0; 16];
        entropy.fill(&mut id).map_err(|_| TokenError::NoEntropy)?;
        let header = json!({"alg": key.algorithm().name(), "kid": key.kid(), "typ": "JWT"});
        let claims = Json::Object(self.claims(issuer, now, id));
        let mut token = base64url(header.to_string().as_bytes());
        token.push('.');
        token.push_str(&base64url(claims.to_string().as_bytes()));
        let signature = key
            .sign(token.as_bytes())
            .ok_or_else(|| TokenError::NotSigned(key.kid().to_owned()))?;
        let signature = base64url(&signature);
        let mut whole = Vec::with_capacity(token.len() + signature.len() + 1);
        whole.extend_from_slice(token.as_bytes());
        whole.push(b'.');
        whole.extend_from_slice(signature.as_bytes());
        let whole = Secret::new(whole);
        if whole.len() > MAX_TOKEN_LEN {
            return Err(TokenError::TooLong(whole.len()));
        }
        Ok(whole)
    }

    fn check(&self) -> Result<(), TokenError> {
        let odd = |text: &str| text.is_empty() || text.contains(char::is_control);
        if odd(&self.subject) {
            return Err(TokenError::Subject(self.subject.clone()));
        }
        if let Some(audience) = self.audience.iter().find(|audience| odd(audience)) {
            return Err(TokenError::Audience(audience.clone()));
        }
        let no_scope = |scope: &&String| {
            let path = scope.split_once(':').map_or("", |(_, path)| path);
            scope.is_empty()
                || !scope.bytes().all(|byte| byte.is_ascii_graphic())
                || scope.contains(['"', '\\'])
                || path.split('/').any(|part| part == "..")
        };
        if let Some(scope) = self.scopes.iter().find(no_scope) {
            return Err(TokenError::Scope(scope.clone()));
        }
        if self.lifetime == 0 || self.lifetime > MAX_LIFETIME {
            return Err(TokenError::Lifetime(self.lifetime));
        }
        Ok(())
    }

    /// Rule: scitokens-cpp's `SciToken::serialize` and `Validator`; scitokens.org, "SciTokens Claims and
    /// Scopes Language"; "WLCG Common JWT Profiles" 1.0. Servers refuse claims that are missing, and `iat`
    /// and `nbf` in the future.
    fn claims(&self, issuer: &IssuerUrl, now: u64, id: [u8; 16]) -> Map<String, Json> {
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let audience = match &*self.audience {
            [] => json!(self.profile.any_audience()),
            [only] => json!(only),
            several => json!(several),
        };
        let (version, is) = match self.profile {
            Profile::SciTokens2 => ("ver", "scitoken:2.0"),
            Profile::Wlcg1 => ("wlcg.ver", "1.0"),
        };
        [
            ("iss", json!(issuer.as_str())),
            ("sub", json!(self.subject)),
            ("aud", audience),
            ("scope", json!(self.scopes.join(" "))),
            ("iat", json!(now)),
            ("nbf", json!(now)),
            ("exp", json!(now.saturating_add(self.lifetime))),
            ("jti", json!(id)),
            (version, json!(is)),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// Whether a token that is there says what this one would: the same issuer, subject, audience, scopes
    /// and rules.
    #[must_use]
    pub(super) fn is_like(&self, issuer: &IssuerUrl, claims: &Map<String, Json>) -> bool {
        let mut new = self.claims(issuer, 0, [0; 16]);
        let mut old = claims.clone();
        for name in ["iat", "nbf", "exp", "jti"] {
            new.remove(name);
            old.remove(name);
        }
        new == old
    }
}
