//! Sessions, used again.

use countersign_core::policy::Requirement;
use countersign_core::server::{ResumeRefusal, ServerCause};
use countersign_core::session::Session;

use crate::pair::{End, NOW, World, words};

/// A world in which a session for WRITE was made, to be used for commands that are run.
fn made() -> (World, Session) {
    let mut world = World {
        command: 60_021,
        about: None,
        ..World::default()
    };
    world.client.authentication = Requirement::Required;
    let ran = world.run();
    assert_eq!(ran.user(), Some("alice@pool.example"), "{}", ran.trace);
    assert_eq!(world.sessions.len(), 1);
    let session = ran.client.unwrap().into_session();
    world.seed = 50;
    (world, session)
}

fn refusal(world: &World, session: &Session) -> ResumeRefusal {
    let ran = world.resume(session.clone());
    assert!(ran.stack().starts_with("SECMAN:2004:"), "{}", ran.stack());
    match ran.cause() {
        ServerCause::NotResumed { reason, .. } => reason.clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn ids_are_long_and_in_htcondors_form() {
    let (_, session) = made();
    let parts: Vec<&str> = session.id.split(':').collect();
    assert_eq!(&parts[..3], ["host", "42", "1800000000"]);
    assert_eq!(parts[3].len(), 32);
}

#[test]
fn resumed() {
    let (world, session) = made();
    let ran = world.resume(session.clone());
    let caller = ran.served().unwrap();
    assert_eq!(caller.identity.user, "alice@pool.example");
    assert_eq!(caller.method.unwrap().canonical, "WORD");
    assert!(ran.client.as_ref().unwrap().is_protected());
    assert_eq!(world.sessions.len(), 1, "no second session is made");
    let Some(End::Command(mut command)) = ran.server else {
        panic!("a command is to be served");
    };
    assert_eq!(command.session_id(), Some(session.id.as_str()));
    // Both ends hold the same key.
    let mut established = ran.client.unwrap();
    let message = established.encoder().string("hello").finish();
    let bytes = established.encode(&message).unwrap();
    command.receive(&bytes);
    let got = command.next_message().unwrap().unwrap();
    assert_eq!(got.decoder().string("it", 100).unwrap(), "hello");
}

#[test]
fn a_recorded_resumption_is_of_no_use() {
    let (mut world, session) = made();
    let ran = world.resume(session.clone());
    let mut established = ran.client.unwrap();
    let message = established.encoder().string("again").finish();
    let frame = established.encode(&message).unwrap();
    let hello = ran.sent.concat();
    // The same bytes on another connection, on which the server draws other bytes.
    world.seed = 90;
    let mut again = world.run_with(Some(session), |at, bytes| {
        if at == 0 {
            bytes.clone_from(&hello);
        }
    });
    let Some(End::Command(command)) = &mut again.server else {
        panic!("the session is known, so that the command begins");
    };
    command.receive(&frame);
    assert!(
        command.next_message().is_err(),
        "but nothing of it verifies"
    );
}

#[test]
fn unknown_ended_and_invalidated() {
    let (mut world, session) = made();
    let mut other = session.clone();
    other.id.push('0');
    assert_eq!(refusal(&world, &other), ResumeRefusal::Unknown);
    world.now = NOW + 60 + 20;
    assert_eq!(refusal(&world, &session), ResumeRefusal::Unknown);
    let (world, session) = made();
    world.sessions.invalidate(&session.id);
    assert_eq!(refusal(&world, &session), ResumeRefusal::Unknown);
}

#[test]
fn todays_lists_decide() {
    let (mut world, session) = made();
    world.lists = vec![("ALLOW_READ", "*"), ("ALLOW_WRITE", "bob@pool.example")];
    let ran = world.resume(session.clone());
    assert!(matches!(ran.cause(), ServerCause::Denied { .. }));
    world.command = 60_020;
    assert!(world.resume(session).served().is_some());
}

#[test]
fn todays_settings_decide() {
    let (mut world, session) = made();
    world.server.methods = words("CLAIMTOBE");
    assert!(matches!(
        refusal(&world, &session),
        ResumeRefusal::Method { method: "WORD" }
    ));
    let (mut world, session) = made();
    world.server.crypto_methods = words("BLOWFISH");
    assert!(matches!(
        refusal(&world, &session),
        ResumeRefusal::Cipher { cipher: "AES" }
    ));
    let (world, session) = made();
    world.mechanism.revoked.lock().unwrap().insert("key".into());
    assert!(matches!(
        refusal(&world, &session),
        ResumeRefusal::Voucher { .. }
    ));
}

#[test]
fn an_unauthenticated_session_does_not_reach_further() {
    let mut world = World {
        command: 60_020,
        about: None,
        ..World::default()
    };
    let session = world.run().client.unwrap().into_session();
    world.seed = 50;
    assert!(world.resume(session.clone()).served().is_some());
    world.server.authentication = Requirement::Required;
    assert_eq!(refusal(&world, &session), ResumeRefusal::Authentication);
    world.server.authentication = Requirement::Optional;
    world.command = 60_052;
    assert_eq!(refusal(&world, &session), ResumeRefusal::Authentication);
}

#[test]
fn limits_last_as_long_as_the_session() {
    let mut world = World {
        command: 60_020,
        about: None,
        ..World::default()
    };
    world.client.authentication = Requirement::Required;
    world.client.methods = words("CLAIMTOBE");
    let session = world.run().client.unwrap().into_session();
    world.seed = 50;
    world.command = 60_021;
    let ran = world.resume(session.clone());
    assert!(
        matches!(ran.cause(), ServerCause::Denied { .. }),
        "made for READ"
    );
    world.command = 60_020;
    assert!(world.resume(session).served().is_some());
}

#[test]
fn a_session_without_a_key_is_not_kept() {
    let mut world = World {
        command: 60_020,
        about: None,
        ..World::default()
    };
    world.server.crypto_methods = words("BLOWFISH");
    world.client.crypto_methods = words("BLOWFISH");
    let ran = world.run();
    assert!(ran.served().is_some(), "{}", ran.trace);
    assert!(world.sessions.is_empty());
    let mut session = ran.client.unwrap().into_session();
    session.key = Some((
        countersign_core::crypto::ChannelKey::from_bytes([0; 32]),
        countersign_core::crypto::Protection::AES,
    ));
    assert_eq!(refusal(&world, &session), ResumeRefusal::Unknown);
}
