//! What the server does not go along with, and that it says no more than HTCondor.

use countersign_core::crypto::KeyPair;
use countersign_core::policy::Requirement;
use countersign_core::server::{self, Handshake, Outcome, Progress, ServerCause};
use countersign_core::wire::{Codec, Encoder, StringForm};

use crate::pair::{Counter, World, answer, connection, words};

#[test]
fn unknown_commands_are_hung_up_on() {
    let world = World {
        about: Some(479),
        ..World::default()
    };
    let ran = world.run();
    assert!(matches!(
        ran.cause(),
        ServerCause::UnknownCommand { number: 479 }
    ));
    assert!(ran.answered.is_empty());
    assert!(ran.stack().starts_with("SECMAN:2011:"));
}

#[test]
fn an_invalid_policy_of_its_own() {
    let mut world = World::default();
    world.server.authentication = Requirement::Never;
    world.server.encryption = Requirement::Required;
    let ran = world.run();
    assert!(matches!(ran.cause(), ServerCause::Policy(_)));
    assert!(ran.answered.is_empty());
}

#[test]
fn what_ciphers_from_before_aes_do() {
    use Requirement::{Never, Required};
    for cipher in ["3DES", "BLOWFISH"] {
        for (encryption, integrity) in [(Required, Required), (Required, Never), (Never, Required)]
        {
            let mut world = World::default();
            world.server.crypto_methods = words(&format!("{cipher},AES"));
            world.server.encryption = encryption;
            world.server.integrity = integrity;
            world.client.crypto_methods = words(&format!("AES,{cipher}"));
            let ran = world.run();
            assert!(ran.user().is_some());
            let client = ran.client.unwrap();
            let both = encryption == Required && integrity == Required;
            assert_eq!(client.is_protected(), both, "{cipher}");
            let (_, protection) = client.session().key.clone().unwrap();
            assert_eq!(protection.cipher.name(), cipher);
            assert_eq!(protection.encrypts(), encryption == Required);
            assert_eq!(protection.verifies(), integrity == Required);
        }
    }
}

#[test]
fn forced_authentication() {
    let mut world = World {
        about: Some(60_052),
        ..World::default()
    };
    assert_eq!(world.run().user(), Some("alice@pool.example"));
    world.client.authentication = Requirement::Never;
    assert!(world.run().served().is_none());
    world.client.authentication = Requirement::Preferred;
    world.word = "bad".into();
    assert!(world.run().served().is_none());
}

