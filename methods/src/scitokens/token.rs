//! A token from a stranger, taken apart. Nothing in it is believed yet.
//!
//! Rule: jwt-cpp as scitokens-cpp uses it. Stricter: a member that stands twice, `crit`, and keys that the token
//! brings along are refused, where HTCondor overlooks them; none is ever used.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::Secret;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::json;
use super::refusal::Refusal;

/// The longest token, in bytes: with its length before it, it must fit one TLS record.
pub const MAX_TOKEN: usize = 16_380;

/// Members of a header by which a token would choose its own key.
const OWN_KEYS: [&str; 4] = ["jwk", "jku", "x5u", "x5c"];

/// A token, taken apart.
#[derive(Clone)]
pub struct Token {
    /// `header.payload`, which is what was signed.
    pub(super) signed: String,
    /// Whoever has it can use the token.
    pub(super) signature: Secret,
    /// `alg`.
    pub(super) algorithm: Algorithm,
    /// `kid`.
    pub(super) key_id: Option<String>,
    /// `typ`.
    pub(super) kind: Option<String>,
    /// The payload.
    pub(super) claims: Map<String, Value>,
    /// The payload as it was sent.
    pub(super) payload: String,
}

impl Token {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`Refusal`]: what is wrong with its form or its header.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Err(Refusal::Empty);
        }
        if bytes.len() > MAX_TOKEN {
            return Err(Refusal::TooLong { len: bytes.len() });
        }
        let form = |problem: &str| Refusal::Malformed {
            part: "form",
            problem: problem.to_owned(),
        };
        let text = std::str::from_utf8(bytes).map_err(|_| form("it is no text"))?;
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(form("it is not three parts with a dot between them"));
        };
        let decode = |part, name| {
            URL_SAFE_NO_PAD
                .decode::<&str>(part)
                .map_err(|_| Refusal::Malformed {
                    part: name,
                    problem: "it is not base64url without padding".into(),
                })
        };
        let object = |bytes: &[u8], part| {
            json::object(bytes).map_err(|problem| Refusal::Malformed { part, problem })
        };
        let head = object(&decode(header, "header")?, "header")?;
        let payload_bytes = decode(payload, "payload")?;
        let claims = object(&payload_bytes, "payload")?;
        let signature = Secret::new(decode(signature, "signature")?);

        let member = |name: &'static str| match head.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::WrongType {
                claim: name,
                wanted: "text",
            }),
        };
        if head.contains_key("crit") {
            return Err(Refusal::Critical);
        }
        if let Some(member) = OWN_KEYS.into_iter().find(|name| head.contains_key(*name)) {
            return Err(Refusal::OwnKey { member });
        }
        let name = member("alg")?.unwrap_or_default();
        let algorithm = Algorithm::named(&name).ok_or(Refusal::Algorithm { algorithm: name })?;
        let (key_id, kind) = (member("kid")?, member("typ")?);
        let signed = text.get(..header.len() + 1 + payload.len());
        Ok(Self {
            signed: signed.unwrap_or_default().to_owned(),
            signature,
            algorithm,
            key_id,
            kind,
            claims,
            payload: String::from_utf8(payload_bytes).map_err(|_| form("it is no text"))?,
        })
    }

    /// Its payload as it was sent, JSON: for the log, and for plugins.
    #[must_use]
    pub fn payload_json(&self) -> &str {
        &self.payload
    }

    /// Its issuer as it says, if it says so with text. Nobody has looked whether that is true.
    #[must_use]
    pub fn unverified_issuer(&self) -> Option<&str> {
        self.claims.get("iss")?.as_str()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .field("issuer", &self.unverified_issuer())
            .finish_non_exhaustive()
    }
}
