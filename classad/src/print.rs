//! Writing values in old syntax (`ClassAdUnParser` in `classad/sink.cpp`).

use std::fmt::{self, Display, Formatter, Write};

use crate::error::{PrintError, excerpt};
use crate::expression::{absolute_text, relative_text};
use crate::value::{Expr, Value, is_attribute_name};

impl Display for Value {
    /// Writes the value as HTCondor's old-syntax unparser does. See [`print_value`] for the check that HTCondor would
    /// read the same value back.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Undefined => f.write_str("undefined"),
            Value::Error => f.write_str("error"),
            Value::Boolean(b) => write!(f, "{b}"),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Real(n) => f.write_str(&real(*n)),
            Value::AbsoluteTime { .. } | Value::RelativeTime(_) | Value::List(_) | Value::Ad(_) => {
                nested(f, self)
            }
            Value::String(s) => {
                f.write_str("\"")?;
                if s.contains('"') {
                    f.write_str(&s.replace('"', "\\\""))?;
                } else {
                    f.write_str(s)?;
                }
                f.write_str("\"")
            }
        }
    }
}

/// Values that no single token can write.
fn nested(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::AbsoluteTime { seconds, offset } => {
            write!(f, "absTime(\"{}\")", absolute_text(*seconds, *offset))
        }
        Value::RelativeTime(seconds) => write!(f, "relTime(\"{}\")", relative_text(*seconds)),
        Value::List(items) => {
            f.write_str("{ ")?;
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    f.write_char(',')?;
                }
                item.fmt(f)?;
            }
            f.write_str(" }")
        }
        Value::Ad(ad) => {
            f.write_str("[ ")?;
            for (i, (name, item)) in ad.iter().enumerate() {
                if i > 0 {
                    f.write_str("; ")?;
                }
                write!(f, "{name} = {item}")?;
            }
            f.write_str(" ]")
        }
        simple => simple.fmt(f),
    }
}

impl Display for Expr {
    /// A literal as its [`Value`], any other expression as the text it was read from.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Literal(value) => value.fmt(f),
            Expr::Text(text) => f.write_str(text),
        }
    }
}

/// The text of one attribute's value, for the wire.
///
/// `name` is only used in the error.
///
/// # Errors
///
/// [`PrintError`] if HTCondor would read another value than the one given, or none.
pub fn print_value(name: &str, expr: &Expr) -> Result<String, PrintError> {
    let name = || excerpt(name);
    match expr {
        Expr::Literal(Value::String(s)) if s.contains('\0') => {
            Err(PrintError::Nul { name: name() })
        }
        Expr::Literal(Value::String(s)) if s.contains("\"\n") => {
            Err(PrintError::QuoteBeforeNewline { name: name() })
        }
        Expr::Literal(Value::Real(n)) if !n.is_finite() => {
            Err(PrintError::NotFinite { name: name() })
        }
        Expr::Literal(Value::List(items)) => {
            items.iter().try_for_each(|item| check(&name, item))?;
            Ok(expr.to_string())
        }
        Expr::Literal(Value::Ad(ad)) => {
            for (attribute, item) in ad {
                if !is_attribute_name(attribute) || attribute.contains('.') {
                    return Err(PrintError::BadName {
                        name: excerpt(attribute),
                    });
                }
                check(&name, item)?;
            }
            Ok(expr.to_string())
        }
        Expr::Literal(value) => Ok(value.to_string()),
        Expr::Text(text) => match Expr::parse(text) {
            Ok(_) => Ok(text.clone()),
            Err(cause) => Err(PrintError::BadText {
                name: name(),
                cause,
            }),
        },
    }
}

fn check(name: &impl Fn() -> String, item: &Expr) -> Result<(), PrintError> {
    print_value(&name(), item).map(|_| ())
}

/// The line `Name = expression` that carries an attribute on the wire.
///
/// # Errors
///
/// [`PrintError`] if the name is not [an attribute name](is_attribute_name), or as [`print_value`].
pub fn print_assignment(name: &str, expr: &Expr) -> Result<String, PrintError> {
    if !is_attribute_name(name) {
        return Err(PrintError::BadName {
            name: excerpt(name),
        });
    }
    Ok(format!("{name} = {}", print_value(name, expr)?))
}

/// A real as HTCondor writes it: 16 significant digits in C's `%G` form, with `.0` where that looks like an integer.
///
/// 16 digits do not always identify a double; where they do not, a 17th is written, so that reading gives the same value.
fn real(n: f64) -> String {
    special(n).unwrap_or_else(|| {
        let short = general(n, 16, true);
        if short.parse() == Ok(n) {
            short
        } else {
            general(n, 17, true)
        }
    })
}

/// A real as HTCondor's old-syntax unparser writes it, which may lose the last bit.
pub(crate) fn real_old(n: f64) -> String {
    special(n).unwrap_or_else(|| general(n, 16, true))
}

/// A real as HTCondor's new-syntax unparser writes it: C's `%1.15E`.
pub(crate) fn real_new(n: f64) -> String {
    special(n).unwrap_or_else(|| {
        let text = format!("{n:.15E}");
        let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ('-', digits),
            None => ('+', exponent),
        };
        format!("{mantissa}E{sign}{digits:0>2}")
    })
}

/// Reals that both syntaxes write alike, and by other rules than the rest.
fn special(n: f64) -> Option<String> {
    if n.is_nan() {
        Some("real(\"NaN\")".to_owned())
    } else if n.is_infinite() {
        let text = if n < 0.0 {
            "real(\"-INF\")"
        } else {
            "real(\"INF\")"
        };
        Some(text.to_owned())
    } else {
        (n == 0.0).then(|| format!("{n:.1}"))
    }
}

/// C's `%.<digits>G`, then, if asked for, `.0` where the result has neither point nor exponent.
pub(crate) fn general(n: f64, digits: usize, pointed: bool) -> String {
    let scientific = format!("{n:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |s: &str| -> String {
        if s.contains('.') {
            s.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            s.to_owned()
        }
    };
    let digits = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= digits {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}E{sign}{:02}", trim(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(digits - 1 - exponent).unwrap_or(0);
    let mut fixed = trim(&format!("{n:.decimals$}"));
    if pointed && !fixed.contains('.') {
        fixed.push_str(".0");
    }
    fixed
}
