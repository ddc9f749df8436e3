//! The map: which line speaks of a name.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use hashbrown::HashTable;

use crate::document::Document;
use crate::heads::{Beginning, Heads};
use crate::keys::BareKeys;
use crate::load::{LoadError, Options, Sources};
use crate::lookup::{Lookup, Match, Place};
use crate::pattern::{GaveUp, Groups, WhenTried};
use crate::prefilter::Prefilter;
use crate::problem::{Problem, ProblemKind};
use crate::statement::{Entry, Statement};
use crate::substitute::substitute;

/// How long a lookup may try patterns, all together, before it is given up.
pub const LONGEST_LOOKUP: Duration = Duration::from_secs(2);

/// A mapfile that was read whole, ready for lookups.
///
/// A lookup gives what HTCondor's own would: the first line of the method, in the order of reading,
/// that is the name or whose pattern is found in it.
#[derive(Debug)]
pub struct Mapfile {
    keys: BareKeys,
    paths: Vec<PathBuf>,
    texts: Vec<u8>,
    lines: Vec<Line>,
    methods: Vec<Method>,
    /// Methods by name, in lower case.
    names: HashMap<Vec<u8>, u32>,
    hasher: RandomState,
    problems: Vec<Problem>,
}

/// A line that maps, its texts standing in [`Mapfile::texts`].
#[derive(Debug, Clone, Copy)]
struct Line {
    path: u32,
    number: u32,
    principal: Text,
    canonical: Text,
}

#[derive(Debug, Clone, Copy)]
struct Text {
    start: u32,
    length: u32,
}

#[derive(Debug, Default)]
struct Method {
    /// How many lines it has.
    lines: usize,
    /// The first line of each literal.
    literals: HashTable<u32>,
    /// The patterns, in order, with their lines.
    patterns: Vec<(u32, WhenTried)>,
    prefilter: Option<Prefilter>,
    /// Made when they are first asked for.
    heads: OnceLock<Heads>,
}

impl Mapfile {
    /// Reads a mapfile of this host and all that it includes. This blocks.
    ///
    /// # Errors
    /// [`LoadError`]. What HTCondor passes over is no error; [`problems`](Self::problems) has it.
    pub fn load(path: &Path, options: &Options) -> Result<Self, LoadError> {
        Sources::read(path, options).map(|sources| Self::compile(&sources))
    }

    /// Makes a map of what was read.
    #[must_use]
    pub fn compile(sources: &Sources) -> Self {
        let mut map = Self {
            keys: sources.keys,
            paths: sources
                .documents
                .iter()
                .map(|document| document.path().to_owned())
                .collect(),
            texts: Vec::new(),
            lines: Vec::new(),
            methods: Vec::new(),
            names: HashMap::new(),
            hasher: RandomState::new(),
            problems: sources.problems.clone(),
        };
        for (index, line) in sources.lines() {
            let document = sources.documents.get(index);
            if let (Some(document), Statement::Entry(entry)) = (document, &line.statement) {
                map.add(document, index, line.number, entry);
            }
        }
        map.finish();
        map
    }

    fn add(&mut self, document: &Document, path: usize, number: usize, entry: &Entry) {
        let text = document.text();
        let principal = entry.principal.value(text);
        let pattern = match entry.pattern(self.keys) {
            None => None,
            Some(flags) => match WhenTried::new(&principal, flags) {
                Ok(pattern) => Some(pattern),
                Err(error) => {
                    self.problems.push(Problem {
                        path: document.path().to_owned(),
                        line: number,
                        kind: ProblemKind::BadPattern(error),
                    });
                    return;
                }
            },
        };
        let canonical = entry.canonical.value(text);
        let (Ok(id), Ok(path), Ok(number)) = (
            u32::try_from(self.lines.len()),
            u32::try_from(path),
            u32::try_from(number),
        ) else {
            return;
        };
        let Some(principal) = push(&mut self.texts, &principal) else {
            return;
        };
        let Some(canonical) = push(&mut self.texts, &canonical) else {
            return;
        };
        self.lines.push(Line {
            path,
            number,
            principal,
            canonical,
        });
        let name = entry.method.value(text);
        let index = match self.names.get(&*name) {
            Some(index) => *index as usize,
            None => self.method(name.to_ascii_lowercase()),
        };
        let Some(method) = self.methods.get_mut(index) else {
            return;
        };
        method.lines += 1;
        match pattern {
            Some(pattern) => method.patterns.push((id, pattern)),
            None => {
                let (texts, lines, hasher) = (&self.texts, &self.lines, &self.hasher);
                let key = of(texts, principal);
                let same = |other: &u32| literal(texts, lines, *other) == key;
                let hash = |other: &u32| hasher.hash_one(literal(texts, lines, *other));
                // Of two lines with the same literal the first counts.
                method
                    .literals
                    .entry(hasher.hash_one(key), same, hash)
                    .or_insert(id);
            }
        }
    }

