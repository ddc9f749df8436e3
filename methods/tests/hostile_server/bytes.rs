//! Whoever sits on the line: messages cut short at every byte, and every bit of every message turned over.
//!
//! With AES every byte that either side said in clear is part of what the first encrypted frame authenticates, so a
//! change of any bit of the server's messages must end the handshake, or (in the command's own answer) the command.

use bytes::Bytes;
use countersign_core::policy::Requirement;
use countersign_core::wire::WireError;
use countersign_core::{Cause, Stage};

use crate::frames::messages;
use crate::support::{By, Delivery, Ended, Server, World, deliver, run, run_on};

fn world(by: By) -> World {
    let authentication = if by == By::Nothing {
        Requirement::Optional
    } else {
        Requirement::Required
    };
    // Only the method in question, so that nothing is left to fall back to.
    let mut world = World::all(authentication, Requirement::Required);
    if by != By::Nothing {
        world.settings.methods = vec![by.wire().to_owned()];
    }
    world
}

/// The lengths of the server's messages, the command's answer included.
fn lengths(by: By) -> Vec<usize> {
    let ended = run(&world(by), &mut Server::new(by, true));
    ended.sent.iter().map(|(_, bytes)| bytes.len()).collect()
}

/// A handshake in which message `at` is changed on the way.
fn changed(by: By, at: usize, change: impl Fn(&mut Vec<u8>), close: bool) -> Ended {
    run_on(&world(by), &mut Server::new(by, true), |index, bytes| {
        if index != at {
            return deliver(bytes);
        }
        let mut bytes = bytes.to_vec();
        change(&mut bytes);
        Delivery {
            bytes: vec![Bytes::from(bytes)],
            close,
        }
    })
}

/// Never an established channel before the decision is verified, never an answer that is believed.
fn assert_refused(by: By, at: usize, ended: &mut Ended, how: &str) {
    let established = ended.result.is_ok();
    assert_eq!(
        established,
        at == messages(by),
        "{by:?} message {at}: {how}"
    );
    assert!(ended.answered().is_err(), "{by:?} message {at}: {how}");
}

#[test]
fn cut_short_at_every_byte_and_closed() {
    for by in By::ALL {
        for (at, length) in lengths(by).into_iter().enumerate() {
            for cut in 0..length {
                let mut ended = changed(by, at, |bytes| bytes.truncate(cut), true);
                assert_refused(by, at, &mut ended, &format!("cut at {cut}"));
                if let Err(failure) = &ended.result {
                    assert!(
                        matches!(*failure.cause, Cause::Closed { .. }),
                        "{by:?} message {at} cut at {cut}: {:?}",
                        failure.cause
                    );
                }
            }
        }
    }
}

/// Changes every byte of every message by each of these masks, over two threads.
fn turn(by: By, masks: &[u8]) {
    let lengths = lengths(by);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let lengths = &lengths;
            scope.spawn(move || {
                for (at, &length) in lengths.iter().enumerate() {
                    for byte in (half..length).step_by(2) {
                        for mask in masks {
                            let mut ended = changed(by, at, |bytes| bytes[byte] ^= mask, false);
                            let how = format!("byte {byte} turned by {mask:#x}");
                            assert_refused(by, at, &mut ended, &how);
                            // Behind the header of the decision there is nothing but what is verified.
                            if at + 1 == messages(by) && byte >= 5 {
                                assert_eq!(ended.wire_error(), &WireError::Unverified, "{how}");
                            }
                        }
                    }
                }
            });
        }
    });
}

const EVERY_BIT: [u8; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
const SOME: [u8; 3] = [0x01, 0x80, 0xff];

#[test]
fn every_bit_of_idtokens() {
    turn(By::IdTokens, &EVERY_BIT);
}

/// The others share most of their messages with that, so three changes of each byte will do.
#[test]
fn every_byte_of_the_other_methods() {
    for by in [By::Nothing, By::ClaimToBe, By::Anonymous, By::Fs] {
        turn(by, &SOME);
    }
}

/// Bits that change nothing the client reads (the case of a name, the server's version, a type string) count all the
/// same: the decision no longer verifies, and that is what the client says.
#[test]
fn what_nobody_reads_is_authenticated_too() {
    let replace = |from: &'static str, to: &'static str| {
        move |bytes: &mut Vec<u8>| {
            let at = bytes
                .windows(from.len())
                .position(|window| window == from.as_bytes())
                .unwrap();
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    };
    for (from, to) in [
        ("Enact = \"YES\"", "Enact = \"NO \""),
        ("RemoteVersion", "remoteVersion"),
        ("Encryption = \"YES\"", "Encryption = \"yes\""),
        ("SessionLease = 3600", "SessionLease = 9600"),
        ("countersign-", "countersigm-"),
    ] {
        let ended = changed(By::IdTokens, 0, replace(from, to), false);
        assert_eq!(ended.wire_error(), &WireError::Unverified, "{from}");
        assert_eq!(ended.result.unwrap_err().stage, Stage::PostAuth);
    }
    // The flag that ends a message may be 1 to 10, all of which mean the same.
    for at in 0..messages(By::IdTokens) {
        let ended = changed(By::IdTokens, at, |bytes| bytes[0] = 2, false);
        assert_eq!(ended.wire_error(), &WireError::Unverified, "{at}");
    }
}
