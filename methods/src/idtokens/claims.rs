//! A token as a server sees it: header and payload, without the signature, read strictly.
//!
//! A claim that stands twice is refused, whatever HTCondor's reader makes of it: two readers of one
//! token must not read two tokens.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_classad::{ClassAd, Value};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::jwt::MAX_TOKEN;
use super::refusal::TokenRefusal;

/// The furthest time that is read, in seconds to either side of 1970: what a double holds exactly.
const MAX_TIME: f64 = 9.0e15;

/// A token's header or payload: each claim once, in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claims(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
                let mut claims = Vec::new();
                while let Some(claim) = map.next_entry::<String, Json>()? {
                    claims.push(claim);
                }
                Ok(Claims(claims))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

impl Claims {
    /// Reads one part of a token.
    fn read(part: &str, what: &'static str) -> Result<Self, TokenRefusal> {
        let malformed = TokenRefusal::Malformed { what };
        let bytes = decode(part).ok_or_else(|| malformed.clone())?;
        let claims: Self = serde_json::from_slice(&bytes).map_err(|_| malformed)?;
        let mut names: Vec<&str> = claims.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()) {
            None => Ok(claims),
            Some(pair) => Err(TokenRefusal::Twice {
                claim: pair.first().copied().unwrap_or_default().to_owned(),
            }),
        }
    }

    fn get(&self, claim: &str) -> Option<&Json> {
        let (_, value) = self.0.iter().find(|(name, _)| name == claim)?;
        Some(value)
    }

    /// A claim that must be text if it is there.
    pub(super) fn text(&self, claim: &'static str) -> Result<Option<&str>, TokenRefusal> {
        match self.get(claim) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(TokenRefusal::WrongType { claim }),
        }
    }

    /// A claim that must be true or false if it is there.
    pub(super) fn boolean(&self, claim: &'static str) -> Result<Option<bool>, TokenRefusal> {
        match self.get(claim) {
            None => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(TokenRefusal::WrongType { claim }),
        }
    }

    /// A claim that must be a time, in seconds since 1970, if it is there.
    pub(super) fn time(&self, claim: &'static str) -> Result<Option<i64>, TokenRefusal> {
        let Some(value) = self.get(claim) else {
            return Ok(None);
        };
        let time = match (value.as_i64(), value.as_f64()) {
            (Some(seconds), _) => Some(seconds),
            (None, Some(seconds)) if seconds.abs() <= MAX_TIME => Some(seconds.round() as i64),
            _ => None,
        };
        time.map(Some).ok_or(TokenRefusal::WrongType { claim })
    }

    /// The claims as attributes, for expressions over them: text, numbers and truth values. What is
    /// none of these is left out, as HTCondor leaves it out.
    ///
    /// # Errors
    /// The claim whose name is none that an ad can hold: HTCondor takes its token for revoked.
    pub(super) fn to_ad(&self) -> Result<ClassAd, String> {
        let mut ad = ClassAd::new();
        let mut claims: Vec<_> = self.0.iter().collect();
        // Names that differ in case alone are one attribute; the last in byte order wins, as there.
        claims.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, value) in claims {
            let value = match value {
                Json::Bool(value) => Value::Boolean(*value),
                Json::String(text) => Value::String(text.clone()),
                Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                    (Some(integer), _) => Value::Integer(integer),
                    (None, Some(real)) => Value::Real(real),
                    (None, None) => return Err(name.clone()),
                },
                Json::Null | Json::Array(_) | Json::Object(_) => continue,
            };
            if name.is_empty() {
                return Err(name.clone());
            }
            ad.insert(name, value);
        }
        Ok(ad)
    }
}

/// A token that a client showed.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// `header.payload`, as it was sent.
    pub(super) text: String,
    /// The header.
    pub(super) header: Claims,
    /// The payload.
    pub(super) payload: Claims,
}

