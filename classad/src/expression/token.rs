//! Tokens (`classad/lexer.cpp`).

use super::Syntax;
use crate::error::{ParseError, excerpt};
use crate::lex::is_space;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    End,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Undefined,
    Error,
    String(String),
    Identifier(String),
    /// An operator or a bracket, by its spelling; `is` and `isnt` come as `=?=` and `=!=`.
    Sign(&'static str),
}

impl Token {
    /// Whether a `-` after this token is an operator, not the sign of a number.
    fn ends_operand(&self) -> bool {
        match self {
            Token::End => false,
            Token::Sign(sign) => matches!(*sign, "." | "]" | ")" | "}"),
            _ => true,
        }
    }
}

/// Signs, longest first.
const SIGNS: [&str; 35] = [
    ">>>", "=?=", "=!=", "&&", "||", "<=", "<<", ">=", ">>", "==", "!=", ".", "*", "/", "%", "+",
    "-", "~", "^", ":", ";", ",", "[", "]", "(", ")", "{", "}", "&", "|", "<", ">", "=", "!", "?",
];

pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    syntax: Syntax,
    after_operand: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, syntax: Syntax) -> Self {
        Lexer {
            text,
            at: 0,
            syntax,
            after_operand: false,
        }
    }

    /// The next token, and where it starts.
    pub(crate) fn next(&mut self) -> Result<(usize, Token), ParseError> {
        self.skip_blank()?;
        let start = self.at;
        let token = self.token()?;
        self.after_operand = token.ends_operand();
        Ok((start, token))
    }

    pub(crate) fn excerpt_at(&self, offset: usize) -> String {
        excerpt(self.text.get(offset..).unwrap_or(""))
    }

    fn ahead(&self, n: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.saturating_add(n)).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) -> usize {
        let start = self.at;
        while self.ahead(0).is_some_and(&keep) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_blank(&mut self) -> Result<(), ParseError> {
        loop {
            self.skip_while(is_space);
            match (self.ahead(0), self.ahead(1)) {
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

    fn token(&mut self) -> Result<Token, ParseError> {
        let digit = |n: usize| self.ahead(n).is_some_and(|b| b.is_ascii_digit());
        match self.ahead(0) {
            None => Ok(Token::End),
            Some(b'-')
                if !self.after_operand
                    && (digit(1) || (self.ahead(1) == Some(b'.') && digit(2))) =>
            {
                self.number()
            }
            Some(b'.') if digit(1) => self.number(),
            Some(b'0'..=b'9') => self.number(),
            Some(b) if b.is_ascii_alphabetic() || b == b'_' => Ok(self.word()),
            Some(b'"') => self.quoted(b'"').map(Token::String),
            Some(b'\'') => self.quoted(b'\'').map(Token::Identifier),
            Some(_) => self.sign(),
        }
    }

    fn sign(&mut self) -> Result<Token, ParseError> {
        let rest = self.rest();
        let unknown = |lexer: &Self| ParseError::Unexpected {
            offset: lexer.at,
            expected: "an expression or an operator",
            found: lexer.excerpt_at(lexer.at),
        };
        // `=?` is the beginning of `=?=` and of nothing else.
        if rest.starts_with("=?") && !rest.starts_with("=?=") {
            return Err(unknown(self));
        }
        let sign = SIGNS
            .into_iter()
            .find(|sign| rest.starts_with(sign))
            .ok_or_else(|| unknown(self))?;
        self.at += sign.len();
        if sign == "?" {
            // White space, but no comment, may stand inside `?:`.
            let blank = self.skip_while(is_space);
            if self.ahead(0) == Some(b':') {
                self.at += 1;
                return Ok(Token::Sign("?:"));
            }
            self.at -= blank;
        }
        Ok(Token::Sign(sign))
    }

    fn word(&mut self) -> Token {
        let start = self.at;
        self.skip_while(|b| b.is_ascii_alphanumeric() || b == b'_');
        let word = self.text.get(start..self.at).unwrap_or("");
        for (known, token) in [
            ("true", Token::Boolean(true)),
            ("false", Token::Boolean(false)),
            ("undefined", Token::Undefined),
            ("error", Token::Error),
            ("is", Token::Sign("=?=")),
            ("isnt", Token::Sign("=!=")),
        ] {
            if word.eq_ignore_ascii_case(known) {
                return token;
            }
        }
        Token::Identifier(word.to_owned())
    }

    fn number(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        let text = self.text;
        let bad = || ParseError::BadNumber {
            text: excerpt(text.get(start..).unwrap_or("")),
        };
        self.skip_while(|b| b == b'-');
        let leading_zero = self.ahead(0) == Some(b'0');
        if leading_zero && matches!(self.ahead(1), Some(b'x' | b'X')) {
            return Err(bad());
        }
        let whole = self.skip_while(|b| b.is_ascii_digit());
        let mut real = false;
        if self.ahead(0) == Some(b'.') {
            real = true;
            self.at += 1;
            if self.skip_while(|b| b.is_ascii_digit()) == 0 {
                return Err(bad());
            }
        }
        if matches!(self.ahead(0), Some(b'e' | b'E')) {
            real = true;
            self.at += 1;
            if matches!(self.ahead(0), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.skip_while(|b| b.is_ascii_digit()) == 0 {
                return Err(bad());
            }
        }
        let number = text.get(start..self.at).unwrap_or("");
        let too_large = || ParseError::NumberTooLarge {
            text: excerpt(number),
        };
        if real {
            let value: f64 = number.parse().map_err(|_| bad())?;
            return if value.is_finite() {
                Ok(Token::Real(value))
            } else {
                Err(too_large())
            };
        }
        if leading_zero && whole > 1 {
            return Err(bad());
        }
        number.parse().map(Token::Integer).map_err(|_| too_large())
    }

    fn quoted(&mut self, quote: u8) -> Result<String, ParseError> {
        match self.syntax {
            Syntax::Old => self.quoted_old(quote),
            Syntax::New => self.quoted_new(quote),
        }
    }

    /// Old syntax: only a backslash before the quote is special, and not even that where the quote ends text or line.
    fn quoted_old(&mut self, quote: u8) -> Result<String, ParseError> {
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
            match (piece.strip_suffix('\\'), self.ahead(0)) {
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

    /// New syntax: strings with only white space between them are one, and then escapes are read.
    fn quoted_new(&mut self, quote: u8) -> Result<String, ParseError> {
        let offset = self.at;
        let mut raw = Vec::new();
        loop {
            self.at += 1;
            let mut escaped = false;
            loop {
                let byte = self
                    .ahead(0)
                    .ok_or(ParseError::UnterminatedString { offset })?;
                if byte == quote && !escaped {
                    break;
                }
                escaped = byte == b'\\' && !escaped;
                raw.push(byte);
                self.at += 1;
            }
            self.at += 1;
            let end = self.at;
            self.skip_while(is_space);
            if self.ahead(0) != Some(quote) {
                self.at = end;
                break;
            }
        }
        let bytes = unescape(&raw).ok_or(ParseError::Nul { offset })?;
        String::from_utf8(bytes).map_err(|_| ParseError::NotUtf8 { offset })
    }
}

/// C's escapes (`convert_escapes` in `classad/util.cpp`); `None` if one of them is a NUL.
fn unescape(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let Some(escaped) = (byte == b'\\').then(|| bytes.next()).flatten() else {
            out.push(byte);
            continue;
        };
        out.push(match escaped {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'0'..=b'7' => {
                let mut number = u32::from(escaped - b'0');
                // Three digits at most, and no third one where it would not fit a byte.
                for _ in 0..2 {
                    if number >= 0x20 {
                        break;
                    }
                    let Some(digit) = bytes.next_if(|b| matches!(b, b'0'..=b'7')) else {
                        break;
                    };
                    number = (number << 3) + u32::from(digit - b'0');
                }
                match u8::try_from(number) {
                    Ok(0) | Err(_) => return None,
                    Ok(number) => number,
                }
            }
            other => other,
        });
    }
    Some(out)
}
