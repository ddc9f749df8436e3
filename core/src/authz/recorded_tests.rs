//! Recorded answers of a real collector, our answers, and what wrong rules would answer.

use std::net::IpAddr;

use super::limits::Limits;
use super::network::{Hit, Network};
use super::peer::{Lookup, Peer, PeerNames};
use super::policy::{FoundKnob, Policy, PolicyRules};
use super::wildcard;
use crate::names::Level;

const CASES: &str = include_str!("server_cases.tsv");

const HOSTS: [(&str, &[&str]); 5] = [
    ("127.0.0.1", &["localhost"]),
    ("127.0.0.2", &["two.pool.example", "two"]),
    ("127.0.0.3", &["three.good.org"]),
    ("127.0.0.4", &[]),
    ("::1", &["localhost", "ip6-localhost"]),
];

fn names(ip: &str) -> &'static [&'static str] {
    HOSTS.iter().find(|(known, _)| *known == ip).unwrap().1
}

fn addresses(host: &str) -> Vec<IpAddr> {
    let named = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(host));
    let known = HOSTS.iter().filter(|(_, names)| named(names));
    known.map(|(ip, _)| ip.parse().unwrap()).collect()
}

/// What is set last counts.
struct Knobs<'a>(Vec<(&'a str, &'a str)>);

impl Knobs<'_> {
    fn get(&self, name: &str) -> Option<(&str, &str)> {
        let set = |name: String| self.0.iter().rfind(|(set, _)| *set == name).copied();
        let found = set(format!("COLLECTOR.{name}")).or_else(|| set(name.to_owned()));
        found.filter(|(_, text)| !text.is_empty())
    }
}

struct Question<'a> {
    level: Level,
    user: &'a str,
    ip: &'a str,
    limits: Limits,
    allowed: bool,
}

fn cases() -> Vec<(Knobs<'static>, Vec<Question<'static>>)> {
    let mut cases = Vec::new();
    for block in CASES.split("\n\n") {
        let mut knobs = Vec::new();
        let mut questions = Vec::new();
        for line in block.lines() {
            if let Some(setting) = line.strip_prefix("= ") {
                let (name, text) = setting.split_once('=').unwrap();
                knobs.push((name.trim(), text.trim()));
            } else if let Some(question) = line.strip_prefix("? ") {
                let [level, user, ip, limits, answer] =
                    question.split('\t').collect::<Vec<_>>()[..]
                else {
                    panic!("{line}")
                };
                questions.push(Question {
                    level: Level::from_name(level).unwrap(),
                    user,
                    ip,
                    limits: Limits::from_attribute((limits != "-").then_some(limits)),
                    allowed: answer == "ALLOWED",
                });
            }
        }
        if !questions.is_empty() {
            cases.push((Knobs(knobs), questions));
        }
    }
    cases
}

#[test]
fn answers_as_a_collector_does() {
    let mut count = 0;
    for (knobs, questions) in cases() {
        let on = |name: &str, default: &str| knobs.get(name).map_or(default, |(_, v)| v) == "True";
        let rules = PolicyRules {
            legacy_allow_semantics: on("LEGACY_ALLOW_SEMANTICS", "False"),
            pool_username_equivalent: on("USE_POOL_USERNAME_EQUIVALENT", "True"),
            ..PolicyRules::new("COLLECTOR")
        };
        let mut policy = Policy::read(&rules, |name| {
            Ok::<_, ()>(knobs.get(name).map(|(name, text)| FoundKnob {
                name: name.to_owned(),
                text: text.to_owned(),
                place: String::new(),
            }))
        })
        .unwrap();
        for host in policy.hosts_to_resolve() {
            policy.resolved(&host, &Lookup::Addresses(addresses(&host)));
        }
        for question in questions {
            let known = names(question.ip).iter().map(|name| (*name).to_owned());
            let peer = Peer {
                names: PeerNames::Confirmed(known.collect()),
                ..Peer::new(question.ip.parse().unwrap())
            };
            let ours = policy.authorize(question.level, question.user, &peer, &question.limits);
            assert_eq!(
                ours.is_allowed(),
                question.allowed,
                "{:?}: {} at {}: {ours}",
                knobs.0,
                question.user,
                question.ip
            );
            count += 1;
        }
    }
    assert!(count > 1000, "{count} questions");
}

