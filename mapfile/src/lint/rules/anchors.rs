//! Patterns that do not say where a name begins or ends.

use crate::lint::case::{Case, Kind};
use crate::lint::code::{Code, Severity};
use crate::lint::draft::{Draft, Drafts, Fix};
use crate::lint::method::Family;
use crate::lint::regex::{
    Fill, Node, Sequence, Tail, Tree, ends, is_universal, leading_wildcard, sample, starts_anchored,
};

use super::hosts::authority;
use Severity::{Advice, Error, Warning};

pub(super) fn check(case: &Case<'_>, drafts: &mut Drafts) {
    let Some(family) = case.family() else { return };
    if case.refuses() || matches!(family, Family::Claimed | Family::Nobody) {
        return;
    }
    let Kind::Pattern { tree, .. } = &case.kind else {
        return;
    };
    let Some(tree) = tree else {
        drafts.undecided.push((
            None,
            "the pattern uses what these rules do not follow: whom it lets in besides those it names was not \
             decided"
                .to_owned(),
        ));
        return;
    };
    if is_universal(tree) {
        return;
    }
    start(case, tree, family, drafts);
    end(case, tree, family, drafts);
}

/// As bad as that, unless nobody gets that far.
pub(super) fn at_most(case: &Case<'_>, severity: Severity) -> Severity {
    if case.is_asked() {
        severity
    } else {
        severity.min(Warning)
    }
}

/// A name that the alternative is meant for.
pub(super) fn meant(family: Family, sequence: &Sequence) -> Option<Vec<u8>> {
    let mut name = sample(sequence, Fill::Some, &[])?;
    complete(family, &mut name);
    Some(name)
}

/// Whether a correction that keeps this name is worth showing: of an issuer that is no URL nobody knows
/// what was meant.
fn is_meant(family: Family, name: &[u8]) -> bool {
    family != Family::Issuer || name.starts_with(b"https://")
}

/// Whether a subject can begin like that: `/CN=` stands at its end.
fn begins_a_subject(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"/").unwrap_or_default();
    [&b"DC="[..], b"C=", b"O=", b"ST=", b"L="]
        .iter()
        .any(|attribute| name.starts_with(attribute))
}

/// Puts a subject behind an issuer that stands alone.
pub(super) fn complete(family: Family, name: &mut Vec<u8>) {
    if family == Family::Issuer {
        if !name.contains(&b',') {
            name.extend_from_slice(b",x");
        } else if name.ends_with(b",") {
            name.push(b'x');
        }
    }
}

fn start(case: &Case<'_>, tree: &Tree, family: Family, drafts: &mut Drafts) {
    let open: Vec<&Sequence> = tree
        .alternatives
        .iter()
        .filter(|sequence| !starts_anchored(sequence) || is_open_subject(family, sequence))
        .collect();
    let Some(first) = open.first() else { return };
    let wildcard = open
        .iter()
        .any(|sequence| leading_wildcard(sequence).is_some());
    // Of an issuer that is a wildcard another rule speaks.
    if wildcard && family != Family::Subject {
        return;
    }
    let before: &[u8] = match family {
        Family::Issuer => b"https://evil.example/?",
        Family::Subject => b"/O=Evil/CN=x",
        _ => b"x",
    };
    let mut attributes = false;
    let witnesses: Vec<Vec<u8>> = open
        .iter()
        .filter_map(|sequence| meant(family, sequence))
        .map(|name| {
            attributes |= name.windows(2).any(|two| two == b",/");
            [before, &name].concat()
        })
        .collect();
    if witnesses.is_empty() {
        return;
    }
    let severity = match family {
        Family::Subject if wildcard && attributes => Advice,
        Family::Issuer | Family::Subject => Error,
        _ => Warning,
    };
    let why = match family {
        Family::Issuer => {
            "an issuer is any web server: whoever has one chooses a URL that this is found in, and signs tokens"
        }
        Family::Subject if wildcard && attributes => {
            "any subject will do that has these attributes, or looks like it: commas and slashes can stand in a \
             certificate's subject too"
        }
        Family::Subject => {
            "a certificate of any trusted authority will do whose subject ends like this"
        }
        Family::Realm => "other users' names, and other realms' users, can end like this",
        _ => "other accounts' names can end like this",
    };
    let span = first
        .first()
        .map_or(0..0, |item| item.at.start..item.at.start + 1);
    let fix = (!wildcard).then(|| anchored(case, tree, family));
    drafts.push(
        Draft::new(
            Code::UnanchoredStart,
            at_most(case, severity),
            case.in_principal(span),
            if wildcard {
                "the pattern begins with a wildcard, so that any name may stand before the rest"
            } else {
                "no ^ says that the name begins here, so that anything may stand before it"
            },
            why,
        )
        .shown_by(witnesses)
        .fixed(fix.flatten()),
    );
}

/// `^.*` before a certificate's subject is no anchor.
fn is_open_subject(family: Family, sequence: &Sequence) -> bool {
    family == Family::Subject && leading_wildcard(sequence).is_some()
}

/// The line with `^` before the whole pattern.
fn anchored(case: &Case<'_>, tree: &Tree, family: Family) -> Option<Fix> {
    let (head, body) = case.principal.split_at_checked(tree.start)?;
    let pattern = match tree.alternatives.as_slice() {
        [_] => [head, b"^", body].concat(),
        _ => [head, b"^(?:", body, b")"].concat(),
    };
    let keeps = meant(family, tree.alternatives.first()?)?;
    let whole = family != Family::Subject || begins_a_subject(&keeps);
    (whole && is_meant(family, &keeps)).then(|| case.with_pattern(&pattern, Some(keeps)))
}

