//! Why a name maps to what it maps to, and what came close where it maps to nothing.

mod remarks;
mod similar;
mod variants;

pub use remarks::Remark;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::load::Sources;
use crate::lookup::{Lookup, Place};
use crate::map::Mapfile;
use crate::pattern::Pattern;
use crate::problem::Problem;
use crate::statement::{Entry, Statement};
use crate::substitute::substitute;

/// The most lines that are looked at for what came close.
pub const MAX_EXPLAINED: usize = 20_000;

/// The most of either kind that an explanation lists.
const MOST: usize = 8;

/// What a lookup did, and what came close.
#[derive(Debug, Clone)]
pub struct Explanation<'m> {
    /// What becomes of the name.
    pub lookup: Lookup<'m>,
    /// What is odd about the match.
    pub remarks: Vec<Remark>,
    /// Lines behind the one that matched which would have matched, too.
    pub shadowed: Vec<Alternative<'m>>,
    /// Where no line matched: what came close, nearest first.
    pub misses: Vec<NearMiss<'m>>,
    /// Lines of the method that are skipped, and why.
    pub skipped: Vec<Problem>,
    /// The methods that the map speaks of, as they are first written, and how many lines each has.
    pub methods: Vec<(Vec<u8>, usize)>,
    /// How many lines of the method were not looked at: [`MAX_EXPLAINED`] is the most.
    pub left_out: usize,
}

/// A line that would give a canonical name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative<'m> {
    /// Where it stands.
    pub at: Place<'m>,
    /// What it gives.
    pub canonical: Vec<u8>,
}

/// A line that would have matched if something were otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss<'m> {
    /// What would have to be otherwise.
    pub kind: NearMissKind,
    /// The line, and what it would give.
    pub line: Alternative<'m>,
}

/// What would have to be otherwise for a line to match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NearMissKind {
    /// The name, which has a slash too many or too few where its issuer ends.
    TrailingSlash {
        /// The name that matches.
        name: Vec<u8>,
    },
    /// The name to map ends at a blank; what was meant, up to the last word, matches.
    CutAtBlank {
        /// What was meant.
        principal: Vec<u8>,
    },
    /// The principal is read as a literal, and as a pattern it matches.
    ReadAsLiteral,
    /// The slashes around the pattern are part of it here, and without them it matches.
    SlashesCount,
    /// Backslashes are doubled, and would match if they were not.
    DoubledBackslash {
        /// The pattern with single ones.
        pattern: Vec<u8>,
    },
    /// Upper and lower case.
    Case,
    /// An anchor of the pattern.
    Anchor {
        /// `^`.
        start: bool,
        /// `$`.
        end: bool,
    },
    /// The method: it is a line for another one.
    OtherMethod {
        /// The method of the line.
        method: Vec<u8>,
    },
    /// A few letters.
    Similar {
        /// The literal that is similar.
        literal: Vec<u8>,
    },
}

/// A name that no method authenticates.
const NOBODY: &[u8] = b"\x01nobody\x01";

/// What explains one lookup.
struct Question<'q> {
    method: &'q [u8],
    principal: &'q [u8],
}

/// Explains what becomes of `principal`, which `method` authenticated. `map` is `sources`, compiled.
#[must_use]
pub fn explain<'m>(
    sources: &'m Sources,
    map: &'m Mapfile,
    method: &[u8],
    principal: &[u8],
) -> Explanation<'m> {
    let question = Question { method, principal };
    let lookup = map.lookup(method, principal);
    let mut explanation = Explanation {
        lookup,
        remarks: Vec::new(),
        shadowed: Vec::new(),
        misses: Vec::new(),
        skipped: Vec::new(),
        methods: methods(sources),
        left_out: 0,
    };
    let of_method: Vec<Written<'m>> = written(sources)
        .filter(|line| line.is_for(method))
        .collect();
    explanation.left_out = of_method.len().saturating_sub(MAX_EXPLAINED);
    let looked_at = of_method.get(..MAX_EXPLAINED).unwrap_or(&of_method);
    match &explanation.lookup {
        Lookup::Mapped(found) => {
            let found = found.at;
            let behind = looked_at.iter().skip_while(|line| line.at != found).skip(1);
            let matching = behind.filter_map(|line| line.as_it_is(principal));
            explanation.shadowed = matching.take(MOST).collect();
            let line = looked_at.iter().find(|line| line.at == found);
            explanation.remarks = line.map_or_else(Vec::new, |line| remarks::on(line, principal));
        }
        Lookup::NoMatch { .. } => explanation.misses = question.misses(sources, looked_at),
        Lookup::GaveUp { .. } => {}
    }
    explanation.skipped = skipped(sources, map, method);
    explanation
}

