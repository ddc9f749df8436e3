//! Our test peer and our authorization by itself beside a real 25.14.1 collector: the same lists, the same people, the same
//! answers.
//!
//! Configurations are made by dice and are the same in every run. Each is given to all three; then
//! people with claimed and proven names, with limited tokens and without any name, ask from several addresses.

mod configuration;
mod crowd;
mod peer;
mod relay;

use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use countersign::config::{Config, Sources};
use countersign::core::authz::{Lookup, Peer, PeerNames, Policy};
use countersign::core::names::Level;
use countersign::core::sinful::Sinful;
use countersign::core::trace::Event;
use countersign::settings::authorization_policy;
use countersign::{DEFAULT_TIMEOUT, Target};
use libtest_mimic::{Failed, Trial};
use tokio::runtime::Runtime;

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::dice::Dice;
use crate::roots::Release;
use crowd::{Asker, Crowd};

/// How many tests there are, and how many configurations each has.
const TRIALS: usize = 24;
const CONFIGURATIONS: usize = 10;
/// How many ask of each configuration, and for how many levels.
const ASKERS: usize = 4;
const LEVELS: usize = 4;

/// What `/etc/hosts` says in the roots.
const HOSTS: [(&str, &[&str]); 5] = [
    ("127.0.0.1", &["localhost"]),
    ("127.0.0.2", &["two.pool.example", "two"]),
    ("127.0.0.3", &["three.good.org"]),
    ("127.0.0.4", &[]),
    ("::1", &["localhost", "ip6-localhost"]),
];

const COMMON: &str = "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\n\
    SEC_PASSWORD_DIRECTORY = /etc/condor/passwords.d\nSEC_DEFAULT_AUTHENTICATION = OPTIONAL\n\
    SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER\n\
    SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE, IDTOKENS\n";

/// Every test.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>) -> Vec<Trial> {
    let crowd: Arc<OnceLock<Result<Crowd, String>>> = Arc::default();
    (0..TRIALS)
        .map(|trial| {
            let (bench, crowd) = (bench.cloned(), crowd.clone());
            let run = move || {
                let Some(bench) = bench else { return Ok(()) };
                let crowd = crowd.get_or_init(|| Crowd::gather(&bench.roots));
                let crowd = crowd.as_ref().map_err(Failed::from)?;
                let first = trial * CONFIGURATIONS;
                some(&bench, crowd, first..first + CONFIGURATIONS).map_err(Failed::from)
            };
            Trial::test(format!("authz/generated/{trial:02}"), run)
        })
        .collect()
}

fn some(bench: &Bench, crowd: &Crowd, numbers: std::ops::Range<usize>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut answers = [0, 0];
    for number in numbers {
        let [yes, no] = one(bench, crowd, &runtime, number)?;
        answers[0] += yes;
        answers[1] += no;
    }
    let [yes, no] = answers;
    if yes * 4 < no || no * 4 < yes {
        return Err(format!("{yes} times yes and {no} times no tell little"));
    }
    Ok(())
}

