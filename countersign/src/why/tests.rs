//! The wording of each case, from traces made by hand.

use std::sync::Arc;

use countersign_core::authz::{Decision, Rule, Verdict};
use countersign_core::crypto::SentKeyError;
use countersign_core::names::{FS, IDTOKENS, Level, MethodName, known_method};
use countersign_core::policy::{PolicyError, ReplyError, Requirement};
use countersign_core::sinful::RouteRefusal;
use countersign_core::trace::{Event, MethodEvent, Trace};
use countersign_core::{Cause, ErrorStack, Failure, Stage};
use countersign_methods::fs::FsEvent;
use countersign_methods::idtokens::{
    FileReport, FolderOrigin, IdTokensEvent, Search, TokenReport, TokenVerdict,
};

use super::*;

mod denied;
mod hung_up;
mod unknown;

const OPTIONAL: Requirement = Requirement::Optional;

fn trace(events: impl IntoIterator<Item = Event>) -> Trace {
    let mut trace = Trace::default();
    for event in events {
        trace.push(event);
    }
    trace
}

fn connected(shared_port_id: Option<&str>) -> Event {
    Event::Connected {
        peer: "10.0.0.2:9618".parse().unwrap(),
        local: "10.0.0.1:4711".parse().unwrap(),
        shared_port_id: shared_port_id.map(str::to_owned),
    }
}

fn sent(encryption: Requirement, ciphers: &[&str]) -> Event {
    Event::PolicySent {
        command: 60021,
        methods: vec!["FS".into()],
        ciphers: ciphers.iter().map(|&cipher| cipher.to_owned()).collect(),
        authentication: OPTIONAL,
        encryption,
        integrity: OPTIONAL,
        negotiation_forced: false,
    }
}

fn agreed(methods: &[&'static str]) -> Event {
    Event::PolicyAgreed {
        methods: Some(methods.to_vec()),
        authentication_required: true,
        encryption: true,
        integrity: true,
        server_version: None,
        trust_domain: None,
        issuer_keys: Vec::new(),
    }
}

fn said(method: &'static MethodName, event: impl MethodEvent) -> Event {
    Event::Method {
        method,
        event: Arc::new(event),
    }
}

fn not_accepted() -> Event {
    said(
        &FS,
        FsEvent::NotAccepted {
            place: countersign_methods::fs::Place::Local,
            path: "/tmp/x".into(),
        },
    )
}

fn authenticated() -> Event {
    Event::Authenticated {
        method: &IDTOKENS,
        server_name: None,
    }
}

fn answered(user: &str) -> Event {
    Event::Decided {
        code: "DENIED".into(),
        user: Some(user.into()),
        limits: None,
    }
}

fn using(scope: Option<&str>) -> Event {
    said(
        &IDTOKENS,
        IdTokensEvent::Using {
            path: "/t/a".into(),
            line: 2,
            subject: "alice@pool.example".into(),
            address: "<10.0.0.2:9618>".into(),
            search: Box::new(Search {
                folder: "/t".into(),
                origin: FolderOrigin::TokenDirectory,
                problem: None,
                files: vec![FileReport {
                    path: "/t/a".into(),
                    outcome: Ok(vec![TokenReport {
                        line: 2,
                        verdict: TokenVerdict::Suitable {
                            subject: "alice@pool.example".into(),
                            expired_since: None,
                            scope: scope.map(str::to_owned),
                        },
                    }]),
                }],
                truncated: false,
            }),
        },
    )
}

fn why(trace: &Trace, stage: Stage, cause: impl Into<Cause>, asked: (&str, i32)) -> String {
    let failure = Failure {
        stage,
        cause: Arc::new(cause.into()),
        stack: ErrorStack::default(),
    };
    let (name, command) = asked;
    explain(trace, &failure, Asked { name, command }).to_string()
}

fn after_hang_up(trace: &Trace, asked: (&str, i32)) -> String {
    let stage = Stage::Reply;
    why(trace, stage, Cause::Closed { stage }, asked)
}

fn after_denial(events: impl IntoIterator<Item = Event>, asked: (&str, i32)) -> String {
    let trace = trace(events);
    let user = facts::user(&trace).unwrap().to_owned();
    let cause = Cause::Denied {
        code: "DENIED".into(),
        user,
        method: None,
    };
    why(&trace, Stage::PostAuth, cause, asked)
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        assert!(
            at.is_some(),
            "{part:?} is not there, or not in order:\n{text}"
        );
        rest = &rest[at.unwrap() + part.len()..];
    }
}

#[track_caller]
fn lacks(text: &str, part: &str) {
    assert!(!text.contains(part), "{part:?} is there:\n{text}");
}

const WRITE: (&str, i32) = ("WRITE", 60021);

