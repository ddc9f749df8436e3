//! What was looked at.

use std::fmt;

use super::code::Code;
use crate::keys::BareKeys;

/// What lint looked at. It is no verdict: what no rule is about was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many files were read.
    pub files: usize,
    /// How many lines they have.
    pub lines: usize,
    /// How many of those map something.
    pub entries: usize,
    /// How many of those have a pattern.
    pub patterns: usize,
    /// How principals were read.
    pub keys: BareKeys,
}

impl Summary {
    /// What every rule together does not speak of.
    pub const NOT_SAID: &str = "whether these are the users that were meant, what the plugins that PLUGIN: \
         names do, what the ALLOW and DENY lists make of the names, and who can get credentials from the \
         issuers and authorities that the lines name";

    /// The rules, by the names of their findings.
    #[must_use]
    pub fn rules(&self) -> &'static [Code] {
        Code::ALL
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize, one: &str| match number {
            1 => format!("1 {one}"),
            number => format!("{number} {one}s"),
        };
        write!(
            f,
            "checked {} of {} ({} that map, {}) with CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS {}, by {} rules; \
             this says nothing about {}",
            count(self.lines, "line"),
            count(self.files, "file"),
            self.entries,
            count(self.patterns, "pattern"),
            if self.keys.assume_hash_keys() {
                "True"
            } else {
                "False"
            },
            Code::ALL.len(),
            Self::NOT_SAID,
        )
    }
}
