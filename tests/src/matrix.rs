//! Every combination of what a client and a server want, between ours and the real ones.
//!
//! For each of authentication, encryption and integrity there are 16 cells: NEVER, OPTIONAL, PREFERRED and REQUIRED on
//! either side, the rest at its default. In each cell the ping's rows for READ and WRITE must be the same in four tables:
//! 25.14.1's `condor_ping` and ours, asking a 25.14.1 collector and our test peer. 23.9.6's `condor_ping` must get from
//! the peer what it gets from the collector; and 25.14.1's `-verbose`, reasons of failures included, says of the peer what
//! it says of the collector. The same cells once more with methods that have nothing in common.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::compare::{Bench, client_config, place, steady};
use crate::daemon::{Daemon, Kind};
use crate::peer::{Peer, server_config};
use crate::roots::Release;
use crate::run::{Output, command, finish};
use crate::scenario::{Scenario, Target};

const LIMIT: Duration = Duration::from_secs(40);
const FEATURES: [&str; 3] = ["AUTHENTICATION", "ENCRYPTION", "INTEGRITY"];
const WISHES: [&str; 4] = ["NEVER", "OPTIONAL", "PREFERRED", "REQUIRED"];

/// Which methods the two sides have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Methods {
    /// The same.
    Common,
    /// The server has CLAIMTOBE alone, the client FS.
    Strange,
}

impl Methods {
    fn name(self) -> &'static str {
        match self {
            Self::Common => "common-methods",
            Self::Strange => "no-common-method",
        }
    }
}

/// A test for each configuration of a server; `itself` leaves them out.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for methods in [Methods::Common, Methods::Strange] {
        for feature in FEATURES {
            for server in WISHES {
                let bench = bench.cloned();
                let name = format!(
                    "matrix/{}/{}/server-{}",
                    methods.name(),
                    feature.to_lowercase(),
                    server.to_lowercase()
                );
                let test = move || match bench {
                    Some(bench) => row(&bench, methods, feature, server).map_err(Failed::from),
                    None => Ok(()),
                };
                trials.push(Trial::test(name, test).with_ignored_flag(itself));
            }
        }
    }
    trials
}

/// The configuration of both sides.
fn scenario(methods: Methods, feature: &str, client: &str, server: &str) -> Scenario {
    let scenario = Scenario::new(format!("matrix/{feature}-{client}-{server}"))
        .server(&format!("SEC_DEFAULT_{feature} = {server}"))
        .client(&format!("SEC_CLIENT_{feature} = {client}"));
    match methods {
        Methods::Common => scenario,
        Methods::Strange => scenario
            .server("SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE")
            .client("SEC_CLIENT_AUTHENTICATION_METHODS = FS"),
    }
}

/// What HTCondor's documentation says of a cell: whether the two come together at all.
fn succeeds(methods: Methods, feature: &str, client: &str, server: &str) -> bool {
    match (client, server) {
        ("NEVER", "REQUIRED") | ("REQUIRED", "NEVER") => false,
        ("NEVER", _) | (_, "NEVER") | ("OPTIONAL", "OPTIONAL") => true,
        _ => methods == Methods::Common || feature != "AUTHENTICATION",
    }
}

/// One row of the matrix: one collector and one peer of the same configuration, and four clients.
fn row(bench: &Bench, methods: Methods, feature: &str, server: &str) -> Result<(), String> {
    let roots = &bench.roots;
    let base = scenario(methods, feature, "OPTIONAL", server);
    let Target::Real(_, text) = &base.target else {
        return Err("the target is a collector".into());
    };
    let text = place(roots, text);
    let daemon = Daemon::start(roots, Release::Newest, Kind::Collector, &text)?;
    let mut peer = Peer::start(bench, &server_config(roots, &text))?;
    let mut problems = String::new();
    for client in WISHES {
        let scenario = scenario(methods, feature, client, server);
        let label = format!("{}-{}", methods.name(), scenario.name.replace('/', "-"));
        let config = client_config(bench, &scenario, &label);
        let asked = |program: &[String], release: Release, address: &str, view: &[&str]| {
            let mut ping = command(&roots.root(release), scenario.user, &config);
            ping.args(program).args(["-address", address]).args(view);
            finish(ping, LIMIT)
        };
        let ping = |program: &[String], release: Release, address: &str| {
            asked(program, release, address, &["-table", "READ", "WRITE"])
        };
        let real = ["condor_ping".to_owned()];
        let ours = &bench.subject.command[..];
        let (newest, stable) = (Release::Newest, Release::Stable);
        let expected = ping(&real, newest, &daemon.address);
        let others = [
            (
                "ours, of the collector",
                ping(ours, newest, &daemon.address),
                &expected,
            ),
            (
                "25.14.1's, of the peer",
                ping(&real, newest, &peer.address),
                &expected,
            ),
            (
                "ours, of the peer",
                ping(ours, newest, &peer.address),
                &expected,
            ),
            (
                "23.9.6's, of the peer",
                ping(&real, stable, &peer.address),
                &ping(&real, stable, &daemon.address),
            ),
        ];
        bench.tally.of_peer(&expected.stdout);
        check(
            &expected,
            succeeds(methods, feature, client, server),
            client,
            &mut problems,
        );
        // Whatever else a client hears, the reasons of a failure included.
        let details = |address: &str| {
            let output = asked(&real, newest, address, &["-verbose", "READ"]);
            // The two are of different packages of the same version.
            let said = |line: &&str| !line.starts_with("Remote Version:");
            let text = steady(&output.stdout).replace(socket(address), "ADDRESS");
            text.lines().filter(said).collect::<Vec<_>>().join("\n")
        };
        let (theirs, ours) = (details(&daemon.address), details(&peer.address));
        if theirs != ours {
            let _ = write!(
                problems,
                "client {client}: -verbose READ of the collector\n{theirs}\nof the peer\n{ours}\n"
            );
        }
        for (whose, output, expected) in others {
            if told(&output) != told(expected) {
                let _ = write!(
                    problems,
                    "client {client}: {whose}: {output:?}\n expected of it: {expected:?}\n"
                );
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{problems}--- the peer's log\n{}\n{}",
        peer.end(),
        daemon.story(roots)
    ))
}

/// Two rows, READ and WRITE, that say what they must.
fn check(output: &Output, succeeds: bool, client: &str, problems: &mut String) {
    let word = if succeeds { "ALLOW" } else { "FAIL" };
    let rows: Vec<_> = output.stdout.lines().skip(1).collect();
    let said = |row: &&str| row.split_whitespace().nth(4) == Some(word);
    if rows.len() != 2 || !rows.iter().all(said) {
        let _ = writeln!(
            problems,
            "client {client}: 25.14.1 should say {word} twice: {output:?}"
        );
    }
}

/// What must be the same.
fn told(output: &Output) -> (&str, Option<i32>, bool) {
    (&output.stdout, output.status, output.timed_out)
}

/// `host:port` of an address.
fn socket(address: &str) -> &str {
    let inside = address.trim_matches(['<', '>']);
    inside.split('?').next().unwrap_or_default()
}