#[test]
fn methods_that_failed() {
    let scitokens = known_method("SCITOKENS").unwrap();
    let ssl = known_method("SSL").unwrap();
    let unauthenticated =
        |trace: &Trace| why(trace, Stage::MethodChoice, Cause::Unauthenticated, WRITE);
    // One is the reason. What the server does not want says nothing.
    let one = unauthenticated(&trace([
        Event::NotPerformed { method: ssl },
        agreed(&["FS"]),
        not_accepted(),
    ]));
    has(
        &one,
        &[
            "why: authentication is required, but no method came through: FS: /tmp/x",
            "\n  do: ",
        ],
    );
    lacks(&one, "SSL");
    let several = unauthenticated(&trace([
        Event::NotPerformed { method: scitokens },
        agreed(&["SCITOKENS", "FS"]),
        not_accepted(),
    ]));
    has(
        &several,
        &[
            "why: authentication is required, but no method came through; any one of them would \
             do:\n  SCITOKENS: not tried: countersign has no SCITOKENS yet, so this says nothing \
             about the pool\n    do: use condor_ping for this method\n  FS: ",
            "\n    do: run this on",
            "\nsteps: ",
        ],
    );
    lacks(&several, "also:");
}

#[test]
fn replies() {
    let reply = |error: ReplyError| why(&trace([sent(OPTIONAL, &[])]), Stage::Reply, error, WRITE);
    let method = ReplyError::NoCommonMethod {
        offered: "TOKEN,FS".into(),
    };
    has(
        &reply(method),
        &[
            "(IDTOKENS, FS)",
            "a method that proves identity (IDTOKENS, SSL, or FS on the same host)",
            "SEC_WRITE_AUTHENTICATION_METHODS (or SEC_DEFAULT_AUTHENTICATION_METHODS",
        ],
    );
}

#[test]
fn keys_that_are_sent() {
    let why = |error: SentKeyError| why(&trace([]), Stage::KeyExchange, error, WRITE);
    has(
        &why(SentKeyError::InClear { method: "FS" }),
        &[
            "the method FS hides nothing",
            "do: a server of HTCondor 9.0 or later",
            "SEC_WRITE_AUTHENTICATION_METHODS",
        ],
    );
    has(&why(SentKeyError::Missing), &["no real daemon answers so"]);
}

#[test]
fn this_side() {
    let refusal = RouteRefusal::NeedsBroker {
        brokers: vec!["b".into()],
        network: None,
    };
    has(
        &why(&trace([]), Stage::Connect, refusal, WRITE),
        &[
            "do: run this from a host inside that network",
            "steps: connection failed, client policy",
        ],
    );
    let port = RouteRefusal::NoPort {
        addr: "<1.2.3.4:0>".into(),
    };
    has(
        &why(&trace([]), Stage::Connect, port, WRITE),
        &["do: take the address that the daemon"],
    );
    let never = PolicyError::Contradiction {
        refusing: "AUTHENTICATION",
        requiring: "ENCRYPTION",
    };
    has(
        &why(&trace([]), Stage::Policy, never, WRITE),
        &[
            "do: raise SEC_CLIENT_AUTHENTICATION",
            "encryption cannot go without",
        ],
    );
    let name = Cause::Unreachable {
        address: "<cm:9618>".into(),
        problem: "cm: failed to lookup address information: Name or service not known".into(),
    };
    has(
        &why(&trace([]), Stage::Connect, name, WRITE),
        &["does not know the name"],
    );
}

#[test]
fn refused_by_this_clients_lists() {
    let decision = Decision {
        level: Level::Client,
        verdict: Verdict::Denied,
        by: Rule::NoMatch {
            knob: "ALLOW_CLIENT".into(),
            near: Vec::new(),
        },
        place: None,
        user: "condor@password".into(),
        ip: "10.0.0.2".into(),
        names: Vec::new(),
    };
    let trace = trace([authenticated(), answered("alice@pool.example")]);
    has(
        &why(
            &trace,
            Stage::ServerCheck,
            Cause::ServerRefused(decision),
            WRITE,
        ),
        &[
            "if condor@password at 10.0.0.2 is the server you meant, ALLOW_CLIENT here must match \
             it: condor@password/10.0.0.2",
            "authorization passed, this client's own lists failed",
        ],
    );
}

#[test]
fn steps_are_always_the_same() {
    let asked = Asked {
        name: "WRITE",
        command: 60021,
    };
    let answer = |succeeded| {
        let trace = trace([answered("unauthenticated@unmapped")]);
        explain_answer(&trace, succeeded, asked).to_string()
    };
    has(
        &answer(true),
        &[
            "not authenticated, since neither side asked for it\n",
            "steps: connection passed, client policy passed, policy negotiation passed, \
             authentication not needed, identity mapping not needed, authorization passed, this \
             client's own lists passed",
        ],
    );
    has(
        &answer(false),
        &["answered DENY for WRITE", "authorization failed"],
    );
}

#[test]
fn of_several_attempts_the_last_counts() {
    let dialling = || Event::Dialling {
        address: "<10.0.0.2:9618>".into(),
        source: countersign_core::trace::AddressSource::Typed,
    };
    let trace = trace([dialling(), not_accepted(), dialling(), connected(None)]);
    lacks(&after_hang_up(&trace, WRITE), "FS:");
}
