//! Any bytes: what is printed reads back as the same, and prints as the same.

#![no_main]

use countersign_mapfile_fuzz::{cases::check, head, keys};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Some((switches, bytes)) = head(input) {
        check::print_and_read_back(bytes, keys(switches));
    }
});
