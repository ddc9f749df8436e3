//! Values, expressions, and reading them.

use crate::ad::ClassAd;
use crate::error::{ParseError, excerpt};
use crate::lex::{Cursor, is_space};

/// The longest expression text that is read, in bytes.
///
/// HTCondor has no such limit of its own (a CEDAR message does); a mebibyte is far more than any policy needs.
pub const MAX_EXPR_TEXT: usize = 1 << 20;

/// The longest attribute name that is accepted, in bytes.
pub const MAX_NAME: usize = 1024;

/// The value of a literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `undefined`: what an attribute that is not there evaluates to.
    Undefined,
    /// `error`: what a mistaken expression evaluates to.
    Error,
    /// `true` or `false`.
    Boolean(bool),
    /// A signed 64-bit integer.
    Integer(i64),
    /// A double.
    Real(f64),
    /// A string, without its quotes and escapes.
    String(String),
    /// A point in time.
    AbsoluteTime {
        /// Seconds since 1970-01-01T00:00:00Z.
        seconds: i64,
        /// The zone it was given in, in seconds east of Greenwich; it only matters for how the time is shown.
        offset: i32,
    },
    /// A span of time, in seconds.
    RelativeTime(f64),
    /// A list. What it holds is evaluated when it is asked for, not before.
    ///
    /// [`Expr::parse`] reads no lists; whoever has one (a token's claim) puts it into an ad as this.
    List(Vec<Expr>),
    /// An ad inside an ad. [`Expr::parse`] reads none.
    Ad(ClassAd),
}

/// The right-hand side of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A literal.
    Literal(Value),
    /// Any other expression: its text as it stood, never evaluated.
    Text(String),
}

impl Expr {
    /// Reads an expression in old syntax.
    ///
    /// A text that is one literal (blanks and comments around it allowed) becomes [`Expr::Literal`], exactly where
    /// HTCondor's policy reader `getPODClassAd` would accept it; any other text is only checked for strings, comments
    /// and brackets that do not end, and kept.
    ///
    /// # Errors
    ///
    /// [`ParseError`], for text that HTCondor's lexer refuses and for numbers that do not fit.
    pub fn parse(text: &str) -> Result<Expr, ParseError> {
        if text.len() > MAX_EXPR_TEXT {
            return Err(ParseError::TooLong {
                length: text.len(),
                max: MAX_EXPR_TEXT,
            });
        }
        if let Some(offset) = text.find('\0') {
            return Err(ParseError::Nul { offset });
        }
        let mut cursor = Cursor::new(text);
        cursor.skip_blank()?;
        if cursor.at_end() {
            return Err(ParseError::Empty);
        }
        if let Some(value) = cursor.literal()? {
            cursor.skip_blank()?;
            if cursor.at_end() {
                return Ok(Expr::Literal(value));
            }
        }
        Cursor::new(text).scan()?;
        let text = text.trim_matches(|c: char| c.is_ascii() && is_space(c as u8));
        Ok(Expr::Text(text.to_owned()))
    }

    /// The literal's value, or `None` for an unevaluated expression.
    pub fn literal(&self) -> Option<&Value> {
        match self {
            Expr::Literal(value) => Some(value),
            Expr::Text(_) => None,
        }
    }
}

/// Whether `name` is an attribute name: `[A-Za-z_][A-Za-z0-9_.]*`, at most [`MAX_NAME`] bytes.
///
/// HTCondor's reader takes anything in front of the `=`; names outside of this need quoting wherever they are used
/// again, and no HTCondor daemon sends one.
pub fn is_attribute_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= MAX_NAME
        && bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// Reads one line of wire or `-long` text, `Name = expression` (`SplitLongFormAttrValue` in `compat_classad.cpp`).
///
/// # Errors
///
/// [`ParseError`] if there is no `=`, the name is none, or the expression cannot be read.
pub fn parse_assignment(line: &str) -> Result<(String, Expr), ParseError> {
    split_assignment(line).map(|(name, expr)| (name.to_owned(), expr))
}

/// As [`parse_assignment`], with the name where it stands in the line.
///
/// # Errors
///
/// [`ParseError`], as there.
pub fn split_assignment(line: &str) -> Result<(&str, Expr), ParseError> {
    let line = line.trim_start_matches(|c: char| c.is_ascii() && is_space(c as u8));
    // For names, which are short, faster than what looks for a character in a text of any length.
    let equals = line.bytes().position(|b| b == b'=');
    let (name, expression) = equals
        .and_then(|at| Some((line.get(..at)?, line.get(at + 1..)?)))
        .ok_or_else(|| ParseError::NoEquals {
            line: excerpt(line),
        })?;
    let name = name.trim_end_matches(' ');
    if !is_attribute_name(name) {
        return Err(ParseError::BadName {
            name: excerpt(name),
            max: MAX_NAME,
        });
    }
    Ok((name, Expr::parse(expression)?))
}

impl From<Value> for Expr {
    fn from(value: Value) -> Self {
        Expr::Literal(value)
    }
}

macro_rules! literal_from {
    ($($source:ty => |$name:ident| $value:expr),* $(,)?) => {$(
        impl From<$source> for Value {
            fn from($name: $source) -> Self {
                $value
            }
        }
        impl From<$source> for Expr {
            fn from(value: $source) -> Self {
                Expr::Literal(Value::from(value))
            }
        }
    )*};
}

literal_from! {
    bool => |b| Value::Boolean(b),
    i64 => |n| Value::Integer(n),
    i32 => |n| Value::Integer(n.into()),
    u32 => |n| Value::Integer(n.into()),
    f64 => |n| Value::Real(n),
    &str => |s| Value::String(s.to_owned()),
    String => |s| Value::String(s),
    Vec<Expr> => |items| Value::List(items),
    ClassAd => |ad| Value::Ad(ad),
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
