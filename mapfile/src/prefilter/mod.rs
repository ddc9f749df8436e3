//! Which of many patterns may match a name, found by the literals that their matches contain.
//!
//! An automaton looks for a literal of every pattern at once; only the patterns whose literal is in
//! the name are tried. Of the literals that a pattern offers, the one that the fewest others share is
//! taken. A pattern that offers none is always tried.

mod required;

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

pub(crate) use required::head;
use required::{OneOf, required};

/// With so few patterns nothing is to be gained.
const FEW: usize = 8;

/// How many literals one automaton looks for.
const MOST_LITERALS: usize = 8192;

/// A literal longer than this is looked for by a part of this many bytes.
const WINDOW: usize = 24;

/// Which patterns may match.
pub(crate) enum Prefilter {
    /// Each of so many.
    All(u32),
    /// Those found by their literals, and those that have none.
    Literals(Box<Literals>),
}

pub(crate) struct Literals {
    /// Each for so many of the literals: to build one takes longer than in proportion.
    automata: Vec<AhoCorasick>,
    /// For each literal of the automaton, the patterns that it stands for.
    patterns: Vec<Vec<u32>>,
    /// The patterns that are always tried, in order.
    always: Vec<u32>,
}

impl Prefilter {
    /// For these patterns, which are numbered in this order.
    pub(crate) fn new<'p>(patterns: impl ExactSizeIterator<Item = &'p [u8]>) -> Self {
        let count = u32::try_from(patterns.len()).unwrap_or(u32::MAX);
        if patterns.len() <= FEW {
            return Self::All(count);
        }
        let offers: Vec<Vec<OneOf>> = patterns
            .map(|pattern| required(pattern).into_iter().flat_map(windows).collect())
            .collect();
        let mut shared: HashMap<&[u8], u32> = HashMap::new();
        for literal in offers.iter().flatten().flatten() {
            *shared.entry(literal).or_default() += 1;
        }
        let cost = |set: &&OneOf| {
            let share: u32 = set
                .iter()
                .filter_map(|literal| shared.get(literal.as_slice()))
                .sum();
            let shortest = set.iter().map(Vec::len).min().unwrap_or(0);
            (share, std::cmp::Reverse(shortest))
        };
        let mut always = Vec::new();
        let mut of_literal: Vec<Vec<u32>> = Vec::new();
        let mut literals: Vec<&[u8]> = Vec::new();
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        for (number, sets) in (0..).zip(&offers) {
            let Some(set) = sets.iter().min_by_key(cost) else {
                always.push(number);
                continue;
            };
            for literal in set {
                let index = *known.entry(literal).or_insert_with(|| {
                    literals.push(literal);
                    of_literal.push(Vec::new());
                    literals.len() - 1
                });
                if let Some(numbers) = of_literal.get_mut(index) {
                    numbers.push(number);
                }
            }
        }
        let automata: Result<Vec<AhoCorasick>, _> = literals
            .chunks(MOST_LITERALS)
            .map(|some| {
                AhoCorasickBuilder::new()
                    .ascii_case_insensitive(true)
                    .match_kind(MatchKind::Standard)
                    .build(some)
            })
            .collect();
        match automata {
            Ok(automata) => Self::Literals(Box::new(Literals {
                automata,
                patterns: of_literal,
                always,
            })),
            // It would be too large.
            Err(_) => Self::All(count),
        }
    }

    /// The numbers of the patterns that may match, in order.
    pub(crate) fn candidates(&self, subject: &[u8]) -> Vec<u32> {
        match self {
            Self::All(count) => (0..*count).collect(),
            Self::Literals(literals) => literals.candidates(subject),
        }
    }
}

impl Literals {
    fn candidates(&self, subject: &[u8]) -> Vec<u32> {
        let mut found = self.always.clone();
        for (automaton, patterns) in self
            .automata
            .iter()
            .zip(self.patterns.chunks(MOST_LITERALS))
        {
            // A literal may stand in the name many times.
            let mut hits: Vec<usize> = automaton
                .find_overlapping_iter(subject)
                .map(|hit| hit.pattern().as_usize())
                .collect();
            hits.sort_unstable();
            hits.dedup();
            for hit in hits {
                found.extend(patterns.get(hit).into_iter().flatten());
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl std::fmt::Debug for Prefilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All(count) => write!(f, "All({count})"),
            Self::Literals(literals) => write!(
                f,
                "Literals({} literals, {} always)",
                literals.patterns.len(),
                literals.always.len()
            ),
        }
    }
}

/// A set whose literals are short, or, of a long literal, sets of its parts.
fn windows(set: OneOf) -> Vec<OneOf> {
    match set.as_slice() {
        [only] if only.len() > WINDOW => {
            let steps = (0..only.len() - WINDOW).step_by(WINDOW / 2);
            steps
                .chain([only.len() - WINDOW])
                .filter_map(|at| Some(vec![only.get(at..at + WINDOW)?.to_vec()]))
                .collect()
        }
        _ => vec![
            set.into_iter()
                .map(|mut literal| {
                    literal.truncate(WINDOW);
                    literal
                })
                .collect(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(patterns: &[String]) -> Prefilter {
        Prefilter::new(patterns.iter().map(String::as_bytes))
    }

    #[test]
    fn one_candidate_of_many() {
        let common = "/DC=org/DC=people/OU=a rather long part that all have in common/";
        let patterns: Vec<String> = (0..1000)
            .map(|number| {
                format!("^{common}CN=Jane {number:04}/emailAddress=jane@all.have.this.example$")
            })
            .collect();
        let filter = of(&patterns);
        let subject = format!("{common}CN=Jane 0500/emailAddress=jane@all.have.this.example");
        let candidates = filter.candidates(subject.as_bytes());
        assert!(
            candidates.contains(&500) && candidates.len() < 20,
            "{candidates:?}"
        );
        assert!(filter.candidates(b"nobody").is_empty());
    }

    #[test]
    fn those_without_a_literal_are_always_there() {
        let mut patterns: Vec<String> = (0..20).map(|number| format!("^user{number}$")).collect();
        patterns.push(".*".into());
        patterns.push("(a|b|USER3)".into());
        let filter = of(&patterns);
        assert_eq!(filter.candidates(b"USER3x"), [3, 20, 21]);
        assert_eq!(of(&patterns[..3]).candidates(b""), [0, 1, 2]);
    }
}
