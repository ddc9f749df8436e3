//! KERBEROS: what libkrb5 says becomes the user, on both sides, and each refusal is told where it is heard.

use std::fmt;
use std::sync::Arc;

use countersign_core::crypto::InClear;
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_methods::kerberos::{
    AcceptTicket, GetTicket, JudgeReply, Kerberos, KerberosEvent, KerberosFailure, KerberosServer,
    KerberosServerEvent, MAX_PACKET, NameDefect, NameRules, RealmMap, Taken, Ticket,
};

use crate::pair::{Outcome, nobody, run};

const REQUEST: &[u8] = b"an AP-REQ";
const REPLY: &[u8] = b"an AP-REP";
const SERVER: &str = "host/cm@POOL.EXAMPLE";

struct Judge(Result<(), KerberosFailure>);

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judge")
    }
}

impl JudgeReply for Judge {
    fn judge(self: Box<Self>, reply: &[u8]) -> Result<(), KerberosFailure> {
        assert_eq!(reply, REPLY);
        self.0
    }
}

fn reported(code: i32) -> KerberosFailure {
    KerberosFailure::Reported {
        call: "krb5_rd_req",
        code,
        text: "words".into(),
        about: None,
    }
}

/// What each side's system says.
struct World {
    ticket: Result<&'static str, KerberosFailure>,
    client_realms: Option<&'static str>,
    taken: Result<&'static str, KerberosFailure>,
    server_realms: Option<&'static str>,
    judged: Result<(), KerberosFailure>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            ticket: Ok(SERVER),
            client_realms: None,
            taken: Ok("alice@POOL.EXAMPLE"),
            server_realms: None,
            judged: Ok(()),
        }
    }
}

impl World {
    fn meet(self) -> Outcome {
        self.meet_with(REQUEST.to_vec())
    }

    fn meet_with(self, sent: Vec<u8>) -> Outcome {
        let expected = sent.clone();
        let mut get = |request: EffectRequest| {
            assert!(request.into_request::<GetTicket>().is_some());
            EffectAnswer::new::<GetTicket>(self.ticket.clone().map(|server| Ticket {
                request: sent.clone(),
                client: "alice@POOL.EXAMPLE".into(),
                server: server.into(),
                realms: self.client_realms.map(RealmMap::parse),
                judge: Box::new(Judge(self.judged.clone())),
                wrap: Arc::new(InClear),
            }))
        };
        let mut accept = |request: EffectRequest| {
            let AcceptTicket { request, .. } = request.into_request().unwrap();
            assert_eq!(request, expected);
            EffectAnswer::new::<AcceptTicket>(self.taken.clone().map(|client| Taken {
                client: client.into(),
                reply: REPLY.to_vec(),
                realms: self.server_realms.map(RealmMap::parse),
                wrap: Arc::new(InClear),
            }))
        };
        let (client, server) = (
            Kerberos::new(NameRules::default()),
            KerberosServer::new(NameRules::default()),
        );
        run(&client, &server, &mut get, &mut accept, &mut nobody)
    }
}

#[test]
fn each_knows_the_other() {
    let outcome = World::default().meet();
    let proof = outcome.client.proven().unwrap();
    assert_eq!(proof.server_name.as_deref(), Some("condor@pool.example"));
    assert_eq!(proof.authenticated_name.as_deref(), Some(SERVER));
    let proof = outcome.server.proven().unwrap();
    assert_eq!(
        proof.authenticated_name.as_deref(),
        Some("alice@POOL.EXAMPLE")
    );
    assert_eq!(
        (&*proof.user, proof.domain.as_deref()),
        ("alice", Some("pool.example"))
    );
}

#[test]
fn no_ticket() {
    for failure in [
        reported(KerberosFailure::EXPIRED),
        KerberosFailure::Unperformed,
    ] {
        let outcome = World {
            ticket: Err(failure.clone()),
            ..World::default()
        }
        .meet();
        assert_eq!(
            outcome.client.event(),
            Some(KerberosEvent::NoTicket(failure))
        );
        assert_eq!(outcome.server.event(), Some(KerberosServerEvent::NoTicket));
    }
}

#[test]
fn not_taken() {
    let failure = reported(KerberosFailure::REPEATED);
    let outcome = World {
        taken: Err(failure.clone()),
        ..World::default()
    }
    .meet();
    assert_eq!(outcome.client.event(), Some(KerberosEvent::Declined));
    assert_eq!(
        outcome.server.event(),
        Some(KerberosServerEvent::NotTaken(failure))
    );
}

/// A server that has not the ticket's key is nobody to the client, and the client is nobody to it.
#[test]
fn not_mutual() {
    let failure = reported(KerberosFailure::SKEW);
    let outcome = World {
        judged: Err(failure.clone()),
        ..World::default()
    }
    .meet();
    assert_eq!(
        outcome.client.event(),
        Some(KerberosEvent::NotMutual(failure))
    );
    assert_eq!(
        outcome.server.event(),
        Some(KerberosServerEvent::NotBelieved)
    );
}

#[test]
fn realms_that_are_in_no_map() {
    let realm = || NameDefect::UnknownRealm("POOL.EXAMPLE".into());
    let outcome = World {
        client_realms: Some("OTHER = other"),
        ..World::default()
    }
    .meet();
    let (server, defect) = (SERVER.into(), realm());
    assert_eq!(
        outcome.client.event(),
        Some(KerberosEvent::NoName { server, defect })
    );
    assert_eq!(outcome.server.event(), Some(KerberosServerEvent::NoTicket));
    let outcome = World {
        server_realms: Some("OTHER = other"),
        ..World::default()
    }
    .meet();
    let (client, defect) = ("alice@POOL.EXAMPLE".into(), realm());
    assert_eq!(outcome.client.event(), Some(KerberosEvent::Refused));
    assert_eq!(
        outcome.server.event(),
        Some(KerberosServerEvent::NoName { client, defect })
    );
}

#[test]
fn a_packet_that_is_too_long_ends_it() {
    let outcome = World::default().meet_with(vec![0; MAX_PACKET + 1]);
    assert!(outcome.client.proven().is_none() && outcome.server.proven().is_none());
}
