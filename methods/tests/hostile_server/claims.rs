//! The short answers: CLAIMTOBE, ANONYMOUS, and the key flag that follows every method.

use countersign_core::policy::Requirement;
use countersign_core::wire::{Encoder, Message, WireError};
use countersign_core::{Cause, Stage};

use crate::support::{By, Ended, Kind, Server, World, run};

fn replacing(by: By, replaced: Kind, with: impl Fn(Encoder) -> Vec<Message>) -> Ended {
    let world = World::all(Requirement::Required, Requirement::Required);
    let mut server = Server::new(by, true).edit(|kind, message| {
        if kind == replaced {
            with(Encoder::new(message.form()))
        } else {
            vec![message]
        }
    });
    run(&world, &mut server)
}

/// Anything but 1 declines. The client then offers what is left, and the server, which goes on as if nothing had
/// happened, is not followed.
#[test]
fn an_answer_other_than_yes_authenticates_nobody() {
    for by in [By::ClaimToBe, By::Anonymous] {
        for answer in [0, -1, 2, 256, 1 << 32, (1 << 32) | 1, i64::MIN, i64::MAX] {
            let ended = replacing(by, Kind::Answer, |e| vec![e.int(answer).finish()]);
            assert!(
                matches!(ended.cause(), Cause::Unauthenticated),
                "{by:?} {answer}: {:?}",
                ended.cause()
            );
        }
        for bytes in [&[1][..], &[0; 7], &[0, 0, 0, 0, 0, 0, 0, 1, 0]] {
            let ended = replacing(by, Kind::Answer, |e| vec![e.bytes(bytes).finish()]);
            assert_eq!(ended.result.as_ref().unwrap_err().stage, Stage::Method);
            ended.wire_error();
        }
    }
}

#[test]
fn key_flags_that_do_not_exist() {
    for by in [By::ClaimToBe, By::Anonymous, By::Fs, By::IdTokens] {
        for flag in [2, -1, 256, 1 << 32, i64::MIN, i64::MAX] {
            let ended = replacing(by, Kind::KeyFlag, |e| vec![e.int(flag).finish()]);
            assert_eq!(
                ended.wire_error(),
                &WireError::OutOfRange {
                    what: "the key flag",
                    value: flag
                },
                "{by:?}"
            );
            assert_eq!(ended.result.as_ref().unwrap_err().stage, Stage::KeyExchange);
        }
    }
}

/// A wrapped key that a server claims to be enormous, negative, or of which nothing comes.
#[test]
fn wrapped_keys_are_bounded() {
    let flag = |e: Encoder| e.int(1).finish();
    for length in [1 << 30, i64::MAX, -1, i64::MIN, 4097] {
        let ended = replacing(By::ClaimToBe, Kind::KeyFlag, |e| {
            let form = countersign_core::wire::StringForm::Terminated;
            let key = Encoder::new(form).int(32).int(3).int(0).int(length);
            vec![flag(e), key.bytes(&[0; 16]).finish()]
        });
        assert_eq!(
            ended.wire_error(),
            &WireError::OutOfRange {
                what: "the wrapped key",
                value: length
            }
        );
    }
    let nothing = replacing(By::ClaimToBe, Kind::KeyFlag, |e| {
        let form = countersign_core::wire::StringForm::Terminated;
        let key = Encoder::new(form).int(32).int(3).int(0).int(4096);
        vec![flag(e), key.finish()]
    });
    assert!(matches!(nothing.wire_error(), WireError::Truncated { .. }));
}

/// A well-formed wrapped key is read and thrown away: the channel's key is ECDH's, and stays so.
#[test]
fn a_wrapped_key_replaces_nothing() {
    let mut ended = replacing(By::ClaimToBe, Kind::KeyFlag, |e| {
        let form = countersign_core::wire::StringForm::Terminated;
        let key = Encoder::new(form).int(32).int(3).int(0).counted(&[0; 32]);
        vec![e.int(1).finish(), key.finish()]
    });
    assert_eq!(ended.answered(), Ok(true));
    let key = ended.result.unwrap().session().key.clone().unwrap();
    assert_ne!(key.0.expose(), [0; 32]);
}
