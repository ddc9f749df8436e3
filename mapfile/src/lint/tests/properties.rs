use proptest::prelude::*;

use super::report;
use crate::files::MemoryFiles;
use crate::keys::BareKeys;
use crate::lint::{Code, NoHost, lint};
use crate::load::{Options, Sources};
use crate::lookup::Lookup;
use crate::map::Mapfile;

/// Pieces of which lines are made: such as are found in mapfiles, and such as break them.
const PIECES: [&[u8]; 48] = [
    b"SCITOKENS ",
    b"SSL ",
    b"FS ",
    b"KERBEROS ",
    b"CLAIMTOBE ",
    b"GSI ",
    b"TOKEN ",
    b"ANONYMOUS ",
    b"/",
    b"\\/",
    b"^",
    b"$",
    b"^https:\\/\\/",
    b"https://",
    b"issuer.example.org",
    b"a\\.b",
    b",",
    b",sub",
    b".*",
    b"(.*)",
    b"[^,]*",
    b"(a|b)",
    b"(a+)+",
    b"([a-z]+)",
    b"|",
    b"?",
    b"(?:",
    b")",
    b"(",
    b"[",
    b"\\",
    b"\"",
    b" ",
    b" ",
    b" ",
    b"\n",
    b"\n",
    b"\r\n",
    b"\\1",
    b" root",
    b" condor\n",
    b" \\1@x\n",
    b" alice\n",
    b" x@banned.htcondor.org\n",
    b"/CN=Jane",
    b"\xff",
    b"\0",
    b"#",
];

fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(PIECES.to_vec());
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Whole lines of the parts that they should have.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let method = prop::sample::select(vec!["SCITOKENS", "SSL", "FS", "KERBEROS", "CLAIMTOBE"]);
    let part = prop::sample::select(vec![
        "^",
        "$",
        "https:\\/\\/",
        "issuer.org",
        "a\\.org",
        ",",
        "sub",
        ".*",
        "(.*)",
        "[a-z]+",
        "\\/p",
        "(x|y)",
        "|",
        "\\/CN=",
        "Jane",
        "@REALM",
        "(z)?",
        "[^,]+",
        ".",
        "root",
    ]);
    let pattern = prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat());
    let name = prop::sample::select(vec![
        "osg",
        "\\1",
        "\\1@x",
        "root",
        "\\2",
        "b@banned.x",
        "PLUGIN:*",
    ]);
    let line = (method, pattern, name)
        .prop_map(|(method, pattern, name)| format!("{method} /{pattern}/ {name}\n"));
    prop::collection::vec(line, 1..6).prop_map(|lines| lines.concat().into_bytes())
}

/// A name that such lines may match.
fn name() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "https://",
        "issuer.org",
        "a.org",
        ",",
        "sub",
        "x",
        "y",
        "a",
        "/p",
        "/CN=",
        "Jane",
        "@REALM",
        "z",
        "root",
        "!",
    ]);
    prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), assume: bool) {
        let _ = report(&bytes, BareKeys::from_assume_hash_keys(assume));
    }

    #[test]
    fn broken_lines(text in text(), assume: bool) {
        let _ = report(&text, BareKeys::from_assume_hash_keys(assume));
    }

    #[test]
    fn whole_lines(text in lines(), assume: bool) {
        let _ = report(&text, BareKeys::from_assume_hash_keys(assume));
    }

    /// Lines that are said never to match do not.
    #[test]
    fn shadowed_lines_never_match(text in lines(), names in prop::collection::vec(name(), 64)) {
        let options = Options::new(BareKeys::Literals);
        let files = MemoryFiles::default();
        let sources = Sources::of_bytes(&files, "/map".as_ref(), &text, &options).unwrap();
        let map = Mapfile::compile(&sources);
        let report = lint(&sources, &map, &NoHost);
        let never: Vec<usize> = report
            .findings
            .iter()
            .filter(|finding| finding.code == Code::Shadowed)
            .map(|finding| finding.line)
            .collect();
        for method in ["SCITOKENS", "SSL", "FS", "KERBEROS", "CLAIMTOBE"] {
            for name in &names {
                if let Lookup::Mapped(found) = map.lookup(method.as_bytes(), name.as_bytes()) {
                    prop_assert!(!never.contains(&found.at.line), "{name}: {report:?}");
                }
            }
        }
    }
}
