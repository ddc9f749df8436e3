//! The server's decision: denied, incomplete, in clear, or under another key.

use countersign_classad::{Expr, Value};
use countersign_core::crypto::{ChannelKey, KeyPair};
use countersign_core::policy::Requirement;
use countersign_core::session::{SessionCache, SessionScope};
use countersign_core::wire::{Codec, Encoder, StringForm, WireError};
use countersign_core::{Cause, Stage};

use crate::support::{
    By, Ended, Kind, NOW, Server, World, ad_of, deliver, message_of, run, run_on,
};

fn strict() -> World {
    World::all(Requirement::Required, Requirement::Required)
}

/// A handshake whose decision has these values; `undefined` leaves the attribute out.
fn decided(by: By, lies: &[(&str, Expr)]) -> Ended {
    let mut server = Server::new(by, true).edit(|kind, message| {
        if kind != Kind::Decision {
            return vec![message];
        }
        let mut ad = ad_of(&message);
        for (name, value) in lies {
            if value.literal() == Some(&Value::Undefined) {
                ad.remove(name);
            } else {
                ad.insert(name, value.clone());
            }
        }
        vec![message_of(&ad, &message)]
    });
    run(&strict(), &mut server)
}

#[test]
fn refused() {
    for by in [By::ClaimToBe, By::Fs, By::IdTokens] {
        for code in [
            "DENIED",
            "CANNOT_RESUME_SESSION",
            "authorized",
            "AUTHORIZED ",
            " ",
            "YES",
        ] {
            let ended = decided(by, &[("ReturnCode", code.into())]);
            assert!(
                matches!(ended.cause(), Cause::Denied { code: c, user, method: Some(_) }
                    if c == code && user == "alice@pool.example"),
                "{by:?} {code}"
            );
            assert_eq!(ended.result.unwrap_err().stage, Stage::PostAuth);
        }
    }
}

#[test]
fn incomplete() {
    let absent = || Expr::from(Value::Undefined);
    for name in ["Sid", "ValidCommands"] {
        for value in [absent(), "".into(), 5.into(), true.into()] {
            let ended = decided(By::IdTokens, &[(name, value)]);
            assert!(matches!(ended.cause(), Cause::Incomplete { attribute } if *attribute == name));
        }
    }
}

/// Commands that are no numbers allow nothing, and such a session is not kept.
#[test]
fn commands_that_are_none() {
    for list in ["x", ",", "ALL", "*", "99999999999", "1.5", "60020x"] {
        let ended = decided(By::IdTokens, &[("ValidCommands", list.into())]);
        let session = ended.result.unwrap().session().clone();
        assert!(session.valid_commands.is_empty(), "{list}");
        let mut cache = SessionCache::default();
        let scope = SessionScope {
            credentials: String::new(),
            settings: strict().settings,
            address: String::new(),
        };
        cache.insert(scope, session, NOW);
        assert!(cache.is_empty(), "{list}");
    }
}

/// A decision in clear is not read once encryption was agreed on, be it word for word the honest one.
#[test]
fn in_clear() {
    for by in [By::ClaimToBe, By::Anonymous, By::Fs, By::IdTokens] {
        let mut sent = 0;
        let ended = run_on(&strict(), &mut Server::new(by, true), |index, bytes| {
            sent = index;
            if index + 1 != crate::frames::messages(by) {
                return deliver(bytes);
            }
            let ad = Encoder::new(StringForm::Terminated)
                .int(4)
                .string("ReturnCode = \"AUTHORIZED\"")
                .string("Sid = \"host:1:2:3\"")
                .string("User = \"alice@pool.example\"")
                .string("ValidCommands = \"60020\"")
                .string("")
                .string("")
                .finish();
            deliver(Codec::new(1 << 20).encode(&ad).unwrap())
        });
        assert_eq!(ended.wire_error(), &WireError::Unverified, "{by:?}");
    }
}

#[test]
fn under_another_key() {
    for by in [By::ClaimToBe, By::Fs, By::IdTokens] {
        for key in [[0; 32], [1; 32], [0xff; 32]] {
            let mut server = Server::new(by, true).with_key(ChannelKey::from_bytes(key));
            let ended = run(&strict(), &mut server);
            assert_eq!(ended.wire_error(), &WireError::Unverified, "{by:?}");
        }
    }
}

/// The server said YES to encryption and went on in clear all by itself.
#[test]
fn a_server_that_forgets_to_encrypt() {
    let mut server = Server::new(By::IdTokens, false).edit(|kind, message| {
        if kind != Kind::Reply {
            return vec![message];
        }
        let mut ad = ad_of(&message);
        ad.insert("Encryption", "YES");
        ad.insert("Integrity", "YES");
        let keys = KeyPair::from_scalar(&[9; 32]).unwrap();
        ad.insert("ECDHPublicKey", keys.public_base64());
        vec![message_of(&ad, &message)]
    });
    let ended = run(&strict(), &mut server);
    assert_eq!(ended.wire_error(), &WireError::Unverified);
}

/// One that said NO where this side does not care, but sent a key for AES: HTCondor encrypts then, and so do we.
#[test]
fn a_key_for_aes_encrypts_whatever_was_answered() {
    let mut server = Server::new(By::IdTokens, true).edit(|kind, message| {
        if kind != Kind::Reply {
            return vec![message];
        }
        let mut ad = ad_of(&message);
        ad.insert("Encryption", "NO");
        ad.insert("Integrity", "NO");
        vec![message_of(&ad, &message)]
    });
    let world = World::all(Requirement::Required, Requirement::Optional);
    let mut ended = run(&world, &mut server);
    assert!(ended.result.as_ref().expect("it succeeds").is_protected());
    assert_eq!(ended.answered(), Ok(true));
}
