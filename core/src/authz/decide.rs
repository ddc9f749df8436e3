//! How the lists are searched.

use super::decision::{Decision, Matched, Rule, Verdict};
use super::list::List;
use super::network::Hit;
use super::peer::{NetgroupQuestion, Peer, PeerNames};
use crate::sinful::ip_text;
use std::net::IpAddr;

/// Whether the peer's host names are needed: because an entry could match one, or because HTCondor names them in its
/// reason for refusing.
///
/// For the reason alone, a decision made with [`PeerNames::NotNeeded`] is right, but its reason lacks the names.
#[must_use]
pub fn needs_names(allow: Option<&List>, deny: Option<&List>, user: &str, peer: &Peer) -> bool {
    let without = Peer {
        names: PeerNames::Confirmed(Vec::new()),
        ..peer.clone()
    };
    let user = anyone(user);
    let looks = |list: Option<&List>| {
        entries(list).any(|entry| entry.looks_at_names() && entry.user_matches(user))
    };
    match decide(allow, deny, user, &without).by {
        Rule::NoMatch { .. } => true,
        Rule::Allow { .. } | Rule::NotDenied { .. } | Rule::CannotTell { .. } => looks(deny),
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
    let mut hosts = vec![ip_text(peer.ip)];
    hosts.extend(peer.confirmed().iter().cloned());
    let entries = entries(deny).chain(entries(allow));
    entries
        .flat_map(|entry| {
            hosts
                .iter()
                .filter_map(|host| entry.question(anyone(user), host))
        })
        .collect()
}

/// Decides whether a server may be talked to, as HTCondor's client does for the level CLIENT: DENY before ALLOW, the
/// address before the host names.
///
/// `user` is the server's name as the handshake left it (`condor@password` after IDTOKENS, `unauthenticated@unmapped` after
/// FS); empty stands for `*`. An undefined or empty knob is `None`.
#[must_use]
pub fn decide(allow: Option<&List>, deny: Option<&List>, user: &str, peer: &Peer) -> Decision {
    let user = anyone(user);
    let decided = |verdict, by| Decision {
        verdict,
        by,
        user: user.to_owned(),
        ip: ip_text(peer.ip),
        names: peer.confirmed().to_vec(),
    };
    let allow_knob = knob(allow, "ALLOW_CLIENT");
    let deny_knob = knob(deny, "DENY_CLIENT");
    for (list, knob) in [(deny, &deny_knob), (allow, &allow_knob)] {
        if let Some(defect) = list.and_then(List::defect) {
            let rule = Rule::Unreadable {
                knob: knob.clone(),
                defect: defect.clone(),
            };
            return decided(Verdict::Denied, rule);
        }
    }
    if deny.is_some_and(List::is_everyone) {
        return decided(Verdict::Denied, Rule::DeniesEveryone { knob: deny_knob });
    }
    let Some(allow) = allow else {
        return decided(Verdict::Denied, Rule::NoAllowList);
    };
    if allow.is_everyone() && deny.is_none() {
        return decided(Verdict::Allowed, Rule::AllowsEveryone { knob: allow_knob });
    }
    let (denied, unsure) = search(deny, user, peer);
    if let Some((index, entry, matched)) = denied {
        return decided(
            Verdict::Denied,
            Rule::Deny {
                knob: deny_knob,
                index,
                entry,
                matched,
            },
        );
    }
    if let Some((index, entry, missing)) = unsure {
        return decided(
            Verdict::Denied,
            Rule::CannotTell {
                knob: deny_knob,
                index,
                entry,
                missing,
            },
        );
    }
    if allow.is_everyone() {
        return decided(Verdict::Allowed, Rule::NotDenied { knob: deny_knob });
    }
    match search(Some(allow), user, peer).0 {
        Some((index, entry, matched)) => decided(
            Verdict::Allowed,
            Rule::Allow {
                knob: allow_knob,
                index,
                entry,
                matched,
            },
        ),
        None => {
            let near = entries(Some(allow)).filter(|entry| entry.user_matches(user));
            let near = near.map(|entry| entry.text().to_owned()).collect();
            decided(
                Verdict::Denied,
                Rule::NoMatch {
                    knob: allow_knob,
                    near,
                },
            )
        }
    }
}

type Found<T> = Option<(usize, String, T)>;

/// The first entry that matches, by address or else by name; and the first of which that cannot be told.
fn search(list: Option<&List>, user: &str, peer: &Peer) -> (Found<Matched>, Found<String>) {
    let ip = ip_text(peer.ip);
    let mut unsure = None;
    for entry in entries(list) {
        match entry.hit_address(user, &ip, peer) {
            Hit::Yes => {
                return (
                    Some((entry.index(), entry.text().to_owned(), Matched::Address)),
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

fn missing(entry: &super::entry::Entry, ip: IpAddr) -> String {
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

fn entries(list: Option<&List>) -> impl Iterator<Item = &super::entry::Entry> {
    list.map_or(&[][..], List::entries).iter()
}

fn knob(list: Option<&List>, default: &str) -> String {
    list.and_then(List::knob).unwrap_or(default).to_owned()
}

fn anyone(user: &str) -> &str {
    if user.is_empty() { "*" } else { user }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
