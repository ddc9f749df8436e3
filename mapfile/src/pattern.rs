//! Patterns, as HTCondor has PCRE2 compile and match them: bytes, no UTF, no JIT, a match limit.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use pcre2::bytes::{CaptureLocations, Regex, RegexBuilder};

use crate::field::Flags;

/// How often PCRE2's matcher may try before a lookup is given up. HTCondor's limit is PCRE2's own,
/// ten times this; what one pattern may cost is bounded more narrowly here, at about ten milliseconds.
pub const MATCH_LIMIT: u32 = 1_000_000;

/// What begins a pattern and changes what all of it means. PCRE2 knows these there alone.
const VERBS: [&str; 20] = [
    "UTF",
    "UCP",
    "CR",
    "LF",
    "CRLF",
    "ANY",
    "ANYCRLF",
    "NUL",
    "BSR_ANYCRLF",
    "BSR_UNICODE",
    "NOTEMPTY",
    "NOTEMPTY_ATSTART",
    "NO_AUTO_POSSESS",
    "NO_DOTSTAR_ANCHOR",
    "NO_JIT",
    "NO_START_OPT",
    "LIMIT_MATCH",
    "LIMIT_DEPTH",
    "LIMIT_HEAP",
    "LIMIT_RECURSION",
];

/// A compiled pattern.
pub(crate) struct Pattern {
    regex: Regex,
}

/// Why a pattern is none. HTCondor skips its line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// PCRE2's words.
    pub message: String,
    /// Where in the pattern, in bytes.
    pub offset: usize,
}

/// A pattern was given up before it was known whether it matches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GaveUp(pub String);

/// What a pattern's groups matched, the whole first: up to the last group that matched anything. One
/// before that which did not has an empty range.
pub(crate) type Groups = Vec<Range<usize>>;

impl Pattern {
    pub(crate) fn compile(pattern: &[u8], flags: Flags) -> Result<Self, PatternError> {
        let verbs = verbs(pattern);
        let (head, body) = pattern.split_at(verbs.length);
        let limit = verbs.limit.map_or(MATCH_LIMIT, |own| own.min(MATCH_LIMIT));
        let lazy = if flags.ungreedy { "(?U)" } else { "" };
        let before = format!("{}(*LIMIT_MATCH={limit}){lazy}", ascii(head));
        let text = if verbs.utf {
            // There, a character may be more than one byte, so that bytes cannot be named one by one.
            let body = std::str::from_utf8(body).map_err(|error| PatternError {
                message: "it is to be UTF-8 and is not".to_owned(),
                offset: head.len() + error.valid_up_to(),
            })?;
            format!("{before}{body}")
        } else {
            format!(
                "{before}{}",
                as_text(body).map_err(|error| PatternError {
                    offset: error.offset + head.len(),
                    ..error
                })?
            )
        };
        let regex = RegexBuilder::new()
            .caseless(flags.caseless)
            .build(&text)
            .map_err(|error| PatternError {
                message: words(&error),
                offset: match error.offset() {
                    Some(at) if at >= before.len() => at - before.len() + head.len(),
                    Some(at) => at.min(head.len()),
                    None => 0,
                },
            })?;
        Ok(Self { regex })
    }

    pub(crate) fn matches(&self, subject: &[u8]) -> Result<bool, GaveUp> {
        self.find(subject).map(|found| found.is_some())
    }

    /// What its groups match in `subject`; `None` if it is not in it.
    pub(crate) fn find(&self, subject: &[u8]) -> Result<Option<Groups>, GaveUp> {
        // Most patterns do not match, and that is known without places for what groups match.
        match self.regex.is_match(subject) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if is_not_utf_8(&error) => return Ok(None),
            Err(error) => return Err(GaveUp(words(&error))),
        }
        let mut places = self.regex.capture_locations();
        match self.regex.captures_read(&mut places, subject) {
            Ok(found) => Ok(found.map(|_| groups(&places))),
            Err(error) => Err(GaveUp(words(&error))),
        }
    }

    /// How many groups it has, the whole not counted.
    pub(crate) fn groups(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }
}

