//! Ads that break the rules of their encoding, at both places where the server sends one, in both string forms.

use countersign_core::policy::Requirement;
use countersign_core::wire::{Encoder, Message, StringForm, WireError};
use countersign_core::{Cause, Stage};

use crate::support::{By, Kind, Server, World, run};

/// What the handshake makes of a malformed ad in place of the reply (clear) and of the decision (encrypted).
fn refusals(make: impl Fn(Encoder) -> Message) -> [WireError; 2] {
    [
        (Kind::Reply, Stage::Reply),
        (Kind::Decision, Stage::PostAuth),
    ]
    .map(|(place, stage)| {
        let world = World::all(Requirement::Required, Requirement::Required);
        let mut server = Server::new(By::ClaimToBe, true).edit(|kind, message| {
            if kind == place {
                vec![make(Encoder::new(message.form()))]
            } else {
                vec![message]
            }
        });
        let ended = run(&world, &mut server);
        assert_eq!(ended.result.as_ref().unwrap_err().stage, stage);
        match ended.cause() {
            Cause::Wire(error) => error.clone(),
            other => panic!("{other:?}"),
        }
    })
}

fn one_attribute(text: &str) -> impl Fn(Encoder) -> Message {
    move |e| e.int(1).string(text).string("").string("").finish()
}

#[test]
fn counts() {
    for count in [-1, 101, 1 << 31, 1 << 32, i64::MIN, i64::MAX] {
        for error in refusals(|e| e.int(count).finish()) {
            assert!(matches!(error, WireError::OutOfRange { value, .. } if value == count));
        }
    }
    let full = |attributes: i64| {
        refusals(|mut e| {
            e = e.int(attributes);
            for n in 0..attributes {
                e = e.string(&format!("A{n} = 1"));
            }
            e.string("").string("").finish()
        })
    };
    for error in full(101) {
        assert!(matches!(error, WireError::OutOfRange { value: 101, .. }));
    }
    // More claimed than there is.
    for error in refusals(|e| e.int(100).string("A = 1").string("").string("").finish()) {
        assert!(!matches!(error, WireError::OutOfRange { .. }));
    }
}

#[test]
fn what_is_no_literal() {
    for text in [
        "Encryption = 1 + 1",
        "Encryption = Other",
        "Encryption = strcat(\"YES\", \"\")",
        "Encryption = { \"YES\" }",
        "Encryption = [ a = 1 ]",
        "Encryption = ifThenElse(true, \"YES\", \"NO\")",
        "Encryption = \"YES",
        "Encryption = ",
        "Encryption",
        "= \"YES\"",
        "En cryption = \"YES\"",
        "\u{feff}Encryption = \"YES\"",
        "Encryption = 99999999999999999999999999",
    ] {
        for error in refusals(one_attribute(text)) {
            assert!(
                matches!(error, WireError::BadAttribute { index: 1, .. }),
                "{text}: {error:?}"
            );
        }
    }
}

#[test]
fn long_texts() {
    let long = format!("Encryption = \"{}\"", "x".repeat(1 << 16));
    for error in refusals(one_attribute(&long)) {
        assert!(matches!(
            error,
            WireError::StringTooLong { limit: 65536, .. }
        ));
    }
    let name = format!("{} = 1", "x".repeat(1025));
    for error in refusals(one_attribute(&name)) {
        assert!(matches!(error, WireError::BadAttribute { .. }));
    }
    // A message over the limit is refused at its header.
    let huge = "x".repeat((1 << 20) + 1);
    for error in refusals(one_attribute(&huge)) {
        assert!(
            matches!(error, WireError::MessageTooLong { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn deeply_nested_brackets() {
    for (open, close) in [("(", ")"), ("{", "}"), ("[", "]"), ("-", "")] {
        let text = format!("A = {}1{}", open.repeat(30_000), close.repeat(30_000));
        for error in refusals(one_attribute(&text)) {
            assert!(matches!(error, WireError::BadAttribute { .. }), "{error:?}");
        }
    }
}

#[test]
fn strings_that_are_none() {
    let text = |bytes: &'static [u8]| {
        move |e: Encoder| match e.int(1).finish() {
            message if message.form() == StringForm::Terminated => {
                let raw = [message.payload(), bytes, b"\0\0\0"].concat();
                Message::new(raw.into(), message.form())
            }
            message => {
                let length = (bytes.len() as i64 + 1).to_be_bytes();
                let raw = [message.payload(), &length, bytes, b"\0"].concat();
                Message::new(raw.into(), message.form())
            }
        }
    };
    for bytes in [
        &b"Encryption = \"\xff\""[..],
        b"Encryption = \"\xc0\x80\"",
        b"Encryption = \"\xed\xa0\x80\"",
        b"\x80",
    ] {
        for error in refusals(text(bytes)) {
            assert!(matches!(error, WireError::NotText { .. }), "{error:?}");
        }
    }
    for error in refusals(text(b"\xad")) {
        assert!(matches!(
            error,
            WireError::Absent { .. } | WireError::BadAttribute { .. }
        ));
    }
    // Lengths of their own choice, which exist on an encrypted channel alone.
    for length in [-1, 0, 1, i64::MIN, i64::MAX, 1 << 30, 65_538] {
        let [_, error] = refusals(|e| e.int(1).int(length).bytes(b"A = 1\0").finish());
        assert!(
            matches!(
                error,
                WireError::OutOfRange { .. }
                    | WireError::StringTooLong { .. }
                    | WireError::NotText { .. }
                    | WireError::Truncated { .. }
            ),
            "{length}: {error:?}"
        );
    }
    let [_, nul_inside] = refusals(|e| e.int(1).int(6).bytes(b"A\0= 1\0").finish());
    assert!(matches!(nul_inside, WireError::NotText { .. }));
}

#[test]
fn something_behind_the_ad_or_nothing_where_it_ends() {
    for error in refusals(|e| e.int(0).string("").string("").bytes(&[0]).finish()) {
        assert!(matches!(error, WireError::Trailing { extra: 1, .. }));
    }
    for error in refusals(|e| e.int(0).string("").string("").int(0).int(0).finish()) {
        assert!(matches!(error, WireError::Trailing { extra: 16, .. }));
    }
    for error in refusals(|e| e.int(0).string("").finish()) {
        assert!(matches!(error, WireError::Truncated { .. }));
    }
    for error in refusals(|e| e.int(0).finish()) {
        assert!(matches!(error, WireError::Truncated { .. }));
    }
    for error in refusals(|e| e.bytes(&[0]).finish()) {
        assert!(matches!(error, WireError::Truncated { .. }));
    }
}

/// A private attribute is announced by a marker, and only ever on an encrypted channel.
#[test]
fn private_attributes_in_clear() {
    let [clear, _] = refusals(|e| {
        let secret = "ClaimId = \"x\"";
        e.int(1)
            .string("ZKM")
            .string(secret)
            .string("")
            .string("")
            .int(1)
            .finish()
    });
    assert!(matches!(clear, WireError::BadAttribute { index: 1, .. }));
}
