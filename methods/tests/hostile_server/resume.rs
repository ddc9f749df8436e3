//! Resumptions answered by somebody who does not have the session's key, or no longer.

use bytes::Bytes;
use countersign_classad::ClassAd;
use countersign_core::crypto::ChannelKey;
use countersign_core::policy::Requirement;
use countersign_core::session::Session;
use countersign_core::wire::{Codec, Encoder, Message, StringForm, WireError};
use countersign_core::{Cause, Stage};

use crate::support::{By, Delivery, Ended, Kind, Server, World, deliver, message_of, resume, run};

fn world() -> World {
    World::all(Requirement::Required, Requirement::Required)
}

fn session() -> Session {
    let ended = run(&world(), &mut Server::new(By::IdTokens, true));
    ended.result.unwrap().session().clone()
}

/// A server that has the key of a session.
fn holder<'a>(session: &Session) -> Server<'a> {
    Server::new(By::IdTokens, true).with_key(session.key.clone().unwrap().0)
}

fn resumed(server: &mut Server<'_>, session: Session) -> Ended {
    resume(&world(), session, server, 1, |_, bytes| deliver(bytes))
}

/// A resumption answered by `make` instead of honestly.
fn answered_by(make: impl Fn(&Message) -> Message) -> Ended {
    let session = session();
    let mut server = holder(&session).edit(|kind, message| match kind {
        Kind::Resumed => vec![make(&message)],
        _ => vec![message],
    });
    resumed(&mut server, session)
}

#[test]
fn honest() {
    let session = session();
    let mut ended = resumed(&mut holder(&session), session);
    assert_eq!(ended.answered(), Ok(true));
}

#[test]
fn refused() {
    let code = |code: &'static str| {
        answered_by(move |message| {
            let mut ad = ClassAd::new();
            ad.insert("ReturnCode", code);
            message_of(&ad, message)
        })
    };
    assert!(matches!(
        code("SID_NOT_FOUND").cause(),
        Cause::SessionForgotten
    ));
    for other in ["DENIED", "authorized", "sid_not_found", " "] {
        let ended = code(other);
        assert!(
            matches!(ended.cause(), Cause::Denied { code, .. } if code == other),
            "{other}"
        );
        assert_eq!(ended.result.unwrap_err().stage, Stage::Resume);
    }
}

#[test]
fn garbage() {
    let cases: [fn(Encoder) -> Message; 6] = [
        |e| e.int(0).finish(),
        |e| e.int(101).finish(),
        |e| e.int(-1).finish(),
        |e| {
            e.int(1)
                .string("ReturnCode = x")
                .string("")
                .string("")
                .finish()
        },
        |e| e.int(0).string("").string("").int(0).finish(),
        |e| e.bytes(b"x").finish(),
    ];
    for make in cases {
        let ended = answered_by(|message| make(Encoder::new(message.form())));
        ended.wire_error();
        assert_eq!(ended.result.unwrap_err().stage, Stage::Resume);
    }
}

/// The answer itself is in clear, so anybody may give it; what follows must come from who has the key.
#[test]
fn a_server_without_the_key() {
    for key in [[0; 32], [0xff; 32]] {
        let mut server = Server::new(By::IdTokens, true).with_key(ChannelKey::from_bytes(key));
        let mut ended = resumed(&mut server, session());
        assert_eq!(ended.answered(), Err(Some(WireError::Unverified)));
    }
}

#[test]
fn an_answer_in_clear_after_the_resumption() {
    let session = session();
    let yes = Encoder::new(StringForm::Terminated)
        .int(1)
        .string("AuthorizationSucceeded = true")
        .string("")
        .string("")
        .finish();
    let mut ended = resume(
        &world(),
        session.clone(),
        &mut holder(&session),
        1,
        |at, bytes| {
            deliver(if at == 0 {
                bytes
            } else {
                Codec::new(1 << 20).encode(&yes).unwrap()
            })
        },
    );
    assert_eq!(ended.answered(), Err(Some(WireError::Unverified)));
}

/// Everything an honest server said in an earlier resumption, word for word: the client's own nonce is another now, and
/// the first encrypted frame authenticates it.
#[test]
fn a_replay_of_an_earlier_resumption() {
    let session = session();
    let earlier: Vec<Bytes> = resumed(&mut holder(&session), session.clone())
        .sent
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    let replay = |seed| {
        let mut ended = resume(
            &world(),
            session.clone(),
            &mut holder(&session),
            seed,
            |at, _| deliver(earlier[at].clone()),
        );
        ended.answered()
    };
    assert_eq!(
        replay(1),
        Ok(true),
        "with the same nonce it would be the same conversation"
    );
    assert_eq!(replay(2), Err(Some(WireError::Unverified)));
}

/// The answer to a resumption is authenticated by what follows it, like everything that is said in clear.
#[test]
fn every_bit_of_the_answers() {
    let session = session();
    let lengths: Vec<_> = resumed(&mut holder(&session), session.clone())
        .sent
        .iter()
        .map(|(_, bytes)| bytes.len())
        .collect();
    for (at, length) in lengths.into_iter().enumerate() {
        for bit in 0..8 * length {
            for cut in [false, true] {
                let mut ended = resume(
                    &world(),
                    session.clone(),
                    &mut holder(&session),
                    1,
                    |index, bytes| {
                        let mut bytes = bytes.to_vec();
                        if index == at && cut {
                            bytes.truncate(bit / 8);
                        } else if index == at {
                            bytes[bit / 8] ^= 1 << (bit % 8);
                        }
                        Delivery {
                            bytes: vec![bytes.into()],
                            close: cut && index == at,
                        }
                    },
                );
                assert!(
                    ended.answered().is_err(),
                    "message {at} bit {bit}, cut: {cut}"
                );
            }
        }
    }
}

/// A session without a key would be anybody's who knows its id, so it is not resumed.
#[test]
fn a_session_without_a_key() {
    let mut open = session();
    let mut server = holder(&open);
    open.key = None;
    let ended = resumed(&mut server, open);
    assert!(matches!(ended.cause(), Cause::SessionForgotten));
}
