//! PASSWORD: who proves what to whom, and what each side says where it does not.

use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep,
    Mechanism as _, PeerView, Probe, Proof, ServerMechanism as _,
};
use countersign_core::wire::{Encoder, Message, StringForm};
use countersign_core::{CondorVersion, Secret};
use countersign_methods::password::{
    NoPassword, Password, PasswordEvent, PasswordFile, PasswordServer, PasswordServerEvent,
    PasswordServerSettings, PasswordSettings, ReadPoolPassword,
};
use countersign_methods::{ClientProofDefect, ProofDefect, SkipReason};

use crate::pair::{
    Between, Counting, NOW, Outcome, client_view, nobody, peer_view, run, run_exchange,
};

/// What is in the file of either side: a password, which is scrambled here by other code than the library's.
type Stored<'a> = Result<&'a [u8], SkipReason>;

fn file(stored: &Stored<'_>) -> PasswordFile {
    let scramble = |password: &[u8]| {
        let mask = [0xde, 0xad, 0xbe, 0xef];
        let bytes = password.iter().enumerate();
        Secret::new(bytes.map(|(at, byte)| byte ^ mask[at % 4]).collect())
    };
    PasswordFile {
        path: "/passwords.d/POOL".into(),
        content: stored.clone().map(scramble),
    }
}

