//! A hello that says who its client is and what it may.

use countersign_core::policy::Requirement;
use countersign_core::server::ServerCause;

use super::{encoder, frames, hello, number, say, strict};
use crate::world::ServerSide;

/// What a client may not say of itself.
const CLAIMS: &[(&str, &str)] = &[
    ("User", "\"root@pool.example\""),
    ("MyRemoteUserName", "\"root@pool.example\""),
    ("AuthenticatedName", "\"root\""),
    ("RemoteUser", "\"root@pool.example\""),
    ("LimitAuthorization", "\"ADMINISTRATOR,DAEMON\""),
    ("AuthorizationSucceeded", "true"),
    ("ReturnCode", "\"AUTHORIZED\""),
    ("ValidCommands", "\"60023\""),
    ("Sid", "\"mine\""),
    ("TriedAuthentication", "true"),
    ("AuthRequired", "false"),
    ("AuthMethodsList", "\"CLAIMTOBE\""),
    ("CryptoMethodsList", "\"NULL\""),
    ("NegotiatedSession", "false"),
    ("AuthCommand", "60011"),
    ("SharedSecret", "\"x\""),
];

/// Open to root at every level.
fn roots_own() -> ServerSide {
    strict("CLAIMTOBE").with_lists(&[
        ("ALLOW_ADMINISTRATOR", "root@pool.example"),
        ("ALLOW_READ", "*"),
    ])
}

#[test]
fn nobody_becomes_anybody_by_saying_so() {
    let mut server = roots_own();
    server.default.authentication = Requirement::Optional;
    for command in ["60020", "60023"] {
        let plain = say(&server, &[hello(&[("Command", command)])]);
        for claim in CLAIMS {
            let attack = say(&server, &[hello(&[("Command", command), *claim])]);
            assert_eq!(
                attack.caller(),
                plain.caller(),
                "{claim:?} made no difference"
            );
            if command == "60023" {
                assert!(
                    matches!(attack.cause(), ServerCause::Denied { user, .. }
                        if user == "unauthenticated@unmapped"),
                    "{claim:?}: {}",
                    attack.cause()
                );
            }
            assert_eq!(attack.said.len(), plain.said.len(), "{claim:?}");
        }
        assert!(server.sessions.find("mine", crate::world::NOW).is_none());
    }
}

#[test]
fn limits_of_a_claim_are_the_servers() {
    let server = roots_own();
    let alice = frames(encoder().int(1).string("alice@pool.example"));
    for claim in CLAIMS {
        let attack = say(&server, &[hello(&[*claim]), number(2), alice.clone()]);
        let caller = attack.caller().unwrap();
        assert_eq!(caller.identity.user, "alice@pool.example", "{claim:?}");
        assert_eq!(
            caller.limits.to_attribute().as_deref(),
            Some("READ"),
            "{claim:?}"
        );
    }
}

/// `AuthMethods` only narrows: a method that this level does not accept is not accepted because the
/// client lists it, or its bit is set in a mask.
#[test]
fn methods_of_another_level() {
    let mut server = strict("FS");
    let mut open = server.default.clone();
    open.methods = crate::world::words("CLAIMTOBE,ANONYMOUS");
    server
        .levels
        .push((countersign_core::names::Level::Read, open));
    let root = frames(encoder().int(1).string("root@pool.example"));
    for methods in [
        "\"CLAIMTOBE\"",
        "\"FS,CLAIMTOBE\"",
        "\"ANONYMOUS,CLAIMTOBE,FS\"",
    ] {
        let changes = [("Command", "60021"), ("AuthMethods", methods)];
        let attack = say(&server, &[hello(&changes), number(2 | 128), root.clone()]);
        assert!(attack.caller().is_none(), "{methods}");
        assert!(
            matches!(
                attack.cause(),
                ServerCause::NoCommonMethod { .. } | ServerCause::Unauthenticated
            ),
            "{methods}: {}",
            attack.cause()
        );
    }
    let attack = say(&server, &[hello(&[]), number(2), root]);
    assert_eq!(attack.caller().unwrap().identity.user, "root@pool.example");
}

/// Whoever is denied hears that, who it is taken for, and nothing of why: these attributes are
/// HTCondor's (`DaemonCommandProtocol::SendResponse`).
#[test]
fn a_denied_client_hears_no_reason() {
    for lists in [
        &[("ALLOW_READ", "*"), ("DENY_READ", "alice@pool.example")][..],
        &[("ALLOW_READ", "bob@pool.example")],
        &[],
    ] {
        let mut server = strict("CLAIMTOBE").with_lists(lists);
        server.default.crypto_methods = crate::world::words("BLOWFISH");
        let changes = [("CryptoMethods", "\"BLOWFISH\"")];
        let claim = frames(encoder().int(1).string("alice@pool.example"));
        let attack = say(&server, &[hello(&changes), number(2), claim]);
        assert!(
            matches!(attack.cause(), ServerCause::Denied { user, .. }
                if user == "alice@pool.example"),
            "{}",
            attack.cause()
        );
        let mut said = attack.said_ad(attack.said.len() - 1);
        said.sort();
        let names: Vec<_> = said.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "ReturnCode",
                "Sid",
                "TriedAuthentication",
                "User",
                "ValidCommands"
            ]
        );
        assert_eq!(said[0].1, "\"DENIED\"");
        assert!(server.sessions.is_empty());
    }
}
