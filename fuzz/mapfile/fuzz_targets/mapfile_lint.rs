//! Lint and explanations: what they say holds, and they end.

#![no_main]

use std::path::Path;

use countersign_mapfile::lint::{Code, NoHost, lint};
use countersign_mapfile::{
    Lookup, Mapfile, MemoryFiles, Options, Sources, changes, explain, names,
};
use countersign_mapfile_fuzz::{head, keys};
use libfuzzer_sys::fuzz_target;

/// A pattern may take its whole match limit; so many are tried at most.
const MOST_LINES: usize = 24;

fuzz_target!(|input: &[u8]| {
    let Some((switches, bytes)) = head(input) else {
        return;
    };
    if bytes.split(|byte| *byte == b'\n').count() > MOST_LINES {
        return;
    }
    let options = Options::new(keys(switches));
    let read = |bytes: &[u8]| {
        let files = MemoryFiles::default();
        Sources::of_bytes(&files, Path::new("/map"), bytes, &options)
    };
    let Ok(sources) = read(bytes) else { return };
    let map = Mapfile::compile(&sources);
    let report = lint(&sources, &map, &NoHost);
    let text = sources.documents()[0].text();
    for finding in &report.findings {
        assert!(!finding.message.is_empty() && !finding.why.is_empty());
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len());
        if let Some(witness) = &finding.witness {
            match (
                map.lookup(&witness.method, &witness.principal),
                &witness.canonical,
            ) {
                (Lookup::Mapped(found), Some(canonical)) => {
                    let shown = (&found.canonical, found.at.line);
                    assert_eq!(shown, (canonical, finding.line), "{finding:?}");
                }
                (Lookup::GaveUp { .. }, None) => {}
                other => panic!("{other:?} {finding:?}"),
            }
        }
        if let Some(line) = &finding.correction {
            assert!(read(line).is_ok(), "{finding:?}");
        }
    }
    // No name that is to be had from the file is one of a line that is said never to match.
    let tried = names(&sources);
    for name in tried.iter().filter(|name| !name.principal.contains(&b'\n')) {
        if let Lookup::Mapped(found) = map.lookup(&name.method, &name.principal) {
            let never = report
                .findings
                .iter()
                .any(|finding| finding.code == Code::Shadowed && finding.line == found.at.line);
            assert!(!never, "{found:?} {report:?}");
        }
        let explanation = explain(&sources, &map, &name.method, &name.principal);
        assert_eq!(
            explanation.lookup,
            map.lookup(&name.method, &name.principal)
        );
    }
    assert!(changes(&map, &map, &tried).is_empty());
});
