//! A server that knows no ECDH and sends the session's key, or says that it does.

use countersign_core::Cause;
use countersign_core::crypto::{ChannelKey, LegacyCipher, SentKeyError};
use countersign_core::policy::Requirement;
use countersign_core::wire::{Encoder, LegacyProtection, Message, WireError};

use crate::support::{By, Ended, Kind, Server, World, ad_of, message_of, run};

const KEY: [u8; 24] = [6; 24];
const BLOWFISH: i64 = 1;

const BOTH: LegacyProtection = LegacyProtection {
    encrypts: Some(LegacyCipher::Blowfish),
    verifies: true,
};

/// What a server does about the key.
#[derive(Clone)]
struct Sends {
    flag: i64,
    len: i64,
    cipher: i64,
    wrapped: Vec<u8>,
    /// What stands behind all of it.
    more: Option<i64>,
    /// Whether the message with the key comes at all.
    comes: bool,
    /// What the server itself does with frames, and by which key.
    protects: Option<(ChannelKey, LegacyProtection)>,
}

impl Sends {
    /// As HTCondor before 9.0 does it.
    fn honest() -> Self {
        Self {
            flag: 1,
            len: 24,
            cipher: BLOWFISH,
            wrapped: KEY.to_vec(),
            more: None,
            comes: true,
            protects: Some((ChannelKey::from_bytes(KEY), BOTH)),
        }
    }

    fn message(&self) -> Message {
        let encoder = Encoder::new(countersign_core::wire::StringForm::Terminated);
        let encoder = encoder
            .int(self.len)
            .int(self.cipher)
            .int(0)
            .counted(&self.wrapped);
        match self.more {
            Some(number) => encoder.int(number).finish(),
            None => encoder.finish(),
        }
    }

    /// A handshake with a client that wants this much protection.
    fn meets(&self, by: By, protection: Requirement) -> Ended {
        let world = World::of(
            &["TOKEN", "FS", "CLAIMTOBE", "ANONYMOUS"],
            Requirement::Required,
            protection,
        );
        let mut server = Server::new(by, true).edit(|kind, message| match kind {
            Kind::Reply => {
                let mut ad = ad_of(&message);
                ad.remove("ECDHPublicKey");
                ad.insert("CryptoMethods", "BLOWFISH");
                vec![message_of(&ad, &message)]
            }
            Kind::KeyFlag => {
                let flag = Encoder::new(message.form()).int(self.flag).finish();
                match self.comes {
                    true => vec![flag, self.message()],
                    false => vec![flag],
                }
            }
            _ => vec![message],
        });
        server = match self.protects.clone() {
            Some((key, protection)) => server.with_legacy(key, protection),
            None => server.in_clear(),
        };
        run(&world, &mut server)
    }

