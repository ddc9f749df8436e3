//! How the lists are searched.

use super::decision::{Decision, Matched, Rule, Verdict};
use super::entry::{Entry, HostKind};
use super::list::List;
use super::network::Hit;
use super::peer::{NetgroupQuestion, Peer, PeerNames};
use crate::names::Level;
use crate::sinful::ip_text;
use std::net::IpAddr;

/// Whether the peer's host names are needed: because an entry could match one, or because HTCondor names them in its
/// reason for refusing.
///
/// For the reason alone, a decision made with [`PeerNames::NotNeeded`] is right, but its reason lacks the names.
#[must_use]
pub fn needs_names(
    level: Level,
    allow: Option<&List>,
    deny: Option<&List>,
    user: &str,
    peer: &Peer,
) -> bool {
    let by_address = decide(level, allow, deny, user, &nameless(peer));
    matches!(by_address.by, Rule::NoMatch { .. })
        || names_can_matter(&by_address, allow, deny, user, Entry::looks_at_names)
}

/// Whether any entry of the two lists looks at names, whoever the user is.
pub(super) fn any_looks(
    allow: Option<&List>,
    deny: Option<&List>,
    looks: fn(&Entry) -> bool,
) -> bool {
    entries(allow).chain(entries(deny)).any(looks)
}

/// The peer, as one that has no names.
pub(super) fn nameless(peer: &Peer) -> Peer {
    Peer {
        names: PeerNames::Confirmed(Vec::new()),
        ..peer.clone()
    }
}

/// Whether names could change what was decided for a [`nameless`] peer. `looks` says which entries look at names.
pub(super) fn names_can_matter(
    by_address: &Decision,
    allow: Option<&List>,
    deny: Option<&List>,
    user: &str,
    looks: fn(&Entry) -> bool,
) -> bool {
    let user = anyone(user);
    let looks =
        |list: Option<&List>| entries(list).any(|entry| looks(entry) && entry.user_matches(user));
    match by_address.by {
        Rule::NoMatch { .. } => looks(deny) || looks(allow),
        Rule::Allow { .. } | Rule::NotDenied { .. } | Rule::CannotTell { .. } => looks(deny),
        Rule::NoAllowList { .. } => by_address.level.can_be_implied() && looks(deny),
        _ => false,
    }
}

/// The netgroup questions whose answers [`decide`] looks for in the peer. Ask after the names are known: each is asked
/// about too.
#[must_use]
pub fn netgroup_questions(
    allow: Option<&List>,
    deny: Option<&List>,
    user: &str,
    peer: &Peer,
) -> Vec<NetgroupQuestion> {
    let mut asking = entries(deny)
        .chain(entries(allow))
        .filter(|entry| entry.is_netgroup())
        .peekable();
    if asking.peek().is_none() {
        return Vec::new();
    }
    let mut hosts = vec![ip_text(peer.ip)];
    hosts.extend(peer.confirmed().iter().cloned());
    asking
        .flat_map(|entry| {
            hosts
                .iter()
                .filter_map(|host| entry.question(anyone(user), host))
        })
        .collect()
}

/// Decides what the two lists of a level say: DENY before ALLOW, the address before the host names.
///
/// For CLIENT that is whether a server may be talked to. For the levels that another one can imply it is only the
/// beginning: see [`Policy::authorize`](super::Policy::authorize).
///
/// `user` is the peer's name as the handshake left it (to a client, `condor@password` after IDTOKENS and
/// `unauthenticated@unmapped` after FS); empty stands for `*`. An undefined or empty knob is `None`.
#[must_use]
pub fn decide(
    level: Level,
    allow: Option<&List>,
    deny: Option<&List>,
    user: &str,
    peer: &Peer,
) -> Decision {
    let user = anyone(user);
    let ip = ip_text(peer.ip);
    let (verdict, list, by) = rule(level, allow, deny, user, peer, &ip);
    Decision {
        level,
        verdict,
        by,
        place: list.and_then(List::place).map(str::to_owned),
        user: user.to_owned(),
        ip,
        names: peer.confirmed().to_vec(),
    }
}

