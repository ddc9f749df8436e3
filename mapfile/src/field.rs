//! One field of a line (`MapFile::ParseField`).
//!
//! A field is a word up to a blank, or stands between double quotes; a principal may stand between
//! slashes, where those have a meaning. Blanks are space, tab and newline. Between delimiters a
//! backslash takes the delimiter or another backslash literally, and stays before anything else; the
//! end of the line ends the field, its newline being part of it.

use std::borrow::Cow;
use std::ops::Range;

use nom::bytes::complete::take_while;
use nom::character::complete::char;
use nom::combinator::opt;
use nom::{IResult, Parser as _};

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// A word, up to the next blank.
    None,
    /// Between double quotes.
    Quote,
    /// Between slashes, with what stands behind them.
    Slash(Flags),
}

/// The letters behind a pattern's closing slash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// `i`: upper and lower case are alike (PCRE2_CASELESS).
    pub caseless: bool,
    /// `U`: quantifiers are lazy unless followed by `?` (PCRE2_UNGREEDY).
    pub ungreedy: bool,
}

/// A field of a line. Its value is taken from the text when asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where the whole field stands in the file's text: delimiters and flags included.
    pub span: Range<usize>,
    /// Where its content stands, as it is written.
    pub content: Range<usize>,
    /// How it is written.
    pub delimiter: Delimiter,
    /// Whether the closing delimiter is there. A word always counts as closed.
    pub closed: bool,
    /// Whether the line, which has no newline, ends in a lone backslash within this field.
    pub(crate) lone_backslash: bool,
}

impl Field {
    /// What it says.
    #[must_use]
    pub fn value<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let written = text.get(self.content.clone()).unwrap_or_default();
        let delimiter = match self.delimiter {
            Delimiter::None => return Cow::Borrowed(written),
            Delimiter::Quote => b'"',
            Delimiter::Slash(_) => b'/',
        };
        if !written.contains(&b'\\') {
            return Cow::Borrowed(written);
        }
        let mut value = Vec::with_capacity(written.len());
        let mut bytes = written.iter().copied();
        while let Some(byte) = bytes.next() {
            if byte != b'\\' {
                value.push(byte);
                continue;
            }
            match bytes.next() {
                Some(next) if next == delimiter || next == b'\\' => value.push(next),
                Some(next) => value.extend([b'\\', next]),
                // HTCondor puts a NUL there, which ends what it makes of the field.
                None => {}
            }
        }
        Cow::Owned(value)
    }

    /// Whether it says nothing, as HTCondor counts: a lone backslash is something.
    pub(crate) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }
}

/// The next field of `line`, which begins at `start` of the text, and what stands behind it.
pub(crate) fn next(line: &[u8], start: usize, slashes: bool) -> (Field, &[u8]) {
    let parsed: IResult<&[u8], Field> = field(line, start, slashes);
    match parsed {
        Ok((rest, field)) => (field, rest),
        // Nothing above fails: there is always a field, of no bytes at the end of the line.
        Err(_) => {
            let end = start + line.len();
            let field = Field {
                span: end..end,
                content: end..end,
                delimiter: Delimiter::None,
                closed: true,
                lone_backslash: false,
            };
            (field, b"")
        }
    }
}

