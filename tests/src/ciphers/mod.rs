//! A session's key that the server makes up and sends, because one side knows no key exchange by ECDH.
//!
//! Clients of a release that old do not run any more, so a relay makes each client one. Ours and the real ones must agree
//! on the key: what they say after it is encrypted with it. The one difference is deliberate: where one of ours REQUIRES
//! protection, a key that goes over the wire in clear is refused.

pub(crate) mod relay;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use self::relay::Relay;
use crate::compare::{Bench, client_config};
use crate::daemon::{Daemon, Kind};
use crate::peer::{Peer, server_config};
use crate::roots::Release;
use crate::run::{Output, command, finish};
use crate::scenario::{Scenario, Target};

const LIMIT: Duration = Duration::from_secs(40);

/// Each method, and whether it hides the key that is sent.
const METHODS: [(&str, bool); 6] = [
    ("FS", false),
    ("CLAIMTOBE", false),
    ("ANONYMOUS", false),
    ("IDTOKENS", false),
    ("MUNGE", true),
    ("KERBEROS", true),
];

/// What one of ours says where it refuses a key in clear.
pub(crate) const REFUSAL: &str = "the key would go over the wire for everyone to read";

/// A test for each method and cipher, with what both sides want of encryption and integrity; `itself` leaves them out.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (method, hides) in METHODS {
        for wish in ["REQUIRED", "PREFERRED"] {
            for cipher in ["3DES", "BLOWFISH"] {
                let name = format!("ciphers/sent-key/{method}/{cipher}/{wish}").to_lowercase();
                let scenario = Scenario::new(&name).both(&format!(
                    "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_FS_ENFORCE_CHANNEL_BINDING = False\n\
                     SEC_DEFAULT_AUTHENTICATION_METHODS = {method}\nSEC_DEFAULT_CRYPTO_METHODS = {cipher}\n\
                     SEC_DEFAULT_ENCRYPTION = {wish}\nSEC_DEFAULT_INTEGRITY = {wish}"
                ));
                let bench = bench.cloned();
                let refused = wish == "REQUIRED" && !hides;
                let test = move || match bench {
                    Some(bench) => sent(&bench, &scenario, refused).map_err(Failed::from),
                    None => Ok(()),
                };
                trials.push(Trial::test(name, test).with_ignored_flag(itself));
            }
        }
    }
    trials
}

/// All clients with all servers.
fn sent(bench: &Bench, scenario: &Scenario, refused: bool) -> Result<(), String> {
    let roots = &bench.roots;
    let Target::Real(_, text) = &scenario.target else {
        return Err("the target is a collector".into());
    };
    let config = client_config(bench, scenario, &scenario.name.replace('/', "-"));
    let mut peer = Peer::start(bench, &server_config(roots, text))?;
    let ask = |asker: Asker, address: &str| {
        let mut ping = command(&roots.root(asker.release()), scenario.user, &config);
        match asker {
            Asker::Real(_) => ping.arg("condor_ping"),
            Asker::Ours => ping.args(&bench.subject.command),
        };
        ping.args(["-address", address]);
        ping.args(asker.view());
        finish(ping, LIMIT)
    };
    let mut problems = String::new();
    for release in Release::BOTH {
        let daemon = Daemon::start(roots, release, Kind::Collector, text)?;
        let servers = [daemon.address.as_str(), peer.address.as_str()];
        compare(servers, release, refused, None, &ask, &mut problems)?;
        if !problems.is_empty() {
            let _ = writeln!(problems, "{}", daemon.story(roots));
        }
    }
    let logged = peer.end();
    // Where the client is ours it gives up first, or the peer does.
    if refused && !logged.contains(REFUSAL) {
        let _ = writeln!(problems, "the peer does not say why");
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(format!("{problems}--- the peer's log\n{logged}")),
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// `condor_ping`.
    Real(Release),
    /// `countersign ping`.
    Ours,
}

impl Asker {
    pub(crate) fn release(self) -> Release {
        match self {
            Self::Real(release) => release,
            Self::Ours => Release::Newest,
        }
    }

    /// The arguments behind the address.
    fn view(self) -> &'static [&'static str] {
        match self {
            Self::Real(_) => &["-table", "READ", "WRITE"],
            Self::Ours => &["-table", "-why", "READ", "WRITE"],
        }
    }
}

/// The address of a real collector of this release and our peer's, asked through a relay each.
pub(crate) fn compare(
    [collector, peer]: [&str; 2],
    release: Release,
    refused: bool,
    alias: Option<&str>,
    ask: &dyn Fn(Asker, &str) -> Output,
    problems: &mut String,
) -> Result<(), String> {
    let (real, ours) = (Relay::before(collector)?, Relay::before(peer)?);
    let reference = ask(Asker::Real(Release::Newest), &real.address(alias));
    let rows = allowed(&reference.stdout);
    if rows.len() != 2 || real.taken() < 2 {
        let _ = writeln!(
            problems,
            "condor_ping is refused by a collector: {reference:?}"
        );
    }
    let stable = Asker::Real(Release::Stable);
    for (who, asker, relay) in [
        (
            "25.14.1's, of the peer",
            Asker::Real(Release::Newest),
            &ours,
        ),
        ("23.9.6's, of the peer", stable, &ours),
        ("ours, of the collector", Asker::Ours, &real),
        ("ours, of the peer", Asker::Ours, &ours),
    ] {
        if asker == stable && release == Release::Stable {
            // What the peer is compared with is a collector of 25.14.1.
            continue;
        }
        let output = ask(asker, &relay.address(alias));
        let expected = match (refused, asker == stable) {
            (true, _) => Vec::new(),
            (false, true) => allowed(&ask(stable, &real.address(alias)).stdout),
            (false, false) => rows.clone(),
        };
        let taken = relay.taken();
        // Our client hears nothing but a hang-up where our peer refused first.
        let told = asker != Asker::Ours
            || who == "ours, of the peer"
            || output.stdout.contains(REFUSAL) == refused;
        if taken < 2 || allowed(&output.stdout) != expected || !told {
            let _ = writeln!(
                problems,
                "{who} ({taken} keys taken out): expected {expected:?} and not {}{}",
                output.stdout, output.stderr
            );
        }
    }
    Ok(())
}

/// The rows that say ALLOW.
fn allowed(table: &str) -> Vec<String> {
    let rows = table.lines().filter(|row| row.contains(" ALLOW "));
    rows.map(str::to_owned).collect()
}
