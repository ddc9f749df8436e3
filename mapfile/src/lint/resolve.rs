//! From what a rule says to a finding: names and corrections are tried.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::case::is_privileged;
use super::code::Code;
use super::correct::Corrector;
use super::draft::{Becomes, Draft};
use super::finding::{Finding, Undecided, Witness};
use super::show::Excerpt;
use crate::document::{Document, Line};
use crate::escape::escape;
use crate::load::Sources;
use crate::lookup::{Lookup, Match, Outcome};
use crate::map::Mapfile;
use crate::statement::Statement;

/// How many findings of one code are told.
const MAX_OF_CODE: usize = 1000;

/// How many corrections are tried.
const MAX_CORRECTIONS: usize = 5000;

pub(super) struct Resolver<'r> {
    sources: &'r Sources,
    map: &'r Mapfile,
    corrector: Corrector,
    corrections: usize,
    findings: Vec<(usize, Finding)>,
    counts: BTreeMap<Code, usize>,
    undecided: Vec<Undecided>,
    uncorrected: usize,
    /// Lines that never match, by document: whom they would let in does not matter.
    shadowed: HashSet<(usize, usize)>,
}

impl<'r> Resolver<'r> {
    pub(super) fn new(sources: &'r Sources, map: &'r Mapfile) -> Self {
        Self {
            sources,
            map,
            corrector: Corrector::new(sources.keys()),
            corrections: 0,
            findings: Vec::new(),
            counts: BTreeMap::new(),
            undecided: Vec::new(),
            uncorrected: 0,
            shadowed: HashSet::new(),
        }
    }

    /// Says that a line of a document never matches.
    pub(super) fn never_matches(&mut self, index: usize, line: &Line) {
        self.shadowed.insert((index, line.at.start));
    }

    /// Takes what a rule says of a line of a document.
    pub(super) fn take(&mut self, index: usize, line: &Line, draft: Draft) {
        let Some(document) = self.sources.documents().get(index) else {
            return;
        };
        let mut witness = None;
        if !draft.witnesses.is_empty() {
            witness = self.witness(document, line, &draft);
            if witness.is_none() {
                if !self.shadowed.contains(&(index, line.at.start)) {
                    self.not_shown(document, line, &draft);
                }
                return;
            }
        }
        let count = self.counts.entry(draft.code).or_default();
        *count += 1;
        if *count > MAX_OF_CODE {
            return;
        }
        let correction = self.correction(&draft, witness.as_ref());
        let finding = finding(document, line, draft, witness, correction);
        self.findings.push((index, finding));
    }

    /// A name that the map accepts on the line.
    fn witness(&self, document: &Document, line: &Line, draft: &Draft) -> Option<Witness> {
        let Statement::Entry(entry) = &line.statement else {
            return None;
        };
        let method = entry.method.value(document.text());
        draft.witnesses.iter().find_map(|name| {
            let canonical = match self.map.lookup(&method, name) {
                Lookup::Mapped(found) if !draft.gives_up => {
                    let here = found.at.line == line.number && found.at.path == document.path();
                    if !here || !becomes(&found, draft.becomes) {
                        return None;
                    }
                    Some(found.canonical)
                }
                Lookup::GaveUp { at, .. } if draft.gives_up => {
                    if at.line != line.number || at.path != document.path() {
                        return None;
                    }
                    None
                }
                _ => return None,
            };
            Some(Witness {
                method: method.to_vec(),
                principal: name.clone(),
                canonical,
            })
        })
    }

    /// No name that was thought of gets as far as this line.
    fn not_shown(&mut self, document: &Document, line: &Line, draft: &Draft) {
        let Statement::Entry(entry) = &line.statement else {
            return;
        };
        let method = entry.method.value(document.text());
        let other = draft
            .witnesses
            .iter()
            .find_map(|name| match self.map.lookup(&method, name) {
                Lookup::Mapped(found) if found.at.line != line.number => Some(found.at.line),
                _ => None,
            });
        // Where the line itself does not match either there is nothing to tell.
        let Some(other) = other else { return };
        if self.undecided.len() < 100 {
            self.undecided.push(Undecided {
                at: Some((document.path().to_owned(), line.number)),
                code: Some(draft.code),
                what: format!(
                    "{}; but each name that was tried is taken by an earlier line, as line {other}",
                    draft.message
                ),
            });
        }
    }

    fn correction(&mut self, draft: &Draft, witness: Option<&Witness>) -> Option<Vec<u8>> {
        draft.fix.as_ref()?;
        if self.corrections == MAX_CORRECTIONS {
            self.uncorrected += 1;
            return None;
        }
        self.corrections += 1;
        let stranger = witness.map(|witness| witness.principal.as_slice());
        self.corrector.correct(draft, stranger)
    }

    /// The findings in order, and what was left out.
    pub(super) fn finish(self) -> (Vec<Finding>, Vec<Undecided>) {
        let mut findings = self.findings;
        findings.sort_by(|(a, one), (b, two)| {
            let key = |index: usize, finding: &Finding| (index, finding.line, finding.span.start);
            key(*a, one)
                .cmp(&key(*b, two))
                .then(two.severity.cmp(&one.severity))
        });
        let mut undecided = self.undecided;
        for (code, count) in self.counts {
            if count > MAX_OF_CODE {
                undecided.push(Undecided {
                    at: None,
                    code: Some(code),
                    what: format!("{} more findings are not told", count - MAX_OF_CODE),
                });
            }
        }
        if self.uncorrected > 0 {
            undecided.push(Undecided {
                at: None,
                code: None,
                what: format!(
                    "{} more findings have no correction, which would have taken too long",
                    self.uncorrected
                ),
            });
        }
        let findings = findings.into_iter().map(|(_, finding)| finding).collect();
        (findings, undecided)
    }
}

fn becomes(found: &Match<'_>, wanted: Option<Becomes>) -> bool {
    match wanted {
        None => true,
        Some(Becomes::Privileged) => {
            matches!(found.outcome(), Outcome::User { user, .. } if is_privileged(user))
        }
        Some(Becomes::WithReference(group)) => {
            let reference = [b'\\', b'0' + group];
            found.canonical.windows(2).any(|two| two == reference)
        }
    }
}

fn finding(
    document: &Document,
    line: &Line,
    draft: Draft,
    witness: Option<Witness>,
    correction: Option<Vec<u8>>,
) -> Finding {
    let text = document.text();
    let whole = text.get(line.at.clone()).unwrap_or_default();
    // What is about the whole file has no place in it.
    let span = if draft.span == (0..0) {
        line.at.start..line.at.start
    } else {
        clamp(&draft.span, &line.at)
    };
    let within = span.start - line.at.start..span.end - line.at.start;
    let name = escape(document.path().as_os_str().as_encoded_bytes());
    Finding {
        code: draft.code,
        severity: draft.severity,
        path: document.path().to_owned(),
        line: line.number,
        columns: within.start + 1..within.end + 1,
        excerpt: Excerpt::new(name, line.number, whole, within),
        span,
        message: draft.message,
        why: draft.why,
        witness,
        correction,
    }
}

fn clamp(span: &Range<usize>, line: &Range<usize>) -> Range<usize> {
    let start = span.start.clamp(line.start, line.end);
    start..span.end.clamp(start, line.end)
}