fn read(stored: Stored<'_>) -> impl FnMut(EffectRequest) -> EffectAnswer + '_ {
    move |request| {
        let ReadPoolPassword = request.into_request().unwrap();
        EffectAnswer::new::<ReadPoolPassword>(Some(file(&stored)))
    }
}

fn server() -> PasswordServer {
    PasswordServer::new(PasswordServerSettings {
        uid_domain: Some("Pool.Example".into()),
    })
}

fn client() -> Password {
    Password::new(PasswordSettings {
        uid_domain: Some("other.example".into()),
    })
}

fn meet(ours: Stored<'_>, theirs: Stored<'_>, between: Between<'_>) -> Outcome {
    run(
        &client(),
        &server(),
        &mut read(ours),
        &mut read(theirs),
        between,
    )
}

#[test]
fn one_password() {
    let outcome = meet(Ok(b"secret"), Ok(b"secret"), &mut nobody);
    assert!(
        outcome
            .client_trace
            .contains("condor@password, with the pool's password")
    );
    assert!(outcome.server_trace.contains("/passwords.d/POOL"));
    for text in [&outcome.client_trace, &outcome.server_trace] {
        assert!(!text.contains("secret"), "{text}");
    }
    for message in &outcome.messages {
        assert!(!message.windows(6).any(|window| window == b"secret"));
    }
    let ours = outcome.client.proven().unwrap();
    assert_eq!(ours.server_name.as_deref(), Some("condor@password"));
    let theirs = outcome.server.proven().unwrap();
    assert_eq!(
        (&*theirs.user, theirs.domain.as_deref()),
        ("condor", Some("password"))
    );
    assert_eq!(
        (theirs.authenticated_name, theirs.limits),
        (None, None),
        "no mapfile is asked"
    );
    // What one side wraps the other unwraps, and nobody who listened does.
    let wrap = theirs.wrap.unwrap();
    let wrapped = wrap.wrap(&[7; 32]).unwrap();
    assert!(wrap.hides() && wrapped != [7; 32]);
    let unwrapped = ours.wrap.unwrap().unwrap(&wrapped).unwrap();
    assert_eq!(unwrapped.expose(), [7; 32]);
}

/// The file is cut at its first NUL, and what is unscrambled of it once more.
#[test]
fn a_password_ends_at_a_nul() {
    for (one, other, same) in [
        (&b"secret\0one"[..], &b"secret\0two"[..], true),
        (b"secret\xad then", b"secret\xad or", false),
        // 0xad is scrambled to NUL in the second place, and the file ends there.
        (b"s\xadone", b"s\xadtwo", true),
        (b"s\xad", b"s", true),
    ] {
        let outcome = meet(Ok(one), Ok(other), &mut nobody);
        assert_eq!(outcome.client.proven().is_some(), same, "{one:?}");
        assert_eq!(outcome.server.proven().is_some(), same, "{one:?}");
    }
}

#[test]
fn another_password() {
    let outcome = meet(Ok(b"secret"), Ok(b"Secret"), &mut nobody);
    assert!(matches!(
        outcome.client.event(),
        Some(PasswordEvent::NotProven {
            defect: ProofDefect::WrongMac,
            ..
        })
    ));
    assert!(matches!(
        outcome.server.event(),
        Some(PasswordServerEvent::NotProven {
            defect: ClientProofDefect::Declined,
            ..
        })
    ));
    // Nothing that passwords could be tried against has left the client.
    let refusal = Encoder::new(StringForm::Terminated)
        .int(-1)
        .int(0)
        .string("")
        .int(0)
        .int(0)
        .finish();
    assert_eq!(outcome.messages.last().unwrap(), refusal.payload());
}

#[test]
fn no_password() {
    let path = || "/passwords.d/POOL".into();
    for (stored, problem) in [
        (
            Err(SkipReason::Exposed { mode: 0o644 }),
            NoPassword::NotRead {
                path: path(),
                reason: SkipReason::Exposed { mode: 0o644 },
            },
        ),
        (Ok(&b""[..]), NoPassword::Empty { path: path() }),
        (Ok(&b"\0secret"[..]), NoPassword::Empty { path: path() }),
    ] {
        let outcome = meet(stored.clone(), Ok(b"secret"), &mut nobody);
        assert_eq!(
            outcome.client.event(),
            Some(PasswordEvent::NoPassword(problem.clone()))
        );
        assert!(outcome.server.event::<PasswordServerEvent>().is_some());
        // Not even where the other side has none either.
        for ours in [Ok(&b"secret"[..]), stored.clone()] {
            let outcome = meet(ours, stored.clone(), &mut nobody);
            assert_eq!(
                outcome.server.event(),
                Some(PasswordServerEvent::NoPassword(problem.clone()))
            );
            assert!(outcome.client.event::<PasswordEvent>().is_some());
        }
    }
    let mut not_set = |_: EffectRequest| EffectAnswer::new::<ReadPoolPassword>(None);
    let mut other_not_set = |_: EffectRequest| EffectAnswer::new::<ReadPoolPassword>(None);
    let outcome = run(
        &client(),
        &server(),
        &mut not_set,
        &mut other_not_set,
        &mut nobody,
    );
    assert_eq!(
        outcome.client.event(),
        Some(PasswordEvent::NoPassword(NoPassword::NotSet))
    );
    assert_eq!(
        outcome.server.event(),
        Some(PasswordServerEvent::NoPassword(NoPassword::NotSet))
    );
}

/// Each bit that somebody turns, of any message, ends it on one side at least; and nobody is somebody else.
#[test]
fn altered() {
    let honest = meet(Ok(b"secret"), Ok(b"secret"), &mut nobody);
    assert_eq!(honest.messages.len(), 3);
    for (at, message) in honest.messages.iter().enumerate() {
        for byte in 0..message.len() {
            let mut turn = |number: usize, bytes: &mut Vec<u8>| {
                if number == at {
                    bytes[byte] ^= 1 << (byte % 8);
                }
            };
            let outcome = meet(Ok(b"secret"), Ok(b"secret"), &mut turn);
            let (ours, theirs) = (outcome.client.proven(), outcome.server.proven());
            // What each name is long does not count where the MAC covers the name itself.
            let is_length = matches!((at, byte), (0 | 1, 8..16) | (1, 32..40));
            if is_length {
                assert!(ours.is_some() && theirs.is_some(), "{at} {byte}");
            } else {
                assert!(ours.is_none() || theirs.is_none(), "{at} {byte}");
            }
        }
        for len in 0..message.len() {
            let mut cut = |number: usize, bytes: &mut Vec<u8>| {
                if number == at {
                    bytes.truncate(len);
                }
            };
            let outcome = meet(Ok(b"secret"), Ok(b"secret"), &mut cut);
            let (ours, theirs) = (outcome.client.proven(), outcome.server.proven());
            assert!(ours.is_none() || theirs.is_none(), "{at} {len}");
        }
    }
}

/// The server's own proof sent back to it is no client's.
#[test]
fn a_reflected_proof() {
    struct Reflecting(u8);
    impl Exchange<Proof> for Reflecting {
        fn advance(
            self: Box<Self>,
            input: ExchangeInput,
            cx: &mut ExchangeContext<'_>,
        ) -> ExchangeStep<Proof> {
            let name = "condor@password";
            let length = i64::try_from(name.len()).unwrap();
            let ExchangeInput::Message(message) = input else {
                let first = cx.encoder().int(0).int(length).string(name);
                let first = first.counted(&[self.0; 256]).finish();
                return ExchangeStep::say(first, ExchangeNext::Await(self));
            };
            let mut decoder = message.decoder();
            decoder.int("status").unwrap();
            for _ in 0..2 {
                decoder.int("length").unwrap();
                decoder.string("name", 99).unwrap();
            }
            let mut counted = || decoder.counted("bytes", 256).unwrap().to_vec();
            let (_, nonce, mac) = (counted(), counted(), counted());
            let third = cx.encoder().int(0).int(length).string(name);
            let third = third.counted(&nonce).counted(&mac).finish();
            ExchangeStep::say(third, ExchangeNext::Await(self))
        }
    }
    for nonce in [0, 9] {
        let outcome = run_exchange(
            Box::new(Reflecting(nonce)),
            &server(),
            &mut crate::pair::nothing,
            &mut read(Ok(b"secret")),
            &mut nobody,
        );
        assert!(matches!(
            outcome.server.event(),
            Some(PasswordServerEvent::NotProven {
                defect: ClientProofDefect::WrongMac,
                ..
            })
        ));
    }
}

/// A client that takes the server for another release, and so says another name.
fn by_versions(server_says: Option<&str>, client_says: Option<&str>) -> Outcome {
    let version =
        |text: &str| CondorVersion::parse(&format!("$CondorVersion: {text} x $")).unwrap();
    let peer = PeerView {
        version: server_says.map(version),
        ..PeerView::clone(&peer_view())
    };
    /// A server that is told another client's version.
    #[derive(Debug)]
    struct Told(PasswordServer, Option<CondorVersion>);
    impl countersign_core::method::Named for Told {
        fn name(&self) -> &'static countersign_core::names::MethodName {
            self.0.name()
        }
    }
    impl countersign_core::method::ServerMechanism for Told {
        fn probe(&self) -> Probe {
            self.0.probe()
        }
        fn accept(
            &self,
            client: &Arc<ClientView>,
        ) -> Box<dyn Exchange<countersign_core::method::ClientProof>> {
            self.0.accept(&Arc::new(ClientView {
                version: self.1,
                ..ClientView::clone(client)
            }))
        }
    }
    run_exchange(
        client().begin(&Arc::new(peer)),
        &Told(server(), client_says.map(version)),
        &mut read(Ok(b"secret")),
        &mut read(Ok(b"secret")),
        &mut nobody,
    )
}