impl Question<'_> {
    fn misses<'m>(&self, sources: &'m Sources, lines: &[Written<'m>]) -> Vec<NearMiss<'m>> {
        let mut misses: Vec<NearMiss<'m>> = Vec::new();
        for line in lines {
            misses.extend(variants::nearest(line, self.principal));
            if misses.len() >= MOST * 4 {
                break;
            }
        }
        let others = written(sources)
            .filter(|line| !line.is_for(self.method))
            .take(MAX_EXPLAINED)
            // What anybody matches came close to nobody.
            .filter(|line| line.as_it_is(NOBODY).is_none())
            .filter_map(|line| {
                let kind = NearMissKind::OtherMethod {
                    method: line.method.clone(),
                };
                Some(NearMiss {
                    kind,
                    line: line.as_it_is(self.principal)?,
                })
            });
        misses.extend(others.take(MOST));
        misses.extend(
            similar::similar(lines, self.principal)
                .into_iter()
                .take(MOST),
        );
        misses.sort_by(|a, b| a.kind.cmp(&b.kind));
        misses.truncate(MOST);
        misses
    }
}

/// A line that maps, as it is written.
struct Written<'m> {
    at: Place<'m>,
    document: &'m [u8],
    entry: &'m Entry,
    keys: crate::BareKeys,
    method: Vec<u8>,
    principal: Vec<u8>,
    canonical: Vec<u8>,
}

fn written(sources: &Sources) -> impl Iterator<Item = Written<'_>> {
    sources.lines().filter_map(|(index, line)| {
        let document = sources.documents().get(index)?;
        let Statement::Entry(entry) = &line.statement else {
            return None;
        };
        let text = document.text();
        Some(Written {
            at: Place {
                path: document.path(),
                line: line.number,
            },
            document: text,
            entry,
            keys: sources.keys(),
            method: entry.method.value(text).into_owned(),
            principal: entry.principal.value(text).into_owned(),
            canonical: entry.canonical.value(text).into_owned(),
        })
    })
}

impl<'m> Written<'m> {
    fn is_for(&self, method: &[u8]) -> bool {
        self.method.eq_ignore_ascii_case(method)
    }

    fn is_pattern(&self) -> bool {
        self.entry.pattern(self.keys).is_some()
    }

    /// What it gives for a name, if it matches it.
    fn as_it_is(&self, name: &[u8]) -> Option<Alternative<'m>> {
        match self.entry.pattern(self.keys) {
            None => (self.principal == name).then(|| self.literally(name)),
            Some(flags) => self.by_pattern(&self.principal, flags, name),
        }
    }

    /// What it would give if this pattern stood there.
    fn by_pattern(
        &self,
        pattern: &[u8],
        flags: crate::Flags,
        name: &[u8],
    ) -> Option<Alternative<'m>> {
        let groups = Pattern::compile(pattern, flags).ok()?.find(name).ok()??;
        Some(Alternative {
            at: self.at,
            canonical: substitute(&self.canonical, name, &groups),
        })
    }

    /// What it would give if its literal were this name.
    fn literally(&self, name: &[u8]) -> Alternative<'m> {
        let whole = std::iter::once(0..name.len()).collect::<Vec<_>>();
        Alternative {
            at: self.at,
            canonical: substitute(&self.canonical, name, &whole),
        }
    }
}

/// The methods that a file speaks of, as they are first written, and how many lines each has.
#[must_use]
pub fn methods(sources: &Sources) -> Vec<(Vec<u8>, usize)> {
    let mut order: Vec<(Vec<u8>, usize)> = Vec::new();
    let mut known: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for line in written(sources) {
        let index = *known
            .entry(line.method.to_ascii_lowercase())
            .or_insert_with(|| {
                order.push((line.method.clone(), 0));
                order.len() - 1
            });
        if let Some((_, count)) = order.get_mut(index) {
            *count += 1;
        }
    }
    order
}

