//! What the protocol does not give: nothing of the authentication enters the channel's key. So whoever replaces both
//! public keys can let a client authenticate to a real server and keep the session. These tests measure for which
//! methods that works against a real 25.14.1 collector, with everything REQUIRED on both sides: docs and warnings may
//! claim neither more nor less than they show.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use countersign::core::Cause;

use super::relay::{Loot, Trick, relay};
use super::tamper::socket;
use super::thief::{read_setting, session};
use super::victim::{Way, ask, client, collector};
use crate::compare::Bench;

type Run = fn(&Bench) -> Result<(), String>;

pub(super) const CASES: &[(&str, Run)] = &[
    ("relay/idtokens-is-taken-over", |bench| {
        taken_over(bench, Way::Token)
    }),
    ("relay/self-made-idtoken-is-taken-over-as-condor", |bench| {
        taken_over(bench, Way::SelfMade)
    }),
    ("relay/claimtobe-is-taken-over", |bench| {
        taken_over(bench, Way::ClaimToBe)
    }),
    ("relay/unbound-fs-is-taken-over", |bench| {
        taken_over(bench, Way::UnboundFs)
    }),
    ("relay/bound-fs-is-refused", |bench| {
        fs_is_refused(bench, Trick::None)
    }),
    ("relay/bound-fs-with-a-false-binding-is-refused", |bench| {
        fs_is_refused(bench, Trick::OtherBinding)
    }),
    ("relay/bound-fs-without-a-binding-is-refused", |bench| {
        fs_is_refused(bench, Trick::NoBinding)
    }),
];

/// DC_NOP_READ.
const READ: i32 = 60020;
const PATIENT: Duration = Duration::from_secs(10);

/// What the man in the middle got, and what the victim saw.
type Outcome = (
    Result<Loot, String>,
    countersign::Attempt<countersign::Authorization>,
);

fn through_relay(bench: &Bench, server: &str, way: Way, trick: Trick) -> Result<Outcome, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let address = format!("<{}>", listener.local_addr().map_err(|e| e.to_string())?);
    let server = socket(server)?;
    let man = thread::spawn(move || relay(&listener, server, way, trick));
    let attempt = ask(&client(bench, way), &address, READ, PATIENT);
    let loot = man.join().map_err(|_| "the relay panicked")?;
    Ok((loot, attempt))
}

/// The victim's own handshake succeeds and shows nothing strange. The man in the middle reads its answer, and resumes
/// its session on a connection of his own, with no credential at all, to run a command that the victim alone may run.
fn taken_over(bench: &Bench, way: Way) -> Result<(), String> {
    let daemon = collector(bench, way)?;
    let (loot, attempt) = through_relay(bench, &daemon.address, way, Trick::None)?;
    let explain = |what: &str| {
        format!(
            "{what}\nloot: {loot:?}\nvictim: {:?}\n{}\n{}",
            attempt.result,
            attempt.trace,
            daemon.story(&bench.roots)
        )
    };
    let Ok(loot) = &loot else {
        return Err(explain("the relay failed"));
    };
    if !attempt.result.as_ref().is_ok_and(|answer| answer.succeeded) {
        return Err(explain("the victim noticed"));
    }
    if loot.decision.get_str("User") != Some(way.identity())
        || loot.answer.get_bool("AuthorizationSucceeded") != Some(true)
    {
        return Err(explain("the server took the relay for somebody else"));
    }
    let session = session(loot).ok_or_else(|| explain("there is no session in the loot"))?;
    let server = socket(&daemon.address)?;
    let value = read_setting(
        server,
        session.clone(),
        "SEC_DEFAULT_AUTHENTICATION_METHODS",
    )
    .map_err(|error| explain(&format!("the session could not be used: {error}")))?;
    if !value.contains(way.method()) {
        return Err(explain(&format!(
            "the answer to the stolen command is {value:?}"
        )));
    }
    // The session is what makes the difference: without its key, its id is worth nothing.
    let mut keyless = session;
    keyless.key = Some((
        countersign::core::crypto::ChannelKey::from_bytes([0; 32]),
        countersign::core::crypto::Protection::AES,
    ));
    match read_setting(server, keyless, "SEC_DEFAULT_AUTHENTICATION_METHODS") {
        Err(_) => Ok(()),
        Ok(value) => Err(explain(&format!(
            "without the key it answers {value:?} too"
        ))),
    }
}

/// The relay listens on another port than the server, and the directory's name holds the port that the client sees.
fn fs_is_refused(bench: &Bench, trick: Trick) -> Result<(), String> {
    let daemon = collector(bench, Way::Fs)?;
    let direct = ask(&client(bench, Way::Fs), &daemon.address, READ, PATIENT);
    if !direct.result.as_ref().is_ok_and(|answer| answer.succeeded) {
        return Err(format!("directly: {:?}\n{}", direct.result, direct.trace));
    }
    let (loot, attempt) = through_relay(bench, &daemon.address, Way::Fs, trick)?;
    match (&loot, &attempt.result) {
        (Err(problem), Err(failure))
            if problem.starts_with("the server's verdict is Ok(-1)")
                && matches!(
                    *failure.cause,
                    Cause::Unauthenticated | Cause::Closed { .. }
                ) =>
        {
            Ok(())
        }
        _ => Err(format!(
            "{loot:?}\n{:?}\n{}\n{}",
            attempt.result,
            attempt.trace,
            daemon.story(&bench.roots)
        )),
    }
}
