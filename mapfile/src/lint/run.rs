//! All rules over all lines.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use super::case::{Case, Kind};
use super::code::{Code, Severity};
use super::draft::{Draft, Drafts};
use super::finding::{Report, Undecided};
use super::host::Host;
use super::resolve::Resolver;
use super::rules;
use super::summary::Summary;
use crate::document::{Document, Line};
use crate::escape::escape;
use crate::load::Sources;
use crate::map::Mapfile;
use crate::problem::ProblemKind;
use crate::statement::Statement;

/// How many patterns are tried for names on which they are given up.
const MAX_SLOW: usize = 30;

/// How many lines that were not decided are named.
const MAX_UNDECIDED: usize = 100;

pub(super) fn run(sources: &Sources, map: &Mapfile, host: &dyn Host) -> Report {
    let mut run = Run {
        sources,
        resolver: Resolver::new(sources, map),
        undecided: Vec::new(),
        more_undecided: 0,
    };
    run.files(host);
    let (cases, spots, drafts) = run.lines();
    // First, since it says of which lines nothing else need be shown.
    run.reach(&cases, &spots);
    for (index, line, draft) in drafts {
        run.resolver.take(index, line, draft);
    }
    run.slow(&cases, &spots);
    let patterns = |case: &&Case<'_>| matches!(case.kind, Kind::Pattern { .. });
    let summary = Summary {
        files: sources.documents().len(),
        lines: sources
            .documents()
            .iter()
            .map(|file| file.lines().len())
            .sum(),
        entries: cases.len(),
        patterns: cases.iter().filter(patterns).count(),
        keys: sources.keys(),
    };
    let (findings, left_out) = run.resolver.finish();
    let mut undecided = run.undecided;
    if run.more_undecided > 0 {
        undecided.push(Undecided {
            at: None,
            code: None,
            what: format!("{} more lines were not decided", run.more_undecided),
        });
    }
    undecided.extend(left_out);
    Report {
        findings,
        undecided,
        summary,
    }
}

struct Run<'r> {
    sources: &'r Sources,
    resolver: Resolver<'r>,
    undecided: Vec<Undecided>,
    more_undecided: usize,
}

/// Where a case stands.
struct Spot<'r> {
    document: usize,
    line: &'r Line,
}

/// What a rule says, of which document and line.
type Said<'r> = (usize, &'r Line, Draft);

impl<'r> Run<'r> {
    /// Who may write the files.
    fn files(&mut self, host: &dyn Host) {
        let mut seen = BTreeSet::new();
        for (index, document) in self.sources.documents().iter().enumerate() {
            let Some(line) = document.lines().first() else {
                continue;
            };
            for draft in rules::files::check(document.path(), host, &mut seen) {
                self.resolver.take(index, line, draft);
            }
        }
    }

    /// Every line by itself.
    fn lines(&mut self) -> (Vec<Case<'r>>, Vec<Spot<'r>>, Vec<Said<'r>>) {
        let sources = self.sources;
        let includes = includes(sources);
        let (mut cases, mut spots, mut said) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        let mut twice = BTreeSet::new();
        let mut returns = HashMap::new();
        for (index, line) in sources.lines() {
            let Some(document) = sources.documents().get(index) else {
                continue;
            };
            if !seen.insert((index, line.at.start)) {
                if twice.insert(index) {
                    said.push((index, line, included_twice(document)));
                }
                continue;
            }
            let mut drafts = Drafts::default();
            rules::any(document.text(), line, &mut drafts);
            if let Some(kinds) = includes.get(&(index, line.number)) {
                drafts
                    .all
                    .extend(kinds.iter().map(|kind| include(line, kind)));
            }
            if let Statement::Entry(entry) = &line.statement {
                let case = Case::new(document.text(), sources.keys(), line, entry);
                rules::of_case(&case, &mut drafts);
                cases.push(case);
                spots.push(Spot {
                    document: index,
                    line,
                });
            }
            for draft in drafts.all {
                if draft.code == Code::CarriageReturn {
                    let count = returns.entry(index).or_insert(0usize);
                    *count += 1;
                    // All of a file's lines have it, or an editor was at work: one finding will do.
                    if *count > 1 {
                        continue;
                    }
                }
                said.push((index, line, draft));
            }
            for (code, what) in drafts.undecided {
                self.undecided(document, line.number, code, what);
            }
        }
        for (index, _, draft) in &mut said {
            let count = returns.get(index).copied().unwrap_or(0);
            if draft.code == Code::CarriageReturn && count > 1 {
                let more = count - 1;
                draft.message =
                    format!("this line ends as on Windows, as do {more} more of the file");
            }
        }
        (cases, spots, said)
    }

