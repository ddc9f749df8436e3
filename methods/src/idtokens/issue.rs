//! Making tokens, and judging whole ones: what a person who holds a signing key can do.
//!
//! Rule: `generate_token` in HTCondor's `condor_auth_passwd.cpp`.

use countersign_core::Secret;
use countersign_core::method::Voucher;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json};

use super::claims::{Shown, decode};
use super::credentials::KeyFile;
use super::judge::{Rules, SCOPE};
use super::jwt;
use super::refusal::TokenRefusal;
use super::server::IdTokensServerSettings;
use super::signing_key;
use crate::scramble;

/// A key that signs tokens, out of its file.
#[derive(Debug, Clone)]
pub struct SigningKey {
    name: String,
    jwt_key: Secret,
}

impl SigningKey {
    /// The key in a file that was read; `None` if the file was not. `pool_key_is_password` is
    /// SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD.
    #[must_use]
    pub fn of(file: &KeyFile, pool_key_is_password: bool) -> Option<Self> {
        let content = file.content.as_ref().ok()?;
        Some(Self {
            name: file.name.clone(),
            jwt_key: signing_key::jwt_key(&file.name, content, pool_key_is_password)?,
        })
    }

    /// What vouches for the tokens that it signed, as sessions remember it.
    #[must_use]
    pub fn voucher(&self) -> Option<Voucher> {
        signing_key::voucher(&self.name, &self.jwt_key)
    }
}

/// Scrambles a key for its file, or unscrambles a file's bytes: both are the same.
#[must_use]
pub fn scrambled(key: &Secret) -> Secret {
    scramble::scrambled(key.expose())
}

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken<'a> {
    /// TRUST_DOMAIN.
    pub issuer: &'a str,
    /// Whom it names: `user@domain`.
    pub subject: &'a str,
    /// The levels that it is limited to; none is no limit.
    pub levels: &'a [String],
    /// Seconds that it is good for; `None` is for ever.
    pub lifetime: Option<u64>,
    /// Random bytes that tell it from all others.
    pub id: [u8; 16],
}

impl NewToken<'_> {
    /// Makes it: one line, without its end. `None` if arithmetic failed that never does.
    #[must_use]
    pub fn sign(&self, key: &SigningKey, now: u64) -> Option<Secret> {
        // Sorted by name, as HTCondor writes them: that is how this map is.
        let mut payload = Map::new();
        if let Some(lifetime) = self.lifetime {
            payload.insert("exp".into(), now.saturating_add(lifetime).into());
        }
        payload.insert("iat".into(), now.into());
        payload.insert("iss".into(), self.issuer.into());
        let id: String = self.id.iter().map(|byte| format!("{byte:02x}")).collect();
        payload.insert("jti".into(), id.into());
        if !self.levels.is_empty() {
            let scopes: Vec<String> = self
                .levels
                .iter()
                .map(|level| format!("{SCOPE}{level}"))
                .collect();
            payload.insert("scope".into(), scopes.join(" ").into());
        }
        payload.insert("sub".into(), self.subject.into());
        let header = serde_json::json!({"alg": "HS256", "kid": key.name});
        let encode = |value: Json| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(header), encode(payload.into()));
        let signature = jwt::signature(&text, &key.jwt_key)?;
        let line = format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.expose()));
        Some(Secret::new(line.into_bytes()))
    }
}

/// A whole token, signature included.
#[derive(Debug, Clone)]
pub struct WholeToken {
    shown: Shown,
    signature: Secret,
}

/// What a token says of itself. Nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenFacts {
    /// `alg`.
    pub algorithm: Option<String>,
    /// `kid`: the key that signed it.
    pub key: Option<String>,
    /// `iss`: the trust domain.
    pub issuer: Option<String>,
    /// `sub`: whom it names.
    pub subject: Option<String>,
    /// `jti`.
    pub id: Option<String>,
    /// `iat`, in seconds since 1970.
    pub issued: Option<i64>,
    /// `nbf`.
    pub not_before: Option<i64>,
    /// `exp`.
    pub expires: Option<i64>,
    /// `scope`.
    pub scope: Option<String>,
    /// The levels that it is limited to.
    pub limits: Option<Vec<String>>,
}

impl WholeToken {
    /// Takes a line apart.
    ///
    /// # Errors
    /// [`TokenRefusal`] says which part cannot be read.
    pub fn read(line: &str) -> Result<Self, TokenRefusal> {
        let form = || TokenRefusal::Malformed { what: "form" };
        let (text, signature) = line.rsplit_once('.').ok_or_else(form)?;
        Ok(Self {
            shown: Shown::read(text)?,
            signature: decode(signature)
                .map(Secret::new)
                .ok_or(TokenRefusal::Malformed { what: "signature" })?,
        })
    }

