use super::super::peer::Lookup;
use super::super::wildcard;
use super::*;
use crate::names::Level::Client;

const CASES: &str = include_str!("condor_cases.tsv");

/// Entries on which HTCondor's arithmetic wraps; ours lets nobody in by them.
const WRAPPED: [&str; 3] = ["10.0.0.1/3000000000", "10.0.0.1/-5", "10.0.0.1/4294967296"];

fn list(knob: &str, text: &str, equivalent: bool) -> Option<List> {
    let mut list = (text != "UNSET").then(|| List::parse_with(text, equivalent).from_knob(knob))?;
    let hosts: Vec<_> = list.hosts_to_resolve().map(str::to_owned).collect();
    for host in hosts {
        let ips: &[&str] = match host.to_ascii_lowercase().as_str() {
            "localhost" => &["127.0.0.1", "::1"],
            "ip6-localhost" => &["::1"],
            _ => &[],
        };
        list.resolved(
            &host,
            &Lookup::Addresses(ips.iter().map(|ip| ip.parse().unwrap()).collect()),
        );
    }
    Some(list)
}

fn named(ip: &str, names: &[&str]) -> Peer {
    let names = PeerNames::Confirmed(names.iter().map(|name| (*name).to_owned()).collect());
    Peer {
        names,
        ..Peer::new(ip.parse().unwrap())
    }
}

fn answered(allow: Option<&List>, deny: Option<&List>, user: &str, peer: Peer) -> Peer {
    let netgroups = netgroup_questions(allow, deny, user, &peer)
        .into_iter()
        .map(|asked| (asked, Some(false)));
    Peer {
        netgroups: netgroups.collect(),
        ..peer
    }
}

#[test]
fn decides_as_condor_ping_does() {
    let user = "condor@password";
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let [ip, equivalent, allow, deny, outcome] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        let allow_text = if allow == "UNSET" { "*" } else { allow };
        let allow = list("ALLOW_CLIENT", allow_text, equivalent == "yes");
        let deny = list("DENY_CLIENT", deny, equivalent == "yes");
        let names: &[&str] = if ip == "::1" {
            &["localhost", "ip6-localhost"]
        } else {
            &["localhost"]
        };
        let peer = answered(allow.as_ref(), deny.as_ref(), user, named(ip, names));
        let decision = decide(Client, allow.as_ref(), deny.as_ref(), user, &peer);
        let outcome = if WRAPPED.contains(&allow_text) {
            "denied nothing"
        } else {
            outcome
        };
        let reason = match outcome.strip_prefix("denied ") {
            None => None,
            Some("address") => Some(format!("denies IP address {ip}")),
            Some("everyone") => Some("denies all access".to_owned()),
            Some("nothing") => Some(format!(
                "contains no matching ALLOW entry for this request; identifiers used for this host: {ip},{}, hostname \
                 size = {}, original ip address = {ip}",
                names.join(","),
                names.len()
            )),
            Some(name) => Some(format!("denies host{name}")),
        };
        match reason {
            None => assert_eq!(
                decision.verdict,
                Verdict::Allowed,
                "{line}: {:?}",
                decision.by
            ),
            Some(reason) => {
                assert_eq!(
                    decision.verdict,
                    Verdict::Denied,
                    "{line}: {:?}",
                    decision.by
                );
                assert_eq!(
                    decision.condor_reason(),
                    format!("CLIENT authorization policy {reason}"),
                    "{line}"
                );
            }
        }
        // Where names are said not to be needed, leaving them out changes nothing.
        if !needs_names(Client, allow.as_ref(), deny.as_ref(), user, &peer) {
            let nameless = Peer {
                names: PeerNames::NotNeeded,
                ..peer
            };
            let without = decide(Client, allow.as_ref(), deny.as_ref(), user, &nameless);
            assert_eq!(
                (without.verdict, without.by),
                (decision.verdict, decision.by),
                "{line}"
            );
        }
        count += 1;
    }
    assert!(count > 140, "{count} cases");
}

#[test]
fn says_the_whole_error() {
    let deny = List::parse("127.0.0.1");
    let decision = decide(
        Client,
        Some(&List::parse("*")),
        Some(&deny),
        "condor@password",
        &named("127.0.0.1", &[]),
    );
    assert_eq!(
        decision.condor_error(&decision.condor_reason()),
        "DENIED authorization of server 'condor@password/127.0.0.1' (I am acting as the client): reason: CLIENT \
         authorization policy denies IP address 127.0.0.1."
    );
    assert_eq!(
        decision.condor_reason_again(),
        "cached result for CLIENT; see first case for the full reason"
    );
}

#[test]
fn names_the_entry_that_decided() {
    let allow = List::parse("10.0.0.1 *.example").from_knob("ALLOW_CLIENT_TOOL");
    let peer = named("192.0.2.1", &["a.example"]);
    assert_eq!(
        decide(Client, Some(&allow), None, "u@d", &peer).by,
        Rule::Allow {
            knob: "ALLOW_CLIENT_TOOL".to_owned(),
            index: 1,
            entry: "*.example".to_owned(),
            matched: Matched::Name("a.example".to_owned())
        }
    );
    let near = vec!["10.0.0.1".to_owned(), "*.example".to_owned()];
    let by = decide(Client, Some(&allow), None, "u@d", &named("192.0.2.1", &[])).by;
    assert_eq!(
        by,
        Rule::NoMatch {
            knob: "ALLOW_CLIENT_TOOL".to_owned(),
            near
        }
    );
}

