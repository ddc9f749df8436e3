//! SSL and SCITOKENS by HTCondor's own client libraries from PyPI, of four releases: what they say of the peer must be what
//! they say of a real 25.14.1 collector.

use std::fmt::Write as _;

use serde_json::json;

use super::case::{Case, Group, Place};
use super::issuers::By;
use super::site::{Site, dialled};
use crate::compare::Bench;
use crate::peer::python;
use crate::roots::Release;
use crate::run::User;
use crate::wheels;

/// The releases.
pub(super) const VERSIONS: [&str; 4] = python::VERSIONS;

const ALL: [&str; 3] = ["condor:/READ", "condor:/WRITE", "condor:/ADVERTISE_STARTD"];

/// Its wheel was built without SciTokens: it offers the method to nobody, and has nothing in common with the servers.
const WITHOUT_SCITOKENS: &str = "10.0.9";

/// The servers' settings, and the clients that ask them. A letter of a case is a level of `ping.py`: READ, WRITE,
/// NEGOTIATOR, ADMINISTRATOR, DAEMON, ADVERTISE_STARTD.
fn groups() -> [Group; 2] {
    let alice = |name| {
        Case::new(name)
            .certificate("client-ec")
            .is("AAFFAA", "SSL alice@pool.example")
    };
    let good = |name| {
        Case::new(name)
            .token(By::Ec, &ALL)
            .is("AAFFFA", "SCITOKENS alice@pool.example")
    };
    let refused = |case: Case| case.is("FFFFFF", "");
    [
        Group::new(
            "python-ssl",
            "SSL",
            vec![
                alice("ec"),
                alice("rsa").certificate("client-rsa"),
                Case::new("no-certificate").is("AFFFFF", "SSL unauthenticated@unmapped"),
                Case::new("unmapped")
                    .certificate("client-bob")
                    .is("AFFFFF", "SSL ssl@unmapped"),
                refused(alice("wrong-host").alias(Some("other.example"))),
                refused(alice("unknown-ca").client("AUTH_SSL_CLIENT_CAFILE =")),
            ],
        ),
        Group::new(
            "python-scitokens",
            "SCITOKENS",
            vec![
                good("ec"),
                Case::new("rsa")
                    .token(By::Rsa, &ALL)
                    .is("AAFFFA", "SCITOKENS alice@pool.example"),
                good("by-variable").by(Place::Variable),
                Case::new("read-only")
                    .token(By::Ec, &["condor:/READ"])
                    .is("AFFFFF", "SCITOKENS alice@pool.example"),
                refused(Case::new("expired").claims(
                    By::Ec,
                    json!({"exp": "@NOW-60@", "iat": "@NOW-120@", "nbf": "@NOW-120@"}),
                )),
                refused(Case::new("forged").claims(By::Forger, json!({}))),
                refused(Case::new("unknown-issuer").token(By::Stranger, &ALL)),
                refused(Case::new("no-token")),
                refused(good("no-alias").alias(None)),
            ],
        ),
    ]
}

/// Every case, with the library of this release.
pub(super) fn same_answers(bench: &Bench, site: &Site, version: &str) -> Result<(), String> {
    let wheel = wheels::ready(bench.roots.cache(), version)?;
    let mut problems = String::new();
    for group in groups() {
        let collector = site.collector(bench, Release::Newest, &group)?;
        let mut peer = site.peer(bench, &group)?;
        let before = problems.len();
        for case in &group.cases {
            let client = site.client(bench, &group, case, User::Root)?;
            let (config, variables) = client.outside(&bench.roots);
            let ask = |published: &str| {
                let address = dialled(published, case);
                python::ask(&wheel, &config, version, &address, &variables)
            };
            let (real, ours) = (ask(&collector.address), ask(&peer.address));
            let case = &match version == WITHOUT_SCITOKENS && group.name == "python-scitokens" {
                true => case.clone().is("FFFFFF", ""),
                false => case.clone(),
            };
            let found = what_is_wrong(case, &real, &ours);
            if !found.is_empty() {
                let _ = writeln!(
                    problems,
                    "==== {}/{}: {found}\n--- of the collector\n{real}--- of the peer\n{ours}",
                    group.name, case.name
                );
            }
        }
        if problems.len() > before {
            let _ = writeln!(
                problems,
                "--- the peer's log\n{}{}",
                peer.end(),
                collector.story(&bench.roots)
            );
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(problems)
}

fn what_is_wrong(case: &Case, real: &str, ours: &str) -> String {
    let let_in = |line: &str| line.to_lowercase().contains("authorizationsucceeded=true");
    let letter = |line: &str| if let_in(line) { 'A' } else { 'F' };
    let letters: String = real.lines().map(letter).collect();
    let mut found = String::new();
    if real != ours {
        found += "the answers differ; ";
    }
    if letters != case.expected {
        let _ = write!(found, "expected {}, not {letters}; ", case.expected);
    }
    if let Some((method, identity)) = case.who.split_once(' ') {
        let first = real.lines().next().unwrap_or_default();
        for told in [
            format!("AuthMethods={method} "),
            format!("MyRemoteUserName={identity} "),
        ] {
            if !first.contains(&told) {
                let _ = write!(found, "no {told:?} in {first:?}; ");
            }
        }
    }
    found
}