impl Shown {
    /// Takes it apart.
    pub(super) fn read(text: &str) -> Result<Self, TokenRefusal> {
        if text.is_empty() {
            return Err(TokenRefusal::None);
        }
        if text.len() > MAX_TOKEN {
            return Err(TokenRefusal::TooLong { len: text.len() });
        }
        let mut parts = text.split('.');
        let (Some(header), Some(payload), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(TokenRefusal::Malformed { what: "form" });
        };
        Ok(Self {
            header: Claims::read(header, "header")?,
            payload: Claims::read(payload, "payload")?,
            text: text.to_owned(),
        })
    }

    /// The name of the key that signed it.
    pub(super) fn key_id(&self) -> Result<&str, TokenRefusal> {
        match self.header.text("kid")? {
            None | Some("") => Err(TokenRefusal::NoKeyId),
            Some(name) => Ok(name),
        }
    }
}

/// Base64url with or without padding.
pub(super) fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Result<Claims, TokenRefusal> {
        Claims::read(&URL_SAFE_NO_PAD.encode(json), "payload")
    }

    #[test]
    fn each_claim_once() {
        assert!(claims(r#"{"a":1,"b":{"c":1,"c":2},"A":3}"#).is_ok());
        assert_eq!(
            claims(r#"{"sub":"a","x":1,"sub":"b"}"#),
            Err(TokenRefusal::Twice {
                claim: "sub".into()
            })
        );
        for bad in ["", "[]", "null", "{", r#"{"a":1}x"#, r#""a""#] {
            assert!(matches!(claims(bad), Err(TokenRefusal::Malformed { .. })));
        }
    }

    #[test]
    fn types() {
        let claims = claims(
            r#"{"t":"x","b":true,"i":-5,"f":1.5e3,"far":1e300,"n":null,"u":18446744073709551615}"#,
        )
        .unwrap();
        assert_eq!(claims.text("t"), Ok(Some("x")));
        assert_eq!(claims.text("none"), Ok(None));
        assert_eq!(claims.boolean("b"), Ok(Some(true)));
        assert_eq!(claims.time("i"), Ok(Some(-5)));
        assert_eq!(claims.time("f"), Ok(Some(1500)));
        for claim in ["t", "b", "far", "n", "u"] {
            assert_eq!(claims.time(claim), Err(TokenRefusal::WrongType { claim }));
        }
        assert_eq!(
            claims.text("i"),
            Err(TokenRefusal::WrongType { claim: "i" })
        );
        assert_eq!(
            claims.boolean("n"),
            Err(TokenRefusal::WrongType { claim: "n" })
        );
    }

    #[test]
    fn as_attributes() {
        let ad = claims(r#"{"sub":"low","SUB":"up","iat":5,"x":1.5,"ok":true,"l":[1],"n":null}"#)
            .unwrap()
            .to_ad()
            .unwrap();
        assert_eq!(ad.get_str("Sub"), Some("low"), "the last in byte order");
        assert_eq!(ad.get_int("iat"), Some(5));
        assert_eq!(ad.get_bool("ok"), Some(true));
        assert_eq!(ad.get_real("x"), Some(1.5));
        assert_eq!(ad.len(), 4);
        assert_eq!(claims(r#"{"":1}"#).unwrap().to_ad(), Err(String::new()));
    }

    #[test]
    fn what_is_shown() {
        assert_eq!(Shown::read("").unwrap_err(), TokenRefusal::None);
        for bad in ["e30", "e30.e30.", "e30.e30.x", ".", "e30.!", "e30."] {
            assert!(matches!(
                Shown::read(bad),
                Err(TokenRefusal::Malformed { .. })
            ));
        }
        let long = "e".repeat(MAX_TOKEN + 1);
        assert!(matches!(
            Shown::read(&long),
            Err(TokenRefusal::TooLong { .. })
        ));
        let shown = Shown::read("e30.e30").unwrap();
        assert_eq!(shown.key_id(), Err(TokenRefusal::NoKeyId));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in ".*") {
            let _ = Shown::read(&text);
            if let Ok(claims) = claims(&text) {
                let _ = claims.to_ad();
            }
        }
    }
}
