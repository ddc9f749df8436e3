//! Commands without negotiation.

use countersign_core::policy::Requirement;
use countersign_core::server::{Established, Handshake, Outcome, Progress, ServerCause};
use countersign_core::wire::{Codec, Encoder, StringForm};

use crate::pair::{Counter, World, answer, connection};

fn send(world: &World, number: i64, payload: &str) -> Result<Box<Established>, ServerCause> {
    let message = Encoder::new(StringForm::Terminated).int(number);
    let message = if payload.is_empty() {
        message.finish()
    } else {
        message.string(payload).finish()
    };
    let mut bytes = Codec::new(1 << 20).encode(&message).unwrap().to_vec();
    let more = Encoder::new(StringForm::Terminated).string("more").finish();
    bytes.extend_from_slice(&Codec::new(1 << 20).encode(&more).unwrap());
    let mut entropy = Counter::new(9);
    let mut server = Handshake::new(
        world.server_config(),
        connection(),
        world.sessions.clone(),
        world.now,
        &mut entropy,
    );
    server.receive(&bytes);
    loop {
        match server.poll() {
            Progress::Perform(request) => server.answer(answer(request)),
            Progress::Command(command) => return Ok(command),
            Progress::Finished(Outcome::Failed(failure)) => {
                assert!(server.transmit().is_none(), "nothing is said");
                return Err((*failure.cause).clone());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn payload_is_kept() {
    let world = World::default();
    let mut command = send(&world, 60_020, "payload").unwrap();
    assert_eq!(command.command().number, 60_020);
    assert_eq!(command.caller().identity.user, "unauthenticated@unmapped");
    assert_eq!(command.session_id(), None);
    for expected in ["payload", "more"] {
        let message = command.next_message().unwrap().unwrap();
        assert_eq!(message.decoder().string("it", 100).unwrap(), expected);
    }
    assert!(command.next_message().unwrap().is_none());
    let mut command = send(&world, 60_011, "").unwrap();
    assert!(
        command
            .next_message()
            .unwrap()
            .unwrap()
            .payload()
            .is_empty()
    );
}

#[test]
fn where_negotiation_is_required() {
    let mut world = World::default();
    for (authentication, encryption, negotiation) in [
        (
            Requirement::Required,
            Requirement::Optional,
            Requirement::Preferred,
        ),
        (
            Requirement::Optional,
            Requirement::Required,
            Requirement::Preferred,
        ),
        (
            Requirement::Optional,
            Requirement::Optional,
            Requirement::Required,
        ),
    ] {
        world.server.authentication = authentication;
        world.server.encryption = encryption;
        world.server.negotiation = negotiation;
        let cause = send(&world, 60_020, "").unwrap_err();
        assert!(
            matches!(cause, ServerCause::NotNegotiated { .. }),
            "{cause}"
        );
        assert!(send(&world, 60_011, "").is_ok(), "ALLOW is open");
    }
    world.server.negotiation = Requirement::Never;
    assert!(
        send(&world, 60_020, "").is_ok(),
        "NEVER refuses nobody who does not negotiate"
    );
}

#[test]
fn lists_and_forced_authentication() {
    let world = World {
        lists: vec![("ALLOW_READ", "alice@pool.example")],
        ..World::default()
    };
    assert!(matches!(
        send(&world, 60_020, ""),
        Err(ServerCause::Denied { .. })
    ));
    assert!(matches!(
        send(&world, 60_052, ""),
        Err(ServerCause::NotNegotiated { .. })
    ));
    for unknown in [60_040, 479, -1, i64::MAX] {
        assert!(matches!(
            send(&world, unknown, ""),
            Err(ServerCause::UnknownCommand { .. })
        ));
    }
}
