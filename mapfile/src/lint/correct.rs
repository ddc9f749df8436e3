//! Corrections, tried before anybody sees them.

use std::path::Path;

use super::code::Code;
use super::draft::{Draft, Drafts, Fix};
use super::rules;
use crate::document::Document;
use crate::files::{Exclude, MemoryFiles};
use crate::keys::BareKeys;
use crate::load::{Options, Sources};
use crate::lookup::Lookup;
use crate::map::Mapfile;
use crate::statement::Statement;

/// How many mistakes of one line are corrected at once.
const MAX_STEPS: usize = 8;

/// Tries corrections of lines that are read this way.
pub(super) struct Corrector {
    options: Options,
}

impl Corrector {
    pub(super) fn new(keys: BareKeys) -> Self {
        let exclude = Exclude::matching("").unwrap_or_default();
        Self {
            options: Options { keys, exclude },
        }
    }

    /// The line without what the draft is about, and without what else can be corrected; `None` if no
    /// line that was thought of stands the trial.
    pub(super) fn correct(&self, draft: &Draft, witness: Option<&[u8]>) -> Option<Vec<u8>> {
        let first = draft.fix.as_ref()?;
        let all = self.all(first, draft.code);
        [all.as_slice(), std::slice::from_ref(first)]
            .into_iter()
            .find(|steps| self.holds(steps, draft.code, witness))
            .and_then(|steps| steps.last())
            .map(|last| last.line.clone())
    }

    /// One correction after the other.
    fn all(&self, first: &Fix, code: Code) -> Vec<Fix> {
        let mut steps = vec![first.clone()];
        let mut codes = vec![code];
        while steps.len() < MAX_STEPS {
            let Some(line) = steps.last().map(|step| step.line.as_slice()) else {
                break;
            };
            let Some((_, drafts)) = self.read(line) else {
                break;
            };
            let next = drafts
                .all
                .into_iter()
                .filter(|draft| !codes.contains(&draft.code))
                .find_map(|draft| Some((draft.code, draft.fix?)));
            let Some((code, fix)) = next else { break };
            codes.push(code);
            steps.push(fix);
        }
        steps
    }

    /// What the rules say of a line that maps.
    fn read(&self, line: &[u8]) -> Option<(Document, Drafts)> {
        let document = Document::parse("", line, self.options.keys);
        let [only] = document.lines() else {
            return None;
        };
        if !matches!(only.statement, Statement::Entry(_)) {
            return None;
        }
        let drafts = rules::line(document.text(), self.options.keys, only);
        Some((document, drafts))
    }

    /// Whether the last line has the mistake no more, keeps the names that it should and drops the one
    /// that it should not have.
    fn holds(&self, steps: &[Fix], code: Code, witness: Option<&[u8]>) -> bool {
        let Some(last) = steps.last() else {
            return false;
        };
        let Some((document, drafts)) = self.read(&last.line) else {
            return false;
        };
        let Some(Statement::Entry(entry)) = document.lines().first().map(|line| &line.statement)
        else {
            return false;
        };
        if drafts.has(code) {
            return false;
        }
        let method = entry.method.value(document.text());
        let files = MemoryFiles::default();
        let Ok(sources) = Sources::of_bytes(&files, Path::new(""), &last.line, &self.options)
        else {
            return false;
        };
        let map = Mapfile::compile(&sources);
        let maps = |name: &[u8]| matches!(map.lookup(&method, name), Lookup::Mapped(_));
        steps
            .iter()
            .filter_map(|step| step.keeps.as_deref())
            .all(maps)
            && !witness.is_some_and(maps)
    }
}