/// One configuration. Gives how often the answer was yes, and no.
fn one(
    bench: &Bench,
    crowd: &Crowd,
    runtime: &Runtime,
    number: usize,
) -> Result<[usize; 2], String> {
    let mut dice = Dice::new(number as u64);
    let lines = configuration::lines(&mut dice);
    let interface = if number % 5 == 4 {
        "NETWORK_INTERFACE = ::1\nENABLE_IPV4 = False\nENABLE_IPV6 = True\n"
    } else {
        "NETWORK_INTERFACE = 127.0.0.1\nENABLE_IPV6 = False\n"
    };
    let text = format!("{}\n{COMMON}{interface}", lines.join("\n"));
    let policy = policy(&text)?;
    let daemon = Daemon::start(&bench.roots, Release::Newest, Kind::Collector, &text)?;
    let server = server(&daemon.address)?;
    let test_peer =
        runtime.block_on(peer::start(&bench.roots, server.is_ipv6(), policy.clone()))?;
    let mut record = String::new();
    for line in &lines {
        writeln!(record, "= {line}").unwrap();
    }
    let mut answers = [0, 0];
    for _ in 0..ASKERS {
        let asker = &crowd.askers[dice.below(crowd.askers.len())];
        let (ip, names) = if server.is_ipv6() {
            HOSTS[4]
        } else {
            HOSTS[dice.below(4)]
        };
        let peer = Peer {
            names: PeerNames::Confirmed(names.iter().map(|name| (*name).to_owned()).collect()),
            ..Peer::new(ip.parse().unwrap())
        };
        for _ in 0..LEVELS {
            let level = match dice.below(4) {
                0 => [Level::Read, Level::Write][dice.below(2)],
                _ => Level::ALL[dice.below(Level::ALL.len())],
            };
            let Some(command) = level.sample_command() else {
                continue;
            };
            let real = runtime.block_on(ask(asker, server, peer.ip, command))?;
            let of_peer = test_peer.socket_address();
            let of_peer = runtime.block_on(ask(asker, of_peer, peer.ip, command))?;
            let limits = asker.limits(level);
            let ours = policy.authorize(level, &asker.user, &peer, &limits);
            let name = level.name();
            let user = &asker.user;
            let verdict = if real { "ALLOWED" } else { "DENIED" };
            if ours.is_allowed() != real || of_peer != real {
                return Err(format!(
                    "configuration {number}: {name} for {user} at {ip}, limited to {limits}, is {verdict} by the \
                     collector; allowed by the peer: {of_peer}; ours says:\n{ours}\n{}",
                    daemon.story(&bench.roots)
                ));
            }
            if !policy.needs_names(level, user, &peer) {
                let nameless = Peer::new(peer.ip);
                if policy
                    .authorize(level, user, &nameless, &limits)
                    .is_allowed()
                    != real
                {
                    return Err(format!(
                        "configuration {number}: {name} for {user} at {ip} needs names"
                    ));
                }
            }
            answers[usize::from(!real)] += 1;
            let limits = limits.to_attribute().unwrap_or_else(|| "-".to_owned());
            writeln!(record, "? {name}\t{user}\t{ip}\t{limits}\t{verdict}").unwrap();
        }
    }
    runtime.block_on(test_peer.shutdown());
    if let Some(folder) = std::env::var_os("COUNTERSIGN_CAPTURE") {
        let path = PathBuf::from(folder).join(format!("authz-{number:03}"));
        fs::write(&path, record + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(answers)
}

/// Our reading of the collector's configuration, with the roots' host names.
fn policy(text: &str) -> Result<Policy, String> {
    let sources = Sources::text("condor_config", text).subsystem("COLLECTOR");
    let config = Config::load(&sources).map_err(|error| error.to_string())?;
    let mut policy =
        authorization_policy(&config, "COLLECTOR").map_err(|error| error.to_string())?;
    for host in policy.hosts_to_resolve() {
        let addresses = HOSTS
            .iter()
            .filter(|(_, names)| names.iter().any(|name| name.eq_ignore_ascii_case(&host)))
            .map(|(ip, _)| ip.parse().unwrap())
            .collect();
        policy.resolved(&host, &Lookup::Addresses(addresses));
    }
    Ok(policy)
}

fn server(address: &str) -> Result<SocketAddr, String> {
    let inner = address.trim_start_matches('<');
    let end = inner.find(['?', '>']).unwrap_or(inner.len());
    inner[..end]
        .parse()
        .map_err(|error| format!("{address}: {error}"))
}

/// What a server says.
async fn ask(asker: &Asker, server: SocketAddr, ip: IpAddr, command: i32) -> Result<bool, String> {
    let relayed = relay::relay(server, ip)
        .await
        .map_err(|error| error.to_string())?;
    let target = Target::typed(Sinful::parse(&format!("<{relayed}>")).unwrap());
    let attempt = asker
        .client
        .sec_query(&target, command, DEFAULT_TIMEOUT)
        .await;
    let decided = attempt.trace.iter().find_map(|event| match event {
        Event::Decided { code, user, .. } => Some((code == "AUTHORIZED", user.clone())),
        _ => None,
    });
    match decided {
        Some((allowed, Some(user))) if user == asker.user => {
            if allowed == attempt.result.is_ok() {
                Ok(allowed)
            } else {
                Err(format!("two answers:\n{}", attempt.trace))
            }
        }
        _ => Err(format!(
            "{server} did not decide about {}:\n{}",
            asker.user, attempt.trace
        )),
    }
}