/// A pattern that is compiled when it is first tried: compiled it takes ten times the room, and most lines of a
/// large mapfile are never tried.
#[derive(Debug)]
pub(crate) struct WhenTried {
    flags: Flags,
    compiled: OnceLock<Box<Pattern>>,
}

impl WhenTried {
    /// Says whether it can be compiled.
    pub(crate) fn new(pattern: &[u8], flags: Flags) -> Result<Self, PatternError> {
        Pattern::compile(pattern, flags).map(|_| Self {
            flags,
            compiled: OnceLock::new(),
        })
    }

    /// The pattern, whose text is always the same.
    /// Whether upper and lower case are alike.
    pub(crate) fn is_caseless(&self) -> bool {
        self.flags.caseless
    }

    pub(crate) fn get(&self, pattern: &[u8]) -> Result<&Pattern, GaveUp> {
        if let Some(compiled) = self.compiled.get() {
            return Ok(compiled);
        }
        let compiled =
            Pattern::compile(pattern, self.flags).map_err(|error| GaveUp(error.message))?;
        Ok(self.compiled.get_or_init(|| Box::new(compiled)))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern")
            .field(&self.regex.as_str())
            .finish()
    }
}

/// Whether the name is not UTF-8 where the pattern asks for that (PCRE2_ERROR_UTF8_ERR1 to _ERR21):
/// then it is known that it does not match. Any other error leaves that open: a limit was reached,
/// or there is no memory.
fn is_not_utf_8(error: &pcre2::Error) -> bool {
    (-23..=-3).contains(&error.code())
}

fn groups(places: &CaptureLocations) -> Groups {
    let last = (0..places.len())
        .rev()
        .find(|group| places.get(*group).is_some());
    (0..=last.unwrap_or(0))
        .map(|group| places.get(group).map_or(0..0, |(start, end)| start..end))
        .collect()
}

/// PCRE2's message without what the binding puts around it.
fn words(error: &pcre2::Error) -> String {
    let text = error.to_string();
    match text.splitn(3, ": ").nth(2) {
        Some(message) => message.to_owned(),
        None => text,
    }
}

struct Verbs {
    length: usize,
    utf: bool,
    limit: Option<u32>,
}

/// The verbs that begin a pattern.
fn verbs(pattern: &[u8]) -> Verbs {
    let mut verbs = Verbs {
        length: 0,
        utf: false,
        limit: None,
    };
    while let Some(rest) = pattern
        .get(verbs.length..)
        .and_then(|rest| rest.strip_prefix(b"(*"))
    {
        let Some(length) = rest.iter().position(|byte| *byte == b')') else {
            break;
        };
        let inner = rest.get(..length).unwrap_or_default();
        let Ok(inner) = std::str::from_utf8(inner) else {
            break;
        };
        let (name, value) = match inner.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (inner, None),
        };
        if !VERBS.contains(&name) {
            break;
        }
        if name == "LIMIT_MATCH" {
            verbs.limit = value.and_then(|value| value.parse().ok());
        }
        verbs.utf |= name == "UTF";
        verbs.length += length + 3;
    }
    verbs
}

/// The pattern as the binding can take it: text stays as it is, since without PCRE2_UTF each of its bytes
/// is looked at by itself.
fn as_text(pattern: &[u8]) -> Result<Cow<'_, str>, PatternError> {
    if let Ok(text) = std::str::from_utf8(pattern) {
        return Ok(Cow::Borrowed(text));
    }
    let control = pattern
        .windows(3)
        .position(|three| matches!(three, [b'\\', b'c', last] if !last.is_ascii()));
    match control {
        Some(offset) => Err(PatternError {
            message: "\\c must be followed by a printable ASCII character".to_owned(),
            offset,
        }),
        None => Ok(Cow::Owned(ascii(pattern))),
    }
}

