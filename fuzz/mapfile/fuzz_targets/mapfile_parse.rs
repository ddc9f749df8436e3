//! Any bytes: every line and field has its place, and reading with includes ends.

#![no_main]

use std::path::Path;

use countersign_mapfile::{Document, LoadError, Mapfile, MemoryFiles, Options, Sources};
use countersign_mapfile_fuzz::{cases::check, head, keys};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((switches, bytes)) = head(input) else {
        return;
    };
    let keys = keys(switches);
    check::spans(bytes, keys);
    let files = MemoryFiles::default()
        .with("/m/map", bytes)
        .with("/m/d/b", bytes)
        .with("/m/d/a~", bytes);
    let path = Path::new("/m/map");
    match Sources::of_bytes(&files, path, bytes, &Options::new(keys)) {
        Ok(sources) => {
            let map = Mapfile::compile(&sources);
            assert!(map.len() <= sources.lines().count());
            for problem in map.problems() {
                assert!(problem.line > 0 && !problem.to_string().is_empty());
            }
        }
        Err(error @ LoadError::Deadly { .. }) => {
            let document = Document::parse(path, bytes, keys);
            assert!(document.text().ends_with(b"\\") && !error.to_string().is_empty());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
