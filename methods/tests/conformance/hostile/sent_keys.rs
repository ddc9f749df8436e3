//! Clients that know no ECDH, or say so: the server makes the session's key up and sends it.

use countersign_core::crypto::{ChannelKey, LegacyCipher, SentKeyError};
use countersign_core::policy::Requirement;
use countersign_core::server::{ServerCause, ServerStage};
use countersign_core::wire::{Codec, HANDSHAKE_AD, LegacyProtection, WireError};

use super::{Attack, attack, encoder, frames, hello, number, read, strict};
use crate::meet::End;
use crate::world::{ServerSide, words};

/// CLAIMTOBE hides nothing.
fn server(protection: Requirement) -> ServerSide {
    let mut server = strict("CLAIMTOBE");
    server.default.encryption = protection;
    server.default.integrity = protection;
    server.default.crypto_methods = words("3DES");
    server
}

/// All that a client of this kind says until the server decides.
fn script() -> [Vec<u8>; 3] {
    let hello = hello(&[
        ("ECDHPublicKey", ""),
        ("CryptoMethods", "\"3DES\""),
        ("Encryption", "\"PREFERRED\""),
        ("Integrity", "\"PREFERRED\""),
    ]);
    let claim = frames(encoder().int(1).string("alice"));
    [hello, number(2), claim]
}

fn asks(server: &ServerSide, seed: u64) -> Attack {
    let said = script();
    let mut left = said.iter();
    attack(server, seed, &mut |_| left.next().cloned())
}

/// The key in the message that brings it.
fn key_in(attack: &Attack) -> ChannelKey {
    assert_eq!(read(&attack.said[3]).decoder().int("the flag"), Ok(1));
    let message = read(&attack.said[4]);
    let mut decoder = message.decoder();
    let numbers = ["length", "cipher", "lifetime"].map(|what| decoder.int(what).unwrap());
    assert_eq!(numbers, [24, 2, 0]);
    let key: [u8; 24] = decoder
        .counted("key", 100)
        .unwrap()
        .try_into()
        .expect("as long as it says");
    decoder.finish().unwrap();
    ChannelKey::from_bytes(key)
}

/// The client's end, with this key.
fn end(key: &ChannelKey) -> Codec {
    let mut codec = Codec::new(1 << 20);
    let protection = LegacyProtection {
        encrypts: Some(LegacyCipher::TripleDes),
        verifies: true,
    };
    codec.protect_legacy(key, protection).unwrap();
    codec
}

#[test]
fn no_key_is_sent_in_clear_where_protection_is_required() {
    let server = server(Requirement::Required);
    let attack = asks(&server, 1);
    assert_eq!(attack.stage(), ServerStage::KeyExchange);
    assert!(
        matches!(
            attack.cause(),
            ServerCause::SentKey(SentKeyError::InClear {
                method: "CLAIMTOBE"
            })
        ),
        "{}",
        attack.cause()
    );
    // The reply, the pick and CLAIMTOBE's answer.
    assert_eq!(attack.said.len(), 3);
    assert!(attack.caller().is_none());
}

#[test]
fn whoever_has_the_key_is_served_and_the_session_is_not_kept() {
    let server = server(Requirement::Preferred);
    let mut attack = asks(&server, 1);
    let mut client = end(&key_in(&attack));
    client.feed(&attack.said[5]);
    let decision = client.next_message().unwrap().expect("the decision");
    let ad = decision.decoder().ad("decision", HANDSHAKE_AD).unwrap();
    assert_eq!(ad.get_str("ReturnCode"), Some("AUTHORIZED"));
    assert_eq!(ad.get_str("ValidCommands"), Some("-1"));
    assert!(server.sessions.is_empty());
    let Some(End::Command(command)) = &mut attack.end else {
        panic!("{}", attack.trace);
    };
    assert!(command.is_protected());
    let question = encoder().string("a question").finish();
    command.receive(&client.encode(&question).unwrap());
    let heard = command.next_message().unwrap().expect("the question");
    assert_eq!(heard.payload(), question.payload());
    let answer = command.encode(&question).unwrap();
    client.feed(&answer);
    assert!(client.next_message().unwrap().is_some());
}

/// In clear, with another key, and what was recorded of another connection.
#[test]
fn without_the_key_no_command_is_served() {
    let server = server(Requirement::Preferred);
    let question = encoder().string("a question").finish();
    let recorded = end(&key_in(&asks(&server, 1))).encode(&question).unwrap();
    let in_clear = Codec::new(100).encode(&question).unwrap();
    let guessed = end(&ChannelKey::from_bytes([0; 24]))
        .encode(&question)
        .unwrap();
    for bytes in [recorded, in_clear, guessed] {
        let mut attack = asks(&server, 2);
        let Some(End::Command(command)) = &mut attack.end else {
            panic!("{}", attack.trace);
        };
        command.receive(&bytes);
        // What is shorter than a frame with a MAC is waited for, and then spoilt by what comes.
        let heard = match command.next_message() {
            Ok(None) => {
                command.receive(&[0; 64]);
                command.next_message()
            }
            heard => heard,
        };
        assert_eq!(heard, Err(WireError::Unverified));
    }
}

/// A key of its own is made for every connection.
#[test]
fn never_the_same_key() {
    let server = server(Requirement::Preferred);
    let keys: Vec<_> = (1..6).map(|seed| key_in(&asks(&server, seed))).collect();
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[..index].contains(key));
    }
}

/// Nobody authenticates: then nobody sends a key, and there is none.
#[test]
fn without_a_method_there_is_no_key() {
    let mut server = server(Requirement::Required);
    server.default.authentication = Requirement::Optional;
    let changes = [
        ("ECDHPublicKey", ""),
        ("CryptoMethods", "\"3DES\""),
        ("AuthenticationNew", "\"NEVER\""),
    ];
    let attack = super::say(&server, &[hello(&changes)]);
    assert!(attack.caller().is_none());
    assert!(
        matches!(attack.cause(), ServerCause::Reconcile(_)),
        "{}",
        attack.cause()
    );
}
