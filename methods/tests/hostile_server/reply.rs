//! Replies that go against what the client requires or offered. HTCondor's client obeys most of them.

use countersign_classad::{Expr, Value};
use countersign_core::Cause;
use countersign_core::Stage;
use countersign_core::crypto::SentKeyError;
use countersign_core::policy::{ReplyError, Requirement};

use crate::support::{By, Ended, Kind, Server, World, ad_of, message_of, run};

/// A handshake in which the server's reply has these values; `undefined` leaves the attribute out.
fn with_reply(world: &World, by: By, lies: &[(&str, Expr)]) -> Ended {
    let mut server = Server::new(by, true).edit(|kind, message| {
        if kind != Kind::Reply {
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
    run(world, &mut server)
}

fn refusal(world: &World, lies: &[(&str, Expr)]) -> ReplyError {
    let ended = with_reply(world, By::ClaimToBe, lies);
    assert_eq!(ended.result.as_ref().unwrap_err().stage, Stage::Reply);
    assert_eq!(ended.sent.len(), 1, "nothing was said after such a reply");
    match ended.cause() {
        Cause::Reply(error) => error.clone(),
        other => panic!("{lies:?}: {other:?}"),
    }
}

fn strict() -> World {
    World::all(Requirement::Required, Requirement::Required)
}

#[test]
fn a_no_to_what_is_required() {
    for attribute in ["Authentication", "Encryption", "Integrity"] {
        for no in ["NO", "no", "N", "never"] {
            assert_eq!(
                refusal(&strict(), &[(attribute, no.into())]),
                ReplyError::Declined { attribute },
                "{attribute} {no}"
            );
        }
    }
    // All of them at once, and with an `AuthRequired` that says it does not matter.
    let lies = ["Authentication", "Encryption", "Integrity"].map(|name| (name, "NO".into()));
    assert!(matches!(
        refusal(&strict(), &lies),
        ReplyError::Declined { .. }
    ));
    let lies = [
        ("Authentication", "NO".into()),
        ("AuthRequired", false.into()),
    ];
    assert_eq!(
        refusal(&strict(), &lies),
        ReplyError::Declined {
            attribute: "Authentication"
        }
    );
}

#[test]
fn no_decision_at_all() {
    let undecided: [Expr; 7] = [
        Value::Undefined.into(),
        "".into(),
        "MAYBE".into(),
        "REQUIRED".into(),
        true.into(),
        1.into(),
        Value::Error.into(),
    ];
    for attribute in ["Authentication", "Encryption", "Integrity"] {
        for value in &undecided {
            for world in [
                strict(),
                World::all(Requirement::Optional, Requirement::Optional),
            ] {
                assert_eq!(
                    refusal(&world, &[(attribute, value.clone())]),
                    ReplyError::Undecided { attribute },
                    "{attribute} {value:?}"
                );
            }
        }
        assert_eq!(
            refusal(&strict(), &[(attribute, "FAIL".into())]),
            ReplyError::Failed { attribute }
        );
    }
}

/// As in HTCondor, `Enact` decides nothing in a reply: neither does it make one good nor bad.
#[test]
fn enact_decides_nothing() {
    for enact in ["YES", "NO", "FAIL", ""] {
        let ended = with_reply(&strict(), By::ClaimToBe, &[("Enact", enact.into())]);
        assert!(ended.result.is_ok(), "{enact}");
        let lies = [("Enact", enact.into()), ("Encryption", "NO".into())];
        assert!(matches!(
            refusal(&strict(), &lies),
            ReplyError::Declined { .. }
        ));
    }
}

/// Where somebody authenticates, a server may send a key instead. This one sends none.
#[test]
fn no_key() {
    let why = |world: &World, value: &Expr| {
        let ended = with_reply(world, By::ClaimToBe, &[("ECDHPublicKey", value.clone())]);
        match ended.cause() {
            Cause::SentKey(error) => error.clone(),
            other => panic!("{other:?}"),
        }
    };
    for value in [Value::Undefined.into(), Expr::from(""), 5.into()] {
        let method = "CLAIMTOBE";
        assert_eq!(why(&strict(), &value), SentKeyError::InClear { method });
        // Nor where this side left it to the server, who then said yes.
        let world = World::all(Requirement::Optional, Requirement::Optional);
        assert_eq!(why(&world, &value), SentKeyError::Missing);
    }
}

#[test]
fn methods_that_were_not_offered() {
    let world = World::strict(&["TOKEN", "FS"]);
    for list in [
        "CLAIMTOBE",
        "TOKEN,CLAIMTOBE",
        "FS ANONYMOUS",
        "PASSWORD",
        "x",
        "FS;TOKEN",
    ] {
        let lies = [("AuthMethodsList", list.into())];
        assert!(
            matches!(refusal(&world, &lies), ReplyError::MethodNotOffered { .. }),
            "{list}"
        );
    }
    for list in ["", ",", " , "] {
        let lies = [("AuthMethodsList", list.into()), ("AuthMethods", "".into())];
        assert!(
            matches!(refusal(&world, &lies), ReplyError::NoCommonMethod { .. }),
            "{list:?}"
        );
    }
}

#[test]
fn ciphers_that_were_not_offered() {
    for list in ["3DES", "NONE", "aes", "AES256", "3DES,AES", "\u{1}AES"] {
        let lies = [("CryptoMethods", list.into())];
        assert!(
            matches!(
                refusal(&strict(), &lies),
                ReplyError::CipherNotOffered { .. }
            ),
            "{list}"
        );
    }
    for nothing in [Expr::from(""), Value::Undefined.into(), 3.into()] {
        assert!(matches!(
            refusal(&strict(), &[("CryptoMethods", nothing)]),
            ReplyError::NoCommonCipher { .. }
        ));
    }
}

#[test]
fn authentication_is_not_imposed() {
    let world = World::all(Requirement::Never, Requirement::Never);
    assert_eq!(refusal(&world, &[]), ReplyError::Imposed);
}

/// `AuthRequired = False` lets a server's client go on unauthenticated, but never one that requires it.
#[test]
fn auth_required_false_weakens_nobody() {
    let decline = |world: &World| {
        let mut server = Server::new(By::ClaimToBe, true).edit(|kind, message| match kind {
            Kind::Reply => {
                let mut ad = ad_of(&message);
                ad.insert("AuthRequired", false);
                vec![message_of(&ad, &message)]
            }
            Kind::Choice => vec![
                countersign_core::wire::Encoder::new(message.form())
                    .int(0)
                    .finish(),
            ],
            _ => vec![message],
        });
        run(world, &mut server)
    };
    assert!(matches!(decline(&strict()).cause(), Cause::Unauthenticated));
    let preferred = World::all(Requirement::Preferred, Requirement::Required);
    // The server decides nothing more, since it waits for a claim: what matters is that this side went on.
    let ended = decline(&preferred);
    assert!(matches!(
        ended.cause(),
        Cause::Closed {
            stage: Stage::PostAuth
        }
    ));
}
