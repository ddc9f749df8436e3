//! A small mapfile: lines of method, principal and canonical name.
//!
//! Rule: `MapFile` in HTCondor. Without CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS every principal is a
//! pattern; with it a principal is literal unless it stands between slashes. Patterns are searched
//! for, not anchored. The first line that matches counts. A line that cannot be read is an error
//! here, since a file that is read by half maps to the wrong names.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use countersign_core::identity::{Mapped, Mapper};
use countersign_core::names::MethodName;
use pcre2::bytes::{Regex, RegexBuilder};

use crate::settings::MapfileSource;

/// The most bytes of a mapfile.
const MAX_SIZE: u64 = 16 << 20;

/// The longest line.
const MAX_LINE: usize = 64 * 1024;

/// A mapfile that was read.
#[derive(Debug)]
pub struct Mapfile {
    path: PathBuf,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    number: usize,
    method: String,
    principal: Principal,
    canonical: String,
}

#[derive(Debug)]
enum Principal {
    Literal(String),
    Pattern(Box<Regex>),
}

/// Why a mapfile is not used.
#[derive(Debug, thiserror::Error)]
pub enum MapfileError {
    /// It cannot be read.
    #[error("the mapfile {path} cannot be read: {problem}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words, or what is wrong with it.
        problem: String,
    },
    /// A line cannot be used.
    #[error("{path}, line {line}: {problem}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl Mapfile {
    /// Reads the file. This blocks.
    ///
    /// # Errors
    /// [`MapfileError`]; nothing of a file is used that cannot be read whole.
    pub fn read(source: &MapfileSource) -> Result<Self, MapfileError> {
        let unreadable = |problem: String| MapfileError::Unreadable {
            path: source.path.clone(),
            problem,
        };
        let file = std::fs::File::open(&source.path).map_err(|e| unreadable(e.to_string()))?;
        let mut text = String::new();
        let read = file
            .take(MAX_SIZE + 1)
            .read_to_string(&mut text)
            .map_err(|e| unreadable(e.to_string()))?;
        if read as u64 > MAX_SIZE {
            return Err(unreadable(format!("it is longer than {MAX_SIZE} bytes")));
        }
        Self::parse(&source.path, &text, source.assume_hash_keys)
    }

    /// Reads a mapfile's text, which stands in `path`.
    ///
    /// # Errors
    /// [`MapfileError::Line`] for the first line that is wrong.
    pub fn parse(path: &Path, text: &str, assume_hash_keys: bool) -> Result<Self, MapfileError> {
        let mut lines = Vec::new();
        for (index, text) in text.lines().enumerate() {
            let number = index + 1;
            let wrong = |problem: String| MapfileError::Line {
                path: path.to_owned(),
                line: number,
                problem,
            };
            let line = line(number, text, assume_hash_keys).map_err(wrong)?;
            lines.extend(line);
        }
        let path = path.to_owned();
        Ok(Self { path, lines })
    }

    /// The canonical name and the number of the line that says so.
    fn find(&self, method: &MethodName, name: &str) -> Option<(String, usize)> {
        self.lines
            .iter()
            .filter(|line| line.method.eq_ignore_ascii_case(method.canonical))
            .find_map(|line| Some((line.canonical_of(name)?, line.number)))
    }
}

impl Mapper for Mapfile {
    fn map(&self, method: &MethodName, name: &str) -> Mapped {
        let path = self.path.display();
        match self.find(method, name) {
            Some((canonical, line)) => Mapped::To {
                canonical,
                by: format!("{path}, line {line}"),
            },
            None => {
                let of_method = |line: &&Line| line.method.eq_ignore_ascii_case(method.canonical);
                let lines = self.lines.iter().filter(of_method).count();
                Mapped::Nothing {
                    searched: format!("{lines} lines for {} in {path}", method.canonical),
                }
            }
        }
    }
}

impl Line {
    fn canonical_of(&self, name: &str) -> Option<String> {
        match &self.principal {
            Principal::Literal(text) => (text == name).then(|| self.canonical.clone()),
            Principal::Pattern(pattern) => {
                // One that gives up is no match, as in HTCondor.
                let groups = pattern.captures(name.as_bytes()).ok()??;
                Some(substituted(&self.canonical, |group| {
                    let bytes = groups.get(group)?.as_bytes();
                    std::str::from_utf8(bytes).ok()
                }))
            }
        }
    }
}