/// A rule of the decision that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Nothing,
    AllowBeatsDeny,
    NothingImplied,
    ImpliedOneStepOnly,
    ImpliedDespiteDeny,
    DaemonImpliesAdvertise,
    AdvertiseHasItsOwnListsOnly,
    LegacyIgnored,
    LegacyAlways,
    DefaultIgnored,
    DefaultBesidesOwn,
    SubsystemIgnored,
    LimitsIgnored,
    LimitsNotExpanded,
    UsersWithCase,
    UsersByTheirBeginning,
    DomainsUnanchored,
    PoolNamesApart,
    PoolNamesAlwaysAlike,
    HostNamesIgnored,
    MasksIgnored,
}

const ADVERTISE: [Level; 3] = [
    Level::AdvertiseStartd,
    Level::AdvertiseSchedd,
    Level::AdvertiseMaster,
];

/// The same rules once more, written to be broken.
struct Model<'a> {
    knobs: &'a Knobs<'a>,
    broken: Broken,
}

impl Model<'_> {
    fn is(&self, broken: Broken) -> bool {
        self.broken == broken
    }

    fn answers(&self, question: &Question<'_>) -> bool {
        if question.level == Level::Allow {
            return true;
        }
        if let Limits::Only(limits) = &question.limits
            && !self.is(Broken::LimitsIgnored)
        {
            let mut reach: Vec<Level> = limits.iter().copied().collect();
            if !self.is(Broken::LimitsNotExpanded) {
                let mut next = 0;
                while let Some(level) = reach.get(next).copied() {
                    reach.extend(level.implies());
                    if level == Level::Daemon && self.is(Broken::DaemonImpliesAdvertise) {
                        reach.extend(ADVERTISE);
                    }
                    next += 1;
                }
            }
            if !reach.contains(&question.level) {
                return false;
            }
        }
        self.verify(question.level, question.user, question.ip, true)
    }

    fn verify(&self, level: Level, user: &str, ip: &str, asked: bool) -> bool {
        let (allow, deny) = (self.list("ALLOW", level), self.list("DENY", level));
        let everyone = |list: Option<&str>| list.is_some_and(|list| list == "*" || list == "*/*");
        let denied = deny.is_some_and(|list| self.finds(list, user, ip)) || everyone(deny);
        let allowed = allow.is_some_and(|list| self.finds(list, user, ip)) || everyone(allow);
        if denied && !(allowed && self.is(Broken::AllowBeatsDeny)) {
            return self.is(Broken::ImpliedDespiteDeny) && self.implied(level, user, ip, asked);
        }
        allowed || self.implied(level, user, ip, asked)
    }

    fn implied(&self, level: Level, user: &str, ip: &str, asked: bool) -> bool {
        if self.is(Broken::NothingImplied) || self.is(Broken::ImpliedOneStepOnly) && !asked {
            return false;
        }
        let advertise = self.is(Broken::DaemonImpliesAdvertise) && ADVERTISE.contains(&level);
        let more = advertise.then_some(Level::Daemon);
        level
            .implied_by()
            .chain(more)
            .any(|higher| self.verify(higher, user, ip, false))
    }

    fn list(&self, kind: &str, level: Level) -> Option<&str> {
        let mut names = vec![level.name()];
        let advertise = level.name().starts_with("ADVERTISE");
        if advertise && !self.is(Broken::AdvertiseHasItsOwnListsOnly) {
            names.push("DAEMON");
        }
        let set = self.knobs.get("LEGACY_ALLOW_SEMANTICS").is_some();
        let legacy = set && !self.is(Broken::LegacyIgnored) || self.is(Broken::LegacyAlways);
        if legacy && names.last() == Some(&"DAEMON") {
            names.push("WRITE");
        }
        if !self.is(Broken::DefaultIgnored) {
            names.push("DEFAULT");
        }
        if self.is(Broken::DefaultBesidesOwn) && kind == "ALLOW" {
            names.reverse();
        }
        names.iter().find_map(|name| {
            let of_subsystem = self.knobs.get(&format!("{kind}_{name}_COLLECTOR"));
            of_subsystem
                .filter(|_| !self.is(Broken::SubsystemIgnored))
                .or_else(|| self.knobs.get(&format!("{kind}_{name}")))
                .map(|(_, text)| text)
        })
    }

    fn finds(&self, list: &str, user: &str, ip: &str) -> bool {
        let mut entries = list
            .split([',', ' ', '\t'])
            .filter(|entry| !entry.is_empty());
        entries.any(|entry| {
            let (pattern, host) = match entry.split_once('/') {
                None if entry.contains('@') => (entry, "*"),
                None => ("*", entry),
                Some((before, host)) if before.contains('@') || before.starts_with('*') => {
                    (before, host)
                }
                Some(_) if Network::parse(entry).is_some() => ("*", entry),
                Some(halves) => halves,
            };
            self.user(pattern, user) && self.host(host, ip)
        })
    }

    fn user(&self, pattern: &str, user: &str) -> bool {
        let matches = |pattern: &str| {
            if self.is(Broken::UsersWithCase) && !wildcard_with_case(pattern, user) {
                return false;
            }
            let unanchored = self.is(Broken::DomainsUnanchored) && pattern.starts_with('*');
            if unanchored || self.is(Broken::UsersByTheirBeginning) {
                return wildcard::matches(&format!("{pattern}*"), user);
            }
            wildcard::matches(pattern, user)
        };
        let configured = self.knobs.get("USE_POOL_USERNAME_EQUIVALENT").is_none();
        let alike =
            configured && !self.is(Broken::PoolNamesApart) || self.is(Broken::PoolNamesAlwaysAlike);
        let small = pattern.to_ascii_lowercase();
        let other = [("condor@", "condor_pool@"), ("condor_pool@", "condor@")]
            .into_iter()
            .find_map(|(from, to)| Some(format!("{to}{}", small.strip_prefix(from)?)));
        matches(pattern) || alike && other.is_some_and(|other| matches(&other))
    }

    fn host(&self, host: &str, ip: &str) -> bool {
        let address: IpAddr = ip.parse().unwrap();
        if host == "*" {
            return true;
        }
        if let Some(network) = Network::parse(host) {
            let whole = self.is(Broken::MasksIgnored) && host.contains('/');
            if !whole && network.hit(address) == Hit::Yes {
                return true;
            }
        }
        let by_name = names(ip).iter().any(|name| wildcard::matches(host, name));
        !self.is(Broken::HostNamesIgnored) && by_name || addresses(host).contains(&address)
    }
}