fn field(line: &[u8], start: usize, slashes: bool) -> IResult<&[u8], Field> {
    let end = start + line.len();
    let place = |rest: &[u8]| end - rest.len();
    let (at_field, _) = take_while(is_blank)(line)?;
    let (after, opened) = opt(char('"')).parse(at_field)?;
    if opened.is_some() {
        let (rest, body) = delimited(after, b'"');
        return Ok((
            rest,
            body.field(place(at_field)..place(rest), place(after), Delimiter::Quote),
        ));
    }
    if slashes {
        let (after, opened) = opt(char('/')).parse(at_field)?;
        if opened.is_some() {
            let (rest, body) = delimited(after, b'/');
            let (rest, letters) = if body.closed {
                take_while(|byte| byte == b'i' || byte == b'U')(rest)?
            } else {
                (rest, &b""[..])
            };
            let flags = Flags {
                caseless: letters.contains(&b'i'),
                ungreedy: letters.contains(&b'U'),
            };
            let delimiter = Delimiter::Slash(flags);
            return Ok((
                rest,
                body.field(place(at_field)..place(rest), place(after), delimiter),
            ));
        }
    }
    let (rest, word) = take_while(|byte| !is_blank(byte))(at_field)?;
    let body = Body {
        length: word.len(),
        closed: true,
        lone_backslash: false,
    };
    let whole = place(at_field)..place(rest);
    Ok((
        rest,
        body.field(whole.clone(), whole.start, Delimiter::None),
    ))
}

/// What stands between delimiters.
struct Body {
    length: usize,
    closed: bool,
    lone_backslash: bool,
}

impl Body {
    fn field(&self, span: Range<usize>, content: usize, delimiter: Delimiter) -> Field {
        Field {
            span,
            content: content..content + self.length,
            delimiter,
            closed: self.closed,
            lone_backslash: self.lone_backslash,
        }
    }
}

fn delimited(text: &[u8], delimiter: u8) -> (&[u8], Body) {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if *byte == delimiter {
            let body = Body {
                length: at,
                closed: true,
                lone_backslash: false,
            };
            return (text.get(at + 1..).unwrap_or_default(), body);
        }
        at += if *byte == b'\\' { 2 } else { 1 };
    }
    let body = Body {
        length: text.len(),
        closed: false,
        lone_backslash: at > text.len(),
    };
    (b"", body)
}

pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(line: &str, slashes: bool) -> (String, Delimiter, bool, String) {
        let text = format!("## {line}");
        let (field, rest) = next(&text.as_bytes()[3..], 3, slashes);
        assert_eq!(
            field.span.end + rest.len(),
            text.len(),
            "{line}: the span ends where the rest begins"
        );
        (
            String::from_utf8(field.value(text.as_bytes()).into_owned()).unwrap(),
            field.delimiter,
            field.closed,
            String::from_utf8(rest.to_vec()).unwrap(),
        )
    }

    #[test]
    fn words_and_quotes() {
        let word = Delimiter::None;
        assert_eq!(
            first(" \t a\\b\r\n", false),
            ("a\\b\r".into(), word, true, "\n".into())
        );
        assert_eq!(
            first("/a b/ c", false),
            ("/a".into(), word, true, " b/ c".into())
        );
        assert_eq!(
            first("a\"b c", true),
            ("a\"b".into(), word, true, " c".into())
        );
        assert_eq!(first("", true), (String::new(), word, true, String::new()));
        let quote = Delimiter::Quote;
        assert_eq!(
            first("\"a \\\"b\\\\ \\/\\d\"x", true),
            ("a \"b\\ \\/\\d".into(), quote, true, "x".into())
        );
        assert_eq!(
            first("\"a b\n", true),
            ("a b\n".into(), quote, false, String::new())
        );
        assert_eq!(
            first("\"a\\", true),
            ("a".into(), quote, false, String::new())
        );
        assert!(next(b"\"a\\", 0, true).0.lone_backslash);
        assert!(!next(b"\"a\\\\", 0, true).0.lone_backslash);
    }

    #[test]
    fn slashes_and_flags() {
        let flags = |caseless, ungreedy| Delimiter::Slash(Flags { caseless, ungreedy });
        assert_eq!(
            first("/a\\/b\\.\\\\/iUiz w", true),
            ("a/b\\.\\".into(), flags(true, true), true, "z w".into())
        );
        assert_eq!(
            first("//U", true),
            (String::new(), flags(false, true), true, String::new())
        );
        assert_eq!(
            first("/a b\n", true),
            ("a b\n".into(), flags(false, false), false, String::new())
        );
    }
}
