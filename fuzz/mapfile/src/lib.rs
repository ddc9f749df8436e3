//! What the targets share: mapfiles made by dice, what must hold of them, and HTCondor's library to ask.

#[path = "../../../mapfile/tests/cases/mod.rs"]
pub mod cases;
#[path = "../../../tests/src/mapfiles/oracle.rs"]
pub mod oracle;

use std::path::PathBuf;

use cases::Mode;
use countersign_mapfile::BareKeys;

/// The first byte of an input says how the rest is read.
#[must_use]
pub fn head(input: &[u8]) -> Option<(u8, &[u8])> {
    input.split_first().map(|(first, rest)| (*first, rest))
}

/// What a principal without slashes is, by the lowest bit.
#[must_use]
pub fn keys(switches: u8) -> BareKeys {
    BareKeys::from_assume_hash_keys(switches & 1 == 0)
}

/// Mapfiles made by dice.
#[must_use]
pub fn mode(keys: BareKeys) -> Mode {
    Mode {
        assume_hash_keys: keys.assume_hash_keys(),
        methods: &["*", "FS", "fs", "SSL"],
        asked: &["*", "FS", "ssl"],
        includes: true,
        all_of_pcre2: true,
    }
}

/// The folder in which the tests keep HTCondor's wheel and daemons.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    variable("COUNTERSIGN_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|folder| folder.join("countersign")))
        .or_else(|| variable("HOME").map(|folder| folder.join(".cache/countersign")))
}