/// Whether the letters around the first asterisk are the same in case too.
fn wildcard_with_case(pattern: &str, user: &str) -> bool {
    let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
    user.starts_with(start) && user.contains(end.trim_end_matches('*'))
}

/// The recorded answers tell every broken rule from the right one.
#[test]
fn a_broken_rule_shows() {
    let wrong = |broken: Broken| {
        let cases = cases();
        let answers = cases.iter().flat_map(|(knobs, questions)| {
            questions
                .iter()
                .map(move |question| Model { knobs, broken }.answers(question) != question.allowed)
        });
        answers.filter(|wrong| *wrong).count()
    };
    assert_eq!(wrong(Broken::Nothing), 0);
    let unnoticed: Vec<Broken> = [
        Broken::AllowBeatsDeny,
        Broken::NothingImplied,
        Broken::ImpliedOneStepOnly,
        Broken::ImpliedDespiteDeny,
        Broken::DaemonImpliesAdvertise,
        Broken::AdvertiseHasItsOwnListsOnly,
        Broken::LegacyIgnored,
        Broken::LegacyAlways,
        Broken::DefaultIgnored,
        Broken::DefaultBesidesOwn,
        Broken::SubsystemIgnored,
        Broken::LimitsIgnored,
        Broken::LimitsNotExpanded,
        Broken::UsersWithCase,
        Broken::UsersByTheirBeginning,
        Broken::DomainsUnanchored,
        Broken::PoolNamesApart,
        Broken::PoolNamesAlwaysAlike,
        Broken::HostNamesIgnored,
        Broken::MasksIgnored,
    ]
    .into_iter()
    .filter(|broken| wrong(*broken) == 0)
    .collect();
    assert_eq!(unnoticed, []);
}
