//! DC_AUTHENTICATE with ads that no client sends.

use countersign_core::policy::Requirement;
use countersign_core::server::ServerCause;
use countersign_core::wire::WireError;

use super::{attributes, encoder, frames, hello, hello_of, say, strict};
use crate::world::ServerSide;

#[test]
fn huge_ads() {
    let server = ServerSide::default();
    for count in [101, 10_001] {
        let mut many = attributes(&[]);
        while many.len() < count {
            many.push((format!("Padding{}", many.len()), "1".into()));
        }
        let attack = say(&server, &[hello_of(&many)]);
        assert!(
            matches!(
                attack.cause(),
                ServerCause::Wire(WireError::OutOfRange { .. })
            ),
            "{}",
            attack.cause()
        );
        assert!(attack.said.is_empty());
    }
    let long = format!("\"{}\"", "x".repeat(70_000));
    let attack = say(&server, &[hello(&[("Subsystem", &long)])]);
    assert!(
        matches!(
            attack.cause(),
            ServerCause::Wire(WireError::StringTooLong { .. })
        ),
        "{}",
        attack.cause()
    );
    assert!(attack.said.is_empty());
    // A count that promises what never comes is a message cut short, and allocates nothing.
    for count in [-1, i64::MAX, i64::MIN, 50] {
        let attack = say(&server, &[frames(encoder().int(60_010).int(count))]);
        assert!(matches!(attack.cause(), ServerCause::Wire(_)));
        assert!(attack.said.is_empty());
    }
}

#[test]
fn expressions_instead_of_literals() {
    for (name, value) in [
        ("Command", "60020 + 0"),
        ("Authentication", "strcat(\"NE\", \"VER\")"),
        ("AuthMethods", "MY.Command"),
        ("ECDHPublicKey", "ifThenElse(true, \"a\", \"b\")"),
        ("SessionDuration", "time()"),
        ("Enact", "{ \"NO\" }"),
        ("NewSession", "[ a = 1 ]"),
    ] {
        let attack = say(&ServerSide::default(), &[hello(&[(name, value)])]);
        assert!(
            matches!(attack.cause(), ServerCause::Wire(error)
                if error.to_string().contains("is not a literal")),
            "{name}: {}",
            attack.cause()
        );
        assert!(attack.said.is_empty(), "{name}");
    }
}

#[test]
fn values_of_other_types() {
    let server = strict("FS");
    for (name, value) in [
        ("Command", "\"60020\""),
        ("Command", "60020.0"),
        ("Command", "undefined"),
        ("Command", "true"),
        ("Authentication", "1"),
        ("AuthenticationNew", "\"WHATEVER\""),
        ("AuthMethods", "4"),
        ("CryptoMethods", "error"),
        ("Enact", "false"),
        ("NewSession", "true"),
        ("ECDHPublicKey", "\"\\\"\""),
        ("ECDHPublicKey", "\"AAAA\""),
    ] {
        let attack = say(&server, &[hello(&[(name, value)])]);
        assert!(attack.caller().is_none(), "{name} {value}");
        // At most the reply went out, and nobody authenticated.
        assert!(attack.said.len() <= 1, "{name} {value}");
        attack.cause();
    }
}

/// Of two attributes of one name the last counts, as in HTCondor, whatever their case: both sides of a
/// check read the same one.
#[test]
fn twice_the_same_attribute() {
    let server = strict("FS");
    for name in [
        "AuthenticationNew",
        "AUTHENTICATIONNEW",
        "authenticationnew",
    ] {
        for (first, last, goes_on) in [
            ("\"NEVER\"", "\"REQUIRED\"", true),
            ("\"REQUIRED\"", "\"NEVER\"", false),
        ] {
            let mut ad = attributes(&[("AuthenticationNew", first)]);
            ad.push((name.to_owned(), last.to_owned()));
            let attack = say(&server, &[hello_of(&ad)]);
            assert_eq!(attack.said.len(), usize::from(goes_on), "{name}");
            match goes_on {
                true => assert!(matches!(attack.cause(), ServerCause::Closed { .. })),
                false => assert!(matches!(attack.cause(), ServerCause::Reconcile(_))),
            }
        }
    }
    let mut ad = attributes(&[]);
    ad.push(("command".into(), "60023".into()));
    let attack = say(&ServerSide::default(), &[hello_of(&ad)]);
    // ADMINISTRATOR is what was asked for, and is what is judged.
    assert!(
        matches!(
            attack.cause(),
            ServerCause::Denied {
                command: 60_023,
                ..
            }
        ),
        "{}",
        attack.cause()
    );
}

/// Without a public key there would be one that is sent, which FS does not hide.
#[test]
fn without_a_public_key() {
    let mut server = strict("FS");
    server.default.encryption = Requirement::Required;
    let changes = [("ECDHPublicKey", ""), ("Encryption", "\"REQUIRED\"")];
    let attack = say(&server, &[hello(&changes), super::number(0)]);
    assert!(attack.caller().is_none());
    assert!(matches!(attack.cause(), ServerCause::Unauthenticated));
    server.default.authentication = Requirement::Optional;
    let changes = [
        ("ECDHPublicKey", ""),
        ("AuthenticationNew", "\"NEVER\""),
        ("Encryption", "\"REQUIRED\""),
    ];
    let attack = say(&server, &[hello(&changes)]);
    assert!(matches!(attack.cause(), ServerCause::Reconcile(_)));
}

#[test]
fn what_the_server_requires_cannot_be_left_out() {
    let mut server = strict("FS");
    server.default.encryption = Requirement::Required;
    server.default.integrity = Requirement::Required;
    for changes in [
        [("AuthenticationNew", ""), ("Authentication", "")],
        [
            ("AuthenticationNew", "\"NEVER\""),
            ("Authentication", "\"REQUIRED\""),
        ],
        [
            ("AuthenticationNew", "\"\""),
            ("Authentication", "\"NEVER\""),
        ],
        [("Encryption", ""), ("Integrity", "")],
        [("Encryption", "\"NEVER\""), ("Integrity", "\"REQUIRED\"")],
        [("CryptoMethods", ""), ("Encryption", "\"REQUIRED\"")],
        [("CryptoMethods", "\"\""), ("Encryption", "\"REQUIRED\"")],
        [
            ("CryptoMethods", "\"NULL,ROT13\""),
            ("Encryption", "\"REQUIRED\""),
        ],
        [("AuthMethods", ""), ("Encryption", "\"REQUIRED\"")],
        [
            ("AuthMethods", "\"NTSSPI,GSI\""),
            ("Encryption", "\"REQUIRED\""),
        ],
    ] {
        let attack = say(&server, &[hello(&changes), super::number(0)]);
        assert!(attack.caller().is_none(), "{changes:?}");
        assert!(
            matches!(
                attack.cause(),
                ServerCause::Reconcile(_) | ServerCause::NoCommonMethod { .. }
            ),
            "{changes:?}: {}",
            attack.cause()
        );
        assert!(server.sessions.is_empty());
    }
}