/// Ads of a hello, changed one attribute at a time.
fn hello(changes: &[(&str, Option<&str>)]) -> (Vec<u8>, Vec<(String, String)>) {
    let key = KeyPair::from_scalar(&[9; 32]).unwrap();
    let key = format!("\"{}\"", key.public_base64());
    let mut attributes: Vec<(String, String)> = [
        ("ECDHPublicKey", key.as_str()),
        ("AuthMethods", "\"WORD\""),
        ("CryptoMethods", "\"AES\""),
        ("Authentication", "\"OPTIONAL\""),
        ("AuthenticationNew", "\"OPTIONAL\""),
        ("Encryption", "\"OPTIONAL\""),
        ("Integrity", "\"OPTIONAL\""),
        ("Enact", "\"NO\""),
        ("NewSession", "\"YES\""),
        ("SessionDuration", "\"60\""),
        ("Command", "60040"),
        ("AuthCommand", "60020"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in changes {
        attributes.retain(|(known, _)| known != name);
        if let Some(value) = value {
            attributes.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    let mut encoder = Encoder::new(StringForm::Terminated)
        .int(60_010)
        .int(i64::try_from(attributes.len()).unwrap());
    for (name, value) in &attributes {
        encoder = encoder.string(&format!("{name} = {value}"));
    }
    let message = encoder.string("").string("").finish();
    let bytes = Codec::new(1 << 20).encode(&message).unwrap().to_vec();
    (bytes, attributes)
}

/// What the server makes of some bytes: its outcome, and how many messages it said.
pub fn outcome_of(world: &World, bytes: &[u8]) -> (Option<Outcome>, usize) {
    let mut entropy = Counter::new(7);
    let mut server = Handshake::new(
        world.server_config(),
        connection(),
        world.sessions.clone(),
        world.now,
        &mut entropy,
    );
    server.receive(bytes);
    let outcome = loop {
        match server.poll() {
            Progress::Perform(request) => server.answer(answer(request)),
            Progress::NeedsBytes => break None,
            Progress::Command(_) => panic!("a command was to be served"),
            Progress::Finished(outcome) => break Some(outcome),
        }
    };
    let mut said = 0;
    while server.transmit().is_some() {
        said += 1;
    }
    (outcome, said)
}

fn cause(outcome: Option<Outcome>) -> ServerCause {
    match outcome {
        Some(Outcome::Failed(failure)) => (*failure.cause).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hellos_that_no_client_sends() {
    let world = World::default();
    let no_key = ("ECDHPublicKey", None);
    let (bytes, _) = hello(&[no_key]);
    let (outcome, said) = outcome_of(&world, &bytes);
    assert!(
        matches!(outcome, Some(Outcome::Answered { .. })),
        "{outcome:?}"
    );
    assert_eq!(
        said, 3,
        "reply, decision, answer, in clear: no key was offered"
    );
    assert!(world.sessions.is_empty(), "without a key nothing is kept");
    for changes in [
        ("NewSession", None),
        ("NewSession", Some("\"NO\"")),
        ("Enact", Some("\"YES\"")),
        ("Enact", None),
        ("Cookie", Some("\"x\"")),
    ] {
        let (outcome, said) = outcome_of(&world, &hello(&[changes]).0);
        let cause = cause(outcome);
        assert!(
            matches!(cause, ServerCause::OddHello { .. }),
            "{changes:?} {cause}"
        );
        assert_eq!(said, 0);
    }
    for changes in [
        ("Command", Some("99")),
        ("Command", Some("4294967296")),
        ("AuthCommand", Some("60040")),
    ] {
        let (outcome, said) = outcome_of(&world, &hello(&[changes]).0);
        assert!(matches!(cause(outcome), ServerCause::UnknownCommand { .. }));
        assert_eq!(said, 0);
    }
    let (outcome, said) = outcome_of(
        &world,
        &hello(&[no_key, ("Encryption", Some("\"REQUIRED\""))]).0,
    );
    assert!(
        matches!(cause(outcome), ServerCause::Reconcile(_)),
        "encryption without a public key"
    );
    assert_eq!(said, 0);
    let bad_key = hello(&[("ECDHPublicKey", Some("\"AAAA\""))]).0;
    let (outcome, _) = outcome_of(&world, &bad_key);
    assert!(matches!(cause(outcome), ServerCause::Key(_)));
}

#[test]
fn required_authentication_cannot_be_left_out() {
    let mut world = World::default();
    world.server.authentication = Requirement::Required;
    for changes in [
        vec![("AuthenticationNew", Some("\"NEVER\""))],
        vec![("AuthenticationNew", None), ("Authentication", None)],
        vec![("AuthenticationNew", Some("\"x\""))],
        vec![("AuthMethods", None)],
        vec![("AuthMethods", Some("\"\""))],
        vec![("UseSession", Some("\"YES\"")), ("Sid", Some("\"x\""))],
    ] {
        let (outcome, _) = outcome_of(&world, &hello(&changes).0);
        cause(outcome);
    }
    let (outcome, said) = outcome_of(&world, &hello(&[]).0);
    assert!(outcome.is_none() && said == 1, "it waits for a mask");
}

#[test]
fn other_protocols_and_the_shared_port() {
    let world = World::default();
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\x01\xff\xff\xff\xff",
        b"\x01\0\0\0\0",
        b"\x01\0\0\0\x04abcd",
    ] {
        let (outcome, said) = outcome_of(&world, bytes);
        assert!(matches!(cause(outcome), ServerCause::Wire(_)));
        assert_eq!(said, 0);
    }
    let message = Encoder::new(StringForm::Terminated)
        .int(75)
        .string("collector\x1b")
        .finish();
    let bytes = Codec::new(1 << 20).encode(&message).unwrap();
    let cause = cause(outcome_of(&world, &bytes).0);
    assert!(matches!(&cause, ServerCause::SharedPort { id } if id == "collector\\u{1b}"));
}

#[test]
fn masks_are_not_believed() {
    let mut world = World::default();
    world.server.authentication = Requirement::Required;
    for mask in [0, 2, 128, -1, i64::MIN, i64::MAX] {
        let (mut bytes, _) = hello(&[]);
        let message = Encoder::new(StringForm::Terminated).int(mask).finish();
        bytes.extend_from_slice(&Codec::new(1 << 20).encode(&message).unwrap());
        let (outcome, _) = outcome_of(&world, &bytes);
        // Nothing but WORD is in common, whatever the mask says.
        match outcome {
            None => assert!(mask & (1 << 20) != 0, "{mask}"),
            Some(_) => assert!(mask & (1 << 20) == 0, "{mask}"),
        }
    }
}

#[test]
fn a_failed_method_is_not_tried_again() {
    let mut world = World::default();
    world.server.authentication = Requirement::Required;
    let (mut bytes, _) = hello(&[]);
    let mut say = |encoder: Encoder| {
        bytes.extend_from_slice(&Codec::new(1 << 20).encode(&encoder.finish()).unwrap());
    };
    let encoder = || Encoder::new(StringForm::Terminated);
    for _ in 0..5 {
        say(encoder().int(1 << 20));
        say(encoder().string("bad"));
    }
    let (outcome, said) = outcome_of(&world, &bytes);
    assert!(matches!(cause(outcome), ServerCause::Unauthenticated));
    assert_eq!(said, 4, "the reply, the pick, the no, and 0");
}

#[test]
fn deadlines_and_hang_ups_name_the_step() {
    let world = World::default();
    let mut entropy = Counter::new(7);
    let mut server = Handshake::new(
        world.server_config(),
        connection(),
        world.sessions.clone(),
        world.now,
        &mut entropy,
    );
    server.set_now(world.now + 5);
    assert!(matches!(server.poll(), Progress::NeedsBytes));
    assert!(server.is_between_methods());
    server.deadline(20);
    let Progress::Finished(Outcome::Failed(failure)) = server.poll() else {
        panic!("it must end");
    };
    assert_eq!(failure.stage, server::ServerStage::Hello);
    assert!(matches!(
        *failure.cause,
        ServerCause::Deadline { seconds: 20, .. }
    ));
    assert!(matches!(server.poll(), Progress::NeedsBytes));
}
