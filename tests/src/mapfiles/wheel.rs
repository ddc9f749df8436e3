//! Ours and HTCondor's library side by side, many mapfiles at once.

use std::fs;
use std::path::Path;

use countersign_mapfile::{BareKeys, HostFiles, LoadError, Lookup, Mapfile, Options};

use super::cases::fields::trailing_backslash;
use super::cases::tree::Question;
use super::cases::{Answer, Dice, Mode, Reference, Rule, Tree};
use super::oracle::{self, Oracle};
use super::{Folder, Tally, readable, shown, write};

/// Names asked of each mapfile.
const QUESTIONS: usize = 10;

/// Mapfiles that are asked about at once.
const BATCH: usize = 250;

/// How many differences are shown.
const SHOWN: usize = 12;

/// Bare principals are literals, and the method column is the map's.
pub const MODE: Mode = Mode {
    assume_hash_keys: true,
    methods: &["*", "*", "*", "*", "FS", "fs", "SciTokens", "SSL"],
    asked: &["*", "*", "*", "FS", "sciTOKENS", "ssl", "GSI"],
    includes: true,
    all_of_pcre2: true,
};

/// The rules that show in this mode: all but what is not asked of this library.
#[must_use]
pub fn rules() -> Vec<Rule> {
    Rule::ALL
        .into_iter()
        .filter(|rule| *rule != Rule::SplitAtTheLastAt)
        .collect()
}

/// So many names, mapped both ways.
///
/// # Errors
/// Where they differ; or the library cannot be asked.
pub fn compare(seed: u64, cases: usize, oracle: &mut Oracle, mode: Mode) -> Result<Tally, String> {
    let folder = Folder::new("mapfiles")?;
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    let mut number = 0;
    while tally.cases < cases && differences.len() < SHOWN {
        let mut batch = Vec::new();
        while batch.len() < BATCH && tally.cases + batch.len() * QUESTIONS < cases {
            let place = folder.path().join(number.to_string());
            let name = place.to_string_lossy().into_owned();
            let mut dice = Dice::of_seed(seed.wrapping_mul(1 << 32) + number);
            number += 1;
            let tree = Tree::make(&mut dice, mode, &name, QUESTIONS);
            write(&tree, &place)?;
            let path = place.join("map");
            match Mapfile::load(&path, &Options::new(BareKeys::Literals)) {
                Ok(map) => batch.push((tree, path, map)),
                // That ends the library, too.
                Err(LoadError::Deadly { .. }) => {
                    *tally
                        .differences
                        .entry("a lone backslash at the end")
                        .or_default() += 1
                }
                Err(error) => return Err(error.to_string()),
            }
        }
        let asked: Vec<(&Path, Vec<oracle::Question>)> = batch
            .iter()
            .map(|(tree, path, _)| {
                let questions = tree.questions.iter();
                (
                    path.as_path(),
                    questions
                        .map(|q| (q.method.to_owned(), q.name.clone()))
                        .collect(),
                )
            })
            .collect();
        let theirs = oracle.ask(&asked)?;
        for ((tree, path, map), theirs) in batch.iter().zip(&theirs) {
            tally.tree(tree);
            for (question, theirs) in tree.questions.iter().zip(theirs) {
                if let Err(difference) =
                    one(&mut tally, tree, path, map, question, theirs.as_deref())
                {
                    differences.push(difference);
                }
            }
            if let Err(difference) = rules_show(&mut tally, tree, path, theirs) {
                differences.push(difference);
            }
            let _ = fs::remove_dir_all(path.parent().unwrap_or(path));
        }
    }
    if differences.is_empty() {
        return Ok(tally);
    }
    differences.truncate(SHOWN);
    Err(differences.join("\n"))
}

fn one(
    tally: &mut Tally,
    tree: &Tree,
    path: &Path,
    map: &Mapfile,
    question: &Question,
    theirs: Option<&[u8]>,
) -> Result<(), String> {
    tally.cases += 1;
    let ours = map.lookup(question.method.as_bytes(), &question.name);
    let same = match &ours {
        Lookup::GaveUp { .. } => {
            *tally
                .differences
                .entry("a pattern that is given up")
                .or_default() += 1;
            true
        }
        Lookup::NoMatch { .. } => theirs.is_none(),
        Lookup::Mapped(found) => {
            tally.hits += 1;
            tally.decided(tree, path.parent().unwrap_or(path), found);
            if trailing_backslash(found.template) {
                *tally
                    .differences
                    .entry("a backslash at the end of a canonical name")
                    .or_default() += 1;
                theirs.is_some_and(|theirs| theirs.starts_with(&found.canonical))
            } else {
                theirs == Some(&found.canonical)
            }
        }
    };
    if same {
        return Ok(());
    }
    Err(format!(
        "{} for {}\n  ours   {}\n  theirs {}\n{}",
        readable(&question.name),
        question.method,
        match &ours {
            Lookup::Mapped(found) => format!("{} by {}", readable(&found.canonical), found.at),
            other => format!("{other:?}"),
        },
        theirs.map_or("nothing".to_owned(), readable),
        shown(tree)
    ))
}

/// The plain reading gives what the library does; with a rule broken it does not, in the long run.
fn rules_show(
    tally: &mut Tally,
    tree: &Tree,
    path: &Path,
    theirs: &[Option<Vec<u8>>],
) -> Result<(), String> {
    let differs = |rule: Option<Rule>| {
        let Ok(reference) = Reference::read(&HostFiles, path, BareKeys::Literals, rule) else {
            return None;
        };
        tree.questions
            .iter()
            .zip(theirs)
            .find(|(question, theirs)| {
                match reference.lookup(question.method.as_bytes(), &question.name) {
                    Answer::GaveUp => false,
                    Answer::Nothing => theirs.is_some(),
                    Answer::Mapped(name) => theirs.as_ref() != Some(&name),
                }
            })
    };
    for rule in rules() {
        if !tally.is_settled(rule) && differs(Some(rule)).is_some() {
            tally.caught(rule);
        }
    }
    match differs(None) {
        None => Ok(()),
        Some((question, theirs)) => Err(format!(
            "the plain reading of {} for {} is not {theirs:?}\n{}",
            readable(&question.name),
            question.method,
            shown(tree)
        )),
    }
}
