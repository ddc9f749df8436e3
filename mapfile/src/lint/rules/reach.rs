//! Lines that can never match, because earlier ones of their method take all that they could.

use std::collections::HashMap;

use crate::lint::case::{Case, Kind};
use crate::lint::code::{Code, Severity};
use crate::lint::draft::Draft;
use crate::lint::regex::{Fill, Node, Override, Reach, exact, is_universal, reach, sample, texts};
use crate::prefilter::Prefilter;

/// How many times a pattern may be run, all in all.
const MAX_TRIES: usize = 20_000_000;

/// What a pattern that was given up counts for.
const GAVE_UP: usize = 400_000;

/// How many lines are spoken of that probably never match.
const MAX_DOUBTFUL: usize = 20;

/// What is known of earlier lines.
#[derive(Default)]
pub(in crate::lint) struct Found {
    /// Lines and the earlier ones that take all they could.
    pub(in crate::lint) shadowed: Vec<(usize, usize)>,
    /// Lines and the earlier ones that took every name that was tried.
    pub(in crate::lint) doubtful: Vec<(usize, usize)>,
    /// How many lines were not looked at.
    pub(in crate::lint) left_out: usize,
}

/// One method's lines, by their numbers among all.
struct Lines<'c> {
    cases: &'c [Case<'c>],
    patterns: Vec<Earlier>,
    prefilter: Prefilter,
    tries: &'c mut usize,
}

struct Earlier {
    line: usize,
    reach: Reach,
}

