//! Signing keys and tokens.

use super::cases::Seen;
use super::{BASE, LIMIT, report};
use crate::daemon::{Daemon, Kind};
use crate::roots::{Release, Roots};
use crate::run::{User, command, finish};

/// A signing key that others can read, and a revocation that cannot be read: what they do to a token, and what is found.
pub(super) fn keys(roots: &Roots, program: &str) -> Result<(), String> {
    let newest = Release::Newest;
    for (name, mode, line, expected, code) in [
        ("well", 0o600, "", Seen::Allowed("IDTOKENS", "AES"), None),
        (
            "revoked",
            0o600,
            "SEC_TOKEN_REVOCATION_EXPR = sub == \"carol@pool.example\"",
            Seen::Refused,
            None,
        ),
        (
            "not-revoked",
            0o600,
            "SEC_TOKEN_REVOCATION_EXPR = sub == \"carol@pool.example",
            Seen::Allowed("IDTOKENS", "AES"),
            Some("wrong-value"),
        ),
        ("readable", 0o640, "", Seen::Refused, Some("exposed-secret")),
    ] {
        let folder = roots.folder(&format!("wrong-keys-{name}"), 0, 0o755);
        let [keys, tokens] = ["keys", "tokens"]
            .map(|part| roots.folder(&format!("wrong-keys-{name}/{part}"), 0, 0o700));
        let key = format!("{keys}/POOL");
        roots.write(&key, [7; 32], 0, 0o600);
        let text = format!(
            "{BASE}SEC_PASSWORD_DIRECTORY = {keys}\nSEC_TOKEN_DIRECTORY = {tokens}\n\
             SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n{line}\n"
        );
        let config = format!("{folder}/condor_config");
        roots.write(&config, &text, 0, 0o644);
        let mut create = command(&roots.root(newest), User::Root, &config);
        create.args(["condor_token_create", "-identity", "carol@pool.example"]);
        roots.write(
            &format!("{tokens}/carol"),
            finish(create, LIMIT).stdout,
            0,
            0o600,
        );
        roots.write(&key, [7; 32], 0, mode);
        let daemon = Daemon::start(roots, newest, Kind::Collector, &text)?;
        let mut ping = command(&roots.root(newest), User::Root, &config);
        ping.args(["condor_ping", "-table", "-addr", &daemon.address, "WRITE"]);
        let output = finish(ping, LIMIT);
        let row = output.stdout.lines().last().unwrap_or_default().to_owned();
        let seen = if row.contains("IDTOKENS") && row.contains("ALLOW carol@pool.example") {
            Seen::Allowed("IDTOKENS", "AES")
        } else if row.contains("FAIL") {
            Seen::Refused
        } else {
            return Err(format!("{name}: {output:?}"));
        };
        if seen != expected {
            return Err(format!(
                "{name}: {seen:?}\n{output:?}\n{}",
                daemon.story(roots)
            ));
        }
        let report = report(roots, program, newest, User::Root, &config)?;
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        // All may write who authenticate, which the base says and is no part of this.
        let codes: Vec<&str> = findings
            .iter()
            .filter_map(|finding| finding["code"].as_str())
            .collect();
        let about: Vec<&str> = codes
            .into_iter()
            .filter(|code| *code != "everybody-governs")
            .collect();
        if about != code.into_iter().collect::<Vec<_>>() {
            return Err(format!("{name}: {about:?}, not {code:?}"));
        }
    }
    Ok(())
}
