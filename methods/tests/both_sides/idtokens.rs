//! IDTOKENS: which tokens a server takes, and from whom.

use countersign_core::Secret;
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{Availability, Named as _, Probe, ServerMechanism as _};
use countersign_methods::idtokens::{
    Credentials, FindCredentials, FolderOrigin, IdTokens, IdTokensServer, IdTokensServerEvent,
    IdTokensServerSettings, IdTokensSettings, KeyFile, KeyNames, ListSigningKeys, ReadSigningKey,
    RevocationRule, Revoked, TokenFile, TokenFolder, TokenRefusal,
};
use countersign_methods::{ClientProofDefect, SkipReason};

use crate::pair::{Between, NOW, Outcome, nobody, run};
use crate::token::{HEADER, key_file, payload, signed};

/// The keys of a server: names and files.
type Keys = [(&'static str, Result<Secret, SkipReason>)];

fn settings() -> IdTokensServerSettings {
    IdTokensServerSettings {
        trust_domain: Some("pool.example".into()),
        uid_domain: Some("pool.example".into()),
        ..IdTokensServerSettings::default()
    }
}

fn credentials(line: &str) -> Credentials {
    Credentials {
        folder: TokenFolder {
            path: "/tokens.d".into(),
            origin: FolderOrigin::TokenDirectory,
            problem: None,
            files: vec![TokenFile {
                path: "/tokens.d/a".into(),
                content: Ok(Secret::from(line.as_bytes())),
            }],
            truncated: false,
            first_file_name: String::new(),
        },
        keys: KeyNames {
            names: Vec::new(),
            problem: None,
        },
    }
}

fn read_key(keys: &Keys, request: EffectRequest) -> EffectAnswer {
    let ReadSigningKey { names } = request.into_request().unwrap();
    let found = keys.iter().find(|(name, _)| names == [*name]);
    EffectAnswer::new::<ReadSigningKey>(found.map(|(name, content)| KeyFile {
        name: (*name).to_owned(),
        path: format!("/keys/{name}").into(),
        content: content.clone(),
    }))
}

fn meet(
    token: &str,
    keys: &Keys,
    settings: IdTokensServerSettings,
    between: Between<'_>,
) -> Outcome {
    let client = IdTokens::new(IdTokensSettings {
        trust_domain: Some("pool.example".into()),
        pool_key_is_password: false,
        self_made: false,
    });
    let server = IdTokensServer::new(settings);
    let mut find = |_: EffectRequest| EffectAnswer::new::<FindCredentials>(credentials(token));
    let mut read = |request: EffectRequest| read_key(keys, request);
    run(&client, &server, &mut find, &mut read, between)
}

fn pool() -> [(&'static str, Result<Secret, SkipReason>); 1] {
    [("POOL", Ok(key_file(1)))]
}

fn good(more: &str) -> String {
    signed(HEADER, &payload(more), "POOL", &key_file(1))
}

/// Both sides fail, and the server for this reason.
fn refused(token: &str, keys: &Keys, settings: IdTokensServerSettings) -> TokenRefusal {
    let outcome = meet(token, keys, settings, &mut nobody);
    assert!(outcome.client.proven().is_none(), "{token}");
    match outcome.server.event::<IdTokensServerEvent>() {
        Some(IdTokensServerEvent::Refused { refusal, .. }) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn honest() {
    let outcome = meet(&good(""), &pool(), settings(), &mut nobody);
    let server_name = outcome.client.proven().unwrap().server_name;
    assert_eq!(server_name.as_deref(), Some("condor@password"));
    let proof = outcome.server.proven().unwrap();
    assert_eq!(proof.user, "alice");
    assert_eq!(proof.domain.as_deref(), Some("pool.example"));
    assert_eq!(proof.authenticated_name, None, "no mapfile is asked");
    assert_eq!(proof.limits, None);
    assert_eq!(
        proof.attributes,
        [
            ("AuthTokenSubject", "alice@Pool.Example".to_owned()),
            ("AuthTokenIssuer", "pool.example".to_owned()),
            ("AuthTokenId", "0123456789abcdef".to_owned()),
        ]
    );
    assert!(outcome.server_trace.contains("/keys/POOL"));
}

#[test]
fn limits() {
    for (scope, limits) in [
        ("", None),
        ("storage.read:/ compute.create", None),
        ("condor:/READ", Some(vec!["READ"])),
        ("condor:/READ,condor:/WRITE x", Some(vec!["READ", "WRITE"])),
        ("condor:/NONSENSE", Some(vec!["NONSENSE"])),
        ("condor:/", Some(vec![])),
        ("condor:READ", None),
        ("Condor:/READ", None),
    ] {
        let token = good(&format!(r#","scope":"{scope}""#));
        let outcome = meet(&token, &pool(), settings(), &mut nobody);
        let found = outcome.server.proven().unwrap().limits;
        let found = found.as_ref().map(|found| found.iter().map(String::as_str));
        assert_eq!(found.map(Iterator::collect::<Vec<_>>), limits, "{scope}");
    }
}

#[test]
fn times() {
    let with = |more: &str, max_age| {
        let settings = IdTokensServerSettings {
            max_age,
            ..settings()
        };
        let outcome = meet(&good(more), &pool(), settings, &mut nobody);
        match outcome.server.event::<IdTokensServerEvent>() {
            None => Ok(outcome.server.proven().unwrap().user),
            Some(IdTokensServerEvent::Refused { refusal, .. }) => Err(refusal),
            other => panic!("{other:?}"),
        }
    };
    let alice = || Ok("alice".to_owned());
    let now = i64::try_from(NOW).unwrap();
    assert_eq!(with(&format!(r#","exp":{NOW}"#), None), alice());
    assert_eq!(
        with(&format!(r#","exp":{}"#, NOW - 1), None),
        Err(TokenRefusal::Expired {
            at: now - 1,
            ago: 1
        })
    );
    assert_eq!(with(&format!(r#","nbf":{NOW}"#), None), alice());
    assert_eq!(
        with(&format!(r#","nbf":{}"#, NOW + 5), None),
        Err(TokenRefusal::NotYet {
            from: now + 5,
            wait: 5
        })
    );
    assert_eq!(with("", Some(1000)), alice());
    assert_eq!(
        with("", Some(999)),
        Err(TokenRefusal::TooOld {
            age: 1000,
            max: 999
        })
    );
    assert_eq!(with(r#","exp":1e12"#, None), alice());
    for claim in ["exp", "nbf"] {
        for value in [r#""1""#, "null", "1e300", "[]", "true"] {
            assert_eq!(
                with(&format!(r#","{claim}":{value}"#), None),
                Err(TokenRefusal::WrongType { claim })
            );
        }
    }
}

#[test]
fn claims_that_are_not_taken() {
    let refused_payload = |payload: &str| {
        let token = signed(HEADER, payload, "POOL", &key_file(1));
        // Shown by a client of any pool: the issuer is the server's business here.
        let direct = Direct {
            token,
            name: "alice@pool.example".into(),
        };
        direct.refused(settings())
    };
    let base = r#""iss":"pool.example","jti":"x","sub":"alice@pool.example""#;
    for (payload, expected) in [
        (
            r#"{"jti":"x","sub":"a@b"}"#.to_owned(),
            TokenRefusal::NoIssuer,
        ),
        (
            r#"{"iss":"","jti":"x","sub":"a@b"}"#.to_owned(),
            TokenRefusal::NoIssuer,
        ),
        (
            r#"{"iss":"far.example","jti":"x","sub":"a@b"}"#.to_owned(),
            TokenRefusal::OtherIssuer {
                issuer: "far.example".into(),
                trust_domain: "pool.example".into(),
            },
        ),
        (
            r#"{"iss":"pool.example","sub":"a@b"}"#.to_owned(),
            TokenRefusal::NoId,
        ),
        (
            r#"{"iss":"pool.example","jti":"x"}"#.to_owned(),
            TokenRefusal::Capability,
        ),
        (
            format!(r#"{{{base},"cap":true}}"#),
            TokenRefusal::Capability,
        ),
        (
            format!(r#"{{{base},"cap":"yes"}}"#),
            TokenRefusal::WrongType { claim: "cap" },
        ),
        (
            format!(r#"{{{base},"scope":["condor:/READ"]}}"#),
            TokenRefusal::WrongType { claim: "scope" },
        ),
        (
            r#"{"iss":"pool.example","jti":"x","sub":"@b"}"#.to_owned(),
            TokenRefusal::NoSubject,
        ),
        (
            r#"{"iss":"pool.example","jti":"x","sub":""}"#.to_owned(),
            TokenRefusal::NoSubject,
        ),
        (
            r#"{"iss":"pool.example","jti":"x","sub":"root@b\u0000@c"}"#.to_owned(),
            TokenRefusal::Unprintable { claim: "sub" },
        ),
        (
            format!(r#"{{{base},"sub":"root@pool.example"}}"#),
            TokenRefusal::Twice {
                claim: "sub".into(),
            },
        ),
    ] {
        assert_eq!(refused_payload(&payload), expected, "{payload}");
    }
}

#[test]
fn headers_that_are_not_taken() {
    for (header, expected) in [
        (
            r#"{"alg":"none","kid":"POOL"}"#,
            TokenRefusal::Algorithm {
                algorithm: "none".into(),
            },
        ),
        (
            r#"{"alg":"HS512","kid":"POOL"}"#,
            TokenRefusal::Algorithm {
                algorithm: "HS512".into(),
            },
        ),
        (
            r#"{"kid":"POOL"}"#,
            TokenRefusal::Algorithm {
                algorithm: String::new(),
            },
        ),
        (
            r#"{"alg":1,"kid":"POOL"}"#,
            TokenRefusal::WrongType { claim: "alg" },
        ),
        (r#"{"alg":"HS256"}"#, TokenRefusal::NoKeyId),
        (r#"{"alg":"HS256","kid":""}"#, TokenRefusal::NoKeyId),
        (
            r#"{"alg":"HS256","kid":"AP"}"#,
            TokenRefusal::KeyNotHere { key: "AP".into() },
        ),
        (
            r#"{"alg":"HS256","alg":"HS256","kid":"POOL"}"#,
            TokenRefusal::Twice {
                claim: "alg".into(),
            },
        ),
    ] {
        let direct = Direct {
            token: signed(header, &payload(""), "POOL", &key_file(1)),
            name: "alice@Pool.Example".into(),
        };
        assert_eq!(direct.refused(settings()), expected, "{header}");
    }
    let long = Direct {
        token: signed(
            HEADER,
            &payload(&format!(r#","x":"{}""#, "x".repeat(60_000))),
            "POOL",
            &key_file(1),
        ),
        name: "alice@Pool.Example".into(),
    };
    assert!(matches!(
        long.refused(settings()),
        TokenRefusal::TooLong { .. }
    ));
}

#[test]
fn keys() {
    // Signed with another key of the same name: neither side learns more than that it does not fit.
    let outcome = meet(
        &good(""),
        &[("POOL", Ok(key_file(2)))],
        settings(),
        &mut nobody,
    );
    assert!(outcome.client.proven().is_none());
    assert!(matches!(
        outcome.server.event::<IdTokensServerEvent>(),
        Some(IdTokensServerEvent::NotProven {
            defect: ClientProofDefect::Declined,
            ..
        })
    ));
    // A key of another name is not doubled, and signs as well.
    let client_keys_only = signed(
        r#"{"alg":"HS256","kid":"POOL2"}"#,
        &payload(""),
        "POOL2",
        &key_file(5),
    );
    let direct = Direct {
        token: client_keys_only,
        name: "alice@Pool.Example".into(),
    };
    let keys: &Keys = &[("POOL", Ok(key_file(1))), ("POOL2", Ok(key_file(5)))];
    assert_eq!(
        direct.meet(keys, settings()).server.proven().unwrap().user,
        "alice"
    );
    let exposed = SkipReason::Exposed { mode: 0o644 };
    assert_eq!(
        refused(&good(""), &[("POOL", Err(exposed.clone()))], settings()),
        TokenRefusal::KeyNotRead {
            key: "POOL".into(),
            path: "/keys/POOL".into(),
            reason: exposed,
        }
    );
    assert_eq!(
        refused(&good(""), &[], settings()),
        TokenRefusal::KeyNotHere { key: "POOL".into() }
    );
}

/// The same mechanism, and another key under the same name from one exchange to the next.
#[test]
fn a_replaced_key_is_refused_at_once() {
    assert!(
        meet(&good(""), &pool(), settings(), &mut nobody)
            .server
            .proven()
            .is_some()
    );
    let replaced = [("POOL", Ok(key_file(9)))];
    let outcome = meet(&good(""), &replaced, settings(), &mut nobody);
    assert!(outcome.server.proven().is_none());
}

#[test]
fn revocation() {
    let with = |text: &str| {
        let settings = IdTokensServerSettings {
            revocation: Some(RevocationRule::read("SEC_TOKEN_REVOCATION_EXPR", text)),
            ..settings()
        };
        let token = good(r#","x":1.5,"groups":["a"]"#);
        let outcome = meet(&token, &pool(), settings, &mut nobody);
        match outcome.server.event::<IdTokensServerEvent>() {
            None => {
                assert!(outcome.server.proven().is_some());
                None
            }
            Some(IdTokensServerEvent::Refused {
                refusal:
                    TokenRefusal::Revoked {
                        why,
                        knob: "SEC_TOKEN_REVOCATION_EXPR",
                        expression,
                    },
                ..
            }) => {
                assert_eq!(expression, text);
                Some(why)
            }
            other => panic!("{other:?}"),
        }
    };
    for clean in [
        "false",
        "0",
        "0.0",
        r#"jti == "another""#,
        "iat < 1",
        "x > 2",
        r#"sub =?= "alice@pool""#,
        r#"groups =!= undefined"#,
    ] {
        assert_eq!(with(clean), None, "{clean}");
    }
    for yes in [
        "true",
        "7",
        "0.5",
        r#"jti == "0123456789abcdef""#,
        "iat < time()",
        r#"sub == "ALICE@pool.example""#,
    ] {
        assert_eq!(with(yes), Some(Revoked::True), "{yes}");
    }
    for odd in [
        "undefined",
        "nosuch > 1",
        "error",
        r#""false""#,
        r#"1 + "a""#,
        "0.0/0.0",
    ] {
        assert!(matches!(with(odd), Some(Revoked::NoAnswer(_))), "{odd}");
    }
    for unreadable in ["jti ==", "(", "", "a b"] {
        assert!(
            matches!(with(unreadable), Some(Revoked::NotRead(_))),
            "what cannot be read lets nobody in: {unreadable}"
        );
    }
}

/// A client that has a token and says that it is somebody else proves that it has the token, and is
/// nobody.
#[test]
fn another_name() {
    let direct = Direct {
        token: good(""),
        name: "root@pool.example".into(),
    };
    let outcome = direct.meet(&pool(), settings());
    assert!(outcome.client.proven().is_some(), "it hears nothing of it");
    assert!(matches!(
        outcome.server.event::<IdTokensServerEvent>(),
        Some(IdTokensServerEvent::OtherName { .. })
    ));
}

#[test]
fn a_client_without_a_token() {
    let outcome = meet("# nothing\n", &pool(), settings(), &mut nobody);
    assert_eq!(
        outcome.server.event(),
        Some(IdTokensServerEvent::NothingShown)
    );
}

/// Whatever byte is changed on the way, nobody else is ever authenticated; and hardly any goes unnoticed.
#[test]
fn no_changed_byte_makes_another_name() {
    let token = good("");
    let outcome = meet(&token, &pool(), settings(), &mut nobody);
    assert_eq!(outcome.messages.len(), 3);
    let mut unnoticed = 0;
    for (number, message) in outcome.messages.iter().enumerate() {
        for byte in 0..message.len() {
            let mut turn = |at: usize, bytes: &mut Vec<u8>| {
                if at == number {
                    bytes[byte] ^= 1 << (byte % 8);
                }
            };
            let outcome = meet(&token, &pool(), settings(), &mut turn);
            if let Some(proof) = outcome.server.proven() {
                assert_eq!(proof.user, "alice", "message {number}, byte {byte}");
                unnoticed += 1;
            }
        }
    }
    // The lengths that stand before the names of the first two messages are read by nobody.
    assert_eq!(unnoticed, 3 * 8);
}

/// The third message of one exchange is worth nothing in another.
#[test]
fn a_replay() {
    let token = good("");
    let first = meet(&token, &pool(), settings(), &mut nobody).messages;
    let mut replay = |number: usize, bytes: &mut Vec<u8>| match number {
        // The server sees the old opening with its last nonce byte changed, so its nonce is the same
        // and the client's is not.
        0 => *bytes.last_mut().unwrap() ^= 1,
        2 => bytes.clone_from(&first[2]),
        _ => {}
    };
    let outcome = meet(&token, &pool(), settings(), &mut replay);
    // HTCondor's third proof is over the server's nonce alone: a replay needs that nonce to repeat,
    // as it does here. The server takes it, as HTCondor's does, for whom the token names.
    assert_eq!(outcome.server.proven().unwrap().user, "alice");
    let mut other_nonce = |number: usize, bytes: &mut Vec<u8>| {
        if number == 2 {
            let len = bytes.len();
            // The server's nonce as the client repeats it.
            bytes[len - 40] ^= 1;
        }
    };
    let outcome = meet(&token, &pool(), settings(), &mut other_nonce);
    assert!(matches!(
        outcome.server.event::<IdTokensServerEvent>(),
        Some(IdTokensServerEvent::NotProven {
            defect: ClientProofDefect::OtherExchange,
            ..
        })
    ));
}

#[test]
fn the_probe() {
    let server = IdTokensServer::new(settings());
    assert_eq!(server.name().canonical, "IDTOKENS");
    let Probe::Needs(request, read) = server.probe() else {
        panic!("it needs to look");
    };
    assert!(request.into_request::<ListSigningKeys>().is_some());
    let answer = |names: &[&str], problem: Option<&str>| {
        read(EffectAnswer::new::<ListSigningKeys>(KeyNames {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            problem: problem.map(str::to_owned),
        }))
    };
    match answer(&["AP", "POOL"], None) {
        Availability::Offered { attributes, .. } => {
            assert_eq!(attributes, [("IssuerKeys", "AP, POOL".to_owned())]);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(answer(&[], None), Availability::Struck { .. }));
    assert!(matches!(
        answer(&["POOL"], Some("no")),
        Availability::Offered { attributes, .. } if attributes.is_empty()
    ));
    assert!(matches!(
        read(EffectAnswer::unperformed()),
        Availability::Struck { .. }
    ));
}

/// A client that shows any token under any name.
struct Direct {
    token: String,
    name: String,
}

mod direct;
#[path = "../../src/akep2/seeds.rs"]
mod seed;