#[test]
fn names_by_version() {
    let name = |server, client| {
        let outcome = by_versions(server, client);
        let server_name = outcome.client.proven().and_then(|proof| proof.server_name);
        let event = outcome.server.event::<PasswordServerEvent>();
        let proof = outcome.server.proven();
        let user = proof.map(|proof| format!("{}@{}", proof.user, proof.domain.unwrap()));
        (user, server_name, event)
    };
    // The domain of an older client does not count, and the server's own is the one that it gets.
    let older = (
        Some("condor_pool@pool.example".to_owned()),
        Some("condor_pool@Pool.Example".to_owned()),
        None,
    );
    assert_eq!(name(Some("23.8.1"), Some("23.8.1")), older);
    assert_eq!(name(None, None), older);
    let newer = (
        Some("condor@password".to_owned()),
        Some("condor@password".to_owned()),
        None,
    );
    assert_eq!(name(Some("23.9.0"), Some("25.14.1")), newer);
    // Whoever has the password and is called otherwise is nobody, and is not told.
    for (server, client) in [
        (Some("23.8.1"), Some("25.14.1")),
        (Some("25.14.1"), Some("23.8.1")),
    ] {
        let (user, server_name, event) = name(server, client);
        assert!(user.is_none() && server_name.is_some());
        assert!(matches!(event, Some(PasswordServerEvent::OtherName { .. })));
    }
}