/// What decides, and the list that it names.
fn rule<'a>(
    level: Level,
    allow: Option<&'a List>,
    deny: Option<&'a List>,
    user: &str,
    peer: &Peer,
    ip: &str,
) -> (Verdict, Option<&'a List>, Rule) {
    let knob = |list: Option<&List>, kind: &str| {
        list.and_then(List::knob)
            .map_or_else(|| format!("{kind}_{}", level.name()), str::to_owned)
    };
    let allow_knob = || knob(allow, "ALLOW");
    let deny_knob = || knob(deny, "DENY");
    for (list, kind) in [(deny, "DENY"), (allow, "ALLOW")] {
        if let Some(defect) = list.and_then(List::defect) {
            let rule = Rule::Unreadable {
                knob: knob(list, kind),
                defect: defect.clone(),
            };
            return (Verdict::Denied, list, rule);
        }
    }
    if deny.is_some_and(List::is_everyone) {
        let rule = Rule::DeniesEveryone { knob: deny_knob() };
        return (Verdict::Denied, deny, rule);
    }
    if allow.is_none() && !level.can_be_implied() {
        let rule = Rule::NoAllowList { knob: allow_knob() };
        return (Verdict::Denied, None, rule);
    }
    let everyone = allow.is_some_and(List::is_everyone);
    if everyone && deny.is_none() {
        let rule = Rule::AllowsEveryone { knob: allow_knob() };
        return (Verdict::Allowed, allow, rule);
    }
    let (denied, unsure) = search(deny, user, peer, ip);
    if let Some((index, entry, matched)) = denied {
        let rule = Rule::Deny {
            knob: deny_knob(),
            index,
            entry,
            matched,
        };
        return (Verdict::Denied, deny, rule);
    }
    if let Some((index, entry, missing)) = unsure {
        let rule = Rule::CannotTell {
            knob: deny_knob(),
            index,
            entry,
            missing,
        };
        return (Verdict::Denied, deny, rule);
    }
    if everyone {
        let rule = Rule::NotDenied { knob: deny_knob() };
        return (Verdict::Allowed, deny, rule);
    }
    if allow.is_none() {
        let rule = Rule::NoAllowList { knob: allow_knob() };
        return (Verdict::Denied, None, rule);
    }
    match search(allow, user, peer, ip).0 {
        Some((index, entry, matched)) => {
            let rule = Rule::Allow {
                knob: allow_knob(),
                index,
                entry,
                matched,
            };
            (Verdict::Allowed, allow, rule)
        }
        None => {
            let near = entries(allow).filter(|entry| entry.user_matches(user));
            let near = near.map(|entry| entry.text().to_owned()).collect();
            let rule = Rule::NoMatch {
                knob: allow_knob(),
                near,
            };
            (Verdict::Denied, allow, rule)
        }
    }
}

/// What of the peer an entry fits that did not need a name.
fn matched(entry: &Entry) -> Matched {
    match (entry.user() == "*", entry.kind()) {
        (true, HostKind::Any) => Matched::Everybody,
        (false, HostKind::Any) => Matched::User,
        (true, _) => Matched::Address,
        (false, _) => Matched::UserAndAddress,
    }
}

type Found<T> = Option<(usize, String, T)>;

/// The first entry that matches, by address or else by name; and the first of which that cannot be told.
fn search(
    list: Option<&List>,
    user: &str,
    peer: &Peer,
    ip: &str,
) -> (Found<Matched>, Found<String>) {
    let mut unsure = None;
    for entry in entries(list) {
        match entry.hit_address(user, ip, peer) {
            Hit::Yes => {
                return (
                    Some((entry.index(), entry.text().to_owned(), matched(entry))),
                    unsure,
                );
            }
            Hit::Unsure => {
                unsure.get_or_insert_with(|| {
                    (
                        entry.index(),
                        entry.text().to_owned(),
                        missing(entry, peer.ip),
                    )
                });
            }
            Hit::No => {}
        }
    }
    for name in peer.confirmed() {
        for entry in entries(list) {
            match entry.hit_name(user, name, peer) {
                Hit::Yes => {
                    return (
                        Some((
                            entry.index(),
                            entry.text().to_owned(),
                            Matched::Name(name.clone()),
                        )),
                        unsure,
                    );
                }
                Hit::Unsure => {
                    unsure.get_or_insert_with(|| {
                        (
                            entry.index(),
                            entry.text().to_owned(),
                            missing(entry, peer.ip),
                        )
                    });
                }
                Hit::No => {}
            }
        }
    }
    let why = match &peer.names {
        PeerNames::Confirmed(_) => return (None, unsure),
        PeerNames::NotNeeded => "was not done".to_owned(),
        PeerNames::Failed(why) => format!("failed: {why}"),
    };
    let needed = entries(list).find(|entry| entry.looks_at_names() && entry.user_matches(user));
    let nameless = needed.map(|entry| {
        (
            entry.index(),
            entry.text().to_owned(),
            format!("the host names of {ip}, whose lookup {why}"),
        )
    });
    (None, unsure.or(nameless))
}

fn missing(entry: &Entry, ip: IpAddr) -> String {
    use super::entry::HostKind;
    use super::peer::Lookup;
    match entry.kind() {
        HostKind::Name(Lookup::Failed(why)) => format!(
            "the addresses of {}, whose lookup failed: {why}",
            entry.host()
        ),
        HostKind::Name(_) => format!(
            "the addresses of {}, which were not looked up",
            entry.host()
        ),
        HostKind::Netgroup => format!("the members of netgroup {}", entry.host()),
        HostKind::LocalAddresses => format!(
            "to know whether {} is an address of this machine",
            ip_text(ip)
        ),
        _ => "a network that makes sense".to_owned(),
    }
}

fn entries(list: Option<&List>) -> impl Iterator<Item = &Entry> {
    list.map_or(&[][..], List::entries).iter()
}

fn anyone(user: &str) -> &str {
    if user.is_empty() { "*" } else { user }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
