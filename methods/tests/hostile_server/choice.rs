//! The pick of a method: only one bit of the mask will do.

use countersign_core::policy::Requirement;
use countersign_core::wire::{Encoder, Message, WireError};
use countersign_core::{Cause, Stage};

use crate::support::{By, Ended, Kind, Server, World, run};

/// Makes a choice, or something else.
type Choice = fn(Encoder) -> Message;

/// A handshake in which the server picks by sending this.
fn with_choice(world: &World, by: By, choice: impl Fn(Encoder) -> Message) -> Ended {
    let mut server = Server::new(by, true).edit(|kind, message| match kind {
        Kind::Choice => vec![choice(Encoder::new(message.form()))],
        _ => vec![message],
    });
    run(world, &mut server)
}

#[test]
fn bits_outside_of_the_mask() {
    // The server lists TOKEN alone, so that is the mask, whatever else this client could do.
    let world = World::all(Requirement::Required, Requirement::Required);
    let strange = [
        1,
        2,
        4,
        128,
        256,
        512,
        1 << 20,
        2048 | 4,
        2048 | 1,
        2048 | 4096,
        6468,
        -1,
        -2048,
        i64::MAX,
        i64::MIN,
        i64::MIN | 2048,
        (1 << 32) | 2048,
        1 << 32,
        2048 << 32,
        i64::from(u32::MAX),
    ];
    for bit in strange {
        let ended = with_choice(&world, By::IdTokens, |encoder| encoder.int(bit).finish());
        assert!(
            matches!(ended.cause(), Cause::PickedUnoffered { bit: b, mask: 2048 } if *b == bit),
            "{bit}: {:?}",
            ended.cause()
        );
        assert_eq!(ended.sent.len(), 2, "nothing was tried");
    }
}

#[test]
fn no_method() {
    let strict = World::strict(&["TOKEN"]);
    let ended = with_choice(&strict, By::IdTokens, |encoder| encoder.int(0).finish());
    assert!(matches!(ended.cause(), Cause::Unauthenticated));
    // The server asked for it, and this side merely likes it: the server's word counts, and it is no.
    let preferred = World::all(Requirement::Preferred, Requirement::Required);
    let ended = with_choice(&preferred, By::IdTokens, |encoder| encoder.int(0).finish());
    assert!(matches!(ended.cause(), Cause::Unauthenticated));
}

#[test]
fn what_is_no_choice() {
    let world = World::strict(&["TOKEN"]);
    let cases: [(&str, Choice); 4] = [
        ("half an integer", |e| e.bytes(&[0; 4]).finish()),
        ("one byte", |e| e.bytes(&[8]).finish()),
        ("two integers", |e| e.int(2048).int(0).finish()),
        ("text behind it", |e| e.int(2048).string("TOKEN").finish()),
    ];
    for (name, choice) in cases {
        let ended = with_choice(&world, By::IdTokens, choice);
        assert_eq!(
            ended.result.as_ref().unwrap_err().stage,
            Stage::MethodChoice
        );
        assert!(
            matches!(
                ended.wire_error(),
                WireError::Truncated { .. } | WireError::Trailing { .. }
            ),
            "{name}"
        );
    }
}

/// A method that failed is out of the mask, and picking it again ends the handshake.
#[test]
fn a_failed_method_is_not_picked_again() {
    let world = World::strict(&["FS"]);
    let mut server = Server::new(By::Fs, true).edit(|kind, message| match kind {
        Kind::Verdict => vec![Encoder::new(message.form()).int(-1).finish()],
        Kind::KeyFlag => vec![Encoder::new(message.form()).int(4).finish()],
        _ => vec![message],
    });
    let ended = run(&world, &mut server);
    assert!(matches!(
        ended.cause(),
        Cause::PickedUnoffered { bit: 4, mask: 0 }
    ));
}
