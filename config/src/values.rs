//! Reading values as HTCondor's `param_boolean`, `param_integer` and `StringTokenIterator` do.

use countersign_classad::{Expr, Value};
use thiserror::Error;

use crate::error::excerpt;

/// Why a value is not of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Neither `true` nor `false`, nor a number.
    #[error(
        "`{value}` is not a boolean; write True or False (HTCondor does not know yes, no, t or f)"
    )]
    NotBoolean {
        /// The beginning of the value.
        value: String,
    },
    /// Not an integer that fits 64 bits.
    #[error("`{value}` is not an integer of 64 bits")]
    NotInteger {
        /// The beginning of the value.
        value: String,
    },
    /// An expression, which HTCondor would evaluate.
    #[error(
        "`{value}` is an expression, and expressions are not evaluated yet; write the value it has"
    )]
    Expression {
        /// The beginning of the value.
        value: String,
    },
}

/// Reads a boolean as `string_is_boolean_param` does: `true`, `false`, `1`, `0` in any case, and any other number, which is
/// true unless it is zero.
///
/// # Errors
///
/// [`ValueError`] for everything else; HTCondor refuses it too or, for an expression, evaluates it.
pub fn parse_bool(value: &str) -> Result<bool, ValueError> {
    match literal(value)? {
        Some(Value::Boolean(b)) => Ok(b),
        Some(Value::Integer(n)) => Ok(n != 0),
        Some(Value::Real(n)) => Ok(n != 0.0),
        _ => Err(ValueError::NotBoolean {
            value: excerpt(value),
        }),
    }
}

/// Reads an integer as `string_is_long_param` does: decimal with an optional sign, leading zeros allowed; else a literal,
/// of which a real loses its fraction and a boolean is 1 or 0.
///
/// # Errors
///
/// [`ValueError`] for everything else, including numbers that do not fit, which HTCondor takes for the greatest that does.
pub fn parse_int(value: &str) -> Result<i64, ValueError> {
    let trimmed = value.trim_ascii();
    if let Ok(number) = trimmed.parse() {
        return Ok(number);
    }
    let not_integer = || ValueError::NotInteger {
        value: excerpt(value),
    };
    match literal(value)? {
        Some(Value::Boolean(b)) => Ok(b.into()),
        Some(Value::Real(n)) if n.abs() < 9.0e18 => Ok(n.trunc() as i64),
        _ => Err(not_integer()),
    }
}

/// The literal a value consists of; `None` if it cannot be read at all.
fn literal(value: &str) -> Result<Option<Value>, ValueError> {
    match Expr::parse(value) {
        Ok(Expr::Literal(value)) => Ok(Some(value)),
        // A lone word would be evaluated to undefined.
        Ok(Expr::Text(text)) if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
            Ok(None)
        }
        Ok(Expr::Text(_)) => Err(ValueError::Expression {
            value: excerpt(value),
        }),
        Err(_) => Ok(None),
    }
}

/// Splits a list as HTCondor's `StringTokenIterator` does by default: at commas and white space, without empty items.
pub fn split_list(value: &str) -> impl Iterator<Item = &str> {
    value
        .split([',', ' ', '\t', '\r', '\n'])
        .map(|item| item.trim_matches(|c: char| c.is_ascii() && crate::lines::is_space(c as u8)))
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        for yes in ["true", "TRUE ", "1", " True", "2", "0.5", "-1"] {
            assert_eq!(parse_bool(yes), Ok(true), "{yes}");
        }
        for no in ["false", "False", "0", "0.0"] {
            assert_eq!(parse_bool(no), Ok(false), "{no}");
        }
        for bad in ["yes", "t", "f", "no", "", "\"true\"", "undefined"] {
            assert!(
                matches!(parse_bool(bad), Err(ValueError::NotBoolean { .. })),
                "{bad}"
            );
        }
        assert!(matches!(
            parse_bool("true && x"),
            Err(ValueError::Expression { .. })
        ));
    }

    #[test]
    fn integers() {
        for (text, number) in [
            ("12", 12),
            (" -3 ", -3),
            ("+4", 4),
            ("007", 7),
            ("2.9", 2),
            ("true", 1),
        ] {
            assert_eq!(parse_int(text), Ok(number), "{text}");
        }
        for bad in ["", "x", "99999999999999999999", "1e300"] {
            assert!(
                matches!(parse_int(bad), Err(ValueError::NotInteger { .. })),
                "{bad}"
            );
        }
        assert!(matches!(
            parse_int("60 * 60"),
            Err(ValueError::Expression { .. })
        ));
    }

    #[test]
    fn lists() {
        let items: Vec<_> = split_list(" a, b\tc,,d\r\ne ").collect();
        assert_eq!(items, ["a", "b", "c", "d", "e"]);
        assert_eq!(split_list(" ,, ").count(), 0);
    }
}
