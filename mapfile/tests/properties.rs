//! What must hold of any mapfile and any name.

#![allow(clippy::unwrap_used)] // A test.

mod cases;

use cases::{Dice, Mode, Tree, check};
use countersign_mapfile::{BareKeys, Lookup, Mapfile, MemoryFiles, Options, Sources};
use proptest::collection::vec;
use proptest::prelude::*;

const MODE: Mode = Mode {
    assume_hash_keys: true,
    methods: &["FS", "fs", "SSL"],
    asked: &["FS", "ssl", "CLAIMTOBE"],
    includes: true,
    all_of_pcre2: true,
};

const KEYS: [BareKeys; 2] = [BareKeys::Literals, BareKeys::Patterns];

/// Bytes of which mapfiles are made, mostly.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        8 => prop::sample::select(b"FSab12@./#iU".to_vec()),
        6 => prop::sample::select(b" \t\n\"\\\r".to_vec()),
        1 => any::<u8>(),
    ];
    let piece = prop_oneof![
        4 => vec(byte, 0..40),
        1 => Just(b"FS ".to_vec()),
        1 => Just(b"\n@include d\n".to_vec()),
        1 => Just(b"/a.*\\/b/iU \\1".to_vec()),
        1 => (0usize..2100).prop_map(|length| vec![b'x'; length]),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn keys() -> impl Strategy<Value = BareKeys> {
    prop::sample::select(KEYS.to_vec())
}

/// A tree of either mode.
fn made(keys: BareKeys, seed: u64) -> Tree {
    let mode = Mode {
        assume_hash_keys: keys.assume_hash_keys(),
        ..MODE
    };
    Tree::make(&mut Dice::of_seed(seed), mode, "/m", 6)
}

/// Maps that read these lines.
fn map(text: &[u8]) -> Mapfile {
    let options = Options::new(BareKeys::Literals);
    let sources = Sources::of_bytes(&MemoryFiles::default(), "/map".as_ref(), text, &options);
    Mapfile::compile(&sources.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn lines_and_fields_have_their_places(text in text(), keys in keys()) {
        check::spans(&text, keys);
    }

    #[test]
    fn what_is_printed_says_the_same(text in text(), keys in keys()) {
        check::print_and_read_back(&text, keys);
    }

    #[test]
    fn any_bytes_map_as_the_plain_reading_says(text in text(), keys in keys()) {
        check::text_and_names(&text, keys);
    }

    #[test]
    fn mapfiles_map_as_the_plain_reading_says(seed in any::<u64>(), keys in keys()) {
        let tree = made(keys, seed);
        check::tree(&tree, "/m", keys);
        for file in &tree.files {
            check::spans(&file.text, keys);
            check::print_and_read_back(&file.text, keys);
        }
    }

    /// Among many patterns only candidates are tried: one that matches must be among them.
    #[test]
    fn a_pattern_that_matches_is_a_candidate(seed in any::<u64>()) {
        let mut dice = Dice::of_seed(seed);
        let pattern = cases::patterns::rich(&mut dice);
        let line = [b"FS ", &cases::fields::delimited(&mut dice, &pattern.text, b'/').text[..], b" \\0\n"].concat();
        let others: Vec<u8> = (0..12).flat_map(|n| format!("FS /^never, {n}$/ x\n").into_bytes()).collect();
        let (alone, among) = (map(&line), map(&[&others[..], &line].concat()));
        let canonical = |map: &Mapfile, name: &[u8]| match map.lookup(b"FS", name) {
            Lookup::Mapped(found) => Ok(Some(found.canonical)),
            Lookup::NoMatch { .. } => Ok(None),
            Lookup::GaveUp { .. } => Err(()),
        };
        for name in [pattern.sample.clone(), pattern.sample.to_ascii_uppercase(), [b"x", &pattern.sample[..], b"\n"].concat(), Vec::new()] {
            let expected = canonical(&alone, &name);
            // A pattern that is no candidate is not given up either.
            let found = canonical(&among, &name);
            prop_assert!(found == expected || expected.is_err() && found == Ok(None));
        }
    }
}
