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
pub(crate) const VERSIONS: [&str; 4] = ["10.0.9", "23.0.28", "24.0.24", "25.14.1"];

const LIMIT: Duration = Duration::from_secs(60);

const LISTS: &str = "\
ALLOW_READ = *
ALLOW_WRITE = alice@pool.example, *@unmapped
ALLOW_DAEMON = alice@pool.example
DENY_NEGOTIATOR = *
";

/// What both sides are set to, and whether anybody is let in.
struct Setting {
    name: &'static str,
    server: &'static str,
    client: &'static str,
    succeeds: bool,
}

const SETTINGS: [Setting; 6] = [
    Setting {
        name: "required",
        server: "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n\
                 SEC_DEFAULT_INTEGRITY = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n\
                 SEC_READ_AUTHENTICATION = OPTIONAL\n",
        client: "SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n",
        succeeds: true,
    },
    Setting {
        name: "defaults",
        server: "SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS, CLAIMTOBE\n",
        client: "SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE, IDTOKENS\n",
        succeeds: true,
    },
    Setting {
        name: "clear",
        server: "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_CRYPTO_METHODS = BLOWFISH\n\
                 SEC_DEFAULT_ENCRYPTION = OPTIONAL\nSEC_DEFAULT_INTEGRITY = OPTIONAL\n\
                 SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n",
        client: "SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\nSEC_DEFAULT_CRYPTO_METHODS = BLOWFISH\n\
                 SEC_DEFAULT_ENCRYPTION = OPTIONAL\nSEC_DEFAULT_INTEGRITY = OPTIONAL\n",
        succeeds: true,
    },
    Setting {
        name: "claims",
        server: "SEC_DEFAULT_AUTHENTICATION = PREFERRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE\n",
        client: "SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE\nSEC_CLIENT_AUTHENTICATION = REQUIRED\n\
                 SEC_CLAIMTOBE_USER = alice\n",
        succeeds: true,
    },
    Setting {
        name: "nobody",
        server: "SEC_DEFAULT_AUTHENTICATION = OPTIONAL\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n\
                 SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n",
        client: "SEC_CLIENT_AUTHENTICATION = NEVER\nSEC_CLIENT_ENCRYPTION = OPTIONAL\n",
        succeeds: false,
    },
    Setting {
        name: "nothing-in-common",
        server: "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE\n",
        client: "SEC_CLIENT_AUTHENTICATION_METHODS = IDTOKENS\n",
        succeeds: false,
    },
];

/// The library says the same of the peer as of a real 25.14.1 collector.
pub(super) fn same_answers(bench: &Bench, version: &str) -> Result<(), String> {
    let wheel = wheels::ready(bench.roots.cache(), version)?;
    SETTINGS
        .iter()
        .try_for_each(|setting| same(bench, version, &wheel, setting))
}

fn same(bench: &Bench, version: &str, wheel: &Path, setting: &Setting) -> Result<(), String> {
    let roots = &bench.roots;
    let Setting {
        name,
        server,
        client,
        succeeds,
    } = setting;
    let server = format!("{PLACES}{IPV4}{LISTS}{server}");
    let daemon = Daemon::start(roots, Release::Newest, Kind::Collector, &server)?;
    let label = format!("python-{version}-{name}");
    let config = format!("{}/{label}-server", roots.area());
    let places = "LOCAL_DIR = /nonexistent\nLOG = /nonexistent\n";
    roots.write(&config, format!("{server}{places}"), 0, 0o644);
    let mut peer = Peer::start(bench, &config)?;

    let tokens = roots.folder(&label, 0, 0o700);
    let token = bench.tokens.file(&[Token::Alice]);
    roots.write(&format!("{tokens}/alice"), token, 0, 0o600);
    let config = format!("{tokens}-client");
    // The library runs outside of the roots.
    let folder = roots.host(&tokens);
    let text = format!(
        "{PLACES}{client}SEC_TOKEN_DIRECTORY = {0}\nSEC_PASSWORD_DIRECTORY = {0}/none\n\
         SEC_TOKEN_POOL_SIGNING_KEY_FILE = {0}/none/POOL\nLOCAL_DIR = {0}\nLOG = {0}\n",
        folder.display()
    );
    roots.write(&config, text, 0, 0o644);
    let config = roots.host(&config);
    let real = ask(wheel, &config, version, &daemon.address, &[]);
    let ours = ask(wheel, &config, version, &peer.address, &[]);
    let let_in = real
        .to_lowercase()
        .matches("authorizationsucceeded=true")
        .count();
    if real == ours && (let_in > 1) == *succeeds {
        return Ok(());
    }
    Err(format!(
        "{name}\n--- of the collector\n{real}--- of the peer\n{ours}--- the peer's log\n{}",
        peer.end()
    ))
}

/// What `ping.py` prints with the library of this release, this configuration and further variables.
pub(crate) fn ask(
    wheel: &Path,
    config: &Path,
    version: &str,
    address: &str,
    variables: &[(String, String)],
) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/peer/ping.py");
    let mut command = Command::new(wheels::python());
    command
        .arg(script)
        .args([version, address])
        .env("PYTHONPATH", wheel)
        .env("CONDOR_CONFIG", config)
        .envs(variables.iter().cloned());
    let output = finish(command, LIMIT);
    match output.status {
        Some(0) => output.stdout,
        _ => format!("{output:?}\n"),
    }
}
