//! What can be wrong with ClassAd text, in words for whoever must mend it.

use thiserror::Error;

/// How many characters of the offending input an error may repeat.
///
/// Ads carry secrets (claim ids, tokens), and peers choose their length; so a message shows just enough to find the place.
const EXCERPT: usize = 24;

/// A short, printable beginning of `input` for use in a message.
pub(crate) fn excerpt(input: &str) -> String {
    let mut out: String = input
        .chars()
        .take(EXCERPT)
        .flat_map(char::escape_debug)
        .collect();
    if input.chars().nth(EXCERPT).is_some() {
        out.push('…');
    }
    out
}

/// Why a text could not be read as an old-syntax ClassAd assignment or expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The line has no `=`, so nothing says where the name ends (`SplitLongFormAttrValue` refuses the same).
    #[error(
        "reading the ClassAd line `{line}`: it has no `=`; it must have the form `Name = expression`"
    )]
    NoEquals {
        /// The beginning of the line.
        line: String,
    },
    /// The text before `=` is no attribute name, see [`is_attribute_name`](crate::is_attribute_name).
    #[error(
        "reading a ClassAd line: `{name}` is not an attribute name; a name starts with a letter or `_`, goes on with \
         letters, digits, `_` or `.`, and has at most {max} characters (quoted names are not supported)"
    )]
    BadName {
        /// The beginning of the name.
        name: String,
        /// The greatest length allowed.
        max: usize,
    },
    /// Nothing stands where an expression should.
    #[error(
        "reading a ClassAd expression: the text is empty; write a value, for example `undefined`"
    )]
    Empty,
    /// The text is longer than [`MAX_EXPR_TEXT`](crate::MAX_EXPR_TEXT).
    #[error(
        "reading a ClassAd expression: {length} bytes are more than the {max} that are accepted"
    )]
    TooLong {
        /// The length of the text, in bytes.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// The text holds a NUL, which ends a string on HTCondor's side.
    #[error("reading a ClassAd expression: it holds a NUL byte at offset {offset}; remove it")]
    Nul {
        /// Where it stands, in bytes.
        offset: usize,
    },
    /// A string or a quoted name has no closing quote.
    #[error(
        "reading a ClassAd expression: the string that starts at offset {offset} has no closing quote (`\\\"` does not \
         close a string unless it ends the text)"
    )]
    UnterminatedString {
        /// Where the opening quote stands, in bytes.
        offset: usize,
    },
    /// A `/*` has no `*/`.
    #[error(
        "reading a ClassAd expression: the comment that starts at offset {offset} has no closing `*/`"
    )]
    UnterminatedComment {
        /// Where the comment starts, in bytes.
        offset: usize,
    },
    /// A bracket is not closed, or closed by another kind.
    #[error(
        "reading a ClassAd expression: the brackets around offset {offset} do not match; close every `(`, `[` and `{{`"
    )]
    Unbalanced {
        /// Where it was noticed, in bytes.
        offset: usize,
    },
    /// The text starts like a number but HTCondor would refuse it.
    ///
    /// Negative integers with leading zeros (`-007`) are refused too; HTCondor takes them by an accident of its lexer.
    #[error(
        "reading a ClassAd expression: `{text}` is not a number HTCondor reads; write integers in decimal without \
         leading zeros, and reals with digits after the point and the exponent"
    )]
    BadNumber {
        /// The beginning of the text.
        text: String,
    },
    /// Something else stands where the grammar of expressions wants another thing.
    #[error(
        "reading a ClassAd expression: at offset {offset} there is `{found}` where {expected} should be"
    )]
    Unexpected {
        /// Where it stands, in bytes.
        offset: usize,
        /// What would be right there.
        expected: &'static str,
        /// The beginning of what is there.
        found: String,
    },
    /// The expression nests deeper than HTCondor reads, or is a longer chain than HTCondor evaluates.
    #[error(
        "reading a ClassAd expression: it nests too deeply at offset {offset}; split it into several attributes"
    )]
    TooDeep {
        /// Where it was noticed, in bytes.
        offset: usize,
    },
    /// The text of `absTime("…")` or `relTime("…")` is no time.
    ///
    /// An absolute time without a zone is refused too: HTCondor takes the zone of the machine that happens to read it.
    #[error(
        "reading a ClassAd expression: the time at offset {offset} cannot be read; write \
         absTime(\"2026-01-31T12:00:00+00:00\") with its zone, or relTime(\"days+hh:mm:ss\")"
    )]
    BadTime {
        /// Where its parenthesis stands, in bytes.
        offset: usize,
    },
    /// Octal escapes make up something that is not UTF-8.
    #[error(
        "reading a ClassAd expression: the escapes in the string at offset {offset} are not UTF-8; strings are kept as \
         UTF-8 here"
    )]
    NotUtf8 {
        /// Where the string starts, in bytes.
        offset: usize,
    },
    /// A number that 64 bits cannot hold.
    ///
    /// HTCondor does not say so: depending on the code path it takes the value 0, a wrapped number or infinity. A number
    /// on whose value two readers disagree has no place in a negotiation.
    #[error(
        "reading a ClassAd expression: the number `{text}` does not fit 64 bits; HTCondor would read something else"
    )]
    NumberTooLarge {
        /// The beginning of the text.
        text: String,
    },
}

/// Why an attribute cannot be written in old syntax so that HTCondor reads the same value back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PrintError {
    /// The name is no attribute name, see [`is_attribute_name`](crate::is_attribute_name).
    #[error("writing a ClassAd line: `{name}` is not an attribute name")]
    BadName {
        /// The beginning of the name.
        name: String,
    },
    /// A string holds a NUL, at which the reader would stop.
    #[error(
        "writing the ClassAd attribute {name}: its value holds a NUL byte, which old syntax cannot carry; remove it"
    )]
    Nul {
        /// The attribute.
        name: String,
    },
    /// A string holds `"` directly before a newline; the reader would take the quote for the end of the string.
    #[error(
        "writing the ClassAd attribute {name}: its value holds a double quote directly before a newline, which old \
         syntax cannot carry; put a space between them"
    )]
    QuoteBeforeNewline {
        /// The attribute.
        name: String,
    },
    /// A real that is not finite has no literal (HTCondor writes a call of `real()`, which a policy reader refuses).
    #[error("writing the ClassAd attribute {name}: a real that is not finite has no literal")]
    NotFinite {
        /// The attribute.
        name: String,
    },
    /// The text of an expression is not one that could be read back.
    #[error("writing the ClassAd attribute {name}: its expression is not valid: {cause}")]
    BadText {
        /// The attribute.
        name: String,
        /// What is wrong with the text.
        #[source]
        cause: ParseError,
    },
}
