//! Where ours deliberately does otherwise than HTCondor, and what HTCondor does there.

use std::fs;

use countersign_mapfile::{BareKeys, LoadError, Lookup, Mapfile, Options, Outcome};

use super::Folder;
use super::oracle::Oracle;

/// One difference: gives what is wrong with what is said of it.
pub type Check = fn(&mut Oracle) -> Result<(), String>;

/// All of them, by name.
pub const ALL: [(&str, Check); 5] = [
    ("a-pattern-over-the-limit-ends-the-lookup", limit),
    ("a-backslash-ends-a-canonical-name", trailing_backslash),
    ("a-lone-backslash-is-reported", lone_backslash),
    ("a-lone-backslash-in-a-comment-is-none", comment),
    ("an-empty-result-is-no-name", empty),
];

type Theirs = Result<Option<Vec<u8>>, String>;

/// Ours, and what HTCondor's library makes of `name`.
fn ask(oracle: &mut Oracle, text: &[u8], name: &[u8]) -> (Result<Mapfile, LoadError>, Theirs) {
    let run = |oracle: &mut Oracle| {
        let folder = Folder::new(&format!("differences-{:p}", std::ptr::from_ref(oracle)))?;
        let path = folder.path().join("map");
        fs::write(&path, text).map_err(|error| error.to_string())?;
        let ours = Mapfile::load(&path, &Options::new(BareKeys::Literals));
        let question = ("*".to_owned(), name.to_vec());
        let theirs = oracle.ask(&[(&path, vec![question])]);
        let theirs = theirs.map(|answers| answers.into_iter().flatten().next().flatten());
        Ok::<_, String>((ours, theirs))
    };
    run(oracle).unwrap()
}

fn expect(holds: bool, what: &dyn std::fmt::Debug) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("{what:?}"))
    }
}

fn limit(oracle: &mut Oracle) -> Result<(), String> {
    let text = b"* /^(a+)+(b+)+\\1$/ banned\n* /^/ anybody\n";
    let name = [b"a".repeat(40), b"b".repeat(40)].concat();
    let (ours, theirs) = ask(oracle, text, &name);
    let ours = ours.map_err(|error| error.to_string())?;
    let found = ours.lookup(b"*", &name);
    expect(
        matches!(&found, Lookup::GaveUp { at, .. } if at.line == 1),
        &found,
    )?;
    expect(theirs.as_ref() == Ok(&Some(b"anybody".to_vec())), &theirs)
}

fn trailing_backslash(oracle: &mut Oracle) -> Result<(), String> {
    let (ours, theirs) = ask(oracle, b"* a x\\\n* b other\n", b"a");
    let ours = ours.map_err(|error| error.to_string())?;
    let found = ours.lookup(b"*", b"a");
    expect(
        matches!(&found, Lookup::Mapped(found) if found.canonical == b"x"),
        &found,
    )?;
    // What it reads behind the end of the name is another one's.
    expect(
        matches!(&theirs, Ok(Some(name)) if name.starts_with(b"x")),
        &theirs,
    )
}

fn lone_backslash(oracle: &mut Oracle) -> Result<(), String> {
    let (ours, theirs) = ask(oracle, b"* a x\n* \"b\\", b"a");
    let ours = ours.map(|map| map.len());
    expect(
        matches!(ours, Err(LoadError::Deadly { line: 2, .. })),
        &ours,
    )?;
    expect(
        matches!(&theirs, Err(said) if said.contains("ended")),
        &theirs,
    )
}

fn comment(oracle: &mut Oracle) -> Result<(), String> {
    let (ours, theirs) = ask(oracle, b"* a x\n\"#b\\", b"a");
    expect(matches!(&ours, Ok(map) if map.len() == 1), &ours)?;
    expect(theirs.as_ref() == Ok(&Some(b"x".to_vec())), &theirs)
}

fn empty(oracle: &mut Oracle) -> Result<(), String> {
    let (ours, theirs) = ask(oracle, b"* /^(x?)a/ \\1\n* /a/ anybody\n", b"a");
    let ours = ours.map_err(|error| error.to_string())?;
    let found = ours.lookup(b"*", b"a");
    expect(
        matches!(&found, Lookup::Mapped(found) if found.outcome() == Outcome::Nothing),
        &found,
    )?;
    expect(theirs.as_ref() == Ok(&Some(Vec::new())), &theirs)
}
