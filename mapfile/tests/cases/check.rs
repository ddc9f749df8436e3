//! What must hold of any bytes.

use std::ops::Range;
use std::path::Path;

use countersign_mapfile::{
    BareKeys, Delimiter, Document, Field, Files, Flags, LoadError, Lookup, Mapfile, MemoryFiles,
    Options, Sources, Statement,
};

use super::reference::{Answer, Deadly, Reference};
use super::tree::Tree;

/// The fields of a statement, in order.
fn fields(statement: &Statement) -> Vec<&Field> {
    match statement {
        Statement::Include { path } => vec![path],
        Statement::Entry(entry) => vec![&entry.method, &entry.principal, &entry.canonical],
        Statement::Incomplete { method, principal } => [Some(method), principal.as_ref()]
            .into_iter()
            .flatten()
            .collect(),
        _ => Vec::new(),
    }
}

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end
}

/// Every byte that HTCondor sees belongs to one line, and every field to its line.
pub fn spans(bytes: &[u8], keys: BareKeys) {
    let document = Document::parse("/m/map", bytes, keys);
    let text = document.text();
    assert!(!text.contains(&0));
    let (mut end, mut number) = (0, 0);
    for line in document.lines() {
        assert_eq!(line.at.start, end, "lines follow each other");
        assert!(line.at.end > line.at.start || line.has_nul);
        assert!(line.number > number);
        (end, number) = (line.at.end, line.number);
        let seen = &text[line.at.clone()];
        let newlines = seen.iter().filter(|byte| **byte == b'\n').count();
        assert!(newlines == 0 || newlines == 1 && seen.ends_with(b"\n"));
        let mut behind = line.at.start;
        for field in fields(&line.statement) {
            assert!(within(&field.span, &line.at) && within(&field.content, &field.span));
            assert!(field.span.start >= behind, "fields follow each other");
            behind = field.span.end;
            assert!(field.value(text).len() <= field.content.len());
            let around = text.get(field.span.start).copied();
            match field.delimiter {
                Delimiter::None => assert_eq!(field.span, field.content),
                Delimiter::Quote => assert_eq!(around, Some(b'"')),
                Delimiter::Slash(_) => assert_eq!((around, keys), (Some(b'/'), BareKeys::Literals)),
            }
        }
        if let Statement::Entry(entry) = &line.statement {
            assert!(entry.rest.start == behind && entry.rest.end == line.at.end);
        }
    }
    assert_eq!(end, text.len(), "lines are all there is");
}

/// What a line says, apart from how it is written.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    AsWritten(Vec<u8>),
    Include(Vec<u8>, bool),
    Entry([Vec<u8>; 3], Option<Flags>, Vec<u8>),
}

fn meanings(document: &Document) -> Vec<Meaning> {
    let text = document.text();
    let value = |field: &Field| field.value(text).into_owned();
    let lines = document.lines().iter();
    lines
        // A line of which NUL bytes hide everything is none when it is written anew.
        .filter(|line| !line.at.is_empty())
        .map(|line| match &line.statement {
            Statement::Include { path } => Meaning::Include(value(path), path.content.is_empty()),
            Statement::Entry(entry) => Meaning::Entry(
                [
                    value(&entry.method),
                    value(&entry.principal),
                    value(&entry.canonical),
                ],
                entry.pattern(document.keys()),
                text[entry.rest.clone()].trim_ascii().to_vec(),
            ),
            _ => Meaning::AsWritten(text[line.at.clone()].to_vec()),
        })
        .collect()
}

/// What is written anew says the same, and is written the same once more.
pub fn print_and_read_back(bytes: &[u8], keys: BareKeys) {
    let document = Document::parse("/m/map", bytes, keys);
    let printed = document.print();
    let again = Document::parse("/m/map", &printed, keys);
    assert_eq!(
        meanings(&document),
        meanings(&again),
        "{}",
        printed.escape_ascii()
    );
    assert_eq!(again.print(), printed, "{}", bytes.escape_ascii());
}

/// A mapfile's lookups are those of the plain reading.
pub fn lookups<'q>(
    files: &dyn Files,
    path: &Path,
    keys: BareKeys,
    questions: impl IntoIterator<Item = (&'q [u8], &'q [u8])>,
) {
    let ours = Sources::read_from(files, path, &Options::new(keys))
        .map(|sources| Mapfile::compile(&sources));
    let reference = Reference::read(files, path, keys, None);
    let (map, reference) = match (ours, reference) {
        (Ok(map), Ok(reference)) => (map, reference),
        (Err(LoadError::Deadly { .. }), _) | (Err(LoadError::Unreadable { .. }), _) => return,
        (Err(error), _) => panic!("{error}"),
        (Ok(_), Err(Deadly)) => panic!("HTCondor ends itself over this"),
    };
    for (method, name) in questions {
        let expected = reference.lookup(method, name);
        let found = map.lookup(method, name);
        let answer = match &found {
            Lookup::NoMatch { .. } => Answer::Nothing,
            Lookup::GaveUp { .. } => Answer::GaveUp,
            Lookup::Mapped(found) => Answer::Mapped(found.canonical.clone()),
        };
        assert_eq!(
            answer,
            expected,
            "{} for {}: {found:?}",
            name.escape_ascii(),
            method.escape_ascii()
        );
    }
}

/// The same of a tree, in memory.
pub fn tree(tree: &Tree, folder: &str, keys: BareKeys) {
    let mut files = MemoryFiles::default();
    for file in &tree.files {
        files = files.with(format!("{folder}/{}", file.path), file.text.clone());
    }
    let questions = tree
        .questions
        .iter()
        .map(|question| (question.method.as_bytes(), question.name.as_slice()));
    lookups(&files, &Path::new(folder).join("map"), keys, questions);
}

/// The bytes of a file and, behind a line `%%`, names: each is asked for by every method of the file.
pub fn text_and_names(bytes: &[u8], keys: BareKeys) {
    let mark = b"\n%%\n";
    let at = bytes.windows(mark.len()).position(|window| window == mark);
    let (text, names) = match at {
        Some(at) => (&bytes[..=at], &bytes[at + mark.len()..]),
        None => (bytes, &b"alice"[..]),
    };
    let document = Document::parse("/m/map", text, keys);
    let mut methods: Vec<Vec<u8>> = document
        .lines()
        .iter()
        .filter_map(|line| match &line.statement {
            Statement::Entry(entry) => {
                Some(entry.method.value(document.text()).to_ascii_uppercase())
            }
            _ => None,
        })
        .collect();
    methods.dedup();
    methods.truncate(3);
    let names: Vec<&[u8]> = names
        .split(|byte| *byte == b'\n')
        .take(4)
        .filter(|name| !name.contains(&0))
        .collect();
    let questions = methods
        .iter()
        .flat_map(|method| names.iter().map(|name| (method.as_slice(), *name)));
    let files = MemoryFiles::default()
        .with("/m/map", text)
        .with("/m/d/a", "FS alice included\n")
        .with("/m/d/b~", "FS bob no\n");
    lookups(&files, Path::new("/m/map"), keys, questions);
}
