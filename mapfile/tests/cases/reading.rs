//! Reading a mapfile the plainest way: byte after byte, as HTCondor does.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use countersign_mapfile::{BareKeys, Files, MATCH_LIMIT};
use pcre2::bytes::{Regex, RegexBuilder};

use super::rules::Rule;

/// HTCondor would end itself here.
#[derive(Debug)]
pub struct Deadly;

/// What a field says, where it ends, and a pattern's flags.
type Value = (Vec<u8>, usize, Option<(bool, bool)>);

/// A line that maps.
pub(super) struct Line {
    pub(super) method: Vec<u8>,
    pub(super) key: Key,
    pub(super) canonical: Vec<u8>,
}

pub(super) enum Key {
    Literal(Vec<u8>),
    Pattern(Box<Regex>),
}

pub(super) struct Reader<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) keys: BareKeys,
    pub(super) broken: Option<Rule>,
    pub(super) lines: Vec<Line>,
}

impl Reader<'_> {
    fn is_broken(&self, rule: Rule) -> bool {
        self.broken == Some(rule)
    }

    pub(super) fn file(&mut self, path: &Path, depth: usize) -> Result<(), Deadly> {
        let Ok(bytes) = self.files.read(path) else {
            return Ok(());
        };
        let mut deferred = Vec::new();
        for line in self.cut(&bytes) {
            let (method, at, _) = self.field(&line, 0, false)?;
            if method == b"@include" {
                let deepest = if self.is_broken(Rule::IncludeIsNotNested) {
                    1
                } else {
                    0
                };
                if depth > deepest {
                    continue;
                }
                let (written, _, _) = self.field(&line, at, false)?;
                if written.is_empty() {
                    continue;
                }
                let end = written
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(written.len());
                let folder = path.parent().unwrap_or(Path::new(""));
                let mut included = folder.join(OsStr::from_bytes(&written[..end]));
                if self.is_broken(Rule::IncludeRelativeToTheFile) && written[0] != b'/' {
                    included = Path::new("/").join(OsStr::from_bytes(&written[..end]));
                }
                if self.is_broken(Rule::IncludeInItsPlace) {
                    deferred.push(included);
                } else {
                    self.include(&included, depth + 1)?;
                }
                continue;
            }
            if method.is_empty() {
                continue;
            }
            let hash = line.iter().position(|byte| *byte == b'#');
            let (mut line, mut method, mut at) = (line, method, at);
            if let (b'#', Some(hash)) = (method[0], hash) {
                if !self.is_broken(Rule::CommentsAreSkipped) {
                    continue;
                }
                line.drain(..=hash);
                (method, at, _) = self.field(&line, 0, false)?;
            }
            let (principal, at, flags) = self.field(&line, at, self.keys == BareKeys::Literals)?;
            let (canonical, _, _) = self.field(&line, at, false)?;
            let complete = !principal.is_empty() && !canonical.is_empty();
            if complete || self.is_broken(Rule::EmptyFieldsAreSkipped) && !canonical.is_empty() {
                self.entry(method, &principal, flags, canonical);
            }
        }
        for included in deferred {
            self.include(&included, depth + 1)?;
        }
        Ok(())
    }

    fn entry(
        &mut self,
        method: Vec<u8>,
        principal: &[u8],
        flags: Option<(bool, bool)>,
        mut canonical: Vec<u8>,
    ) {
        canonical.retain(|byte| *byte != 0);
        let flags = match self.keys {
            BareKeys::Patterns => Some((false, false)),
            BareKeys::Literals => flags,
        };
        let key = match flags {
            None => Key::Literal(principal.to_vec()),
            Some(flags) => match self.pattern(principal, flags) {
                Ok(pattern) => Key::Pattern(Box::new(pattern)),
                Err(_) if self.is_broken(Rule::BadPatternsAreSkipped) => {
                    Key::Literal(principal.to_vec())
                }
                Err(_) => return,
            },
        };
        self.lines.push(Line {
            method,
            key,
            canonical,
        });
    }

    fn pattern(
        &self,
        pattern: &[u8],
        (caseless, ungreedy): (bool, bool),
    ) -> Result<Regex, pcre2::Error> {
        // What stands for the whole pattern must remain at its start.
        let mut head = 0;
        while pattern[head..].starts_with(b"(*") {
            let Some(end) = pattern[head..].iter().position(|byte| *byte == b')') else {
                break;
            };
            head += end + 1;
        }
        let mut text: String = format!("(*LIMIT_MATCH={MATCH_LIMIT})");
        text.extend(pattern[..head].iter().map(|byte| char::from(*byte)));
        if ungreedy && !self.is_broken(Rule::UngreedyFlag) {
            text += "(?U)";
        }
        let mut body = pattern[head..].to_vec();
        if self.is_broken(Rule::PatternsAreNotAnchored) {
            body = [b"^(?:", &body[..], b")"].concat();
        }
        if self.is_broken(Rule::DollarBeforeTheLastNewline)
            && body.ends_with(b"$")
            && !body.ends_with(b"\\$")
        {
            body.pop();
            body.extend(b"\\z");
        }
        if self.is_broken(Rule::BytesAreNotUtf8) {
            text.insert_str(0, "(*UTF)");
            text += &String::from_utf8_lossy(&body);
        } else if text.contains("(*UTF)") {
            // A character of more than one byte, which the binding takes as it is; others are none.
            text += std::str::from_utf8(&body).unwrap_or("(");
        } else {
            text += &escaped(&body);
        }
        RegexBuilder::new()
            .caseless(caseless && !self.is_broken(Rule::CaselessFlag))
            .build(&text)
    }

    fn include(&mut self, path: &Path, depth: usize) -> Result<(), Deadly> {
        match self.files.names(path) {
            Err(_) => Ok(()),
            Ok(None) => self.file(path, depth),
            Ok(Some(names)) => {
                let mut names: Vec<PathBuf> = names
                    .into_iter()
                    .filter(|name| self.is_broken(Rule::FolderLeavesOut) || !left_out(name))
                    .collect();
                names.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
                if self.is_broken(Rule::FolderInOrder) {
                    names.reverse();
                }
                names
                    .iter()
                    .try_for_each(|name| self.file(&path.join(name), depth))
            }
        }
    }

    /// Pieces of at most 1023 bytes, each up to its first NUL, until one ends in a newline.
    fn cut(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = vec![Vec::new()];
        let mut piece = Vec::new();
        let most = if self.is_broken(Rule::PiecesOfLines) {
            usize::MAX
        } else {
            1023
        };
        for (at, byte) in bytes.iter().enumerate() {
            piece.push(*byte);
            if *byte != b'\n' && piece.len() < most && at + 1 < bytes.len() {
                continue;
            }
            let seen = match piece.iter().position(|byte| *byte == 0) {
                Some(_) if self.is_broken(Rule::NulHidesTheRest) => {
                    piece.retain(|byte| *byte != 0);
                    piece.len()
                }
                Some(end) => end,
                None => piece.len(),
            };
            let line = lines.last_mut().unwrap();
            line.extend_from_slice(&piece[..seen]);
            if line.ends_with(b"\n") {
                lines.push(Vec::new());
            }
            piece.clear();
        }
        lines
    }

    /// The field at `at`.
    fn field(&self, line: &[u8], mut at: usize, slashes: bool) -> Result<Value, Deadly> {
        if at > line.len() {
            return Err(Deadly);
        }
        let carriage = self.is_broken(Rule::CarriageReturnIsNoBlank);
        let tab = !self.is_broken(Rule::TabIsBlank);
        let blank = |byte: u8| {
            matches!(byte, b' ' | b'\n') || tab && byte == b'\t' || carriage && byte == b'\r'
        };
        while at < line.len() && blank(line[at]) {
            at += 1;
        }
        let mut value = Vec::new();
        let end = match line.get(at) {
            Some(b'"') => b'"',
            Some(b'/') if slashes => b'/',
            _ => {
                while at < line.len() && !blank(line[at]) {
                    value.push(line[at]);
                    at += 1;
                }
                return Ok((value, at, None));
            }
        };
        let (mut caseless, mut ungreedy) = (false, false);
        let mut closed = false;
        at += 1;
        while at < line.len() {
            if line[at] == end {
                at += 1;
                closed = true;
                while end == b'/' && at < line.len() {
                    match line[at] {
                        b'i' => caseless = true,
                        b'U' => ungreedy = true,
                        b' ' | b'\t' | b'\n' => break,
                        _ if self.is_broken(Rule::OtherLettersBelongToTheCanonicalName) => {}
                        _ => break,
                    }
                    at += 1;
                }
                break;
            }
            if line[at] != b'\\' {
                value.push(line[at]);
                at += 1;
                continue;
            }
            at += 1;
            match line.get(at) {
                // What is read behind the end is a NUL.
                None => value.push(0),
                Some(b'"') if end == b'"' && self.is_broken(Rule::EscapedQuote) => {
                    value.extend(b"\\\"")
                }
                Some(b'\\') if self.is_broken(Rule::DoubleBackslash) => value.extend(b"\\\\"),
                Some(byte) if *byte == end || *byte == b'\\' => value.push(*byte),
                Some(byte) if self.is_broken(Rule::OtherBackslashesStay) => value.push(*byte),
                Some(byte) => value.extend([b'\\', *byte]),
            }
            at += 1;
        }
        if !closed && self.is_broken(Rule::OpenQuoteTakesTheNewline) && value.ends_with(b"\n") {
            value.pop();
        }
        Ok((value, at, (end == b'/').then_some((caseless, ungreedy))))
    }
}

