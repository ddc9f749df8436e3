//! Servers that hang up, repeat themselves, or say things out of order.

use bytes::Bytes;
use countersign_core::policy::Requirement;
use countersign_core::wire::{Encoder, Message};
use countersign_core::{Cause, Stage};

use crate::frames::messages;
use crate::support::{By, Delivery, Kind, Server, World, deliver, run, run_on};

const METHODS: [By; 4] = [By::ClaimToBe, By::Anonymous, By::Fs, By::IdTokens];

fn strict(by: By) -> World {
    World::strict(&[by.wire()])
}

/// What the client waits for when the server's message `at` is due.
fn stage(by: By, at: usize) -> Stage {
    if at == 0 {
        return Stage::Reply;
    }
    match messages(by) - at {
        1 => Stage::PostAuth,
        2 => Stage::KeyExchange,
        _ if at == 1 => Stage::MethodChoice,
        _ => Stage::Method,
    }
}

#[test]
fn closed_instead_of_every_message() {
    for by in METHODS {
        for at in 0..messages(by) {
            let ended = run_on(&strict(by), &mut Server::new(by, true), |index, bytes| {
                Delivery {
                    bytes: if index < at { vec![bytes] } else { Vec::new() },
                    close: index >= at,
                }
            });
            assert!(
                matches!(ended.cause(), Cause::Closed { stage: s } if *s == stage(by, at)),
                "{by:?} {at}: {:?}",
                ended.cause()
            );
            assert_eq!(ended.result.unwrap_err().stage, stage(by, at));
        }
    }
}

/// The server itself says something twice or adds something: its transcript then has it too, so that only the meaning
/// protects the client.
fn server_says(encrypt: bool, by: By, place: Kind, extra: impl Fn(&Message) -> Vec<Message>) {
    let protection = if encrypt {
        Requirement::Required
    } else {
        Requirement::Optional
    };
    let world = World::of(&[by.wire()], Requirement::Required, protection);
    let mut server = Server::new(by, encrypt).edit(|kind, message| {
        if kind == place {
            extra(&message)
        } else {
            vec![message]
        }
    });
    let mut ended = run(&world, &mut server);
    // Behind the decision the extra message is taken for the command's answer, and it is none that says yes.
    let after = matches!(place, Kind::Decision);
    assert!(after || ended.result.is_err(), "{by:?} {place:?}");
    assert_ne!(ended.answered(), Ok(true), "{by:?} {place:?}");
}

#[test]
fn every_message_twice_or_with_another_behind_it() {
    for by in METHODS {
        let kinds: Vec<_> = run(&strict(by), &mut Server::new(by, true))
            .sent
            .iter()
            .map(|(kind, _)| *kind)
            .filter(|kind| *kind != Kind::Command)
            .collect();
        for kind in kinds {
            for encrypt in [true, false] {
                server_says(encrypt, by, kind, |m| vec![m.clone(), m.clone()]);
                for value in [0, 1, 2, -1, by.bit(), 1 << 40] {
                    let int = |m: &Message| Encoder::new(m.form()).int(value).finish();
                    server_says(encrypt, by, kind, |m| vec![m.clone(), int(m)]);
                }
                let text = |m: &Message| Encoder::new(m.form()).string("/tmp/x_").finish();
                server_says(encrypt, by, kind, |m| vec![m.clone(), text(m)]);
                let ad = |m: &Message| Encoder::new(m.form()).int(0).string("").string("").finish();
                server_says(encrypt, by, kind, |m| vec![m.clone(), ad(m)]);
            }
        }
    }
}

/// An extra message before an honest one. An integer that happens to be the honest one is left out.
#[test]
fn something_before_every_message() {
    for by in METHODS {
        for kind in [Kind::Reply, Kind::Choice, Kind::KeyFlag, Kind::Decision] {
            for value in [0, 1, 2, -1, 1 << 40] {
                let int = |m: &Message| Encoder::new(m.form()).int(value).finish();
                server_says(true, by, kind, |m| vec![int(m), m.clone()]);
                server_says(false, by, kind, |m| vec![int(m), m.clone()]);
            }
        }
    }
}

/// On the line: any recorded message of an earlier handshake put before any honest one, or in its place.
#[test]
fn recorded_messages_at_every_place() {
    for by in METHODS {
        let earlier: Vec<Bytes> = run(&strict(by), &mut Server::new(by, true))
            .sent
            .into_iter()
            .map(|(_, bytes)| bytes)
            .collect();
        for at in 0..messages(by) {
            for (from, recorded) in earlier.iter().enumerate() {
                for instead in [false, true] {
                    let ended = run_on(&strict(by), &mut Server::new(by, true), |index, bytes| {
                        let mut delivery = deliver(recorded.clone());
                        if index != at {
                            return deliver(bytes);
                        }
                        if !instead {
                            delivery.bytes.push(bytes);
                        }
                        delivery
                    });
                    // The pick, the answer and the key flag are the same bytes each time: in their own place they
                    // are no replay at all.
                    let same = instead && ended.sent[at].1 == *recorded;
                    assert_eq!(
                        ended.result.is_ok(),
                        same,
                        "{by:?}: recorded {from} at {at}, instead: {instead}"
                    );
                }
            }
        }
    }
}

/// On the line: any two messages of the same handshake that are under way together change places; or one is lost.
#[test]
fn swapped_or_lost() {
    for by in METHODS {
        for at in 0..messages(by) {
            let mut held = None;
            let ended = run_on(&strict(by), &mut Server::new(by, true), |index, bytes| {
                let mut bytes = vec![bytes];
                if index == at {
                    held = bytes.pop();
                } else if index == at + 1 {
                    bytes.extend(held.take());
                }
                Delivery {
                    bytes,
                    close: false,
                }
            });
            // FS's verdict and the key flag are the same bytes.
            let same = ended
                .sent
                .get(at + 1)
                .is_some_and(|next| next.1 == ended.sent[at].1);
            assert_eq!(ended.result.is_ok(), same, "{by:?}: {at} after the next");
            let ended = run_on(&strict(by), &mut Server::new(by, true), |index, bytes| {
                let mut delivery = deliver(bytes);
                if index == at {
                    delivery.bytes.clear();
                }
                delivery
            });
            assert!(ended.result.is_err(), "{by:?}: without {at}");
        }
    }
}
