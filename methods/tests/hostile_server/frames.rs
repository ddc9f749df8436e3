//! Frames that CEDAR does not know, and good ones in small pieces.

use bytes::Bytes;
use countersign_core::policy::Requirement;
use countersign_core::wire::WireError;

use crate::support::{By, Delivery, Ended, Server, World, deliver, run_on};

fn strict() -> World {
    World::all(Requirement::Required, Requirement::Required)
}

/// A handshake in which message `at` of the server is replaced on the way by these bytes.
fn replaced(by: By, at: usize, bytes: &[u8]) -> Ended {
    run_on(&strict(), &mut Server::new(by, true), |index, honest| {
        deliver(if index == at {
            Bytes::copy_from_slice(bytes)
        } else {
            honest
        })
    })
}

/// How many messages the server sends up to its decision.
pub(crate) fn messages(by: By) -> usize {
    match by {
        By::Nothing => 2,
        By::Fs => 6,
        _ => 5,
    }
}

#[test]
fn headers_that_do_not_exist() {
    for by in [By::ClaimToBe, By::Fs, By::IdTokens] {
        for at in 0..messages(by) {
            let error = |bytes: &[u8]| replaced(by, at, bytes).wire_error().clone();
            assert_eq!(error(&[1, 0, 0, 0, 0]), WireError::EmptyFrame);
            assert_eq!(error(&[0, 0, 0, 0, 0]), WireError::EmptyFrame);
            assert_eq!(
                error(&[1, 0, 0x10, 0, 1]),
                WireError::FrameTooLong { len: (1 << 20) + 1 }
            );
            assert_eq!(
                error(&[1, 0xff, 0xff, 0xff, 0xff]),
                WireError::FrameTooLong { len: 0xffff_ffff }
            );
            for end in [11, 12, 127, 128, 255] {
                assert!(matches!(
                    error(&[end, 0, 0, 0, 1, 0]),
                    WireError::NotCedar { .. }
                ));
            }
            for other in [
                "HTTP/1.1 400 Bad Request\r\n",
                "SSH-2.0-x\r\n",
                "\u{16}\u{3}\u{1}\0\0",
            ] {
                assert!(matches!(
                    error(other.as_bytes()),
                    WireError::NotCedar { .. }
                ));
            }
        }
    }
}

/// Frames that never end their message: the sum is bounded, however small they are.
#[test]
fn a_message_without_end() {
    for size in [1 << 20, 1 << 16, 100] {
        let frame = [&[0][..], &(size as u32).to_be_bytes(), &vec![b'x'; size]].concat();
        let many = frame.repeat((1 << 20) / size + 2);
        let ended = replaced(By::ClaimToBe, 0, &many);
        assert_eq!(
            ended.wire_error(),
            &WireError::MessageTooLong { limit: 1 << 20 }
        );
    }
}

/// However the bytes arrive, the outcome is the same.
#[test]
fn every_split_gives_the_same_outcome() {
    for by in By::ALL {
        let world = if by == By::Nothing {
            World::all(Requirement::Optional, Requirement::Required)
        } else {
            strict()
        };
        for size in 1..40 {
            let mut ended = run_on(&world, &mut Server::new(by, true), |_, bytes| Delivery {
                bytes: bytes.chunks(size).map(Bytes::copy_from_slice).collect(),
                close: false,
            });
            assert_eq!(ended.answered(), Ok(true), "{by:?} in pieces of {size}");
        }
        // And in two pieces, at every place of every message.
        if by != By::IdTokens {
            continue;
        }
        for at in 0..messages(by) {
            let mut length = usize::MAX;
            let mut cut = 1;
            while cut < length {
                let mut ended = run_on(&world, &mut Server::new(by, true), |index, bytes| {
                    if index != at {
                        return deliver(bytes);
                    }
                    length = bytes.len();
                    Delivery {
                        bytes: vec![bytes.slice(..cut), bytes.slice(cut..)],
                        close: false,
                    }
                });
                assert_eq!(
                    ended.answered(),
                    Ok(true),
                    "{by:?} message {at} cut at {cut}"
                );
                cut += 1;
            }
        }
    }
}

/// An honest message spread over many frames is the same message, but for the transcript only as it was sent.
#[test]
fn other_frames_than_were_sent_do_not_verify() {
    for by in [By::ClaimToBe, By::Fs, By::IdTokens] {
        for at in 0..messages(by) {
            let ended = run_on(&strict(), &mut Server::new(by, true), |index, bytes| {
                if index != at {
                    return deliver(bytes);
                }
                let body = &bytes[5..];
                let first = [&[0, 0, 0, 0, 1], &body[..1]].concat();
                let rest = (body.len() as u32 - 1).to_be_bytes();
                let second = [&[1][..], &rest, &body[1..]].concat();
                deliver([first, second].concat().into())
            });
            assert_eq!(ended.wire_error(), &WireError::Unverified, "{by:?} {at}");
        }
    }
}
