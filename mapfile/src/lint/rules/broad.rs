//! Lines that make too many people one user, or anybody a powerful one.

use crate::lint::case::{Case, Kind, is_anonymous, is_privileged};
use crate::lint::code::{Code, Severity};
use crate::lint::draft::{Becomes, Draft, Drafts};
use crate::lint::method::Family;
use crate::lint::regex::{Fill, Item, Node, Override, Tail, ends, is_universal, sample};
use crate::lookup::{Outcome, outcome};
use crate::substitute::references;

use super::anchors::{at_most, complete, meant};
use Severity::{Advice, Error, Warning};

/// The name that ANONYMOUS authenticates.
const ANONYMOUS: &[u8] = b"CONDOR_ANONYMOUS_USER";

pub(super) fn check(case: &Case<'_>, drafts: &mut Drafts) {
    let Some(family) = case.family() else { return };
    let Outcome::User { user, domain } = outcome(&case.canonical) else {
        return;
    };
    if case.refuses() {
        return;
    }
    if !is_anonymous(user) {
        catch_all(case, family, drafts);
        unproven(case, family, domain, drafts);
    }
    if is_privileged(user) {
        privileged(case, family, drafts);
    } else if references(user).next().is_some() {
        chosen(case, family, domain, drafts);
    }
}

fn catch_all(case: &Case<'_>, family: Family, drafts: &mut Drafts) {
    let universal = case.tree().is_some_and(is_universal);
    if !universal || references(&case.canonical).next().is_some() {
        return;
    }
    let (severity, witness, who): (_, &[u8], _) = match family {
        Family::Issuer => (
            Error,
            b"https://evil.example,x",
            "the holder of any issuer's token",
        ),
        Family::Subject => (
            Error,
            b"/O=Evil/CN=x",
            "the holder of any trusted authority's certificate",
        ),
        Family::Realm => (
            Warning,
            b"x@EVIL.EXAMPLE",
            "every user of every trusted realm",
        ),
        Family::Account => (Advice, b"x", "every account of this host"),
        Family::Claimed | Family::Nobody => return,
    };
    drafts.push(
        Draft::new(
            Code::CatchAll,
            at_most(case, severity),
            case.entry.principal.span.clone(),
            "every name becomes this one user",
            format!("{who} is this user then"),
        )
        .shown_by(vec![witness.to_vec()]),
    );
}

fn unproven(case: &Case<'_>, family: Family, domain: Option<&[u8]>, drafts: &mut Drafts) {
    let says_so = domain.is_some_and(|domain| {
        domain.eq_ignore_ascii_case(b"claimtobe") || domain.eq_ignore_ascii_case(b"anonymous")
    });
    if says_so {
        return;
    }
    let names = match (family, &case.kind) {
        (Family::Claimed, Kind::Literal) => vec![case.principal.to_vec()],
        (Family::Claimed, Kind::Pattern { .. }) => samples(case),
        (Family::Nobody, _) if case.matches(ANONYMOUS) => vec![ANONYMOUS.to_vec()],
        _ => return,
    };
    drafts.push(
        Draft::new(
            Code::UnprovenUser,
            Warning,
            case.entry.canonical.span.clone(),
            format!("{} proves nothing, and this is a user like any other", String::from_utf8_lossy(&case.method)),
            "whoever connects may be this user; a name as anonymous@claimtobe says that to those who write ALLOW \
             lists",
        )
        .shown_by(names),
    );
}

/// Names that the pattern is meant for, and some that anybody would try.
fn samples(case: &Case<'_>) -> Vec<Vec<u8>> {
    let Some(tree) = case.tree() else {
        return vec![b"alice".to_vec()];
    };
    let mut names: Vec<Vec<u8>> = tree
        .alternatives
        .iter()
        .filter_map(|sequence| sample(sequence, Fill::Some, &[]))
        .collect();
    names.truncate(8);
    if is_universal(tree) {
        names.insert(0, b"alice".to_vec());
    }
    names
}

