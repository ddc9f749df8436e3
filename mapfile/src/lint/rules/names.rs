//! Canonical names that are not what they seem.

use crate::lint::case::{Case, Kind};
use crate::lint::code::{Code, Severity};
use crate::lint::draft::{Becomes, Draft, Drafts};
use crate::lint::method::Family;
use crate::lint::regex::{Fill, sample};
use crate::lookup::{Outcome, outcome};
use crate::substitute::references;

use Severity::{Advice, Error, Warning};

pub(super) fn check(case: &Case<'_>, drafts: &mut Drafts) {
    groups(case, drafts);
    let span = case.entry.canonical.span.clone();
    let backslashes = case
        .canonical
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\\')
        .count();
    if backslashes % 2 == 1 {
        drafts.push(Draft::new(
            Code::TrailingBackslash,
            Error,
            span.end.saturating_sub(1)..span.end,
            "the canonical name ends in a backslash",
            "HTCondor reads on behind the end of the name, and what it finds there becomes a part of it; if a \
             group was meant, its number is missing",
        ));
    }
    match outcome(&case.canonical) {
        Outcome::Plugin { names } => plugin(case, names, drafts),
        Outcome::User { domain, .. } => {
            if domain.is_some_and(|domain| domain.eq_ignore_ascii_case(b"unmapped")) {
                drafts.push(Draft::new(
                    Code::UnmappedDomain,
                    Advice,
                    span.clone(),
                    "users of the domain unmapped count as not mapped",
                    "daemons refuse them whatever asks for a mapped user, and no ALLOW list should name them",
                ));
            }
        }
        Outcome::Nothing => {}
    }
    if case.canonical.eq_ignore_ascii_case(b"GSS_ASSIST_GRIDMAP") {
        drafts.push(Draft::new(
            Code::GridmapName,
            Warning,
            span,
            "GSS_ASSIST_GRIDMAP is a user's name like any other",
            "HTCondor asks no grid-mapfile any more: whoever matches becomes the user of this name",
        ));
    }
}

fn plugin(case: &Case<'_>, names: &[u8], drafts: &mut Drafts) {
    let span = case.entry.canonical.span.clone();
    if case.family().is_some_and(|family| family != Family::Issuer) {
        drafts.push(Draft::new(
            Code::PluginResult,
            Error,
            span,
            "plugins are run for SCITOKENS only",
            "for other methods HTCondor takes this text for the user's name",
        ));
    } else if names.is_empty() {
        drafts.push(Draft::new(
            Code::PluginResult,
            Error,
            span,
            "PLUGIN: names no plugin",
            "HTCondor then runs none and takes PLUGIN: for the user's name; PLUGIN:* runs those of \
             SEC_SCITOKENS_PLUGIN_NAMES",
        ));
    }
}

fn groups(case: &Case<'_>, drafts: &mut Drafts) {
    let there = match &case.kind {
        Kind::Literal => 0,
        Kind::Pattern { compiled, .. } => compiled.groups(),
        Kind::Bad(_) => return,
    };
    let span = case.entry.canonical.span.clone();
    if let Some(group) = references(&case.canonical).find(|group| *group > there) {
        let has = match (&case.kind, there) {
            (Kind::Literal, _) => "a literal name has no groups".to_owned(),
            (_, 0) => "the pattern has no groups".to_owned(),
            (_, 1) => "the pattern has one group".to_owned(),
            (_, count) => format!("the pattern has {count} groups"),
        };
        drafts.push(Draft::new(
            Code::MissingGroup,
            Error,
            span,
            format!("there is no group \\{group}: {has}"),
            format!("\\{group} stays in the name as it is written"),
        ));
        return;
    }
    let (Kind::Pattern { compiled, .. }, Some(tree)) = (&case.kind, case.tree()) else {
        return;
    };
    for group in references(&case.canonical).filter(|group| *group > 0) {
        let names: Vec<Vec<u8>> = tree
            .alternatives
            .iter()
            .take(16)
            .filter_map(|sequence| sample(sequence, Fill::Least, &[]))
            .filter(|name| matches!(compiled.find(name), Ok(Some(found)) if found.len() <= group))
            .collect();
        let Ok(digit) = u8::try_from(group) else {
            continue;
        };
        if !names.is_empty() {
            let mut draft = Draft::new(
                Code::UnsetGroup,
                Warning,
                span,
                format!("the group \\{group} need not match anything"),
                format!("where it does not, \\{group} stays in the name as it is written"),
            )
            .shown_by(names);
            draft.becomes = Some(Becomes::WithReference(digit));
            drafts.push(draft);
            return;
        }
    }
}
