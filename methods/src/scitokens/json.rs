//! JSON from strangers, read strictly: each member of an object once, at any depth, and not nested deeply.
//!
//! Two readers of one token must not read two tokens, and most readers differ in which of two equal names they
//! take.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How deeply objects and lists may nest. Claims nest two or three deep.
const MAX_DEPTH: usize = 16;

/// Reads an object, and nothing behind it.
///
/// # Errors
/// What is wrong with it, and where.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = reader
        .deserialize_any(Strict { depth: 0 })
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| error.to_string())?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err("it is not an object".into()),
    }
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        (depth <= MAX_DEPTH)
            .then_some(Self { depth })
            .ok_or_else(|| E::custom(format_args!("it nests deeper than {MAX_DEPTH}")))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(inner)?;
            if members.contains_key(&name) {
                return Err(A::Error::custom(format_args!(
                    "{name:?} stands there twice"
                )));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_like_any_reader_does() {
        let text = r#"{"a":[1,-2,3.5,"x",null,true,{"b":{}}],"c":18446744073709551615}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(object(text.as_bytes()).unwrap()), value);
    }

    #[test]
    fn not_twice_not_deep_nothing_behind() {
        for (bad, why) in [
            (r#"{"a":1,"a":1}"#, "\"a\" stands there twice"),
            (r#"{"b":[{"a":1,"\u0061":2}]}"#, "\"a\" stands there twice"),
            ("[]", "it is not an object"),
            ("{} x", "trailing characters"),
            ("", "EOF"),
            ("{\"a\":\"\u{1}\"}", "control character"),
        ] {
            let error = object(bad.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(object(deep(MAX_DEPTH - 1).as_bytes()).is_ok());
        assert!(object(deep(MAX_DEPTH).as_bytes()).is_err());
        assert!(object(deep(8000).as_bytes()).is_err());
        assert!(object(b"{\"a\":\"\xff\"}").is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in r#"[\[\]{}":,a0-9.eE\\ -]{0,40}"#) {
            let _ = object(&bytes);
            let _ = object(text.as_bytes());
        }
    }
}
