//! Reading values as HTCondor's `param_boolean`, `param_integer` and `StringTokenIterator` do.

use countersign_classad::Value;
use thiserror::Error;

use crate::error::excerpt;
use crate::functions;

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
}

/// Reads a boolean as `string_is_boolean_param` does: `true`, `false`, `1`, `0` in any case; else an expression whose value
/// is a boolean or a number, which is true unless it is zero.
///
/// # Errors
///
/// [`ValueError`] for everything else; HTCondor refuses it too.
pub fn parse_bool(value: &str) -> Result<bool, ValueError> {
    match functions::evaluated(value) {
        Some(Value::Boolean(b)) => Ok(b),
        Some(Value::Integer(n)) => Ok(n != 0),
        Some(Value::Real(n)) => Ok(n != 0.0),
        _ => Err(ValueError::NotBoolean {
            value: excerpt(value),
        }),
    }
}

/// Reads an integer as `string_is_long_param` does: decimal with an optional sign, leading zeros allowed, and what does not
/// fit 64 bits the greatest or least that does; else an expression, of whose value a real loses its fraction and a boolean
/// is 1 or 0.
///
/// # Errors
///
/// [`ValueError`] for everything else; HTCondor refuses it too.
pub fn parse_int(value: &str) -> Result<i64, ValueError> {
    functions::to_long(value).ok_or_else(|| ValueError::NotInteger {
        value: excerpt(value),
    })
}

/// Splits a list as HTCondor's `StringTokenIterator` does by default: at commas and white space, without empty items.
pub fn split_list(value: &str) -> impl Iterator<Item = &str> {
    value
        .split([',', ' ', '\t', '\r', '\n'])
        .map(crate::lines::trim)
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
        assert_eq!(parse_bool("1 < 2 && true"), Ok(true));
        assert!(parse_bool("true && x").is_err());
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
        for bad in ["", "x", "1e300"] {
            assert!(
                matches!(parse_int(bad), Err(ValueError::NotInteger { .. })),
                "{bad}"
            );
        }
        assert_eq!(parse_int("60 * 60"), Ok(3600));
        assert_eq!(parse_int("99999999999999999999"), Ok(i64::MAX));
    }

    #[test]
    fn lists() {
        let items: Vec<_> = split_list(" a, b\tc,,d\r\ne ").collect();
        assert_eq!(items, ["a", "b", "c", "d", "e"]);
        assert_eq!(split_list(" ,, ").count(), 0);
    }
}
