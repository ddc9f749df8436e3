//! Patterns that are given up on some names.

use crate::lint::case::{Case, Kind};
use crate::lint::code::{Code, Severity};
use crate::lint::draft::Draft;
use crate::lint::regex::{Fill, Item, Node, Override, Sequence, sample};

/// How often the repeated part is repeated: enough for the match limit, if each doubles the work.
const TIMES: usize = 48;

/// Whether a repetition within a repetition makes a trial worth its time.
pub(in crate::lint) fn is_suspicious(case: &Case<'_>) -> bool {
    case.tree()
        .is_some_and(|tree| tree.items().into_iter().any(|item| nested(item).is_some()))
}

/// A name on which the pattern is given up.
pub(in crate::lint) fn check(case: &Case<'_>) -> Option<Draft> {
    let Kind::Pattern { compiled, .. } = &case.kind else {
        return None;
    };
    let tree = case.tree()?;
    let outer = tree
        .items()
        .into_iter()
        .find(|item| nested(item).is_some())?;
    let once = sample(nested(outer)?, Fill::Some, &[])?;
    let many = once.repeat(TIMES.min(2048 / once.len().max(1)));
    let found = tree.alternatives.iter().take(4).find_map(|sequence| {
        let overrides: [Override<'_>; 1] = [(outer.at.start, &many)];
        let name = sample(sequence, Fill::Some, &overrides)?;
        [&b"!"[..], b"\x01x"]
            .iter()
            .map(|wrong| [&name, *wrong].concat())
            .find(|name| compiled.find(name).is_err())
    });
    let names: Vec<Vec<u8>> = found.into_iter().collect();
    if names.is_empty() {
        return None;
    }
    let mut draft = Draft::new(
        Code::GivesUp,
        Severity::Warning,
        case.in_principal(outer.at.clone()),
        "a repetition within a repetition makes the search for a match endless on some names",
        "PCRE2 gives up, and HTCondor goes on to the next line: a ban does not hold, and each try costs the daemon \
         time",
    )
    .shown_by(names);
    draft.gives_up = true;
    Some(draft)
}

/// What an unbounded repetition repeats, if there is another in it.
fn nested(item: &Item) -> Option<&Sequence> {
    let Node::Repeat {
        item: inner,
        max: None,
        ..
    } = &item.node
    else {
        return None;
    };
    let Node::Group { alternatives, .. } = &inner.node else {
        return None;
    };
    alternatives.iter().find(|sequence| {
        sequence
            .iter()
            .any(|item| matches!(item.node, Node::Repeat { max: None, .. }))
    })
}
