//! Mapfiles and names: what a lookup gives is what every line in its turn gives.
//!
//! The input is a byte of switches, the mapfile, and behind a line `%%` names, one a line; or, with bit 2, numbers from
//! which a mapfile is made.

#![no_main]

use countersign_mapfile_fuzz::cases::{Dice, Tree, check};
use countersign_mapfile_fuzz::{head, keys, mode};
use libfuzzer_sys::fuzz_target;

/// A pattern may take its whole match limit; so many lines are tried at most.
const MOST_LINES: usize = 64;

fuzz_target!(|input: &[u8]| {
    let Some((switches, bytes)) = head(input) else {
        return;
    };
    let keys = keys(switches);
    if switches & 2 != 0 {
        let tree = Tree::make(&mut Dice::of_bytes(bytes), mode(keys), "/m", 6);
        check::tree(&tree, "/m", keys);
    } else if bytes.iter().filter(|byte| **byte == b'\n').count() <= MOST_LINES {
        check::text_and_names(bytes, keys);
    }
});