    /// What the client says to it that would take it if it were honest.
    fn refusal(&self) -> SentKeyError {
        match self.meets(By::ClaimToBe, Requirement::Preferred).cause() {
            Cause::SentKey(error) => error.clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_honest_one_is_believed_where_nobody_insists() {
    for by in [By::ClaimToBe, By::Anonymous, By::Fs] {
        for requirement in [Requirement::Optional, Requirement::Preferred] {
            let mut ended = Sends::honest().meets(by, requirement);
            assert_eq!(ended.answered(), Ok(true), "{by:?}\n{}", ended.trace);
            let established = ended.result.unwrap();
            assert!(established.is_protected());
            let (key, _) = established.session().key.as_ref().unwrap();
            assert_eq!(key.expose(), KEY);
        }
    }
}

/// Nothing hides it from whoever listens.
#[test]
fn a_key_in_clear_is_refused_where_protection_is_required() {
    for by in [By::ClaimToBe, By::Anonymous, By::Fs, By::IdTokens] {
        let ended = Sends::honest().meets(by, Requirement::Required);
        assert!(
            matches!(
                ended.cause(),
                Cause::SentKey(SentKeyError::InClear { method }) if !method.is_empty()
            ),
            "{by:?}: {:?}",
            ended.cause()
        );
    }
}

#[test]
fn for_another_cipher() {
    for cipher in [0, 2, 3, 4, -1, i64::MAX, i64::MIN] {
        let sends = Sends {
            cipher,
            ..Sends::honest()
        };
        let error = sends.refusal();
        assert!(
            matches!(
                error,
                SentKeyError::OtherCipher {
                    agreed: "BLOWFISH",
                    ..
                }
            ),
            "{cipher}: {error}"
        );
    }
}

#[test]
fn of_another_length() {
    for len in [0, 1, 3, 16, 23, 25, 32, 56, 57, 4096] {
        for stated in [24, len as i64] {
            let sends = Sends {
                len: stated,
                wrapped: vec![6; len],
                ..Sends::honest()
            };
            let error = sends.refusal();
            assert!(
                matches!(error, SentKeyError::Length { .. }),
                "{len}: {error}"
            );
        }
    }
    for stated in [0, 23, 32, -1, i64::MAX, i64::MIN] {
        let sends = Sends {
            len: stated,
            ..Sends::honest()
        };
        assert!(matches!(sends.refusal(), SentKeyError::Length { .. }));
    }
}

#[test]
fn longer_than_any_or_with_more_behind_it() {
    let long = Sends {
        wrapped: vec![6; 4097],
        ..Sends::honest()
    };
    let more = Sends {
        more: Some(1),
        ..Sends::honest()
    };
    for sends in [long, more] {
        let ended = sends.meets(By::ClaimToBe, Requirement::Preferred);
        ended.wire_error();
    }
}

#[test]
fn promised_and_not_sent() {
    let sends = Sends {
        comes: false,
        ..Sends::honest()
    };
    // What comes instead is the decision, encrypted with a key that the client does not have.
    let ended = sends.meets(By::ClaimToBe, Requirement::Preferred);
    ended.wire_error();
}

#[test]
fn not_promised() {
    let none = Sends {
        flag: 0,
        comes: false,
        ..Sends::honest()
    };
    assert_eq!(none.refusal(), SentKeyError::Missing);
    for flag in [2, -1, i64::MAX] {
        let odd = Sends {
            flag,
            ..Sends::honest()
        };
        odd.meets(By::ClaimToBe, Requirement::Preferred)
            .wire_error();
    }
    // The key comes all the same: nobody asked for it, and there is none.
    let sends = Sends {
        flag: 0,
        ..Sends::honest()
    };
    assert_eq!(sends.refusal(), SentKeyError::Missing);
}

/// It goes on in clear, with another key, or does only half of what was agreed on.
#[test]
fn another_protection_than_was_agreed_on() {
    let only = |encrypts, verifies| LegacyProtection { encrypts, verifies };
    let own = ChannelKey::from_bytes(KEY);
    for protects in [
        None,
        Some((ChannelKey::from_bytes([5; 24]), BOTH)),
        Some((own.clone(), only(None, true))),
        Some((own.clone(), only(Some(LegacyCipher::Blowfish), false))),
        Some((own, only(Some(LegacyCipher::TripleDes), true))),
    ] {
        let sends = Sends {
            protects,
            ..Sends::honest()
        };
        let ended = sends.meets(By::ClaimToBe, Requirement::Preferred);
        assert!(
            matches!(ended.cause(), Cause::Wire(_) | Cause::Closed { .. }),
            "{:?}",
            ended.cause()
        );
    }
    let sends = Sends {
        protects: Some((ChannelKey::from_bytes([5; 24]), BOTH)),
        ..Sends::honest()
    };
    let ended = sends.meets(By::ClaimToBe, Requirement::Preferred);
    assert_eq!(ended.wire_error(), &WireError::Unverified);
}

/// Where there is ECDH a key that is sent counts for nothing, as in HTCondor.
#[test]
fn sent_beside_ecdh() {
    for by in [By::ClaimToBe, By::Fs, By::IdTokens] {
        let world = World::all(Requirement::Required, Requirement::Required);
        let sends = Sends {
            cipher: 3,
            len: 32,
            wrapped: vec![6; 32],
            ..Sends::honest()
        };
        let mut server = Server::new(by, true).edit(|kind, message| match kind {
            Kind::KeyFlag => vec![
                Encoder::new(message.form()).int(1).finish(),
                sends.message(),
            ],
            _ => vec![message],
        });
        let mut ended = run(&world, &mut server);
        assert_eq!(ended.answered(), Ok(true), "{by:?}\n{}", ended.trace);
        let established = ended.result.unwrap();
        let (key, _) = established.session().key.as_ref().unwrap();
        assert_ne!(key.expose(), [6; 32]);
    }
}