/// As by HTCondor it is offered without a look at the file.
#[test]
fn always_offered() {
    for probe in [
        countersign_core::method::Mechanism::probe(&client()),
        server().probe(),
    ] {
        assert!(matches!(
            probe,
            Probe::Known(Availability::Offered { attributes, .. }) if attributes.is_empty()
        ));
    }
}

/// Openings that are none: each is answered with a refusal, or ends the connection.
#[test]
fn openings() {
    let e = || Encoder::new(StringForm::Terminated);
    let name = "condor@password";
    let first = |status, name: &str, nonce: usize| {
        let named = e().int(status).int(15).string(name);
        named.counted(&vec![7; nonce]).finish()
    };
    let cases: [(Message, PasswordServerEvent); 6] = [
        (first(-1, "", 0), PasswordServerEvent::NothingSaid),
        (first(-1, name, 256), PasswordServerEvent::NothingSaid),
        (first(i64::MIN, name, 256), PasswordServerEvent::NothingSaid),
        (first(0, "", 256), PasswordServerEvent::BadOpening),
        (first(0, name, 255), PasswordServerEvent::BadOpening),
        (first(1, name, 256), PasswordServerEvent::ClientLeft),
    ];
    let third = e().int(-1).int(0).string("").int(0).int(0).finish();
    let run = |first: Message| {
        let mut trace = countersign_core::trace::Trace::default();
        let mut entropy = Counting(1);
        let mut exchange = server().accept(&client_view());
        let mut messages = [first, third.clone()].into_iter();
        let mut input = ExchangeInput::Message(messages.next().unwrap());
        loop {
            let mut cx = ExchangeContext {
                now: NOW,
                entropy: &mut entropy,
                trace: &mut trace,
                method: &countersign_core::names::PASSWORD,
                form: StringForm::Terminated,
            };
            match exchange.advance(input, &mut cx).next {
                ExchangeNext::Await(next) => {
                    exchange = next;
                    input = ExchangeInput::Message(messages.next()?);
                }
                ExchangeNext::Failed(failure) => {
                    let event: &dyn std::any::Any = &*failure.event;
                    return event.downcast_ref::<PasswordServerEvent>().cloned();
                }
                _ => return None,
            }
        }
    };
    for (message, event) in cases {
        assert_eq!(run(message), Some(event));
    }
    // A token, which IDTOKENS has there, is none of its fields; nor is a nonce of more than 256 bytes, or a long name.
    let with_token = e().int(0).int(15).string(name).string("h.p");
    for broken in [
        with_token.counted(&[7; 256]).finish(),
        first(0, name, 257),
        first(0, &"x".repeat(1024), 256),
        e().finish(),
        e().int(0).int(15).string(name).int(-1).finish(),
        e().int(0).int(15).string(name).int(1 << 40).finish(),
    ] {
        assert_eq!(run(broken), None);
    }
}