#[test]
fn no_list_and_an_empty_list_are_not_the_same() {
    let peer = named("127.0.0.1", &[]);
    let (everyone, empty) = (List::parse("*"), List::parse(","));
    assert_eq!(
        decide(Client, None, None, "u@d", &peer).by,
        Rule::NoAllowList {
            knob: "ALLOW_CLIENT".to_owned()
        }
    );
    assert_eq!(
        decide(Client, None, None, "u@d", &peer).condor_reason(),
        "CLIENT authorization policy denies all access"
    );
    assert!(matches!(
        decide(Client, Some(&empty), None, "u@d", &peer).by,
        Rule::NoMatch { .. }
    ));
    assert!(matches!(
        decide(Client, Some(&List::parse("")), None, "u@d", &peer).by,
        Rule::NoMatch { .. }
    ));
    assert!(matches!(
        decide(Client, Some(&everyone), None, "u@d", &peer).by,
        Rule::AllowsEveryone { .. }
    ));
    assert!(matches!(
        decide(Client, Some(&everyone), Some(&empty), "u@d", &peer).by,
        Rule::NotDenied { .. }
    ));
}

#[test]
fn what_nobody_could_look_up_denies() {
    let everyone = List::parse("*");
    let ip = "192.0.2.1".parse().unwrap();
    let failed = Peer {
        names: PeerNames::Failed("timed out".to_owned()),
        ..Peer::new(ip)
    };
    for (text, peer, missing) in [
        ("*.evil.example", failed.clone(), "failed: timed out"),
        ("*.evil.example", Peer::new(ip), "was not done"),
        (
            "evil.example",
            named("192.0.2.1", &[]),
            "were not looked up",
        ),
        ("+bad", named("192.0.2.1", &[]), "netgroup bad"),
        ("{:local_ips:}", named("192.0.2.1", &[]), "of this machine"),
        ("10.0.0.1/-5", named("192.0.2.1", &[]), "makes sense"),
    ] {
        let list = List::parse(text);
        let decision = decide(Client, Some(&everyone), Some(&list), "u@d", &peer);
        let Rule::CannotTell { missing: said, .. } = &decision.by else {
            panic!("{text}: {:?}", decision.by)
        };
        assert!(said.contains(missing), "{text}: {said}");
        assert_eq!(decision.verdict, Verdict::Denied);
        // The same entry lets nobody in.
        assert_eq!(
            decide(Client, Some(&list), None, "u@d", &peer).verdict,
            Verdict::Denied,
            "{text}"
        );
        // And it does not stop a user that it does not name.
        if !text.starts_with('+') {
            let other = List::parse(&format!("x@y/{text}"));
            assert_eq!(
                decide(Client, Some(&everyone), Some(&other), "u@d", &peer).verdict,
                Verdict::Allowed,
                "{text}"
            );
        }
    }
    let mut list = List::parse("evil.example");
    list.resolved("evil.example", &Lookup::Failed("SERVFAIL".to_owned()));
    let by = decide(
        Client,
        Some(&everyone),
        Some(&list),
        "u@d",
        &named("192.0.2.1", &[]),
    )
    .by;
    assert!(matches!(by, Rule::CannotTell { missing, .. } if missing.contains("SERVFAIL")));
}

#[test]
fn a_list_that_cannot_be_read_lets_nobody_in() {
    let everyone = List::parse("*");
    for broken in [
        List::parse("a\0b"),
        List::parse(&"a ".repeat(super::super::MAX_ENTRIES + 1)),
        List::parse(&"a".repeat(super::super::MAX_LENGTH + 1)),
    ] {
        for (allow, deny) in [(&everyone, &broken), (&broken, &List::parse("x"))] {
            let decision = decide(
                Client,
                Some(allow),
                Some(deny),
                "u@d",
                &named("127.0.0.1", &[]),
            );
            assert_eq!(decision.verdict, Verdict::Denied);
            assert!(matches!(decision.by, Rule::Unreadable { .. }));
        }
    }
}

#[test]
fn asks_netgroups_by_address_and_name() {
    let allow = List::parse("+pool");
    let peer = named("192.0.2.1", &["a.example"]);
    let asked = netgroup_questions(Some(&allow), None, "u@d@e", &peer);
    let question = |host: &str| {
        let [group, host, user, domain] = ["pool", host, "u@d", "e"].map(str::to_owned);
        NetgroupQuestion {
            group,
            host,
            user,
            domain,
        }
    };
    assert_eq!(asked, [question("192.0.2.1"), question("a.example")]);
    let peer = Peer {
        netgroups: vec![
            (question("192.0.2.1"), Some(false)),
            (question("a.example"), Some(true)),
        ],
        ..peer
    };
    let matched = Matched::Name("a.example".to_owned());
    assert!(
        matches!(decide(Client, Some(&allow), None, "u@d@e", &peer).by, Rule::Allow { matched: by, .. } if by == matched)
    );
}

#[test]
fn knows_where_the_lists_are() {
    let knobs = super::super::list_knobs(Client, "TOOL", false);
    assert_eq!(
        knobs.allow,
        [
            "ALLOW_CLIENT_TOOL",
            "ALLOW_CLIENT",
            "ALLOW_DEFAULT_TOOL",
            "ALLOW_DEFAULT"
        ]
    );
    assert_eq!(
        knobs.deny,
        [
            "DENY_CLIENT_TOOL",
            "DENY_CLIENT",
            "DENY_DEFAULT_TOOL",
            "DENY_DEFAULT"
        ]
    );
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "[-a-c0-3.:/*@+,\\[\\]{} ]{0,40}", user in "[a-c@*.]{0,8}") {
        let list = List::parse(&text);
        let peer = named("10.0.0.1", &["a.b"]);
        let _ = decide(Client, Some(&list), Some(&list), &user, &peer);
        let _ = needs_names(Client, Some(&list), Some(&list), &user, &peer);
        let _ = wildcard::matches(&text, &user);
    }
}