    /// The method of this name in lower case, a new one if need be.
    fn method(&mut self, name: Vec<u8>) -> usize {
        let next = self.methods.len();
        let Ok(number) = u32::try_from(next) else {
            return usize::MAX;
        };
        let index = *self.names.entry(name).or_insert(number) as usize;
        if index == next {
            self.methods.push(Method::default());
        }
        index
    }

    fn finish(&mut self) {
        let (texts, lines) = (&self.texts, &self.lines);
        for method in &mut self.methods {
            let patterns = method.patterns.iter();
            let prefilter = Prefilter::new(patterns.map(|(line, _)| literal(texts, lines, *line)));
            // The empty name has no literal in it: what is tried on it is tried on every name.
            for always in prefilter.candidates(b"") {
                if let Some((line, pattern)) = method.patterns.get(always as usize) {
                    let _ = pattern.get(literal(texts, lines, *line));
                }
            }
            method.prefilter = Some(prefilter);
            let hasher = &self.hasher;
            method
                .literals
                .shrink_to_fit(|other| hasher.hash_one(literal(texts, lines, *other)));
            method.patterns.shrink_to_fit();
        }
        self.texts.shrink_to_fit();
        self.lines.shrink_to_fit();
    }

    /// What becomes of `principal`, which `method` authenticated.
    ///
    /// The method's name is compared without case, byte by byte otherwise.
    #[must_use]
    pub fn lookup(&self, method: &[u8], principal: &[u8]) -> Lookup<'_> {
        let Some(method) = self.of_name(method) else {
            return Lookup::NoMatch { lines: 0 };
        };
        let hash = self.hasher.hash_one(principal);
        let same = |line: &u32| literal(&self.texts, &self.lines, *line) == principal;
        let found = method.literals.find(hash, same).copied();
        let before = found.unwrap_or(u32::MAX);
        let candidates = match &method.prefilter {
            Some(prefilter) if !method.patterns.is_empty() => prefilter.candidates(principal),
            _ => Vec::new(),
        };
        let began = Instant::now();
        for (tried, candidate) in candidates.into_iter().enumerate() {
            let Some((line, pattern)) = method.patterns.get(candidate as usize) else {
                continue;
            };
            if *line > before {
                break;
            }
            // The clock is not asked for each, which takes as long as many a pattern.
            if tried % 16 == 15 && began.elapsed() > LONGEST_LOOKUP {
                let why = GaveUp(format!("all lines before took {LONGEST_LOOKUP:?}"));
                return self.gave_up(*line, why);
            }
            let text = literal(&self.texts, &self.lines, *line);
            match pattern
                .get(text)
                .and_then(|pattern| pattern.find(principal))
            {
                Ok(None) => {}
                Ok(Some(groups)) => return self.found(*line, true, principal, groups),
                Err(why) => return self.gave_up(*line, why),
            }
        }
        match found {
            Some(line) => self.found(
                line,
                false,
                principal,
                std::iter::once(0..principal.len()).collect(),
            ),
            None => Lookup::NoMatch {
                lines: method.lines,
            },
        }
    }

    /// What the lines of `method` could say of names that begin with `beginning`.
    ///
    /// For a server that knows no more than who issued a credential: whether it could be of any use here.
    #[must_use]
    pub fn beginning(&self, method: &[u8], beginning: &[u8]) -> Beginning {
        let Some(method) = self.of_name(method) else {
            return Beginning::Never;
        };
        let principal = |line: &u32| literal(&self.texts, &self.lines, *line);
        let heads = method.heads.get_or_init(|| {
            let patterns = method.patterns.iter();
            Heads::new(
                method.literals.iter().map(principal),
                patterns.map(|(line, pattern)| (principal(line), pattern.is_caseless())),
            )
        });
        heads.of(beginning)
    }

    fn gave_up(&self, line: u32, why: GaveUp) -> Lookup<'_> {
        match self.place(line) {
            Some(at) => Lookup::GaveUp { at, why },
            None => Lookup::NoMatch { lines: 0 },
        }
    }

    fn of_name(&self, method: &[u8]) -> Option<&Method> {
        let index = match self.names.get(method) {
            Some(index) => *index,
            None => *self.names.get(&method.to_ascii_lowercase())?,
        };
        self.methods.get(index as usize)
    }

    fn found(&self, line: u32, is_pattern: bool, principal: &[u8], groups: Groups) -> Lookup<'_> {
        let (Some(at), Some(line)) = (self.place(line), self.lines.get(line as usize)) else {
            return Lookup::NoMatch { lines: 0 };
        };
        let template = of(&self.texts, line.canonical);
        Lookup::Mapped(Match {
            at,
            principal: of(&self.texts, line.principal),
            is_pattern,
            template,
            canonical: substitute(template, principal, &groups),
            groups,
        })
    }

    fn place(&self, line: u32) -> Option<Place<'_>> {
        let line = self.lines.get(line as usize)?;
        Some(Place {
            path: self.paths.get(line.path as usize)?,
            line: line.number as usize,
        })
    }

    /// The mapfile itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.paths.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// What HTCondor passes over. The files' own come before patterns that are none.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many lines map something.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no line maps anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What a principal without slashes is.
    #[must_use]
    pub fn keys(&self) -> BareKeys {
        self.keys
    }
}