/// Puts groups in for `\1` and the like; one that is not there stays as it is.
fn substituted<'a>(canonical: &str, group: impl Fn(usize) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(canonical.len());
    let mut rest = canonical;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let digit = after.chars().next().and_then(|c| c.to_digit(10));
        match digit.and_then(|digit| group(digit as usize)) {
            Some(text) => {
                out.push_str(text);
                rest = after.get(1..).unwrap_or_default();
            }
            None => {
                out.push('\\');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// One line; `None` for a comment or an empty one.
fn line(number: usize, text: &str, assume_hash_keys: bool) -> Result<Option<Line>, String> {
    if text.len() > MAX_LINE {
        return Err(format!("it is longer than {MAX_LINE} bytes"));
    }
    if text.trim_start().starts_with('#') || text.trim().is_empty() {
        return Ok(None);
    }
    if text.trim_start().starts_with('@') {
        return Err("@include is not read yet".into());
    }
    let mut rest = text;
    let (method, _) = field(&mut rest, false)?.ok_or("it has no method")?;
    let (principal, slashed) =
        field(&mut rest, assume_hash_keys)?.ok_or("it has no name to map")?;
    let (canonical, _) = field(&mut rest, false)?.ok_or("it has no canonical name")?;
    let flags = match slashed {
        Some(flags) => Some(flags),
        None if assume_hash_keys => None,
        None => Some(String::new()),
    };
    let principal = match flags {
        None => Principal::Literal(principal),
        Some(flags) => Principal::Pattern(Box::new(pattern(&principal, &flags)?)),
    };
    Ok(Some(Line {
        number,
        method,
        principal,
        canonical,
    }))
}

fn pattern(text: &str, flags: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new();
    for flag in flags.chars() {
        match flag {
            'i' => builder.caseless(true),
            other => return Err(format!("its pattern has the unknown flag {other}")),
        };
    }
    builder
        .build(text)
        .map_err(|error| format!("its pattern is wrong: {error}"))
}

/// A field, and the flags behind it if it is a pattern between slashes.
type Field = (String, Option<String>);

/// The next field: a word, a quoted text, or where `slashes` count a pattern.
fn field(rest: &mut &str, slashes: bool) -> Result<Option<Field>, String> {
    let text = rest.trim_start();
    let delimiter = match text.chars().next() {
        None => return Ok(None),
        Some('"') => '"',
        Some('/') if slashes => '/',
        Some(_) => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            let (word, after) = text.split_at(end);
            *rest = after;
            return Ok(Some((word.to_owned(), None)));
        }
    };
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' {
            // An escaped delimiter loses its backslash, everything else keeps it.
            if characters.next_if(|(_, next)| *next == delimiter).is_some() {
                value.push(delimiter);
            } else {
                value.push(c);
            }
        } else if c == delimiter {
            let after = text.get(at + 1..).unwrap_or_default();
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            let (flags, after) = after.split_at(end);
            *rest = after;
            return Ok(Some((value, (delimiter == '/').then(|| flags.to_owned()))));
        } else {
            value.push(c);
        }
    }
    Err(format!("a {delimiter} is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::names::{CLAIMTOBE, FS};

    fn mapped(text: &str, hash: bool, name: &str) -> Option<(String, usize)> {
        Mapfile::parse(Path::new("map"), text, hash)
            .unwrap()
            .find(&CLAIMTOBE, name)
    }

    #[test]
    fn literal_and_pattern() {
        let text = "# names\nFS alice bad\nclaimtobe alice a@x\n\
                    CLAIMTOBE /^(b.)b@(.*)$/i \\1@\\2\nCLAIMTOBE \"c d\" \"e f\"\n";
        assert_eq!(mapped(text, true, "alice"), Some(("a@x".into(), 3)));
        assert_eq!(mapped(text, true, "malice"), None);
        assert_eq!(mapped(text, true, "BOB@y"), Some(("BO@y".into(), 4)));
        assert_eq!(mapped(text, true, "c d"), Some(("e f".into(), 5)));
    }

    #[test]
    fn without_hash_keys_all_are_patterns() {
        let text = "CLAIMTOBE ali(.)e \\1-\\2\nCLAIMTOBE /x/ slashes\n";
        assert_eq!(mapped(text, false, "malices"), Some(("c-\\2".into(), 1)));
        assert_eq!(mapped(text, false, "x"), None);
        assert_eq!(mapped(text, false, "/x/"), Some(("slashes".into(), 2)));
    }

    #[test]
    fn says_which_line() {
        let map = Mapfile::parse(Path::new("map"), "CLAIMTOBE alice a@x\n", true).unwrap();
        let Mapped::To { by, .. } = map.map(&CLAIMTOBE, "alice") else {
            panic!("not mapped");
        };
        assert_eq!(by, "map, line 1");
        let Mapped::Nothing { searched } = map.map(&FS, "alice") else {
            panic!("mapped");
        };
        assert_eq!(searched, "0 lines for FS in map");
    }

    #[test]
    fn half_a_file_is_none() {
        for text in [
            "FS alice\n",
            "FS\n",
            "FS \"alice a@x\n",
            "FS /(/ x\n",
            "FS /a/q x\n",
            "@include other\n",
        ] {
            let error = Mapfile::parse(Path::new("map"), &format!("\n{text}"), true).unwrap_err();
            assert!(error.to_string().starts_with("map, line 2: "), "{error}");
        }
        let missing = MapfileSource {
            path: "/nonexistent/map".into(),
            assume_hash_keys: false,
        };
        assert!(Mapfile::read(&missing).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "[A-Z a-z/\\\\\"@#0-9\n]{0,80}", name in ".{0,20}") {
            for hash in [true, false] {
                if let Ok(map) = Mapfile::parse(Path::new("map"), &text, hash) {
                    let _ = map.map(&FS, &name);
                }
            }
        }
    }
}
