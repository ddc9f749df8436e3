//! The code in `docs/write-a-method.md` is this crate's.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::path::Path;

/// A line before a block says where it is from: `From [src/name.rs](…):`.
#[test]
fn every_block_is_in_its_file() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(here.join("../../docs/write-a-method.md")).unwrap();
    let mut file: Option<&str> = None;
    let mut shown: Vec<&str> = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some((_, from)) = line.split_once("From [") {
            file = from.split_once(']').map(|(name, _)| name);
        }
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        // A picture, and what is typed.
        if ["", "sh"].contains(&language) {
            continue;
        }
        let name = file
            .take()
            .unwrap_or_else(|| panic!("no file is named before {block:?}"));
        let text = std::fs::read_to_string(here.join(name)).unwrap();
        // What a block leaves out stands as `// …`, however deep.
        for part in block.split(|line| line.trim() == "// …") {
            let part = part.join("\n");
            assert!(
                text.contains(part.trim_matches('\n')),
                "{name} has no longer\n{part}"
            );
        }
        shown.push(name);
    }
    for name in [
        "Cargo.toml",
        "src/name.rs",
        "src/watchword.rs",
        "src/events.rs",
        "src/client.rs",
        "src/server.rs",
    ] {
        assert!(shown.contains(&name), "nothing of {name} is shown");
    }
}