/// Looks at all lines, which stand in the order of reading.
pub(in crate::lint) fn check(cases: &[Case<'_>]) -> Found {
    let mut methods: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
    for (number, case) in cases.iter().enumerate() {
        if !matches!(case.kind, Kind::Bad(_)) {
            let name = case.method.to_ascii_lowercase();
            methods.entry(name).or_default().push(number);
        }
    }
    let mut found = Found::default();
    let mut tries = MAX_TRIES;
    let mut methods: Vec<Vec<usize>> = methods.into_values().collect();
    methods.sort_unstable();
    for lines in methods {
        of_method(cases, &lines, &mut tries, &mut found);
    }
    found.shadowed.sort_unstable();
    found.doubtful.sort_unstable();
    found.doubtful.truncate(MAX_DOUBTFUL);
    found
}

fn of_method(cases: &[Case<'_>], lines: &[usize], tries: &mut usize, found: &mut Found) {
    let patterns: Vec<Earlier> = lines
        .iter()
        .filter_map(|line| {
            let case = cases.get(*line)?;
            let Kind::Pattern { tree, .. } = &case.kind else {
                return None;
            };
            let reach = tree.as_ref().map_or(Reach::Other, reach);
            Some(Earlier { line: *line, reach })
        })
        .collect();
    let texts = patterns.iter().map(|earlier| {
        cases
            .get(earlier.line)
            .map_or(&b""[..], |case| &*case.principal)
    });
    let prefilter = Prefilter::new(texts.collect::<Vec<_>>().into_iter());
    let mut method = Lines {
        cases,
        prefilter,
        patterns,
        tries,
    };
    let mut universal: Option<usize> = None;
    let mut literals: HashMap<&[u8], usize> = HashMap::new();
    let mut same: HashMap<(&[u8], bool, bool), usize> = HashMap::new();
    for line in lines {
        let Some(case) = cases.get(*line) else {
            continue;
        };
        let known = match (&case.kind, universal) {
            (_, Some(earlier)) => Some(earlier),
            (Kind::Literal, _) => literals.get(&*case.principal).copied(),
            (Kind::Pattern { flags, .. }, _) => {
                let key = (&*case.principal, flags.caseless, flags.ungreedy);
                let before = same.get(&key).copied();
                same.entry(key).or_insert(*line);
                before
            }
            _ => None,
        };
        if matches!(case.kind, Kind::Literal) {
            literals.entry(&*case.principal).or_insert(*line);
        }
        if universal.is_none() && case.tree().is_some_and(is_universal) {
            universal = Some(*line);
        }
        if *method.tries == 0 && known.is_none() {
            found.left_out += 1;
            continue;
        }
        match known.or_else(|| method.taken(*line, case, &literals)) {
            Some(earlier) => found.shadowed.push((*line, earlier)),
            None => {
                if let Some(earlier) = method.doubtful(*line, case) {
                    found.doubtful.push((*line, earlier));
                }
            }
        }
    }
}

impl Lines<'_> {
    /// The first line before `line` that `name` is found by, of those whose reach is one of these.
    fn first(&mut self, line: usize, name: &[u8], wanted: &[Reach]) -> Option<usize> {
        let candidates = self.prefilter.candidates(name);
        *self.tries = self.tries.saturating_sub(1 + candidates.len() / 8);
        for candidate in candidates {
            let earlier = self.patterns.get(candidate as usize)?;
            if earlier.line >= line || *self.tries == 0 {
                return None;
            }
            if !wanted.contains(&earlier.reach) {
                continue;
            }
            let Some(Kind::Pattern { compiled, .. }) =
                self.cases.get(earlier.line).map(|case| &case.kind)
            else {
                continue;
            };
            *self.tries = self.tries.saturating_sub(1);
            match compiled.matches(name) {
                Ok(true) => return Some(earlier.line),
                Ok(false) => {}
                // Nobody is made of the name, so that nothing behind matters.
                Err(_) => {
                    *self.tries = self.tries.saturating_sub(GAVE_UP);
                    return None;
                }
            }
        }
        None
    }

    /// The earlier line that takes all that this one could.
    fn taken(
        &mut self,
        line: usize,
        case: &Case<'_>,
        literals: &HashMap<&[u8], usize>,
    ) -> Option<usize> {
        const ANY: [Reach; 3] = [Reach::Prefix, Reach::Contains, Reach::Other];
        let tree = match &case.kind {
            Kind::Literal => return self.first(line, &case.principal, &ANY),
            Kind::Pattern { flags, tree, .. } if !flags.caseless => tree.as_ref()?,
            _ => return None,
        };
        if tree.start > 0 {
            return None;
        }
        if let Some(name) = exact(tree) {
            return literals
                .get(name.as_slice())
                .copied()
                .or_else(|| self.first(line, &name, &ANY));
        }
        texts(tree).into_iter().find_map(|(text, leading)| {
            let wanted: &[Reach] = if leading {
                &[Reach::Prefix, Reach::Contains]
            } else {
                &[Reach::Contains]
            };
            self.first(line, &text, wanted)
        })
    }

    /// An earlier line that takes every name that is tried, if there are several.
    fn doubtful(&mut self, line: usize, case: &Case<'_>) -> Option<usize> {
        let names = names(case);
        if names.len() < 3 {
            return None;
        }
        let mut all = None;
        for name in &names {
            let earlier =
                self.first(line, name, &[Reach::Prefix, Reach::Contains, Reach::Other])?;
            if *all.get_or_insert(earlier) != earlier {
                return None;
            }
        }
        all
    }
}

/// Different names that a pattern matches.
fn names(case: &Case<'_>) -> Vec<Vec<u8>> {
    let Some(tree) = case.tree() else {
        return Vec::new();
    };
    let several: Vec<usize> = tree
        .items()
        .into_iter()
        .filter(|item| match &item.node {
            Node::Repeat { item, .. } => matches!(item.node, Node::Any | Node::Class(_)),
            _ => false,
        })
        .map(|item| item.at.start)
        .take(8)
        .collect();
    let mut names = Vec::new();
    for sequence in tree.alternatives.iter().take(8) {
        names.extend(sample(sequence, Fill::Some, &[]));
        for text in [&b"a"[..], b"bb", b"cab", b"q", b"Zz", b"77", b"m-1"] {
            let overrides: Vec<Override<'_>> = several.iter().map(|at| (*at, text)).collect();
            names.extend(sample(sequence, Fill::Some, &overrides));
        }
    }
    names.sort_unstable();
    names.dedup();
    names.retain(|name| case.matches(name));
    names
}

/// What is said of a line that never matches.
pub(in crate::lint) fn draft(case: &Case<'_>, earlier: &Case<'_>, place: &str) -> Draft {
    let same = *case.canonical == *earlier.canonical;
    let severity = match (case.bans() && !earlier.refuses(), same) {
        (true, _) => Severity::Error,
        (false, true) => Severity::Advice,
        (false, false) => Severity::Warning,
    };
    let why = match severity {
        Severity::Error => {
            "the first line that matches counts, so that this ban holds for nobody; move it before that line"
        }
        Severity::Advice => {
            "the first line that matches counts, and gives the same name; this one can go"
        }
        Severity::Warning => {
            "the first line that matches counts; the more exact line must come first"
        }
    };
    Draft::new(
        Code::Shadowed,
        severity,
        case.entry.principal.span.clone(),
        format!("this line never matches: {place} takes every name of one line that it could"),
        why,
    )
}