fn push(texts: &mut Vec<u8>, text: &[u8]) -> Option<Text> {
    let start = u32::try_from(texts.len()).ok()?;
    let length = u32::try_from(text.len()).ok()?;
    texts.extend_from_slice(text);
    Some(Text { start, length })
}

fn of(texts: &[u8], text: Text) -> &[u8] {
    let start = text.start as usize;
    texts
        .get(start..start + text.length as usize)
        .unwrap_or_default()
}

/// The principal of a line.
fn literal<'t>(texts: &'t [u8], lines: &[Line], line: u32) -> &'t [u8] {
    lines
        .get(line as usize)
        .map_or(&[][..], |line| of(texts, line.principal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    fn map(text: &str, keys: BareKeys) -> Mapfile {
        let files = MemoryFiles::default();
        let options = Options::new(keys);
        let sources =
            Sources::of_bytes(&files, Path::new("/map"), text.as_bytes(), &options).unwrap();
        Mapfile::compile(&sources)
    }

    fn mapped(map: &Mapfile, method: &str, name: &str) -> Option<(String, usize)> {
        match map.lookup(method.as_bytes(), name.as_bytes()) {
            Lookup::Mapped(found) => {
                Some((String::from_utf8(found.canonical).unwrap(), found.at.line))
            }
            Lookup::NoMatch { .. } => None,
            Lookup::GaveUp { at, why } => panic!("{at}: {why}"),
        }
    }

    #[test]
    fn the_first_line_counts() {
        let map = map(
            "FS alice one\nFS bob b1\nFS /^a/ two\nFS alice three\nFS bob b2\nclaimTObe alice four\n\
             fs /(.)(x)?z/ \\1\\2\\0\n",
            BareKeys::Literals,
        );
        assert_eq!(mapped(&map, "FS", "alice"), Some(("one".into(), 1)));
        assert_eq!(mapped(&map, "FS", "bob"), Some(("b1".into(), 2)));
        assert_eq!(mapped(&map, "fs", "alicex"), Some(("two".into(), 3)));
        assert_eq!(mapped(&map, "CLAIMTOBE", "alice"), Some(("four".into(), 6)));
        assert_eq!(mapped(&map, "FS", "yz"), Some(("y\\2yz".into(), 7)));
        assert_eq!(mapped(&map, "SSL", "alice"), None);
        assert_eq!(map.len(), 7);
    }

    #[test]
    fn patterns_alone() {
        let map = map(
            "FS /x/ one\nFS \"a b\" two\nFS a(.) \\1\n",
            BareKeys::Patterns,
        );
        assert_eq!(mapped(&map, "FS", "/x/"), Some(("one".into(), 1)));
        assert_eq!(mapped(&map, "FS", "x"), None);
        assert_eq!(mapped(&map, "FS", "xa bx"), Some(("two".into(), 2)));
        assert_eq!(mapped(&map, "FS", "ab"), Some(("b".into(), 3)));
    }

    #[test]
    fn many_patterns_give_what_each_in_turn_gives() {
        let mut text = String::new();
        for number in 0..200 {
            text += &format!("FS /^user{}[0-9]$/ u{number}\n", number % 50);
            text += &format!("FS literal{} l{number}\n", number % 20);
        }
        text += "FS /./ rest\nFS literal7 late\n";
        let map = map(&text, BareKeys::Literals);
        assert_eq!(mapped(&map, "FS", "user77"), Some(("u7".into(), 15)));
        assert_eq!(mapped(&map, "FS", "literal7"), Some(("l7".into(), 16)));
        assert_eq!(mapped(&map, "FS", "literal99"), Some(("rest".into(), 401)));
        assert_eq!(mapped(&map, "FS", ""), None);
    }

    #[test]
    fn a_pattern_that_blows_up_ends_the_lookup() {
        let map = map(
            "FS /^(a+)+(b+)+\\1$/ x\nFS /^/ anybody\n",
            BareKeys::Literals,
        );
        let name = "a".repeat(40) + &"b".repeat(40);
        let found = map.lookup(b"FS", name.as_bytes());
        assert!(
            matches!(
                found,
                Lookup::GaveUp {
                    at: Place { line: 1, .. },
                    ..
                }
            ),
            "{found:?}"
        );
        assert_eq!(mapped(&map, "FS", "b"), Some(("anybody".into(), 2)));
    }

    #[test]
    fn what_is_passed_over() {
        let map = map(
            "FS /(/ x\nFS\nFS a\n\nFS // x\nFS b x\n",
            BareKeys::Literals,
        );
        let lines: Vec<usize> = map.problems().iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 3, 5, 1]);
        assert_eq!(map.len(), 1);
    }
}