/// The lines of the method that are skipped.
fn skipped(sources: &Sources, map: &Mapfile, method: &[u8]) -> Vec<Problem> {
    let problems: HashMap<(&Path, usize), &Problem> = map
        .problems()
        .iter()
        .map(|problem| ((problem.path.as_path(), problem.line), problem))
        .collect();
    if problems.is_empty() {
        return Vec::new();
    }
    let skipped = sources.lines().filter_map(|(index, line)| {
        let document = sources.documents().get(index)?;
        let field = match &line.statement {
            Statement::Entry(entry) => &entry.method,
            Statement::Incomplete { method, .. } => method,
            _ => return None,
        };
        let problem = problems.get(&(document.path(), line.number))?;
        let of_method = field.value(document.text()).eq_ignore_ascii_case(method);
        of_method.then(|| (*problem).clone())
    });
    skipped.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BareKeys, MemoryFiles, Options};

    fn explained(text: &str, keys: BareKeys, method: &str, name: &str) -> Vec<String> {
        let options = Options::new(keys);
        let files = MemoryFiles::default();
        let sources = Sources::of_bytes(&files, "map".as_ref(), text.as_bytes(), &options).unwrap();
        let map = Mapfile::compile(&sources);
        let explanation = explain(&sources, &map, method.as_bytes(), name.as_bytes());
        assert_eq!(
            matches!(explanation.lookup, Lookup::NoMatch { .. }),
            explanation.shadowed.is_empty() && !matches!(explanation.lookup, Lookup::Mapped(_))
        );
        let misses = explanation.misses.iter().map(|miss| {
            let canonical = String::from_utf8_lossy(&miss.line.canonical).into_owned();
            format!("{} {canonical} {:?}", miss.line.at.line, miss.kind)
        });
        let shadowed = explanation.shadowed.iter().map(|line| {
            let canonical = String::from_utf8_lossy(&line.canonical).into_owned();
            format!("{} {canonical} shadowed", line.at.line)
        });
        misses.chain(shadowed).collect()
    }

    fn first(text: &str, keys: BareKeys, method: &str, name: &str) -> String {
        explained(text, keys, method, name)
            .into_iter()
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_ascii_digit() && !"[],".contains(*c))
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    const LITERALS: BareKeys = BareKeys::Literals;
    const PATTERNS: BareKeys = BareKeys::Patterns;

    #[test]
    fn what_came_close() {
        for (text, keys, method, name, expected) in [
            (
                "SCITOKENS /^https:\\/\\/i\\.org,(.*)$/ \\1x\n",
                LITERALS,
                "SCITOKENS",
                "https://i.org/,sub",
                "subx TrailingSlash { name: }",
            ),
            (
                "SCITOKENS https://i.org/,sub osg\n",
                LITERALS,
                "SCITOKENS",
                "https://i.org,sub",
                "osg TrailingSlash { name: }",
            ),
            (
                "SSL CN=Jane Doe jane\n",
                LITERALS,
                "SSL",
                "CN=Jane Doe",
                "jane CutAtBlank { principal: }",
            ),
            ("FS ^al.*$ x\n", LITERALS, "FS", "alice", "x ReadAsLiteral"),
            ("FS /^al.*$/ x\n", PATTERNS, "FS", "alice", "x SlashesCount"),
            (
                "SCITOKENS ^https://i\\\\.org,s$ x\n",
                PATTERNS,
                "SCITOKENS",
                "https://i.org,s",
                "x DoubledBackslash { pattern: }",
            ),
            ("FS Alice x\n", LITERALS, "FS", "alice", "x Case"),
            ("FS /^Al(.)/ x\\1\n", LITERALS, "FS", "alice", "xi Case"),
            (
                "FS /^(ali)$/ \\1\n",
                LITERALS,
                "FS",
                "alice",
                "ali Anchor { start: false end: true }",
            ),
            (
                "FS /^(lic)$/ \\1\n",
                LITERALS,
                "FS",
                "alice",
                "lic Anchor { start: true end: true }",
            ),
            (
                "SSL alice x\n",
                LITERALS,
                "FS",
                "alice",
                "x OtherMethod { method: }",
            ),
            (
                "FS alice@pool.exmaple x\n",
                LITERALS,
                "FS",
                "alice@pool.example",
                "x Similar { literal: }",
            ),
            ("FS bob x\n", LITERALS, "FS", "alice", ""),
        ] {
            assert_eq!(first(text, keys, method, name), expected, "{text}");
        }
    }

    #[test]
    fn what_is_odd() {
        let remarks = |text: &str, keys, name: &str| {
            let options = Options::new(keys);
            let files = MemoryFiles::default();
            let sources =
                Sources::of_bytes(&files, "m".as_ref(), text.as_bytes(), &options).unwrap();
            let map = Mapfile::compile(&sources);
            explain(&sources, &map, b"SCITOKENS", name.as_bytes()).remarks
        };
        let found = remarks(
            "SCITOKENS /^https://i\\.org,(s.b)$/ osg\n",
            LITERALS,
            "https://evil.example,sub",
        );
        assert!(
            matches!(
                found.as_slice(),
                [Remark::EndsAtSlash, Remark::Partial { .. }]
            ),
            "{found:?}"
        );
        let found = remarks(
            "SCITOKENS ^https://i.org,s$ x\n",
            PATTERNS,
            "https://ixorg,s",
        );
        let [Remark::LooseDot { pattern }] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(pattern, b"^https://i\\.org,s$");
        let fine = "SCITOKENS /^https:\\/\\/i\\.org,(.*)$/ \\1\n";
        assert_eq!(remarks(fine, LITERALS, "https://i.org,s"), []);
    }

    #[test]
    fn what_is_shadowed() {
        let text = "FS /^a/ one\nFS alice two\nFS bob three\nSSL alice four\nFS /ice/ five\n";
        assert_eq!(
            explained(text, LITERALS, "fs", "alice"),
            ["2 two shadowed", "5 five shadowed"]
        );
    }

    #[test]
    fn what_is_skipped() {
        let text = "FS /(/ x\nSSL /(/ x\nFS y\n";
        let options = Options::new(LITERALS);
        let files = MemoryFiles::default();
        let sources = Sources::of_bytes(&files, "m".as_ref(), text.as_bytes(), &options).unwrap();
        let map = Mapfile::compile(&sources);
        let explanation = explain(&sources, &map, b"FS", b"z");
        let lines: Vec<usize> = explanation.skipped.iter().map(|one| one.line).collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(
            explanation.methods,
            [(b"FS".to_vec(), 1), (b"SSL".to_vec(), 1)]
        );
    }
}
