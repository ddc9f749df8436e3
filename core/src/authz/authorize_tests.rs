use super::*;
use crate::authz::peer::{Lookup, PeerNames};
use crate::authz::{FoundKnob, PolicyRules};
use crate::names::Level::{
    Administrator, AdvertiseMaster, AdvertiseSchedd, AdvertiseStartd, Allow, Config, Daemon,
    Negotiator, Read, Write,
};

const ALICE: &str = "alice@pool.example";

/// A collector's policy from `KNOB = VALUE` lines.
fn policy(text: &str) -> Policy {
    let knobs: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let set = |name: &str| knobs.contains(&(name, "true"));
    let rules = PolicyRules {
        legacy_allow_semantics: set("LEGACY_ALLOW_SEMANTICS"),
        ..PolicyRules::new("COLLECTOR")
    };
    let lookup = |wanted: &str| {
        let found = [format!("COLLECTOR.{wanted}"), wanted.to_owned()]
            .into_iter()
            .find_map(|name| knobs.iter().find(|knob| knob.0 == name));
        let found = found.filter(|(_, value)| !value.is_empty());
        Ok::<_, ()>(found.map(|(name, value)| FoundKnob {
            name: (*name).to_owned(),
            text: (*value).to_owned(),
            place: "condor_config, line 1".to_owned(),
        }))
    };
    let mut policy = Policy::read(&rules, lookup).unwrap();
    for host in policy.hosts_to_resolve() {
        policy.resolved(&host, &Lookup::Addresses(Vec::new()));
    }
    policy
}

