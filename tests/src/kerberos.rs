//! KERBEROS: what the ping says where it fails, and what a peer's log says.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;

use crate::compare::{Bench, place};
use crate::daemon::{Daemon, Kind};
use crate::peer::{Peer, server_config};
use crate::roots::Release;
use crate::run::{User, command, finish};
use crate::scenario::{IPV4, OPEN, PLACES};

const LIMIT: Duration = Duration::from_secs(40);

const CONFIG: &str =
    "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = KERBEROS\n";

/// What `-why` says of a daemon at this address, as bob with this credential cache.
fn why(bench: &Bench, more: &str, cache: &str, address: &str) -> String {
    let client = server_config(&bench.roots, &format!("{PLACES}{CONFIG}{more}"));
    let mut ping = command(&bench.roots.root(Release::Newest), User::Bob, &client);
    ping.args(&bench.subject.command)
        .args(["-address", address, "-table", "-why", "WRITE"])
        .env("KRB5CCNAME", cache);
    let output = finish(ping, LIMIT);
    output.stdout + &output.stderr
}

/// A ticket of alice's, as bob's, for so many seconds.
fn ticket(bench: &Bench, name: &str, life: &str) -> Result<String, String> {
    let cache = format!("FILE:{}/kerberos/{name}", bench.roots.area());
    let mut kinit = command(&bench.roots.root(Release::Newest), User::Bob, "/dev/null");
    kinit.args([
        "sh",
        "-c",
        "echo secret | kinit -l \"$1\" -c \"$2\" alice",
        "sh",
        life,
        &cache,
    ]);
    let output = finish(kinit, LIMIT);
    match output.status {
        Some(0) => Ok(cache),
        _ => Err(format!("kinit: {}{}", output.stdout, output.stderr)),
    }
}

fn says(text: &str, parts: &[&str]) -> Result<(), String> {
    match parts.iter().find(|part| !text.contains(**part)) {
        None => Ok(()),
        Some(part) => Err(format!("no {part:?} in\n{text}")),
    }
}

fn of_a_client(bench: &Bench) -> Result<(), String> {
    let roots = &bench.roots;
    let text = place(roots, &format!("{PLACES}{IPV4}{OPEN}{CONFIG}"));
    let daemon = Daemon::start(roots, Release::Newest, Kind::Collector, &text)?;
    let none = format!("FILE:{}/kerberos/none", roots.area());
    says(
        &why(bench, "", &none, &daemon.address),
        &["no ticket to show", "for host/localhost", "run kinit"],
    )?;
    let over = ticket(bench, "over", "1s")?;
    let good = ticket(bench, "good", "1h")?;
    says(
        &why(
            bench,
            "KERBEROS_SERVER_SERVICE = nothing\n",
            &good,
            &daemon.address,
        ),
        &["for nothing/localhost", "the KDC knows no such service"],
    )?;
    says(
        &why(
            bench,
            "KERBEROS_SERVER_SERVICE = gone\n",
            &good,
            &daemon.address,
        ),
        &["the server does not take the ticket", "klist -kte"],
    )?;
    says(
        &why(bench, "", &good, &daemon.address),
        &["authenticated by KERBEROS"],
    )?;
    std::thread::sleep(Duration::from_secs(2));
    says(
        &why(bench, "", &over, &daemon.address),
        &["no ticket to show: Ticket expired", "run kinit again"],
    )
}

/// What a peer's log says of a ping, with settings of the peer's and the client's.
fn logged(bench: &Bench, server: &str, client: &str) -> Result<String, String> {
    let good = ticket(bench, "for-a-peer", "1h")?;
    let text = format!("{PLACES}{OPEN}{CONFIG}{server}");
    let mut peer = Peer::start(bench, &server_config(&bench.roots, &text))?;
    let told = why(bench, client, &good, &peer.address);
    says(&told, &["KERBEROS"])?;
    Ok(peer.end() + &told)
}

fn of_a_peer(bench: &Bench) -> Result<(), String> {
    let area = bench.roots.area();
    says(
        &logged(bench, "", "")?,
        &[
            "the method's own name for alice@POOL.EXAMPLE",
            "would run WRITE",
        ],
    )?;
    says(
        &logged(
            bench,
            &format!("KERBEROS_SERVER_KEYTAB = {area}/none\n"),
            "",
        )?,
        &["ticket is not taken", "Key table file"],
    )?;
    says(
        &logged(bench, "", "KERBEROS_SERVER_SERVICE = gone\n")?,
        &[
            "ticket is not taken",
            "gone/localhost@POOL.EXAMPLE not found in keytab",
        ],
    )?;
    let map = format!("{area}/realms");
    bench
        .roots
        .write(&map, "OTHER.EXAMPLE = other.example\n", 0, 0o644);
    says(
        &logged(bench, &format!("KERBEROS_MAP_FILE = {map}\n"), "")?,
        &[
            "the realm POOL.EXAMPLE is not in KERBEROS_MAP_FILE",
            "makes nobody of its principal",
        ],
    )?;
    says(
        &logged(bench, "", &format!("KERBEROS_MAP_FILE = {map}\n"))?,
        &[
            "the realm POOL.EXAMPLE is not in KERBEROS_MAP_FILE",
            "the client has no ticket",
        ],
    )
}

type Check = fn(&Bench) -> Result<(), String>;

/// What is said.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let all: [(&str, Check); 2] = [
        ("kerberos/what-a-ping-says", of_a_client),
        ("kerberos/what-a-peer-says", of_a_peer),
    ];
    all.into_iter()
        .map(|(name, check)| {
            let bench = bench.cloned();
            let test = move || match bench {
                Some(bench) => check(&bench).map_err(libtest_mimic::Failed::from),
                None => Ok(()),
            };
            Trial::test(name, test).with_ignored_flag(itself)
        })
        .collect()
}
