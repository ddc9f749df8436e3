//! Host names in patterns: dots that stand for any byte, and wildcards that may stand for a host.

use std::ops::Range;

use crate::lint::case::Case;
use crate::lint::code::{Code, Severity};
use crate::lint::draft::{Draft, Drafts};
use crate::lint::method::Family;
use crate::lint::regex::{Fill, Item, Node, Sequence, Tree, is_universal, sample};

use super::anchors::{at_most, complete, meant};
use Severity::{Advice, Error, Warning};

pub(super) fn check(case: &Case<'_>, drafts: &mut Drafts) {
    let (Some(family), Some(tree)) = (case.family(), case.tree()) else {
        return;
    };
    if case.refuses() || is_universal(tree) {
        return;
    }
    if matches!(family, Family::Issuer | Family::Subject | Family::Realm) {
        dots(case, tree, family, drafts);
    }
    if family == Family::Issuer && !drafts.has(Code::OpenIssuer) {
        wildcards(case, tree, drafts);
    }
}

/// The host of a URL.
pub(super) fn authority(url: &[u8]) -> Option<Range<usize>> {
    let start = url.windows(3).position(|three| three == b"://")? + 3;
    let rest = url.get(start..)?;
    let length = rest
        .iter()
        .position(|byte| b"/?#:,".contains(byte))
        .unwrap_or(rest.len());
    Some(start..start + length)
}

fn dots(case: &Case<'_>, tree: &Tree, family: Family, drafts: &mut Drafts) {
    let dots = tree.dots();
    let mut found: Option<(Severity, usize, Vec<u8>)> = None;
    for dot in dots.iter().take(64) {
        let Some(sequence) = holding(tree, *dot) else {
            continue;
        };
        let plain = meant(family, sequence);
        let other = sample(sequence, Fill::Some, &[(*dot, b"x")]).map(|mut name| {
            complete(family, &mut name);
            name
        });
        let (Some(plain), Some(other)) = (plain, other) else {
            continue;
        };
        let severity = match family {
            _ if !changes_host(family, &plain, &other) => Advice,
            Family::Realm => Warning,
            _ => Error,
        };
        if found.as_ref().is_none_or(|(worst, _, _)| *worst < severity) {
            found = Some((severity, *dot, other));
        }
    }
    let Some((severity, dot, witness)) = found else {
        return;
    };
    let mut pattern = case.principal.to_vec();
    for at in dots.iter().rev() {
        if *at <= pattern.len() {
            pattern.insert(*at, b'\\');
        }
    }
    let keeps = holding(tree, dot).and_then(|sequence| meant(family, sequence));
    drafts.push(
        Draft::new(
            Code::UnescapedDot,
            at_most(case, severity),
            case.in_principal(dot..dot + 1),
            match dots.len() {
                1 => "this dot stands for any byte".to_owned(),
                count => format!("this dot and {} more of the pattern stand for any byte", count - 1),
            },
            match severity {
                Advice => "a dot of a name is written \\. in a pattern; no host that others could register came to \
                           mind",
                _ => "whoever registers a host name that differs in this byte will do; a dot of a name is written \\.",
            },
        )
        .shown_by(vec![witness])
        .fixed(Some(case.with_pattern(&pattern, keeps))),
    );
}

/// The alternative in which the element stands.
fn holding(tree: &Tree, at: usize) -> Option<&Sequence> {
    tree.alternatives.iter().find(|sequence| {
        let first = sequence.first().map(|item| item.at.start);
        let last = sequence.last().map(|item| item.at.end);
        matches!((first, last), (Some(first), Some(last)) if (first..last).contains(&at))
    })
}

/// Whether the names differ in one byte of a host, of which something stays behind a dot.
fn changes_host(family: Family, plain: &[u8], other: &[u8]) -> bool {
    let Some(at) = plain.iter().zip(other).position(|(one, two)| one != two) else {
        return false;
    };
    if plain.get(at) != Some(&b'.') {
        return false;
    }
    if family == Family::Issuer {
        let within = authority(plain).is_none_or(|host| host.contains(&at));
        if !within {
            return false;
        }
    }
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'.' || **byte == b'-';
    let behind = other.get(at..).unwrap_or_default();
    let host: Vec<u8> = behind.iter().take_while(part).copied().collect();
    let top = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    host.contains(&b'.') && top.len() > 1 && top.iter().all(u8::is_ascii_alphabetic)
}

/// What a wildcard is tried with. The last is for one that stands where the whole issuer should.
const HOSTS: [&[u8]; 8] = [
    b"evil.example",
    b".evil.example",
    b"evil.example/",
    b".evil.example/",
    b"evil.example?",
    b".evil.example?",
    b".evil.example,",
    b"https://evil.example/?",
];

fn wildcards(case: &Case<'_>, tree: &Tree, drafts: &mut Drafts) {
    for sequence in tree.alternatives.iter().take(64) {
        for item in unbounded(sequence).into_iter().take(16) {
            let witness = HOSTS.iter().find_map(|host| {
                let mut name = sample(sequence, Fill::Some, &[(item.at.start, host)])?;
                complete(Family::Issuer, &mut name);
                (is_evil(&name) && case.matches(&name)).then_some(name)
            });
            let Some(witness) = witness else { continue };
            let mut pattern = case.principal.to_vec();
            let inner = match &item.node {
                Node::Repeat { item, .. } => item.at.clone(),
                _ => item.at.clone(),
            };
            if inner.end <= pattern.len() && inner.start <= inner.end {
                pattern.splice(inner, b"[A-Za-z0-9.-]".iter().copied());
            }
            let keeps = sample(sequence, Fill::Some, &[(item.at.start, b"x")]).map(|mut name| {
                complete(Family::Issuer, &mut name);
                name
            });
            let in_url = keeps
                .as_ref()
                .is_some_and(|name| name.starts_with(b"https://"));
            let fix = in_url.then(|| case.with_pattern(&pattern, keeps));
            drafts.push(
                Draft::new(
                    Code::WildHost,
                    at_most(case, Error),
                    case.in_principal(item.at.clone()),
                    "this may stand for another host than the one that is named behind it",
                    "an issuer's host is what comes before the first / or ? of its URL: whoever has any web server \
                     can put the rest behind it",
                )
                .shown_by(vec![witness])
                .fixed(fix),
            );
            return;
        }
    }
}

fn is_evil(name: &[u8]) -> bool {
    name.starts_with(b"https://")
        && authority(name)
            .and_then(|host| name.get(host))
            .is_some_and(|host| host.ends_with(b"evil.example"))
}

/// Wildcards without a bound, at any depth.
fn unbounded(sequence: &[Item]) -> Vec<&Item> {
    let mut found = Vec::new();
    for item in sequence {
        match &item.node {
            Node::Repeat {
                item: inner,
                max: None,
                ..
            } if matches!(inner.node, Node::Any | Node::Class(_)) => found.push(item),
            Node::Repeat { item, .. } => found.extend(unbounded(std::slice::from_ref(item))),
            Node::Group { alternatives, .. } => {
                for inner in alternatives {
                    found.extend(unbounded(inner));
                }
            }
            _ => {}
        }
    }
    found
}
