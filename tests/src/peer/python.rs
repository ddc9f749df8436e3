//! HTCondor's own client libraries from PyPI, of four releases.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::Peer;
use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;
use crate::run::finish;
use crate::scenario::{IPV4, PLACES};
use crate::tokens::Token;
use crate::wheels;

/// The releases.
pub(super) const VERSIONS: [&str; 4] = ["10.0.9", "23.0.28", "24.0.24", "25.14.1"];

const LIMIT: Duration = Duration::from_secs(60);

const LISTS: &str = "\
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_ENCRYPTION = REQUIRED
SEC_DEFAULT_INTEGRITY = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS
SEC_READ_AUTHENTICATION = OPTIONAL
ALLOW_READ = *
ALLOW_WRITE = alice@pool.example
ALLOW_DAEMON = alice@pool.example
DENY_NEGOTIATOR = *
";

/// The library says the same of the peer as of a real 25.14.1 collector.
pub(super) fn same_answers(bench: &Bench, version: &str) -> Result<(), String> {
    let roots = &bench.roots;
    let wheel = wheels::ready(roots.cache(), version)?;
    let server = format!("{PLACES}{IPV4}{LISTS}");
    let daemon = Daemon::start(roots, Release::Newest, Kind::Collector, &server)?;
    let config = format!("{}/python-server-{version}", roots.area());
    let places = "LOCAL_DIR = /nonexistent\nLOG = /nonexistent\n";
    roots.write(&config, format!("{server}{places}"), 0, 0o644);
    let mut peer = Peer::start(bench, &config)?;

    let tokens = roots.folder(&format!("python-tokens-{version}"), 0, 0o700);
    let token = bench.tokens.file(&[Token::Alice]);
    roots.write(&format!("{tokens}/alice"), token, 0, 0o600);
    let client = format!("{}/python-client-{version}", roots.area());
    // The library runs outside of the roots.
    let folder = roots.host(&tokens);
    let text = format!(
        "{PLACES}SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\nSEC_TOKEN_DIRECTORY = {0}\n\
         SEC_PASSWORD_DIRECTORY = {0}/none\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {0}/none/POOL\n\
         LOCAL_DIR = {0}\nLOG = {0}\n",
        folder.display()
    );
    roots.write(&client, text, 0, 0o644);
    let config = roots.host(&client);
    let real = ask(&wheel, &config, version, &daemon.address);
    let ours = ask(&wheel, &config, version, &peer.address);
    let authenticated = real.matches("AuthorizationSucceeded=True").count()
        + real.matches("AuthorizationSucceeded=true").count();
    if real == ours && authenticated > 2 {
        return Ok(());
    }
    Err(format!(
        "--- of the collector\n{real}--- of the peer\n{ours}--- the peer's log\n{}",
        peer.end()
    ))
}

fn ask(wheel: &Path, config: &Path, version: &str, address: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/peer/ping.py");
    let mut command = Command::new(wheels::python());
    command
        .arg(script)
        .args([version, address])
        .env("PYTHONPATH", wheel)
        .env("CONDOR_CONFIG", config);
    let output = finish(command, LIMIT);
    match output.status {
        Some(0) => output.stdout,
        _ => format!("{output:?}\n"),
    }
}