    /// What it says of itself. A claim of the wrong type is left out.
    #[must_use]
    pub fn facts(&self) -> TokenFacts {
        let (header, payload) = (&self.shown.header, &self.shown.payload);
        let text =
            |value: Result<Option<&str>, TokenRefusal>| value.ok().flatten().map(str::to_owned);
        let time = |claim| payload.time(claim).ok().flatten();
        let scope = text(payload.text("scope"));
        TokenFacts {
            algorithm: text(header.text("alg")),
            key: text(header.text("kid")),
            issuer: text(payload.text("iss")),
            subject: text(payload.text("sub")),
            id: text(payload.text("jti")),
            issued: time("iat"),
            not_before: time("nbf"),
            expires: time("exp"),
            limits: super::judge::limits_of(scope.as_deref().unwrap_or_default()),
            scope,
        }
    }

    /// Whether this key signed it.
    #[must_use]
    pub fn is_signed_with(&self, key: &SigningKey) -> bool {
        jwt::signature(&self.shown.text, &key.jwt_key)
            .is_some_and(|signature| signature == self.signature)
    }

    /// Whether a server of these settings would take it, from whoever proves that it is theirs and with
    /// a key that verifies it.
    ///
    /// # Errors
    /// [`TokenRefusal`], the server's reason.
    pub fn judge(&self, settings: &IdTokensServerSettings, now: u64) -> Result<(), TokenRefusal> {
        self.shown.key_id()?;
        Rules::of(settings).judge(&self.shown, now).map(|_| ())
    }
}

/// Header and payload of a line, as the JSON that stands in it; `None` if it is no token. The signature is
/// left behind.
#[must_use]
pub fn decoded_parts(line: &str) -> Option<(String, String)> {
    let mut parts = line.splitn(3, '.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    decode(signature)?;
    let json = |part: &str| {
        let bytes = decode(part)?;
        serde_json::from_slice::<Map<String, Json>>(&bytes).ok()?;
        String::from_utf8(bytes).ok()
    };
    Some((json(header)?, json(payload)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, byte: u8) -> SigningKey {
        let file = KeyFile {
            name: name.into(),
            path: "/keys/x".into(),
            content: Ok(Secret::new(vec![byte; 64])),
        };
        SigningKey::of(&file, false).unwrap()
    }

    fn made(levels: &[String], lifetime: Option<u64>) -> String {
        let new = NewToken {
            issuer: "pool.example",
            subject: "alice@pool.example",
            levels,
            lifetime,
            id: [0xab; 16],
        };
        let line = new.sign(&key("POOL", 1), 1000).unwrap();
        String::from_utf8(line.expose().to_vec()).unwrap()
    }

    #[test]
    fn made_and_judged() {
        let levels = ["READ".to_owned(), "ADVERTISE_STARTD".to_owned()];
        let line = made(&levels, Some(60));
        assert_eq!(
            decoded_parts(&line).unwrap(),
            (
                r#"{"alg":"HS256","kid":"POOL"}"#.to_owned(),
                r#"{"exp":1060,"iat":1000,"iss":"pool.example","jti":"abababababababababababababababab","scope":"condor:/READ condor:/ADVERTISE_STARTD","sub":"alice@pool.example"}"#.to_owned(),
            )
        );
        let token = WholeToken::read(&line).unwrap();
        let facts = token.facts();
        assert_eq!(facts.limits.as_deref(), Some(&levels[..]));
        assert_eq!(facts.subject.as_deref(), Some("alice@pool.example"));
        assert_eq!((facts.issued, facts.expires), (Some(1000), Some(1060)));
        assert!(token.is_signed_with(&key("POOL", 1)));
        assert!(!token.is_signed_with(&key("POOL", 2)));
        assert!(!token.is_signed_with(&key("OTHER", 1)), "POOL is doubled");
        let settings = IdTokensServerSettings::default();
        assert_eq!(token.judge(&settings, 1060), Ok(()));
        assert!(matches!(
            token.judge(&settings, 1061),
            Err(TokenRefusal::Expired { .. })
        ));
        assert!(!format!("{token:?}").contains(line.rsplit_once('.').unwrap().1));
    }

    #[test]
    fn for_ever_and_for_everything() {
        let token = WholeToken::read(&made(&[], None)).unwrap();
        let facts = token.facts();
        assert_eq!((facts.expires, facts.limits), (None, None));
    }

    #[test]
    fn what_is_no_token() {
        for line in ["", "x", "a.b", "e30.e30", "e30.e30.!", "e30.W10.eA"] {
            assert!(decoded_parts(line).is_none(), "{line}");
            assert!(WholeToken::read(line).is_err(), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_subject_and_issuer(subject in ".+", issuer in ".+", level in "[A-Z_]+") {
            let new = NewToken {
                issuer: &issuer,
                subject: &subject,
                levels: std::slice::from_ref(&level),
                lifetime: None,
                id: [1; 16],
            };
            let line = new.sign(&key("K", 3), 5).unwrap();
            let token = WholeToken::read(std::str::from_utf8(line.expose()).unwrap()).unwrap();
            let facts = token.facts();
            proptest::prop_assert_eq!(facts.subject, Some(subject));
            proptest::prop_assert_eq!(facts.issuer, Some(issuer));
            proptest::prop_assert_eq!(facts.limits, Some(vec![level]));
            proptest::prop_assert!(token.is_signed_with(&key("K", 3)));
        }
    }
}
