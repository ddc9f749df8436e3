//! Every byte of every message of the client, altered; and messages cut, repeated and swapped.

use countersign_core::policy::Requirement;

use crate::pair::{Ran, World, words};

fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for method in ["WORD", "CLAIMTOBE", "ANONYMOUS"] {
        let mut world = World::default();
        world.client.authentication = Requirement::Required;
        world.client.methods = words(method);
        all.push(world);
    }
    all.push(World::default());
    let mut world = World::default();
    world.client.authentication = Requirement::Required;
    world.client.encryption = Requirement::Required;
    all.push(world);
    all
}

/// Both sides went on together: then they must mean the same.
fn check(ran: &Ran, honest: &Ran, what: &str) {
    let Ok(client) = &ran.client else { return };
    let Some(caller) = ran.served() else {
        panic!(
            "{what}: the client goes on, the server does not\n{}",
            ran.trace
        );
    };
    let policy = &client.session().policy;
    assert_eq!(
        policy.get_str("MyRemoteUserName"),
        Some(caller.identity.user.as_str()),
        "{what}"
    );
    assert_eq!(Some(caller.identity.user.as_str()), honest.user(), "{what}");
    assert_eq!(
        caller.method.map(|method| method.canonical),
        honest
            .served()
            .unwrap()
            .method
            .map(|method| method.canonical),
        "{what}"
    );
}

#[test]
fn every_byte() {
    for world in worlds() {
        let honest = world.run();
        assert!(honest.served().is_some() && honest.client.is_ok());
        let (mut runs, mut protected, mut clear) = (0, 0, 0);
        for (index, message) in honest.sent.iter().enumerate() {
            for place in 0..message.len() {
                for flip in [0x01, 0x80] {
                    let ran = world.run_with(None, |at, bytes| {
                        if at == index {
                            bytes[place] ^= flip;
                        }
                    });
                    runs += 1;
                    match &ran.client {
                        Ok(client) if client.is_protected() => protected += 1,
                        Ok(_) => clear += 1,
                        Err(_) => {}
                    }
                    let what = format!("message {index} byte {place} ^ {flip}");
                    check(&ran, &honest, &what);
                }
            }
        }
        assert!(runs > 500);
        // What both sides said in clear is bound into the first protected frame. Where neither side
        // requires protection, whoever is between them can make it look as if they had no cipher in
        // common or no key to offer, since HTCondor's hello is not signed.
        assert_eq!(protected, 0, "an alteration went unnoticed");
        if world.client.encryption == Requirement::Required {
            assert_eq!(clear, 0, "an alteration went unnoticed");
        }
    }
}

#[test]
fn cut_repeated_and_long() {
    for world in worlds() {
        let honest = world.run();
        for index in 0..honest.sent.len() {
            for (name, change) in [
                ("dropped", 0_usize),
                ("repeated", 1),
                ("cut", 2),
                ("followed by rubbish", 3),
            ] {
                let ran = world.run_with(None, |at, bytes| {
                    if at == index {
                        match change {
                            0 => bytes.clear(),
                            1 => bytes.extend_from_within(..),
                            2 => bytes.truncate(bytes.len() / 2),
                            _ => bytes.extend_from_slice(b"\x01\0\0\0\x01x"),
                        }
                    }
                });
                check(&ran, &honest, name);
            }
        }
    }
}

#[test]
fn what_a_client_can_size_is_bounded() {
    use countersign_core::wire::MAX_HANDSHAKE_BYTES;
    let world = World::default();
    // Frames that never end a message.
    let mut bytes = Vec::new();
    while bytes.len() < MAX_HANDSHAKE_BYTES + 8192 {
        bytes.extend_from_slice(b"\0\0\0\x10\0");
        bytes.resize(bytes.len() + 4096, b'x');
    }
    let (outcome, _) = crate::refusals::outcome_of(&world, &bytes);
    assert!(outcome.is_some(), "it does not wait for the end");
    // A claim alone grows nothing.
    let (outcome, _) = crate::refusals::outcome_of(&world, b"\x01\x00\x10\x00\x00");
    assert!(outcome.is_none());
}
