//! Which names map to something else in another version of a file.

use std::collections::HashSet;

use crate::lint::regex::{Fill, Tree, sample};
use crate::load::Sources;
use crate::lookup::{Lookup, Place};
use crate::map::Mapfile;
use crate::statement::Statement;

/// The most names that are made from one pattern.
const MOST_ALTERNATIVES: usize = 16;

/// A name that a method authenticates.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The method.
    pub method: Vec<u8>,
    /// What it authenticates.
    pub principal: Vec<u8>,
}

/// A name that becomes something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'m> {
    /// The name.
    pub name: Name,
    /// What becomes of it by the old file.
    pub old: Lookup<'m>,
    /// What becomes of it by the new one.
    pub new: Lookup<'m>,
}

/// A line of one version that is not in the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneSided<'m> {
    /// Where it stands.
    pub at: Place<'m>,
    /// Whether it is the old version's.
    pub is_old: bool,
    /// The line, without its end.
    pub text: &'m [u8],
}

/// Those of `names` that become something else. That another line says the same is no change.
#[must_use]
pub fn changes<'m>(old: &'m Mapfile, new: &'m Mapfile, names: &[Name]) -> Vec<Change<'m>> {
    let mut seen = HashSet::new();
    names
        .iter()
        .filter(|name| seen.insert(*name))
        .filter_map(|name| {
            let [before, after] = [old, new].map(|map| map.lookup(&name.method, &name.principal));
            (!is_same(&before, &after)).then(|| Change {
                name: name.clone(),
                old: before,
                new: after,
            })
        })
        .collect()
}

fn is_same(one: &Lookup<'_>, other: &Lookup<'_>) -> bool {
    match (one, other) {
        (Lookup::Mapped(one), Lookup::Mapped(other)) => one.canonical == other.canonical,
        (Lookup::NoMatch { .. }, Lookup::NoMatch { .. })
        | (Lookup::GaveUp { .. }, Lookup::GaveUp { .. }) => true,
        _ => false,
    }
}

/// The names that a file's lines spell out, and for each alternative of a pattern that is plain enough
/// one that is made from it. Such a name need not match: another line may take it, or the pattern is
/// not as plain as it looks.
#[must_use]
pub fn names(sources: &Sources) -> Vec<Name> {
    entries(sources)
        .flat_map(|line| {
            if line.is_literal {
                return vec![line.name];
            }
            let method = &line.name.method;
            samples(&line.name.principal)
                .into_iter()
                .map(|principal| Name {
                    method: method.clone(),
                    principal,
                })
                .collect()
        })
        .collect()
}

fn samples(pattern: &[u8]) -> Vec<Vec<u8>> {
    let tree = Tree::parse(pattern);
    let alternatives = tree.map(|tree| tree.alternatives).unwrap_or_default();
    alternatives
        .iter()
        .take(MOST_ALTERNATIVES)
        .filter_map(|one| sample(one, Fill::Some, &[]))
        .collect()
}

/// The lines with a pattern that only one of the two has. Names that they map may change beside those
/// that were looked up.
#[must_use]
pub fn one_sided<'m>(old: &'m Sources, new: &'m Sources) -> Vec<OneSided<'m>> {
    let key = |line: &Entry<'m>| (line.name.clone(), line.rest.clone());
    let mut lines = Vec::new();
    for (one, other, is_old) in [(old, new, true), (new, old, false)] {
        let others: HashSet<_> = entries(other).map(|line| key(&line)).collect();
        lines.extend(
            entries(one)
                .filter(|line| !line.is_literal && !others.contains(&key(line)))
                .map(|line| OneSided {
                    at: line.at,
                    is_old,
                    text: line.text,
                }),
        );
    }
    lines
}

struct Entry<'m> {
    at: Place<'m>,
    name: Name,
    is_literal: bool,
    /// The flags, and the canonical name.
    rest: (Option<crate::Flags>, Vec<u8>),
    text: &'m [u8],
}

fn entries(sources: &Sources) -> impl Iterator<Item = Entry<'_>> {
    sources.lines().filter_map(|(index, line)| {
        let document = sources.documents().get(index)?;
        let Statement::Entry(entry) = &line.statement else {
            return None;
        };
        let text = document.text();
        let flags = entry.pattern(sources.keys());
        Some(Entry {
            at: Place {
                path: document.path(),
                line: line.number,
            },
            name: Name {
                method: entry.method.value(text).to_ascii_uppercase(),
                principal: entry.principal.value(text).into_owned(),
            },
            is_literal: flags.is_none(),
            rest: (flags, entry.canonical.value(text).into_owned()),
            text: text.get(line.at.clone())?.trim_ascii_end(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BareKeys, MemoryFiles, Options};

    fn read(text: &str) -> (Sources, Mapfile) {
        let options = Options::new(BareKeys::Literals);
        let files = MemoryFiles::default();
        let sources = Sources::of_bytes(&files, "m".as_ref(), text.as_bytes(), &options).unwrap();
        let map = Mapfile::compile(&sources);
        (sources, map)
    }

    #[test]
    fn what_changes() {
        let (old, old_map) =
            read("FS a one\nFS b two\nFS /^c/ three\nFS d four\nfs e five\nFS /^z(.)$/ z\n");
        let (new, new_map) = read("FS /^c/ three\nFS b 2\nFS a one\nFS /^d/ four\nFS /x/ y\n");
        let all: Vec<Name> = names(&old).into_iter().chain(names(&new)).collect();
        let changed: Vec<String> = changes(&old_map, &new_map, &all)
            .iter()
            .map(|change| String::from_utf8_lossy(&change.name.principal).into_owned())
            .collect();
        assert_eq!(changed, ["b", "e", "zx", "x"]);
        let lines: Vec<(bool, usize)> = one_sided(&old, &new)
            .iter()
            .map(|line| (line.is_old, line.at.line))
            .collect();
        assert_eq!(lines, [(true, 6), (false, 4), (false, 5)]);
    }
}
