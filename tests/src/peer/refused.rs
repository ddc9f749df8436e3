//! Tokens that must not be taken, shown by real clients: the peer tells its log why, and the client no more than a real
//! collector tells it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{LIMIT, server_config};
use crate::compare::{Bench, place, steady};
use crate::daemon::{Daemon, Kind};
use crate::peer::Peer;
use crate::roots::Release;
use crate::run::{User, command, finish};
use crate::scenario::{IPV4, PLACES};
use crate::tokens::Token;

/// `{"alg":"HS256","kid":"POOL","typ":"JWT"}` and `{"alg":"none","kid":"POOL"}`.
const HS256: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6IlBPT0wiLCJ0eXAiOiJKV1QifQ";
const NONE: &str = "eyJhbGciOiJub25lIiwia2lkIjoiUE9PTCJ9";
/// No token's signature.
const SIGNATURE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is the matter with a token, and how the peer's log puts it.
const CASES: [(&str, &str); 5] = [
    ("expired", "it expired "),
    ("revoked", "SEC_TOKEN_REVOCATION_EXPR"),
    ("wrongly-signed", "did not prove that it has the token"),
    ("alg-none", "HS256 alone is taken here"),
    ("not-yet-good", "it is not good yet"),
];

/// The file of tokens of a case.
fn token(bench: &Bench, case: &str) -> String {
    let made = |header: &str, more: &str| {
        let claims = format!(
            r#"{{{more}"iat":1700000000,"iss":"pool.example","jti":"0123","sub":"carol@pool.example"}}"#
        );
        format!("{header}.{}.{SIGNATURE}\n", URL_SAFE_NO_PAD.encode(claims))
    };
    match case {
        "expired" => bench.tokens.file(&[Token::Expired]),
        "revoked" => bench.tokens.file(&[Token::Alice]),
        "wrongly-signed" => made(HS256, ""),
        "alg-none" => made(NONE, ""),
        "not-yet-good" => made(HS256, r#""nbf":32503680000,"#),
        _ => unreachable!(),
    }
}

/// Every case, with `condor_ping` of both releases.
pub(super) fn told_no_reason(bench: &Bench) -> Result<(), String> {
    let roots = &bench.roots;
    let server = format!(
        "{PLACES}{IPV4}SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n\
         SEC_TOKEN_REVOCATION_EXPR = sub =?= \"alice@pool.example\"\nALLOW_WRITE = *\n"
    );
    let text = place(roots, &server);
    let daemon = Daemon::start(roots, Release::Newest, Kind::Collector, &text)?;
    let mut peer = Peer::start(bench, &server_config(roots, &text))?;
    let mut different = String::new();
    for (case, _) in CASES {
        let tokens = roots.folder(&format!("refused-{case}"), 0, 0o700);
        roots.write(&format!("{tokens}/t"), token(bench, case), 0, 0o600);
        let config = format!("{tokens}.conf");
        let client = format!(
            "{PLACES}SEC_CLIENT_AUTHENTICATION_METHODS = IDTOKENS\nSEC_TOKEN_DIRECTORY = {tokens}\n\
             SEC_PASSWORD_DIRECTORY = {tokens}/none\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {tokens}/none/POOL\n"
        );
        roots.write(&config, client, 0, 0o644);
        for release in Release::BOTH {
            let ask = |address: &str| {
                let mut ping = command(&roots.root(release), User::Root, &config);
                ping.args(["condor_ping", "-address", address, "-verbose", "WRITE"]);
                let output = finish(ping, LIMIT);
                let text = format!("{}{}", output.stdout, output.stderr);
                let socket = address
                    .trim_matches(['<', '>'])
                    .split('?')
                    .next()
                    .unwrap_or_default();
                (
                    steady(&text)
                        .replace(address, "ADDRESS")
                        .replace(socket, "ADDRESS"),
                    output.status,
                )
            };
            let (theirs, ours) = (ask(&daemon.address), ask(&peer.address));
            if theirs != ours || !theirs.0.contains("AUTHENTICATE:1004") {
                different += &format!(
                    "{case}, {}: {theirs:?}\nof the peer: {ours:?}\n",
                    release.version()
                );
            }
        }
    }
    let log = peer.end();
    for (case, reason) in CASES {
        let told = log
            .lines()
            .filter(|line| line.contains("\"refused\"") && line.contains(reason));
        let count = told.count();
        if count != Release::BOTH.len() {
            different += &format!("{case}: {count} lines say {reason:?}\n");
        }
    }
    if different.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{different}--- the peer's log\n{log}\n{}",
        daemon.story(roots)
    ))
}
