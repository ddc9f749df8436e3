//! Many cases, both sides of each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Case;
use super::compare::{stable_lines, verdict, volatile};
use super::shrink::shrink;
use super::sides::{Answer, Form, Side, read};
use super::tally::Tally;
use crate::roots::{Release, Roots};

/// The roots, and our program's name inside them.
#[derive(Debug)]
pub struct Bench {
    /// The roots.
    pub roots: Roots,
    /// The program.
    pub program: String,
    folders: AtomicUsize,
}

/// So many differences are shown.
const SHOWN: usize = 8;

impl Bench {
    /// With this program.
    #[must_use]
    pub fn new(roots: Roots, program: String) -> Self {
        Self {
            roots,
            program,
            folders: AtomicUsize::new(0),
        }
    }

    /// A new folder's name.
    pub(crate) fn folder(&self) -> String {
        format!("case-{}", self.folders.fetch_add(1, Ordering::Relaxed))
    }

    /// One side's answer. The files are written anew, since a configuration may write files itself.
    pub(crate) fn ask(
        &self,
        release: Release,
        side: Side<'_>,
        case: &Case,
        folder: &str,
        form: Form,
    ) -> (Answer, String) {
        self.remove(folder);
        let here = case.write(&self.roots, folder);
        (read(&self.roots, release, side, case, &here, form), here)
    }

    pub(crate) fn remove(&self, folder: &str) {
        let _ =
            std::fs::remove_dir_all(self.roots.host(&format!("{}/{folder}", self.roots.area())));
    }

    /// Lets both sides read one case in the verbose form, and in these.
    ///
    /// # Errors
    /// How they differ.
    pub fn one(
        &self,
        release: Release,
        case: &Case,
        forms: &[Form],
        tally: &mut Tally,
    ) -> Result<(), String> {
        let folder = self.folder();
        let ours = Side::Ours(&self.program, release);
        let (theirs, here) = self.ask(release, Side::Theirs, case, &folder, Form::Verbose);
        let (mine, _) = self.ask(release, ours, case, &folder, Form::Verbose);
        tally.cases += 1;
        let mut wrong: Vec<String> = verdict(case, &here, &theirs, &mine).into_iter().collect();
        match &theirs {
            Answer::Refused(_) => tally.refused += 1,
            Answer::Hangs => tally.endless += 1,
            Answer::BrokeOff(..) => {
                tally.broke_off += 1;
                count_features(case, tally);
            }
            Answer::Read(..) => {
                count_features(case, tally);
                let knobs = theirs.knobs().unwrap_or_default();
                tally.knobs += knobs.len();
                tally.set += knobs
                    .iter()
                    .filter(|knob| !knob.place.starts_with('<'))
                    .count();
                let loose = volatile(&knobs);
                for &form in forms {
                    if wrong.is_empty() {
                        let (theirs, _) = self.ask(release, Side::Theirs, case, &folder, form);
                        let (mine, _) = self.ask(release, ours, case, &folder, form);
                        wrong.extend(texts_differ(form, &theirs, &mine, &loose, |name| {
                            let below = name.trim_start_matches('/');
                            self.roots.root(release).join(below).exists()
                        }));
                    }
                }
            }
        }
        self.remove(&folder);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.join("\n        "))
    }

    /// Lets both sides read all of them.
    ///
    /// # Errors
    /// Where they differ.
    pub fn all(&self, release: Release, cases: &[Case]) -> Result<Tally, String> {
        let mut tally = Tally::default();
        let mut wrong = 0;
        let mut text = String::new();
        for (number, case) in cases.iter().enumerate() {
            // What these print is in the verbose form, too.
            let forms: &[Form] = match number % 4 {
                0 => &[Form::Raw],
                1 => &[Form::Expanded],
                _ => &[],
            };
            let Err(difference) = self.one(release, case, forms, &mut tally) else {
                continue;
            };
            wrong += 1;
            if wrong > SHOWN {
                continue;
            }
            let small = shrink(self, release, case);
            let again = self
                .one(release, &small, forms, &mut Tally::default())
                .err();
            let shown = again
                .as_ref()
                .map_or_else(|| case.shown(), |_| small.shown());
            let difference = again.unwrap_or(difference);
            let name = &case.name;
            writeln!(
                text,
                "{name}, {}:\n        {difference}\n{shown}",
                release.version()
            )
            .unwrap();
        }
        if wrong == 0 {
            return Ok(tally);
        }
        Err(format!(
            "{wrong} of {} differ\n{text}\n{tally}",
            cases.len()
        ))
    }
}

fn count_features(case: &Case, tally: &mut Tally) {
    for (feature, times) in &case.features {
        let counts = tally.features.entry(feature).or_default();
        *counts = [counts[0] + 1, counts[1] + times];
    }
}

/// Before the names of the files that were read.
const FILES: &str = "# Contributing configuration file(s):";

fn texts_differ(
    form: Form,
    theirs: &Answer,
    ours: &Answer,
    loose: &BTreeSet<String>,
    is_there: impl Fn(&str) -> bool,
) -> Option<String> {
    let (Answer::Read(left, _), Answer::Read(right, _)) = (theirs, ours) else {
        return Some(format!(
            "{form:?}: they end otherwise: {theirs:?}, not {ours:?}"
        ));
    };
    // HTCondor also lists what LOCAL_CONFIG_FILE names and is not there; ours lists what was read, but for the null device.
    let files = |text: &str| -> Vec<String> {
        let (_, files) = text.split_once(FILES).unwrap_or_default();
        let names = files.lines().filter_map(|line| line.strip_prefix("#\t"));
        let mut files: Vec<String> = names
            .filter(|name| *name != "/dev/null" && (name.contains('|') || is_there(name)))
            .map(str::to_owned)
            .collect();
        // They stand in another order: HTCondor lists the files of a folder behind what they include.
        files.sort();
        files
    };
    let (theirs, ours) = (files(left), files(right));
    let (left, right) = (stable_lines(left, loose), stable_lines(right, loose));
    let pair = left.iter().zip(&right).find(|(left, right)| left != right);
    match pair {
        Some((left, right)) => Some(format!("{form:?}: {left:?}, not {right:?}")),
        None if left.len() != right.len() => Some(format!(
            "{form:?}: {} lines, not {}",
            left.len(),
            right.len()
        )),
        None if theirs != ours => Some(format!("its files: {theirs:?}, not {ours:?}")),
        None => None,
    }
}