/// What may stand behind an alternative that does not end where the name does.
struct Open {
    code: Code,
    severity: Severity,
    /// What is put in at the pattern's end.
    closing: &'static [u8],
    /// Where the pattern is cut off before that.
    cut: Option<usize>,
    witnesses: Vec<Vec<u8>>,
}

fn end(case: &Case<'_>, tree: &Tree, family: Family, drafts: &mut Drafts) {
    let mut edits = Vec::new();
    let mut worst: Option<(Open, usize)> = None;
    for sequence in &tree.alternatives {
        let Some(open) = open(family, sequence) else {
            continue;
        };
        let Some(last) = sequence.last() else {
            continue;
        };
        edits.push((open.cut.unwrap_or(last.at.end)..last.at.end, open.closing));
        if worst
            .as_ref()
            .is_none_or(|(other, _)| other.severity < open.severity)
        {
            worst = Some((open, last.at.end));
        }
    }
    let Some((open, at)) = worst else { return };
    let mut pattern = case.principal.to_vec();
    for (place, closing) in edits.into_iter().rev() {
        if place.end <= pattern.len() && place.start <= place.end {
            pattern.splice(place, closing.iter().copied());
        }
    }
    // A wildcard that is cut off must not stand in the name that is kept.
    let fill = match open.cut {
        Some(_) => Fill::Least,
        None => Fill::Some,
    };
    let keeps = tree.alternatives.first().and_then(|sequence| {
        let mut name = sample(sequence, fill, &[])?;
        complete(family, &mut name);
        is_meant(family, &name).then_some(name)
    });
    let fix = keeps.map(|name| case.with_pattern(&pattern, Some(name)));
    let (message, why) = match (open.code, family) {
        (Code::OpenIssuer, _) => (
            "the pattern does not reach the comma behind the issuer, so that the issuer may go on",
            "an issuer whose URL begins like this is somebody else's, and whoever has it signs tokens",
        ),
        (_, Family::Issuer) => (
            "no $ says that the subject ends here, so that it may go on",
            "other subjects of this issuer begin like this",
        ),
        (_, Family::Subject) => (
            "no $ says that the subject ends here, so that it may go on",
            "whoever gets a certificate whose subject begins like this will do; where VOMS attributes follow the \
             subject, (?:,|$) instead of $ lets them",
        ),
        _ => (
            "no $ says that the name ends here, so that it may go on",
            "other names begin like this",
        ),
    };
    drafts.push(
        Draft::new(
            open.code,
            at_most(case, open.severity),
            case.in_principal(at.saturating_sub(1)..at),
            message,
            why,
        )
        .shown_by(open.witnesses)
        .fixed(fix),
    );
}

fn open(family: Family, sequence: &Sequence) -> Option<Open> {
    let tail = ends(sequence);
    if tail == Tail::Closed {
        return None;
    }
    let least = sample(sequence, Fill::Least, &[])?;
    let name = sample(sequence, Fill::Some, &[])?;
    let with = |more: &[u8]| [&name, more].concat();
    if family == Family::Issuer && !least.contains(&b',') {
        let cut = match tail {
            Tail::Wildcard(at) if is_last(sequence, at) => Some(at),
            _ => None,
        };
        let base = match tail {
            // The wildcard is what the witness takes.
            Tail::Wildcard(_) => least,
            _ => name,
        };
        let in_path = authority(&base).is_some_and(|host| host.end < base.len());
        let more: &[u8] = if in_path { b"x,x" } else { b".evil.example,x" };
        return Some(Open {
            code: Code::OpenIssuer,
            severity: if in_path { Warning } else { Error },
            closing: b",",
            cut,
            witnesses: vec![[&base, more].concat()],
        });
    }
    // What ends like this is a beginning on purpose.
    let on_purpose = matches!(tail, Tail::Wildcard(_))
        || least
            .last()
            .is_none_or(|byte| matches!(byte, b',' | b'/' | b':' | b'=' | b'-' | b'_' | b'@'));
    if on_purpose && !matches!(tail, Tail::Class(_)) {
        return None;
    }
    let other = match tail {
        Tail::Class(set) => set.pick_other(),
        _ => Some(b'x'),
    };
    let mut witnesses: Vec<Vec<u8>> = Vec::new();
    let last = name
        .rsplit(|byte| matches!(byte, b'=' | b',' | b'@'))
        .next();
    let last = last.unwrap_or_default();
    let is_host = last.contains(&b'.')
        && last
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-/".contains(byte));
    let severity = match family {
        Family::Subject if is_host => {
            witnesses.push(with(b".evil.example"));
            Error
        }
        Family::Realm if name.contains(&b'@') => {
            witnesses.push(with(b".evil.example"));
            Warning
        }
        _ => Warning,
    };
    witnesses.extend(other.map(|byte| with(&[byte])));
    Some(Open {
        code: Code::OpenEnd,
        severity,
        closing: b"$",
        cut: None,
        witnesses,
    })
}

/// Whether the element is the last but for `$`.
fn is_last(sequence: &Sequence, at: usize) -> bool {
    let last = sequence
        .iter()
        .rfind(|item| !matches!(item.node, Node::End));
    last.is_some_and(|item| item.at.start == at)
}