/// A pattern that is no text in ASCII, which the binding can take: other bytes become `\x{..}` escapes, outside of
/// `\Q...\E` also where they were. A backslash before one of them has no meaning to PCRE2 and goes.
fn ascii(pattern: &[u8]) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut quoted = false;
    let mut class = false;
    let mut rest = pattern;
    while let Some((byte, after)) = rest.split_first() {
        if !quoted && !class && rest.starts_with(b"(?#") {
            // In a comment nothing has a meaning, `\Q` least of all.
            let end = rest.iter().position(|byte| *byte == b')');
            let (comment, behind) = rest.split_at(end.unwrap_or(rest.len()));
            text.extend(comment.iter().map(|byte| match byte {
                byte if byte.is_ascii() => char::from(*byte),
                _ => '?',
            }));
            rest = behind;
            continue;
        }
        rest = after;
        match (byte, after.first()) {
            (b'\\', Some(next)) if next.is_ascii() => {
                let ends = quoted && *next == b'E';
                let begins = !quoted && *next == b'Q';
                text.push('\\');
                // A quoted backslash stands for itself alone; what follows is looked at again.
                if !quoted || ends {
                    text.push(char::from(*next));
                    rest = after.get(1..).unwrap_or_default();
                }
                quoted = (quoted || begins) && !ends;
            }
            (b'\\', Some(_)) if !quoted => {}
            (byte, _) if byte.is_ascii() => {
                text.push(char::from(*byte));
                if class && *byte == b'[' && matches!(rest.first(), Some(b':' | b'.' | b'=')) {
                    // `[:alpha:]`: its bracket does not end the class.
                    let end = rest.iter().position(|byte| *byte == b']');
                    let name = rest.get(..=end.unwrap_or(0)).unwrap_or_default();
                    if name.is_ascii()
                        && name.ends_with(&[name.first().copied().unwrap_or(0), b']'])
                    {
                        text.extend(name.iter().map(|byte| char::from(*byte)));
                        rest = rest.get(name.len()..).unwrap_or_default();
                    }
                } else if *byte == b'[' && !quoted && !class {
                    class = true;
                    // What a class begins with does not end it.
                    for first in [b'^', b']'] {
                        if let Some(behind) = rest.strip_prefix(&[first]) {
                            text.push(char::from(first));
                            rest = behind;
                        }
                    }
                } else if *byte == b']' && !quoted {
                    class = false;
                }
            }
            (byte, _) if quoted => text.push_str(&format!("\\E\\x{byte:02x}\\Q")),
            (byte, _) => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &[u8], flags: Flags, subject: &[u8]) -> Option<Vec<(usize, usize)>> {
        let pattern = Pattern::compile(pattern, flags).unwrap();
        let groups = pattern.find(subject).unwrap()?;
        Some(
            groups
                .iter()
                .map(|group| (group.start, group.end))
                .collect(),
        )
    }

    #[test]
    fn flags_and_groups() {
        let plain = Flags::default();
        let caseless = Flags {
            caseless: true,
            ..plain
        };
        let lazy = Flags {
            ungreedy: true,
            ..plain
        };
        assert_eq!(found(b"B", plain, b"abc"), None);
        assert_eq!(found(b"B", caseless, b"abc"), Some(vec![(1, 2)]));
        assert_eq!(found(b"a.*b", plain, b"abab"), Some(vec![(0, 4)]));
        assert_eq!(found(b"a.*b|x", lazy, b"abab"), Some(vec![(0, 2)]));
        assert_eq!(
            found(b"(x)?(a)(y)?", plain, b"a"),
            Some(vec![(0, 1), (0, 0), (0, 1)])
        );
        assert_eq!(found(b"$", plain, b"ab\n"), Some(vec![(2, 2)]));
    }

    #[test]
    fn bytes_outside_of_ascii() {
        let plain = Flags::default();
        // One byte at a time, as without PCRE2_UTF.
        assert_eq!(
            found("é+".as_bytes(), plain, "éé".as_bytes()),
            Some(vec![(0, 2)])
        );
        assert_eq!(found(b"[\xe0-\xff]$", plain, b"a\xf0"), Some(vec![(1, 2)]));
        assert_eq!(
            found(b"^\\\xff\\Qa\xff.\\E\xff$", plain, b"\xffa\xff.\xff"),
            Some(vec![(0, 5)])
        );
        assert_eq!(
            found(b"\\Q\\a\xff\\E.", plain, b"\\a\xffz"),
            Some(vec![(0, 4)])
        );
        // What is no quote.
        for pattern in [
            &b"^(?#\\Q\xff)\xff+$"[..],
            b"^[(?#\xff]\xff+$",
            b"^[]\\Q(?#\xff\\E]\xff+$",
        ] {
            assert!(found(pattern, plain, b"\xff\xff").is_some(), "{pattern:?}");
        }
    }

    #[test]
    fn every_verb_is_known() {
        let plain = Flags::default();
        assert_eq!(
            found(
                "(*LIMIT_RECURSION=100000)(*UTF)^.$".as_bytes(),
                plain,
                "é".as_bytes()
            ),
            Some(vec![(0, 2)])
        );
        let lazy = Flags {
            ungreedy: true,
            ..plain
        };
        assert!(Pattern::compile(b"(*LIMIT_RECURSION=100000)a.*b", lazy).is_ok());
    }

    #[test]
    fn named_classes_and_bytes() {
        let plain = Flags::default();
        let class = b"^[[:alpha:](?#\xff]+$";
        assert_eq!(found(class, plain, b"\xffa#"), Some(vec![(0, 3)]));
        assert!(Pattern::compile(b"^\\c\xe9$", plain).is_err());
    }

    #[test]
    fn patterns_in_utf_8() {
        let plain = Flags::default();
        // One character, where the pattern asks for that.
        assert_eq!(
            found("(*UTF)^é.$".as_bytes(), plain, "éé".as_bytes()),
            Some(vec![(0, 4)])
        );
        assert!(Pattern::compile(br"(*UTF)\xe9", plain).is_ok());
        let error = Pattern::compile(b"(*UTF)a\xe9", plain);
        assert_eq!(error.map_err(|error| error.offset).err(), Some(7));
        // A name that is not UTF-8 does not match, and that is known.
        assert_eq!(found(b"(*UTF).", plain, b"a\xe9"), None);
    }

    #[test]
    fn a_pattern_that_blows_up_is_given_up() {
        let slow = Pattern::compile(b"^(a+)+(b+)+(c+)+\\1$", Flags::default()).unwrap();
        let subject = [b"a".repeat(40), b"b".repeat(40), b"c".repeat(40)].concat();
        let began = std::time::Instant::now();
        assert!(slow.find(&subject).is_err());
        assert!(began.elapsed().as_secs() < 2);
        // A pattern may lower the limit, not raise it.
        let lower = Pattern::compile(b"(*LIMIT_MATCH=3)(*UTF)a*b", Flags::default()).unwrap();
        assert!(lower.find(b"aaaaaaaaaaac").is_err() || lower.find(b"c").is_ok());
        for own in ["(*LIMIT_MATCH=4000000000)", "(*UTF)(*LIMIT_MATCH=99999999)"] {
            let raised = format!("{own}^(a+)+(b+)+(c+)+\\1$");
            let raised = Pattern::compile(raised.as_bytes(), Flags::default()).unwrap();
            assert!(raised.find(&subject).is_err());
        }
    }

    #[test]
    fn errors_say_where() {
        for (pattern, flags, offset) in [
            ("ab(", Flags::default(), 3),
            (
                "(*UTF)ab(",
                Flags {
                    ungreedy: true,
                    ..Flags::default()
                },
                9,
            ),
            ("[z-a]", Flags::default(), 3),
        ] {
            let error = Pattern::compile(pattern.as_bytes(), flags).unwrap_err();
            assert_eq!(error.offset, offset, "{pattern}: {error}");
            assert!(!error.message.contains("PCRE2"), "{error}");
        }
    }
}
