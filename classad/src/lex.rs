//! The lexical rules of old ClassAd syntax (`classad/lexer.cpp` with its old-syntax flag set).

use crate::error::{ParseError, excerpt};
use crate::value::Value;

/// A place in the text of one expression.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Cursor { text, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.saturating_add(n)).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(crate) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) -> usize {
        let start = self.at;
        while self.peek().is_some_and(&keep) {
            self.at += 1;
        }
        self.at - start
    }

    /// Skips white space and comments, both styles.
    pub(crate) fn skip_blank(&mut self) -> Result<(), ParseError> {
        loop {
            self.skip_while(is_space);
            match (self.peek(), self.ahead(1)) {
                (Some(b'/'), Some(b'/')) => {
                    self.skip_while(|b| b != b'\n');
                }
                (Some(b'/'), Some(b'*')) => {
                    let body = self.rest().get(2..).unwrap_or("");
                    let end = body
                        .find("*/")
                        .ok_or(ParseError::UnterminatedComment { offset: self.at })?;
                    self.at += end + 4;
                }
                _ => return Ok(()),
            }
        }
    }

    /// One literal token, if one stands here. `None` leaves the place where it was.
    pub(crate) fn literal(&mut self) -> Result<Option<Value>, ParseError> {
        match self.peek() {
            Some(b'"') => self.quoted(b'"').map(|s| Some(Value::String(s))),
            Some(b'-' | b'.' | b'0'..=b'9') => self.number(),
            Some(b) if b.is_ascii_alphabetic() => Ok(self.keyword()),
            _ => Ok(None),
        }
    }

    fn keyword(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let word = rest.get(..end)?;
        let value = if word.eq_ignore_ascii_case("true") {
            Value::Boolean(true)
        } else if word.eq_ignore_ascii_case("false") {
            Value::Boolean(false)
        } else if word.eq_ignore_ascii_case("undefined") {
            Value::Undefined
        } else if word.eq_ignore_ascii_case("error") {
            Value::Error
        } else {
            return None;
        };
        self.at += end;
        Some(value)
    }

    /// A number, as `tokenizeNumber` reads it; a `-` or `.` that starts none gives `None`.
    fn number(&mut self) -> Result<Option<Value>, ParseError> {
        let start = self.at;
        let signed = usize::from(self.peek() == Some(b'-'));
        let digit = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_digit());
        let starts = digit(self.ahead(signed))
            || (self.ahead(signed) == Some(b'.') && digit(self.ahead(signed + 1)));
        if !starts {
            return Ok(None);
        }
        let bad = |cursor: &Self| ParseError::BadNumber {
            text: excerpt(cursor.text.get(start..).unwrap_or("")),
        };
        self.at += signed;
        let leading_zero = self.peek() == Some(b'0');
        if leading_zero && matches!(self.ahead(1), Some(b'x' | b'X')) {
            return Err(bad(self));
        }
        let whole = self.skip_while(|b| b.is_ascii_digit());
        let mut real = false;
        if self.peek() == Some(b'.') {
            real = true;
            self.at += 1;
            if self.skip_while(|b| b.is_ascii_digit()) == 0 {
                return Err(bad(self));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            real = true;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.skip_while(|b| b.is_ascii_digit()) == 0 {
                return Err(bad(self));
            }
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        let too_large = || ParseError::NumberTooLarge {
            text: excerpt(text),
        };
        if real {
            let number: f64 = text.parse().map_err(|_| bad(self))?;
            if !number.is_finite() {
                return Err(too_large());
            }
            return Ok(Some(Value::Real(number)));
        }
        if leading_zero && whole > 1 {
            return Err(bad(self));
        }
        text.parse()
            .map(|n| Some(Value::Integer(n)))
            .map_err(|_| too_large())
    }

    /// A quoted string in old syntax (`tokenizeStringOld`): only a backslash before the quote itself is special, and not
    /// even that when the quote ends the text or its line.
    fn quoted(&mut self, quote: u8) -> Result<String, ParseError> {
        let offset = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let len = rest
                .bytes()
                .position(|b| b == quote)
                .ok_or(ParseError::UnterminatedString { offset })?;
            let piece = rest.get(..len).unwrap_or("");
            self.at += len + 1;
            match (piece.strip_suffix('\\'), self.peek()) {
                (Some(before), Some(next)) if next != b'\n' => {
                    out.push_str(before);
                    out.push(char::from(quote));
                }
                _ => {
                    out.push_str(piece);
                    return Ok(out);
                }
            }
        }
    }

    /// Walks an expression that is not a literal: strings and comments must end, brackets must match.
    pub(crate) fn scan(&mut self) -> Result<(), ParseError> {
        let mut open = Vec::new();
        loop {
            self.skip_blank()?;
            let Some(byte) = self.peek() else {
                break;
            };
            match byte {
                b'"' | b'\'' => {
                    self.quoted(byte)?;
                    continue;
                }
                b'(' => open.push(b')'),
                b'[' => open.push(b']'),
                b'{' => open.push(b'}'),
                b')' | b']' | b'}' if open.pop() != Some(byte) => {
                    return Err(ParseError::Unbalanced { offset: self.at });
                }
                _ => {}
            }
            self.at += 1;
        }
        if open.is_empty() {
            Ok(())
        } else {
            Err(ParseError::Unbalanced { offset: self.at })
        }
    }
}

/// White space as C's `isspace` in the C locale.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}