/// The canonical name is `root` or `condor`: bad wherever strangers get it.
fn privileged(case: &Case<'_>, family: Family, drafts: &mut Drafts) {
    let open = [
        Code::UnanchoredStart,
        Code::OpenIssuer,
        Code::OpenEnd,
        Code::UnescapedDot,
        Code::WildHost,
        Code::CatchAll,
        Code::UnprovenUser,
    ];
    let stranger = drafts.all.iter().find(|draft| {
        open.contains(&draft.code) && !draft.witnesses.is_empty() && draft.severity > Advice
            || draft.code == Code::CatchAll
    });
    let (severity, message, witnesses) = match stranger {
        Some(stranger) => (
            Error,
            "strangers become a user that HTCondor trusts with everything",
            stranger.witnesses.clone(),
        ),
        None if matches!(family, Family::Issuer | Family::Subject | Family::Realm) => (
            Warning,
            "many names become a user that HTCondor trusts with everything",
            many(case, family),
        ),
        None => return,
    };
    if witnesses.is_empty() {
        return;
    }
    let mut draft = Draft::new(
        Code::PrivilegedName,
        at_most(case, severity),
        case.entry.canonical.span.clone(),
        message,
        match family {
            Family::Account => {
                "other accounts of this host than the one that was meant match this line"
            }
            _ if severity == Warning => {
                "the pattern leaves open who of those that have such a name"
            }
            _ => "others than those who were meant match this line",
        },
    )
    .shown_by(witnesses);
    draft.becomes = Some(Becomes::Privileged);
    drafts.push(draft);
}

/// A name that the pattern is meant for, if there are many.
fn many(case: &Case<'_>, family: Family) -> Vec<Vec<u8>> {
    let Some(tree) = case.tree() else {
        return Vec::new();
    };
    let open = tree
        .alternatives
        .iter()
        .find(|sequence| ends(sequence) != Tail::Closed || !is_fixed(sequence));
    open.and_then(|sequence| meant(family, sequence))
        .into_iter()
        .collect()
}

/// Whether nothing in it may be repeated without end.
fn is_fixed(sequence: &[Item]) -> bool {
    sequence.iter().all(|item| match &item.node {
        Node::Repeat { max: None, .. } => false,
        Node::Repeat { item, .. } => is_fixed(std::slice::from_ref(item)),
        Node::Group { alternatives, .. } => alternatives.iter().all(|inner| is_fixed(inner)),
        _ => true,
    })
}

/// The canonical name is made of groups, which whoever names himself fills.
fn chosen(case: &Case<'_>, family: Family, domain: Option<&[u8]>, drafts: &mut Drafts) {
    let severity = match (family, domain) {
        // Who is root of this host is root.
        (Family::Account | Family::Nobody, _) => return,
        // As HTCondor itself maps Kerberos: root of another realm is not root here.
        (_, Some(domain)) if references(domain).next().is_some() => return,
        (_, Some(_)) => Advice,
        (Family::Claimed, None) => Error,
        (_, None) => Warning,
    };
    let Some(tree) = case.tree() else { return };
    let groups: Vec<usize> = references(&case.canonical)
        .filter(|group| *group > 0)
        .collect();
    let mut names = Vec::new();
    for user in [&b"root"[..], b"condor"] {
        for sequence in tree.alternatives.iter().take(16) {
            let overrides: Vec<Override<'_>> = groups
                .iter()
                .filter_map(|group| tree.group(*group))
                .map(|at| (at, user))
                .collect();
            let Some(mut name) = sample(sequence, Fill::Some, &overrides) else {
                continue;
            };
            complete(family, &mut name);
            if is_plausible(family, &name) && case.matches(&name) {
                names.push(name);
            }
        }
        if groups.is_empty() && is_plausible(family, user) && case.matches(user) {
            names.push(user.to_vec());
        }
    }
    if names.is_empty() {
        return;
    }
    let mut draft = Draft::new(
        Code::PrivilegedName,
        at_most(case, severity),
        case.entry.canonical.span.clone(),
        "the name that is put in here can be root or condor",
        match family {
            Family::Claimed => "whoever connects says who he is",
            Family::Issuer => "the issuer chooses its subjects, and HTCondor trusts root and condor with everything",
            _ => "who gets such a name elsewhere is trusted with everything here",
        },
    )
    .shown_by(names);
    draft.becomes = Some(Becomes::Privileged);
    drafts.push(draft);
}

/// Whether the method could authenticate the name at all.
fn is_plausible(family: Family, name: &[u8]) -> bool {
    match family {
        Family::Issuer => name.starts_with(b"https://"),
        Family::Subject => name.starts_with(b"/"),
        Family::Realm => name.contains(&b'@'),
        Family::Account | Family::Claimed | Family::Nobody => true,
    }
}