fn left_out(name: &Path) -> bool {
    let name = name.as_os_str().as_bytes();
    let ends = [
        &b"~"[..],
        b".pl",
        b".py",
        b".sh",
        b".rpmsave",
        b".rpmnew",
        b".dpkg-old",
        b".dpkg-dist",
        b".cfsaved",
    ];
    name.starts_with(b".") || name.starts_with(b"#") || ends.iter().any(|end| name.ends_with(end))
}

/// As text for the binding: bytes outside of ASCII by their number, which `\Q` would take for text.
fn escaped(pattern: &[u8]) -> String {
    let mut text = String::new();
    let (mut quoted, mut class) = (false, false);
    let mut rest = pattern;
    while let Some(byte) = rest.first() {
        let taken = match rest {
            [b'(', b'?', b'#', ..] if !quoted && !class => {
                // A comment ends at the first parenthesis, whatever is in it.
                let end = rest.iter().position(|byte| *byte == b')');
                text += if end.is_some() { "(?#" } else { "(" };
                end.unwrap_or(rest.len())
            }
            [b'[', behind @ ..] if !quoted && !class => {
                class = true;
                let first = behind
                    .iter()
                    .position(|byte| *byte != b'^')
                    .unwrap_or(0)
                    .min(1);
                let first = first + usize::from(behind.get(first) == Some(&b']'));
                text.extend(rest[..=first].iter().map(|byte| char::from(*byte)));
                first + 1
            }
            [b']', ..] if !quoted => {
                class = false;
                text.push(']');
                1
            }
            [b'\\', b'E', ..] if quoted => {
                quoted = false;
                2
            }
            _ if quoted && byte.is_ascii_alphanumeric() => {
                text.push(char::from(*byte));
                1
            }
            [b'\\', b'Q', ..] if !quoted => {
                quoted = true;
                2
            }
            [b'\\', next, ..] if !quoted => {
                if next.is_ascii() {
                    text.extend(['\\', char::from(*next)]);
                } else {
                    text += &format!("\\x{next:02x}");
                }
                2
            }
            _ if !quoted && byte.is_ascii() => {
                text.push(char::from(*byte));
                1
            }
            _ => {
                text += &format!("\\x{byte:02x}");
                1
            }
        };
        rest = &rest[taken..];
    }
    text
}
