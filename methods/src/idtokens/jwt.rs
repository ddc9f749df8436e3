//! The parts of a JSON Web Token that the client needs. Nothing is verified here: only the server
//! can, and AKEP2 makes it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// The longest token, in bytes.
pub(super) const MAX_TOKEN: usize = 64 * 1024;

/// A token, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// `header.payload`, which is sent.
    pub(super) text: String,
    /// The signature, which is not.
    pub(super) signature: Secret,
    pub(super) key_id: Option<String>,
    pub(super) issuer: Option<String>,
    /// `sub`, or `jti` where there is no subject, as HTCondor takes it.
    pub(super) name: Option<String>,
    /// `exp`, in seconds since 1970.
    pub(super) expires: Option<i64>,
    /// `scope`.
    pub(super) scope: Option<String>,
}

impl Token {
    /// Takes a token apart; the error says which part is wrong, and never what is in it.
    pub(super) fn parse(line: &str) -> Result<Self, &'static str> {
        if line.len() > MAX_TOKEN {
            return Err("it is too long");
        }
        let mut parts = line.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("it does not have three parts");
        };
        let json = |part: &str, error| -> Result<Value, &'static str> {
            let bytes = decode(part).ok_or(error)?;
            let value: Value = serde_json::from_slice(&bytes).map_err(|_| error)?;
            value.is_object().then_some(value).ok_or(error)
        };
        let header_json = json(header, "its header is not JSON")?;
        let payload_json = json(payload, "its payload is not JSON")?;
        let signature = decode(signature).ok_or("its signature is not base64")?;
        let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        Ok(Self {
            text: format!("{header}.{payload}"),
            signature: Secret::new(signature),
            key_id: text(&header_json, "kid"),
            issuer: text(&payload_json, "iss"),
            name: text(&payload_json, "sub").or_else(|| text(&payload_json, "jti")),
            expires: payload_json
                .get("exp")
                .and_then(|exp| exp.as_i64().or_else(|| exp.as_f64().map(|exp| exp as i64))),
            scope: text(&payload_json, "scope"),
        })
    }

    /// A token of this side's own making, signed with `jwt_key`.
    pub(super) fn sign(
        jwt_key: &[u8],
        key_id: &str,
        issuer: &str,
        subject: &str,
        now: u64,
        lifetime: u64,
        id: &str,
    ) -> Option<Self> {
        let header = serde_json::json!({"alg": "HS256", "kid": key_id});
        let payload = serde_json::json!({
            "exp": now.saturating_add(lifetime),
            "iat": now,
            "iss": issuer,
            "jti": id,
            "sub": subject,
        });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(&header), encode(&payload));
        Some(Self {
            signature: signature(&text, &Secret::from(jwt_key))?,
            text,
            key_id: Some(key_id.to_owned()),
            issuer: Some(issuer.to_owned()),
            name: Some(subject.to_owned()),
            expires: i64::try_from(now.saturating_add(lifetime)).ok(),
            scope: None,
        })
    }
}

/// The signature of `header.payload`, HMAC-SHA256.
pub(super) fn signature(text: &str, jwt_key: &Secret) -> Option<Secret> {
    let mut mac = Hmac::<Sha256>::new_from_slice(jwt_key.expose()).ok()?;
    mac.update(text.as_bytes());
    Some(Secret::new(mac.finalize().into_bytes().to_vec()))
}

/// Base64url with or without padding.
fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_apart() {
        let token = Token::sign(
            b"key",
            "POOL",
            "pool.example",
            "alice@pool.example",
            100,
            60,
            "id",
        )
        .unwrap();
        let line = format!(
            "{}.{}",
            token.text,
            URL_SAFE_NO_PAD.encode(token.signature.expose())
        );
        let again = Token::parse(&line).unwrap();
        assert_eq!(again.text, token.text);
        assert_eq!(again.signature, token.signature);
        assert_eq!(again.key_id.as_deref(), Some("POOL"));
        assert_eq!(again.name.as_deref(), Some("alice@pool.example"));
        assert_eq!(again.expires, Some(160));
    }

    #[test]
    fn what_is_no_token() {
        for line in [
            "",
            "a",
            "a.b",
            "a.b.c",
            "e30.e30.!",
            "e30.bnVsbA.",
            "e30.e30.e30.e30",
        ] {
            assert!(Token::parse(line).is_err(), "{line}");
        }
        assert!(Token::parse("e30.e30.").is_ok());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(line in ".*") {
            let _ = Token::parse(&line);
        }
    }
}