    fn slow(&mut self, cases: &[Case<'r>], spots: &[Spot<'r>]) {
        let mut left_out = 0;
        let mut tried = 0;
        for (case, spot) in cases.iter().zip(spots) {
            if !rules::slow::is_suspicious(case) {
                continue;
            }
            if tried == MAX_SLOW {
                left_out += 1;
                continue;
            }
            tried += 1;
            if let Some(draft) = rules::slow::check(case) {
                self.resolver.take(spot.document, spot.line, draft);
            }
        }
        self.left_out(
            Code::GivesUp,
            left_out,
            "have a repetition within a repetition and were not tried",
        );
    }

    fn reach(&mut self, cases: &[Case<'r>], spots: &[Spot<'r>]) {
        let found = rules::reach::check(cases);
        let place = |number: usize| {
            let spot = spots.get(number)?;
            let document = self.sources.documents().get(spot.document)?;
            let path = escape(document.path().as_os_str().as_encoded_bytes());
            Some(format!("line {} of {path}", spot.line.number))
        };
        let mut drafts = Vec::new();
        for (line, earlier) in found.shadowed {
            let (Some(case), Some(before), Some(place)) =
                (cases.get(line), cases.get(earlier), place(earlier))
            else {
                continue;
            };
            drafts.push((line, rules::reach::draft(case, before, &place)));
        }
        let doubtful: Vec<(usize, String)> = found
            .doubtful
            .iter()
            .filter_map(|(line, earlier)| Some((*line, place(*earlier)?)))
            .collect();
        for (line, draft) in drafts {
            if let Some(spot) = spots.get(line) {
                self.resolver.never_matches(spot.document, spot.line);
                self.resolver.take(spot.document, spot.line, draft);
            }
        }
        for (line, place) in doubtful {
            let Some(spot) = spots.get(line) else {
                continue;
            };
            let Some(document) = self.sources.documents().get(spot.document) else {
                continue;
            };
            let what = format!(
                "the line may never match: {place} takes every name that was tried; patterns are not compared \
                 further"
            );
            self.undecided(document, spot.line.number, Some(Code::Shadowed), what);
        }
        self.left_out(
            Code::Shadowed,
            found.left_out,
            "were not compared with the patterns before them, which would have taken too long",
        );
    }

    fn left_out(&mut self, code: Code, count: usize, what: &str) {
        if count > 0 {
            self.undecided.push(Undecided {
                at: None,
                code: Some(code),
                what: format!("{count} lines {what}"),
            });
        }
    }

    fn undecided(&mut self, document: &Document, line: usize, code: Option<Code>, what: String) {
        if self.undecided.len() >= MAX_UNDECIDED {
            self.more_undecided += 1;
            return;
        }
        self.undecided.push(Undecided {
            at: Some((document.path().to_owned(), line)),
            code,
            what,
        });
    }
}

/// What is wrong with includes, by document and line.
fn includes(sources: &Sources) -> HashMap<(usize, usize), Vec<&ProblemKind>> {
    let documents = sources.documents().iter().enumerate();
    let documents: HashMap<PathBuf, usize> = documents
        .map(|(index, document)| (document.path().to_owned(), index))
        .collect();
    let mut found: HashMap<(usize, usize), Vec<&ProblemKind>> = HashMap::new();
    for problem in sources.problems() {
        let is_include = matches!(
            problem.kind,
            ProblemKind::NestedInclude
                | ProblemKind::EmptyInclude
                | ProblemKind::UnreadableInclude { .. }
        );
        if let (true, Some(index)) = (is_include, documents.get(&problem.path)) {
            let kinds = found.entry((*index, problem.line)).or_default();
            kinds.push(&problem.kind);
        }
    }
    found
}

fn include(line: &Line, kind: &ProblemKind) -> Draft {
    let span = match &line.statement {
        Statement::Include { path } if !path.span.is_empty() => path.span.clone(),
        _ => line.at.start..line.at.start + 1,
    };
    let (code, why) = match kind {
        ProblemKind::NestedInclude => (
            Code::NestedInclude,
            "HTCondor ignores it: only the mapfile itself may include others",
        ),
        ProblemKind::EmptyInclude => (Code::EmptyInclude, "HTCondor ignores it"),
        _ => (
            Code::UnreadableInclude,
            "HTCondor goes on without these lines, bans among them; this was tried as the user who runs this",
        ),
    };
    Draft::new(code, Severity::Error, span, kind.to_string(), why)
}

fn included_twice(document: &Document) -> Draft {
    Draft::new(
        Code::IncludedTwice,
        Severity::Advice,
        0..0,
        format!(
            "{} is included more than once",
            escape(document.path().as_os_str().as_encoded_bytes())
        ),
        "the first line that matches counts, so that only the first time matters",
    )
}
