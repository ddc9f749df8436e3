//! Every byte of every message of whole handshakes altered on its way, in both directions.
//!
//! This is somebody who changes what others say. Whoever puts public keys of his own in place of
//! both sides' can relay an authentication whatever is done here: `docs/exposure.md`.

mod clear;
mod encrypted;
mod fields;
mod resumed;
mod talked_down;

use std::fmt;

use countersign_core::policy::Requirement;

use crate::meet::{Meeting, Met, Side};
use crate::model::Token;
use crate::world::{ClientSide, NOW, ServerSide, Wanted, words};

/// What is done to a byte.
const FLIPS: [u8; 3] = [0x01, 0x80, 0xff];

/// Both sides of a handshake that is going to be altered.
struct Pair {
    client: ClientSide,
    server: ServerSide,
    wanted: Wanted,
}

/// A byte that was altered.
#[derive(Clone, Copy)]
struct Altered {
    message: usize,
    place: usize,
    flip: u8,
}

impl fmt::Display for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            message,
            place,
            flip,
        } = self;
        write!(f, "message {message}, byte {place} ^ {flip:#x}")
    }
}

impl Pair {
    /// Authentication by this method, encryption and integrity are required on both sides.
    fn strict(method: &str) -> Self {
        let mut client = ClientSide {
            token: Token::Limited.text(),
            ..ClientSide::default()
        };
        client.settings.methods = words(method);
        client.settings.authentication = Requirement::Required;
        client.settings.encryption = Requirement::Required;
        client.settings.integrity = Requirement::Required;
        let mut server = ServerSide::default();
        server.default.methods = words("FS,IDTOKENS");
        server.default.authentication = Requirement::Required;
        server.default.encryption = Requirement::Required;
        server.default.integrity = Requirement::Required;
        Self {
            client,
            server,
            wanted: Wanted::run(60_020),
        }
    }

    /// Authentication is required and nothing is encrypted: there is no AES.
    fn clear(method: &str) -> Self {
        let mut pair = Self::strict(method);
        for settings in [
            &mut pair.client.settings.encryption,
            &mut pair.client.settings.integrity,
            &mut pair.server.default.encryption,
            &mut pair.server.default.integrity,
        ] {
            *settings = Requirement::Optional;
        }
        pair.client.settings.crypto_methods = words("BLOWFISH");
        pair.server.default.crypto_methods = words("BLOWFISH");
        pair
    }

    /// Everything is required, by a cipher from before AES.
    fn old(method: &str) -> Self {
        let mut pair = Self::strict(method);
        pair.client.settings.crypto_methods = words("3DES,BLOWFISH");
        pair.server.default.crypto_methods = words("3DES,BLOWFISH");
        pair
    }

    fn meeting(&self) -> Meeting<'_> {
        Meeting {
            client: &self.client,
            server: &self.server,
            wanted: self.wanted,
            now: NOW,
            seed: 5,
            resumes: None,
        }
    }

    /// Nobody alters anything.
    fn honest(&self) -> Met {
        let met = self.meeting().run();
        self.server.sessions.clear();
        met
    }

    /// Alters every byte in turn, and hands over what came of it. Gives how many runs there were.
    fn sweep(&self, honest: &Met, mut judge: impl FnMut(Altered, Met)) -> usize {
        let mut runs = 0;
        for (message, sent) in honest.messages.iter().enumerate() {
            for place in 0..sent.bytes.len() {
                for flip in FLIPS {
                    let mut hit = false;
                    let met = self.meeting().run_with(&mut |at, by, bytes| {
                        if at == message {
                            assert_eq!(by, sent.by, "the same order as without alterations");
                            bytes[place] ^= flip;
                            hit = true;
                        }
                    });
                    assert!(hit);
                    runs += 1;
                    judge(
                        Altered {
                            message,
                            place,
                            flip,
                        },
                        met,
                    );
                    self.server.sessions.clear();
                }
            }
        }
        runs
    }
}

/// The names of a handshake's messages, in order.
fn names(met: &Met, method: &str) -> Vec<String> {
    let last = met.messages.len() - 1;
    let mut counts = [0; 2];
    let mut name = |index: usize, by: Side| match index {
        0 => "hello".to_owned(),
        1 => "reply".to_owned(),
        2 => "mask of methods".to_owned(),
        3 => "picked method".to_owned(),
        _ if index == last => "decision".to_owned(),
        _ if index == last - 1 => "no key follows".to_owned(),
        _ => {
            let (count, whose) = match by {
                Side::Client => (&mut counts[0], "client"),
                Side::Server => (&mut counts[1], "server"),
            };
            *count += 1;
            format!("{method}, {whose}'s {count}")
        }
    };
    met.messages
        .iter()
        .enumerate()
        .map(|(index, sent)| name(index, sent.by))
        .collect()
}
