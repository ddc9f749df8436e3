//! ALLOW and DENY lists: a decision never panics, and what is not known never lets anyone in.

#![no_main]

use std::net::IpAddr;

use countersign_core::authz::{
    List, Lookup, MAX_ENTRIES, Peer, PeerNames, Rule, decide, needs_names, netgroup_questions,
};
use countersign_core::names::Level::Client;
use countersign_fuzz::Dice;
use libfuzzer_sys::fuzz_target;

/// A name that a forward lookup can confirm: what is all digits and dots is an address.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && !text.ends_with('.')
        && !text.contains("..")
}

/// The list, with the addresses of its hosts: the peer's for the peer's names, another one for all others.
fn resolved(mut list: List, names: &[String], ip: IpAddr) -> List {
    let hosts: Vec<String> = list.hosts_to_resolve().map(str::to_owned).collect();
    for host in hosts {
        let own = names.iter().any(|name| name.eq_ignore_ascii_case(&host));
        let other = [203, 0, 113, 9].into();
        list.resolved(
            &host,
            &Lookup::Addresses(vec![if own { ip } else { other }]),
        );
    }
    list
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let knobs = dice.byte();
    let ip: IpAddr = if knobs & 1 == 0 {
        let mut octets = [0; 4];
        octets.iter_mut().for_each(|octet| *octet = dice.byte());
        octets.into()
    } else {
        let mut octets = [0; 16];
        octets.iter_mut().for_each(|octet| *octet = dice.byte());
        octets.into()
    };
    if ip == IpAddr::from([203, 0, 113, 9]) {
        return;
    }
    let yes = dice.byte();
    let Ok(text) = std::str::from_utf8(dice.0) else {
        return;
    };
    // Allow, deny, user, and then names of the peer, one a line.
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let (allow_text, deny_text, user) = (next(), next(), next());
    let names: Vec<String> = lines
        .filter(|line| is_name(line))
        .take(8)
        .map(str::to_owned)
        .collect();
    let equivalent = knobs & 2 == 0;
    let read =
        |text: &str| (!text.trim_ascii().is_empty()).then(|| List::parse_with(text, equivalent));
    let (allow, deny) = (read(allow_text), read(deny_text));
    for list in [&allow, &deny].into_iter().flatten() {
        assert!(list.entries().len() <= MAX_ENTRIES);
        for (index, entry) in list.entries().iter().enumerate() {
            assert_eq!(entry.index(), index);
            assert!(!entry.text().is_empty());
        }
    }

    // Nothing looked up.
    let mut unknown = Peer::new(ip);
    if knobs & 4 != 0 {
        unknown.names = PeerNames::Failed("no answer".into());
    }
    let blind = decide(Client, allow.as_ref(), deny.as_ref(), user, &unknown);
    assert!(!blind.condor_error(&blind.condor_reason()).is_empty());
    assert!(!blind.condor_reason_again().is_empty());
    assert!(!blind.to_string().is_empty());
    let _ = needs_names(Client, allow.as_ref(), deny.as_ref(), user, &unknown);

    // Everything looked up.
    let world = |list: &Option<List>| list.clone().map(|list| resolved(list, &names, ip));
    let (full_allow, full_deny) = (world(&allow), world(&deny));
    let mut peer = Peer {
        names: PeerNames::Confirmed(names.clone()),
        local: Some(knobs & 8 != 0),
        ..Peer::new(ip)
    };
    let questions = netgroup_questions(full_allow.as_ref(), full_deny.as_ref(), user, &peer);
    for (index, question) in questions.into_iter().enumerate() {
        peer.netgroups
            .push((question, Some(yes >> (index % 8) & 1 == 1)));
    }
    let seen = decide(Client, full_allow.as_ref(), full_deny.as_ref(), user, &peer);
    assert!(!seen.to_string().is_empty());
    if blind.is_allowed() {
        assert!(
            seen.is_allowed(),
            "knowing less let in: {blind:?}, but {seen:?}"
        );
    }

    for (decision, allow, deny) in [(&blind, &allow, &deny), (&seen, &full_allow, &full_deny)] {
        let unreadable = [allow, deny]
            .into_iter()
            .flatten()
            .any(|list| list.defect().is_some());
        assert_eq!(unreadable, matches!(decision.by, Rule::Unreadable { .. }));
        if decision.is_allowed() {
            assert!(!unreadable && allow.is_some());
            assert!(!deny.as_ref().is_some_and(List::is_everyone));
        }
    }
    if seen.is_allowed() {
        // A DENY list only ever takes away.
        assert!(decide(Client, full_allow.as_ref(), None, user, &peer).is_allowed());
        // And what cannot be read takes away everything.
        let broken = List::parse(&format!("{deny_text},\0"));
        assert!(!decide(Client, full_allow.as_ref(), Some(&broken), user, &peer).is_allowed());
        if knobs == 255 && yes == 255 {
            let endless = List::parse(&"192.0.2.1 ".repeat(MAX_ENTRIES + 1));
            assert!(endless.defect().is_some());
            assert!(!decide(Client, full_allow.as_ref(), Some(&endless), user, &peer).is_allowed());
        }
        // An entry that names this very server.
        let deny = List::parse(&ip.to_string());
        assert!(!decide(Client, full_allow.as_ref(), Some(&deny), user, &peer).is_allowed());
    }
});
