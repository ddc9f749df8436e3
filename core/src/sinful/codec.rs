//! The parameters of an address: `name=value` pairs between `&` or `;`, with `%xx` escapes.

use super::error::SinfulError;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Reads parameters as HTCondor does: empty ones are skipped, a name given twice keeps its last value, names are
/// case-sensitive.
pub(super) fn decode_params(
    text: &str,
    max: usize,
) -> Result<BTreeMap<String, String>, SinfulError> {
    let mut params = BTreeMap::new();
    for (count, param) in text
        .split(['&', ';'])
        .filter(|param| !param.is_empty())
        .enumerate()
    {
        if count >= max {
            return Err(SinfulError::TooManyParams { max });
        }
        let (name, value) = param.split_once('=').unwrap_or((param, ""));
        if name.is_empty() {
            return Err(SinfulError::NoName {
                param: param.to_owned(),
            });
        }
        params.insert(decode(name, param)?, decode(value, param)?);
    }
    Ok(params)
}

/// Writes parameters as HTCondor does: in byte order of their names, no `=` where the value is empty.
pub(super) fn encode_params(params: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in params {
        if !text.is_empty() {
            text.push('&');
        }
        encode(name, &mut text);
        if !value.is_empty() {
            text.push('=');
            encode(value, &mut text);
        }
    }
    text
}

fn decode(text: &str, param: &str) -> Result<String, SinfulError> {
    let mut decoded = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
            match (digit(bytes.next()), digit(bytes.next())) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or(0),
                _ => {
                    return Err(SinfulError::BadEscape {
                        param: param.to_owned(),
                    });
                }
            }
        } else {
            byte
        };
        if !(0x20..0x7f).contains(&byte) {
            return Err(SinfulError::NotText {
                part: param.to_owned(),
            });
        }
        decoded.push(char::from(byte));
    }
    Ok(decoded)
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-:#[]+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02x}");
        }
    }
}