fn peer(names: &[&str]) -> Peer {
    Peer {
        names: PeerNames::Confirmed(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Peer::new([192, 0, 2, 1].into())
    }
}

fn allowed(text: &str, user: &str) -> Vec<Level> {
    let policy = policy(text);
    let may = |level: &Level| {
        let answer = policy.authorize(*level, user, &peer(&[]), &Limits::Unlimited);
        answer.is_allowed()
    };
    Level::ALL
        .into_iter()
        .filter(|level| *level != Level::Client && may(level))
        .collect()
}

#[test]
fn levels_and_what_they_imply() {
    let advertise = [AdvertiseStartd, AdvertiseSchedd, AdvertiseMaster];
    let and = |levels: &[Level], more: &[Level]| -> Vec<Level> {
        levels.iter().chain(more).copied().collect()
    };
    for (text, expected) in [
        ("", vec![Allow]),
        ("DENY_ALLOW = *", vec![Allow]),
        ("ALLOW_READ = *", vec![Allow, Read]),
        ("ALLOW_WRITE = *@pool.example", vec![Allow, Read, Write]),
        (
            "ALLOW_DAEMON = *@pool.example",
            and(&[Allow, Read, Write, Daemon], &advertise),
        ),
        (
            "ALLOW_DAEMON = *\nDENY_WRITE = *",
            and(&[Allow, Read, Daemon], &advertise),
        ),
        (
            "ALLOW_ADMINISTRATOR = *\nDENY_READ = *",
            vec![Allow, Write, Administrator],
        ),
        ("ALLOW_NEGOTIATOR = *", vec![Allow, Read, Negotiator]),
        (
            "ALLOW_ADVERTISE_STARTD = *",
            vec![Allow, Read, AdvertiseStartd],
        ),
        (
            "ALLOW_DAEMON = *\nALLOW_ADVERTISE_STARTD = nobody@x",
            vec![Allow, Read, Write, Daemon, AdvertiseSchedd, AdvertiseMaster],
        ),
        (
            "ALLOW_DEFAULT = *",
            and(
                &[
                    Allow,
                    Read,
                    Write,
                    Negotiator,
                    Administrator,
                    Config,
                    Daemon,
                ],
                &advertise,
            ),
        ),
        (
            "ALLOW_DEFAULT = *\nDENY_DAEMON = *",
            vec![Allow, Read, Write, Negotiator, Administrator, Config],
        ),
        (
            "ALLOW_WRITE = *\nLEGACY_ALLOW_SEMANTICS = true",
            and(&[Allow, Read, Write, Daemon], &advertise),
        ),
        (
            "ALLOW_READ = nobody@x\nALLOW_READ_COLLECTOR = *",
            vec![Allow, Read],
        ),
        ("ALLOW_READ_COLLECTOR =\nALLOW_READ = *", vec![Allow, Read]),
        (
            "ALLOW_READ = *\nCOLLECTOR.ALLOW_READ = nobody@x",
            vec![Allow],
        ),
        (
            "ALLOW_OWNER = *\nHOSTALLOW_READ = *\nALLOW_READ_SCHEDD = *",
            vec![Allow],
        ),
    ] {
        assert_eq!(allowed(text, ALICE), expected, "{text}");
    }
}

#[test]
fn says_what_was_tried() {
    let policy = policy("ALLOW_READ = bob@x\nALLOW_DAEMON = alice@*\nDENY_DEFAULT = eve@*");
    let answer = policy.authorize(Read, ALICE, &peer(&[]), &Limits::Unlimited);
    let Grounds::Lists { tried } = &answer.grounds else {
        panic!("{answer:?}")
    };
    let levels: Vec<_> = tried
        .iter()
        .map(|attempt| (attempt.decision.level, attempt.implies))
        .collect();
    assert_eq!(
        levels,
        [
            (Read, None),
            (Write, Some(Read)),
            (Administrator, Some(Write)),
            (Daemon, Some(Write))
        ]
    );
    let decided = answer.decided_by().unwrap();
    assert_eq!(
        decided.decision.place.as_deref(),
        Some("condor_config, line 1")
    );
    assert!(matches!(&decided.decision.by, Rule::Allow { knob, .. } if knob == "ALLOW_DAEMON"));
    assert_eq!(answer.to_string().lines().count(), 4);

    let answer = policy.authorize(Read, "eve@x", &peer(&[]), &Limits::Unlimited);
    assert_eq!(
        answer.to_string(),
        "READ: entry 1 of DENY_DEFAULT, eve@*, matches the user (condor_config, line 1)"
    );
}

#[test]
fn limits_come_first() {
    let policy = policy("ALLOW_DEFAULT = *");
    let may = |level, limits: &Limits| policy.authorize(level, ALICE, &peer(&[]), limits);
    let nothing = Limits::only([]);
    let answer = may(Read, &nothing);
    assert!(!answer.is_allowed());
    assert_eq!(
        answer.to_string(),
        "READ: not among what this identity is limited to, which is nothing but ALLOW"
    );
    assert!(may(Allow, &nothing).is_allowed());
    let daemon = Limits::from_scope("condor:/DAEMON");
    assert!(may(Write, &daemon).is_allowed());
    assert!(!may(AdvertiseStartd, &daemon).is_allowed());
}

#[test]
fn alternates() {
    let policy = policy("ALLOW_DAEMON = alice@*\nALLOW_ADVERTISE_STARTD = bob@*");
    let may = |user, limits: &Limits| {
        policy
            .authorize_any(AdvertiseStartd, &[Daemon], user, &peer(&[]), limits)
            .is_allowed()
    };
    assert!(may(ALICE, &Limits::Unlimited) && may("bob@x", &Limits::Unlimited));
    assert!(!may("eve@x", &Limits::Unlimited));
    assert!(may(ALICE, &Limits::only(["DAEMON"])));
    assert!(!may(ALICE, &Limits::only(["WRITE"])));
    let open = policy.authorize_any(Daemon, &[Allow], "eve@x", &peer(&[]), &Limits::only([]));
    assert!(open.is_allowed());
}

#[test]
fn a_list_that_cannot_be_read_denies() {
    let broken = policy("ALLOW_READ = *\nDENY_READ = a\0b\nALLOW_WRITE = *");
    let answer = broken.authorize(Read, ALICE, &peer(&[]), &Limits::Unlimited);
    assert!(!answer.is_allowed(), "{answer}");
    assert!(
        answer.to_string().contains("DENY_READ cannot be read"),
        "{answer}"
    );
}

#[test]
fn netgroups_of_every_level_that_may_decide() {
    let policy = policy("ALLOW_DAEMON = +daemons\nDENY_READ = +bad");
    let asked = |level| {
        let questions = policy.netgroup_questions(level, ALICE, &peer(&["a.example"]));
        let mut groups: Vec<_> = questions.iter().map(|q| q.group.clone()).collect();
        groups.dedup();
        (questions.len(), groups)
    };
    assert_eq!(asked(Negotiator), (0, vec![]));
    assert_eq!(asked(Write), (2, vec!["daemons".to_owned()]));
    let (count, mut groups) = asked(Read);
    groups.sort();
    groups.dedup();
    assert_eq!((count, groups.len()), (4, 2));

    let mut peer = peer(&["a.example"]);
    let may = |peer: &Peer| policy.authorize(Write, ALICE, peer, &Limits::Unlimited);
    assert!(!may(&peer).is_allowed());
    peer.netgroups = policy
        .netgroup_questions(Write, ALICE, &peer)
        .into_iter()
        .map(|question| (question, Some(true)))
        .collect();
    assert!(may(&peer).is_allowed());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(600))]

    /// A DENY list and limits only take away; names that are said not to matter do not.
    #[test]
    fn only_takes_away(
        lists in proptest::collection::vec((0usize..24, "(\\*|[ab]@[cd]|\\*@c|192\\.0\\.2\\.[0-3]|\\*\\.e|\\+g|[ab]@c/\\*\\.e)( [ab]@d| x\\.e)?"), 0..8),
        user in "[ab]@[cd]",
        level in 0usize..11,
        deny in 0usize..12,
        limit in 0usize..11,
    ) {
        let names: Vec<&str> = Level::ALL.iter().map(|level| level.name()).chain(["DEFAULT"]).collect();
        let mut text = String::new();
        for (place, list) in &lists {
            let kind = if place % 2 == 0 { "ALLOW" } else { "DENY" };
            text += &format!("{kind}_{} = {list}\n", names[place / 2]);
        }
        let level = Level::ALL[level];
        let peer = peer(&["x.e"]);
        let limits = Limits::Only([Level::ALL[limit]].into());
        let full = policy(&text);
        let answer = full.authorize(level, &user, &peer, &Limits::Unlimited);

        if !full.needs_names(level, &user, &peer) {
            let nameless = Peer { names: PeerNames::NotNeeded, ..peer.clone() };
            let without = full.authorize(level, &user, &nameless, &Limits::Unlimited);
            proptest::prop_assert_eq!(without.verdict, answer.verdict, "{}", text);
        }
        let blind = Peer { names: PeerNames::Failed("x".to_owned()), ..peer.clone() };
        // A plain host name goes by the addresses that it had when the list was read. That a confirmed name of this
        // peer is one that has other addresses contradicts itself.
        let blind = full.authorize(level, &user, &blind, &Limits::Unlimited);
        if blind.is_allowed() && !text.contains(" x.e") {
            proptest::prop_assert!(answer.is_allowed(), "knowing less let in: {}", text);
        }
        if full.authorize(level, &user, &peer, &limits).is_allowed() {
            proptest::prop_assert!(answer.is_allowed());
            proptest::prop_assert!(limits.including(level).is_some());
        }
        // One more DENY knob for everybody, where there was none.
        let knob = format!("DENY_{} =", names[deny]);
        if names[deny] != "DEFAULT" && !text.contains(&knob) && level != Allow {
            let less = policy(&format!("{text}{knob} *\n"));
            let less = less.authorize(level, &user, &peer, &Limits::Unlimited);
            // Only where it hides no list that stood in for it.
            if full.deny(Level::ALL[deny]).is_none() && less.is_allowed() {
                proptest::prop_assert!(answer.is_allowed(), "{}{}", text, knob);
            }
        }
        proptest::prop_assert!(!answer.to_string().is_empty());
        proptest::prop_assert_eq!(level == Allow, answer.grounds == Grounds::Open);
    }
}
