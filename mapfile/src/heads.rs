//! Which names a method's lines could speak of, when only the beginning of a name is known.

use std::collections::{BTreeSet, HashSet};

use crate::prefilter::head;

/// What a method's lines could say of names with a certain beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beginning {
    /// No line speaks of any such name.
    Never,
    /// Some line may. A pattern of which that cannot be told counts as one that does.
    Perhaps,
    /// A line has this beginning literally: as the beginning of its principal, or of its pattern behind `^`.
    Named,
}

/// The beginnings of a method's principals.
#[derive(Debug)]
pub(crate) struct Heads {
    /// Literals, and what all names begin with that a pattern is found in; in order.
    all: Vec<Box<[u8]>>,
    /// Those of patterns alone, and how long they are.
    patterns: HashSet<Box<[u8]>>,
    lengths: BTreeSet<usize>,
    /// There is a pattern that any name may match.
    undecided: bool,
}

impl Heads {
    /// Of these literals, and of these patterns, each with whether case matters to it.
    pub(crate) fn new<'t>(
        literals: impl Iterator<Item = &'t [u8]>,
        patterns: impl Iterator<Item = (&'t [u8], bool)>,
    ) -> Self {
        let mut heads = Self {
            all: literals.map(Box::from).collect(),
            patterns: HashSet::new(),
            lengths: BTreeSet::new(),
            undecided: false,
        };
        for (pattern, caseless) in patterns {
            match head(pattern).filter(|head| !caseless && !head.is_empty()) {
                None => heads.undecided = true,
                Some(head) => {
                    heads.lengths.insert(head.len());
                    heads.patterns.insert(head.into());
                }
            }
        }
        heads.all.extend(heads.patterns.iter().cloned());
        heads.all.sort_unstable();
        heads
    }

    pub(crate) fn of(&self, beginning: &[u8]) -> Beginning {
        let at = self.all.partition_point(|one| **one < *beginning);
        let first = self.all.get(at);
        if first.is_some_and(|one| one.starts_with(beginning)) {
            return Beginning::Named;
        }
        let shorter = |len: &usize| {
            let head = beginning.get(..*len);
            head.is_some_and(|head| self.patterns.contains(head))
        };
        match self.undecided || self.lengths.iter().any(shorter) {
            true => Beginning::Perhaps,
            false => Beginning::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::{BareKeys, Lookup, Mapfile, MemoryFiles, Options, Sources};

    fn map(text: &str, keys: BareKeys) -> Mapfile {
        let options = Options::new(keys);
        let files = MemoryFiles::default();
        let sources =
            Sources::of_bytes(&files, Path::new("/map"), text.as_bytes(), &options).unwrap();
        Mapfile::compile(&sources)
    }

    #[test]
    fn what_is_decided() {
        const ISSUER: &[u8] = b"https://a.example/x,";
        for (lines, expected) in [
            ("", Beginning::Never),
            ("SSL /.*/ x", Beginning::Never),
            ("SCITOKENS https://a.example/x,bob x", Beginning::Named),
            ("scitokens https://a.example/x, x", Beginning::Named),
            ("SCITOKENS https://a.example/x x", Beginning::Never),
            ("SCITOKENS https://a.example/xy,bob x", Beginning::Never),
            (
                r"SCITOKENS /^https:\/\/a\.example\/x,bob$/ x",
                Beginning::Named,
            ),
            (
                r"SCITOKENS /^https:\/\/a[.]example\/x,.*/ x",
                Beginning::Named,
            ),
            (
                r"SCITOKENS /^https:\/\/a\.example\/x,(bob|eve)$/ x",
                Beginning::Named,
            ),
            (
                r"SCITOKENS /^https:\/\/a\.example\/.*/ x",
                Beginning::Perhaps,
            ),
            (
                r"SCITOKENS /^https:\/\/a.example\/x,bob$/ x",
                Beginning::Perhaps,
            ),
            (
                r"SCITOKENS /^https:\/\/a\.example\/xy?,bob$/ x",
                Beginning::Perhaps,
            ),
            (
                r"SCITOKENS /^https:\/\/b\.example\/x,bob$/ x",
                Beginning::Never,
            ),
            (r"SCITOKENS /^https:\/\/a\.example,/ x", Beginning::Never),
            // Of these it cannot be told, or is not.
            (
                r"SCITOKENS /https:\/\/b\.example,bob$/ x",
                Beginning::Perhaps,
            ),
            (r"SCITOKENS /^https:\/\/b\.example,/i x", Beginning::Perhaps),
            (
                r"SCITOKENS /^https:\/\/b\.example,|eve/ x",
                Beginning::Perhaps,
            ),
            (
                r"SCITOKENS /^(https:\/\/b\.example,|eve)/ x",
                Beginning::Perhaps,
            ),
            (r"SCITOKENS /^\Qhttps://b\E/ x", Beginning::Perhaps),
            (r"SCITOKENS /(*UTF)^https:\/\/b/ x", Beginning::Perhaps),
            (r"SCITOKENS /^(?i)https:\/\/b/ x", Beginning::Perhaps),
            ("SCITOKENS /.*/ x", Beginning::Perhaps),
            // Of several the one that says most.
            (
                "SCITOKENS /.*/ x\nSCITOKENS https://a.example/x,b x",
                Beginning::Named,
            ),
        ] {
            let map = map(&format!("{lines}\n"), BareKeys::Literals);
            assert_eq!(map.problems(), [], "{lines}");
            assert_eq!(map.beginning(b"SCITOKENS", ISSUER), expected, "{lines}");
        }
        // In HTCondor's default reading it is a pattern, to be found anywhere.
        let map = map("SCITOKENS https://b.example,bob x\n", BareKeys::Patterns);
        assert_eq!(map.beginning(b"SCITOKENS", ISSUER), Beginning::Perhaps);
    }

    proptest! {
        #[test]
        fn no_line_is_overlooked(
            lines in prop::collection::vec((prop::bool::ANY, r"\^?[ab](\\?[ab.,]|[*+?|()\[\]^$]|\{2\}|\{0,1\}){0,6}"), 1..4),
            head in "[ab]{1,3},",
            tail in "[ab,]{0,4}",
        ) {
            let mut text = String::new();
            for (is_pattern, principal) in lines {
                let delimiter = if is_pattern { "/" } else { "" };
                text += &format!("X {delimiter}{principal}{delimiter} y\n");
            }
            let map = map(&text, BareKeys::Literals);
            let name = format!("{head}{tail}");
            let spoken_of = !matches!(map.lookup(b"X", name.as_bytes()), Lookup::NoMatch { .. });
            let beginning = map.beginning(b"X", head.as_bytes());
            prop_assert!(!spoken_of || beginning != Beginning::Never, "{} in {}", name, text);
        }
    }
}
