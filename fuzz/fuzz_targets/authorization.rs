//! A server's whole policy: any texts of any knobs. DENY for everyone denies, limits only take away, what is not known lets
//! nobody in, and names are asked for where they can matter.
//!
//! The input is a byte of switches, lines `KNOB = text`, and behind a line `%%` the user, the peer's address, and its names.

#![no_main]

use std::collections::BTreeSet;
use std::net::IpAddr;

use countersign_core::authz::{
    Authorization, FoundKnob, Limits, Lookup, Peer, PeerNames, Policy, PolicyRules,
};
use countersign_core::names::Level;
use countersign_fuzz::{Dice, halves};
use libfuzzer_sys::fuzz_target;

/// A host that no list's host is.
const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

fn is_name(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && !text.ends_with('.')
        && !text.contains("..")
}

/// Whose list decided had an ALLOW list, and no DENY list for everyone or one that cannot be read.
fn check(policy: &Policy, answer: &Authorization) {
    assert!(!answer.to_string().is_empty());
    if !answer.is_allowed() || answer.level == Level::Allow {
        return;
    }
    let by = answer.decided_by().expect("lists").decision.level;
    let (allow, deny) = (policy.allow(by).expect("an ALLOW list"), policy.deny(by));
    assert!(allow.defect().is_none());
    assert!(deny.is_none_or(|deny| !deny.is_everyone() && deny.defect().is_none()));
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let knobs = dice.byte();
    let (texts, peer) = halves(dice.0, b"\n%%\n");
    let (Ok(texts), Ok(peer)) = (std::str::from_utf8(texts), std::str::from_utf8(peer)) else {
        return;
    };
    let mut lines = peer.split('\n');
    let user = lines.next().unwrap_or_default();
    let Ok(ip) = lines.next().unwrap_or("127.0.0.1").parse::<IpAddr>() else {
        return;
    };
    if ip == OTHER {
        return;
    }
    let names: Vec<String> = lines
        .filter(|line| is_name(line))
        .take(4)
        .map(str::to_owned)
        .collect();
    let rules = PolicyRules {
        subsystem: "COLLECTOR".into(),
        legacy_allow_semantics: knobs & 1 != 0,
        pool_username_equivalent: knobs & 2 == 0,
    };
    let set: Vec<(&str, &str)> = texts
        .split('\n')
        .filter_map(|line| line.split_once('='))
        .map(|(name, text)| (name.trim(), text.trim()))
        .collect();
    let read = |everyone_denied: bool| {
        let policy = Policy::read(&rules, |knob| {
            let found = set
                .iter()
                .find(|(name, text)| *name == knob && !text.is_empty());
            let text = found.map(|(_, text)| *text);
            let text = if everyone_denied && knob.starts_with("DENY_") {
                Some("*")
            } else {
                text
            };
            Ok::<_, ()>(text.map(|text| FoundKnob {
                name: knob.to_owned(),
                text: text.to_owned(),
                place: "the input".to_owned(),
            }))
        });
        policy.expect("nothing fails here")
    };
    let blind = read(false);
    let shut = read(true);
    let mut known = blind.clone();
    for host in known.hosts_to_resolve() {
        let own = names.iter().any(|name| name.eq_ignore_ascii_case(&host));
        let addresses = vec![if own { ip } else { OTHER }];
        known.resolved(&host, &Lookup::Addresses(addresses));
    }
    let stranger = Peer::new(ip);
    let named = Peer {
        names: PeerNames::Confirmed(names),
        local: Some(knobs & 4 != 0),
        ..Peer::new(ip)
    };
    let nothing = Limits::Only(BTreeSet::new());
    for level in Level::ALL {
        let unseen = blind.authorize(level, user, &stranger, &Limits::Unlimited);
        let seen = known.authorize(level, user, &named, &Limits::Unlimited);
        check(&blind, &unseen);
        check(&known, &seen);
        let open = level == Level::Allow;
        assert!(!open || seen.is_allowed() && unseen.is_allowed());
        if unseen.is_allowed() {
            assert!(
                seen.is_allowed(),
                "knowing less let in: {unseen}\nbut {seen}"
            );
        }
        let asks = known.netgroup_questions(level, user, &named);
        if asks.is_empty() && !known.needs_names(level, user, &stranger) {
            let without = known.authorize(level, user, &stranger, &Limits::Unlimited);
            assert_eq!(
                without.verdict, seen.verdict,
                "{without}\nwith names {seen}"
            );
        }
        assert_eq!(
            shut.authorize(level, user, &named, &Limits::Unlimited)
                .is_allowed(),
            open
        );
        assert_eq!(
            known.authorize(level, user, &named, &nothing).is_allowed(),
            open
        );
        for limit in Level::ALL {
            let limits = Limits::Only(BTreeSet::from([limit]));
            let limited = known.authorize(level, user, &named, &limits);
            assert!(!limited.is_allowed() || seen.is_allowed());
            assert!(!limited.is_allowed() || limits.including(level).is_some());
        }
    }
});
