//! `-debug` tells every step, and no secret.

use std::fs;
use std::time::Duration;

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;
use crate::run::{User, command, finish};
use crate::tokens::Token;

const SERVER: &str = "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\n\
    SEC_PASSWORD_DIRECTORY = /etc/condor/passwords.d\nNETWORK_INTERFACE = 127.0.0.1\n\
    CONDOR_HOST = 127.0.0.1\nALLOW_READ = *\nALLOW_WRITE = *\nALLOW_DAEMON = *\n\
    SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS, FS\n";

const CLIENT: &str = "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\n\
    SEC_PASSWORD_DIRECTORY = /etc/condor/passwords.d\n\
    SEC_TOKEN_SYSTEM_DIRECTORY = /etc/condor/tokens.d\n\
    SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS, FS\n";

/// A user's token, root's self-made token and the directory: none shows its secret.
pub(super) fn no_secret(bench: &Bench, release: Release) -> Result<(), String> {
    let daemon = Daemon::start(&bench.roots, release, Kind::Collector, SERVER)?;
    let config = format!("{}/debug-config-{}", bench.roots.area(), release.version());
    bench.roots.write(&config, CLIENT, 0, 0o644);
    let root = bench.roots.root(Release::Newest);
    let token = bench.tokens.file(&[Token::Alice]);
    let key = fs::read(root.join("etc/condor/passwords.d/POOL")).map_err(|e| e.to_string())?;
    for user in [User::Alice, User::Root, User::Bob] {
        let mut ping = command(&root, user, &config);
        ping.args(&bench.subject.command).args([
            "-address",
            &daemon.address,
            "-debug",
            "-why",
            "-verbose",
            "ALL",
        ]);
        let output = finish(ping, Duration::from_secs(60));
        let text = format!("{}{}", output.stdout, output.stderr);
        if !text.contains("the server picked") {
            return Err(format!("no debug output to speak of:\n{text}"));
        }
        secrets(&text, &token, &key)?;
    }
    Ok(())
}

fn secrets(text: &str, token: &str, key: &[u8]) -> Result<(), String> {
    let token = token.trim();
    let parts: Vec<&str> = token.split('.').collect();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    // Header and payload of a token are no secret by themselves, but have no business here.
    for (what, secret) in parts
        .iter()
        .map(|part| ("a part of the token", *part))
        .chain([("the signing key", hex.as_str()), ("a JWT", "eyJ")])
    {
        if text.contains(secret) {
            return Err(format!("{what} is in the output:\n{text}"));
        }
    }
    // Anything that looks like a key or a MAC: long runs of base64 or hexadecimal digits. Paths
    // and version strings have separators well before that.
    let long = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "+=_-".contains(c)))
        .find(|word| word.len() >= 40);
    match long {
        Some(word) => Err(format!("{word} may be a secret:\n{text}")),
        None => Ok(()),
    }
}
