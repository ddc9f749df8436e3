//! Numbers as `param_integer` and `param_double` read them: first as C does, then as an expression.

use countersign_classad::Value;

use super::evaluated;
use crate::lines::trim;

/// An integer: decimal, as C's `strtoll` reads it, so that what is too large is the largest there is; else an expression
/// whose value is a number or a boolean (`string_is_long_param`).
pub(crate) fn to_long(text: &str) -> Option<i64> {
    let trimmed = trim(text);
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(trimmed.parse().unwrap_or(if trimmed.starts_with('-') {
            i64::MIN
        } else {
            i64::MAX
        }));
    }
    match evaluated(text)? {
        Value::Integer(n) => Some(n),
        Value::Boolean(b) => Some(b.into()),
        Value::Real(n) if n.abs() < 9.2e18 => Some(n.trunc() as i64),
        _ => None,
    }
}

/// A real number (`string_is_double_param`).
pub(crate) fn to_double(text: &str) -> Option<f64> {
    let trimmed = trim(text);
    if let Ok(number) = trimmed.parse() {
        return Some(number);
    }
    match evaluated(text)? {
        Value::Integer(n) => Some(n as f64),
        Value::Boolean(b) => Some(f64::from(u8::from(b))),
        Value::Real(n) => Some(n),
        _ => None,
    }
}
