//! SCITOKENS: which tokens are taken, how they arrive, and who a plugin says somebody is.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_methods::scitokens::{
    FetchIssuerKeys, ForeignIssuers, KeysUnavailable, MAX_TOKEN, Plugin, PluginAnswer, Plugins,
    Refusal, ScitokensEvent, ScitokensServerEvent,
};
use countersign_methods::ssl::{Bootstrap, SslEvent, TrustAnswer};
use serde_json::json;

use super::client::Raw;
use super::world::{
    CA, HEADER, HOST, ISSUER, Method, Table, World, both, claims, client_params, neither,
    self_signed, server_params, signed, token,
};
use countersign_core::effect::Effect as _;

use crate::pair::{End, Outcome, nobody};

fn scitokens(world: &World) -> Outcome {
    world.meet(Method::Scitokens, &mut nobody)
}

fn alice() -> (String, Option<String>) {
    ("scitokens".into(), Some(format!("{ISSUER},alice")))
}

fn with_token(token: impl Into<Vec<u8>>) -> World {
    World {
        token: Some(token.into()),
        ..World::default()
    }
}

#[test]
fn a_good_token_in_every_version() {
    for client in [vec![&rustls::version::TLS12], vec![&rustls::version::TLS13]] {
        let world = World {
            client_versions: client,
            // A client's certificate plays no part.
            client: Some(CA.issue(client_params("eve"))),
            require_certificate: true,
            ..World::default()
        };
        let outcome = scitokens(&world);
        let proof = outcome.client.proven().unwrap();
        assert_eq!(proof.server_name.as_deref(), Some("scitokens@unmapped"));
        assert_eq!(proof.authenticated_name, None);
        let proof = outcome.server.proven().unwrap();
        assert_eq!(proof.limits.unwrap(), ["DENY", "READ"]);
        assert_eq!((proof.user, proof.authenticated_name), alice());
    }
}

/// Why a server refuses a token; its issuer is asked for its keys only where all else is good.
fn refusal(world: &World) -> Refusal {
    let outcome = scitokens(world);
    let token = String::from_utf8_lossy(world.token.as_deref().unwrap_or_default());
    assert!(matches!(outcome.server, End::Failed(_)), "{token}");
    neither(&outcome);
    assert!(matches!(
        outcome.client.event(),
        Some(ScitokensEvent::Refused { .. })
    ));
    let signature = world.token.as_deref().and_then(|token| {
        let token = std::str::from_utf8(token).ok()?;
        token.rsplit_once('.').filter(|(_, last)| last.len() > 40)
    });
    if let Some((_, signature)) = signature {
        for trace in [&outcome.client_trace, &outcome.server_trace] {
            assert!(!trace.contains(&signature[..40]), "{trace}");
        }
    }
    let asked = world.asked.borrow();
    let refusal = match outcome.server.event() {
        Some(ScitokensServerEvent::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        asked.iter().any(|name| name == FetchIssuerKeys::NAME),
        matches!(
            refusal,
            Refusal::NoKeys(_) | Refusal::Key { .. } | Refusal::Signature { .. }
        ),
        "{refusal:?}"
    );
    assert!(!refusal.to_string().is_empty());
    refusal
}

/// A token of these claims is refused like this.
macro_rules! refused {
    ($token:expr, $pattern:pat) => {
        let found = refusal(&with_token($token));
        assert!(matches!(found, $pattern), "{found:?}");
    };
}

#[test]
fn every_refusal() {
    let now = crate::pair::NOW;
    let good = claims(json!({}));
    refused!("no token", Refusal::Malformed { part: "form", .. });
    refused!(
        &b"\xff\xfe.a.b"[..],
        Refusal::Malformed { part: "form", .. }
    );
    refused!("!.e30.x", Refusal::Malformed { part: "header", .. });
    refused!(
        signed(HEADER, "{]"),
        Refusal::Malformed {
            part: "payload",
            ..
        }
    );
    refused!(
        signed(HEADER, &good.replacen('{', "{\"sub\":\"root\",", 1)),
        Refusal::Malformed {
            part: "payload",
            ..
        }
    );
    for algorithm in ["none", "HS256", "es256", ""] {
        refused!(
            signed(&json!({"alg": algorithm, "kid": "k"}).to_string(), &good),
            Refusal::Algorithm { .. }
        );
    }
    refused!(signed("{}", &good), Refusal::Algorithm { .. });
    refused!(
        signed(r#"{"alg":"ES256","kid":"k","crit":["b64"]}"#, &good),
        Refusal::Critical
    );
    for member in ["jwk", "jku", "x5u", "x5c"] {
        let header = json!({"alg": "ES256", "kid": "k", member: "https://evil.example"});
        refused!(signed(&header.to_string(), &good), Refusal::OwnKey { .. });
    }
    refused!(
        signed(r#"{"alg":"ES256","kid":5}"#, &good),
        Refusal::WrongType { claim: "kid", .. }
    );
    refused!(
        token(json!({"exp": "soon"})),
        Refusal::WrongType { claim: "exp", .. }
    );
    refused!(
        token(json!({"iss": 5})),
        Refusal::WrongType { claim: "iss", .. }
    );
    for claim in ["iss", "exp", "iat", "sub", "scope"] {
        refused!(token(json!({ claim: null })), Refusal::Missing { .. });
    }
    refused!(
        token(json!({"sub": "a\nb"})),
        Refusal::Unprintable { claim: "sub" }
    );
    for issuer in [
        "http://issuer.example/pool",
        "https://issuer.example/pool,alice",
        "https://u@issuer.example",
        "https://",
        "file:///etc/passwd",
        "https://issuer.example/?x",
    ] {
        refused!(token(json!({ "iss": issuer })), Refusal::Issuer { .. });
    }
    refused!(
        token(json!({"ver": "scitoken:3.0"})),
        Refusal::Version { claim: "ver", .. }
    );
    refused!(
        token(json!({"ver": null, "wlcg.ver": "2.0"})),
        Refusal::Version {
            claim: "wlcg.ver",
            ..
        }
    );
    refused!(
        token(json!({"exp": now - 1})),
        Refusal::Expired { ago: 1, .. }
    );
    refused!(
        token(json!({"nbf": now + 1})),
        Refusal::NotYet { claim: "nbf", .. }
    );
    refused!(
        token(json!({"iat": now + 1})),
        Refusal::NotYet { claim: "iat", .. }
    );
    refused!(token(json!({"aud": null})), Refusal::NoAudience { .. });
    refused!(
        token(json!({"aud": "other"})),
        Refusal::OtherAudience { .. }
    );
    refused!(
        token(json!({"ver": null, "aud": null, "x": 1})),
        Refusal::UnknownClaims { .. }
    );
    refused!(
        token(json!({"scope": "condor:/../WRITE"})),
        Refusal::Scope { .. }
    );
    refused!(
        signed(r#"{"alg":"ES256","kid":"another"}"#, &good),
        Refusal::Key { .. }
    );
    refused!(
        signed(r#"{"alg":"RS256","kid":"k"}"#, &good),
        Refusal::Key { .. }
    );
    let mut forged = token(json!({})).into_bytes();
    let at = forged.len() - 20;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    refused!(forged, Refusal::Signature { .. });
    // Another payload under a good signature.
    let good_one = token(json!({}));
    let parts: Vec<_> = good_one.split('.').collect();
    let payload = URL_SAFE_NO_PAD.encode(claims(json!({"sub": "root"})));
    refused!(
        format!("{}.{payload}.{}", parts[0], parts[2]),
        Refusal::Signature { .. }
    );
    let unreachable = World {
        keys: Err(KeysUnavailable::Abandoned),
        ..World::default()
    };
    assert_eq!(
        refusal(&unreachable),
        Refusal::NoKeys(KeysUnavailable::Abandoned)
    );
}

#[test]
fn audiences_and_foreign_tokens() {
    let mut world = with_token(token(json!({"aud": ["a", "here"]})));
    world.scitokens.audiences = vec!["here".into()];
    assert_eq!(both(scitokens(&world)), alice());
    let mut world = with_token(token(json!({"aud": "elsewhere", "scope": "openid"})));
    assert!(matches!(refusal(&world), Refusal::OtherAudience { .. }));
    world.scitokens.foreign_issuers = ForeignIssuers::Listed(vec![ISSUER.into()]);
    world.asked.borrow_mut().clear();
    assert_eq!(both(scitokens(&world)), alice());
    world.scitokens.foreign_types = false;
    world.asked.borrow_mut().clear();
    assert!(matches!(refusal(&world), Refusal::OtherAudience { .. }));
}

#[test]
fn who_is_not_mapped_is_refused() {
    for mapper in [Table::of(&[]), std::sync::Arc::default()] {
        let world = World {
            mapper,
            ..World::default()
        };
        let outcome = scitokens(&world);
        neither(&outcome);
        assert!(matches!(
            outcome.server.event(),
            Some(ScitokensServerEvent::Unmapped { .. })
        ));
    }
}

fn plugins(names: &[&str]) -> Plugins {
    let plugin = |mapping: Option<&str>| Plugin {
        command: Some(vec!["/plugin".into()]),
        mapping: mapping.map(str::to_owned),
    };
    Plugins {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        set: BTreeMap::from([
            ("A".into(), plugin(None)),
            ("B".into(), plugin(Some("bob@pool.example"))),
            ("NONE".into(), Plugin::default()),
        ]),
    }
}

#[test]
fn plugins_say_who_it_is() {
    let printed = |text: &str| PluginAnswer::Accepted {
        output: text.into(),
    };
    let failed = || PluginAnswer::Failed {
        problem: "it ended with 2".into(),
    };
    let user = |name: &str| Some((name.to_owned(), Some("pool.example".to_owned())));
    let unmapped = || Some(("scitokens".to_owned(), Some("unmapped".to_owned())));
    let cases: [(Option<&str>, &[&str], [PluginAnswer; 2], _); 10] = [
        // PLUGIN:A, what A and B say, who it is then.
        (
            Some("A"),
            &[],
            [printed(" alice@pool.example x\n"), failed()],
            user("alice"),
        ),
        (
            Some("a,B"),
            &[],
            [PluginAnswer::Declined, printed("")],
            user("bob"),
        ),
        (Some("B"), &[], [failed(), printed("eve@evil")], user("bob")),
        (Some("A"), &[], [printed(" \n"), failed()], None),
        (Some("A,B"), &[], [failed(), printed("")], None),
        (
            Some("A"),
            &[],
            [PluginAnswer::Declined, failed()],
            unmapped(),
        ),
        (
            Some("*"),
            &["A", "B"],
            [PluginAnswer::Declined, printed("")],
            user("bob"),
        ),
        (Some("*"), &[], [failed(), failed()], unmapped()),
        (None, &["B"], [failed(), printed("")], user("bob")),
        (Some("NONE"), &[], [failed(), failed()], None),
    ];
    for (line, names, [a, b], expected) in cases {
        let table = line.map(|line| {
            let line = format!("PLUGIN:{line}");
            Table::of(&[("https://issuer.example/pool,alice", line.as_str())])
        });
        let world = World {
            mapper: table.unwrap_or_default(),
            plugins: plugins(names),
            plugin_answers: vec![("A", a.clone()), ("a", a.clone()), ("B", b.clone())],
            ..World::default()
        };
        let outcome = scitokens(&world);
        // The client was told yes already, whatever a plugin says.
        assert!(outcome.client.proven().is_some());
        let who = match outcome.server {
            End::Proven(proof) => {
                assert_eq!(proof.authenticated_name, None);
                assert_eq!(proof.limits.unwrap(), ["DENY", "READ"]);
                Some((proof.user, proof.domain))
            }
            _ => None,
        };
        assert_eq!(who, expected, "{line:?}, {names:?}, {a:?}, {b:?}");
    }
    // A token that is no good comes to no plugin.
    let world = World {
        mapper: Table::of(&[("https://issuer.example/pool,alice", "PLUGIN:A")]),
        plugins: plugins(&["A"]),
        token: Some(token(json!({"exp": 5})).into_bytes()),
        ..World::default()
    };
    neither(&scitokens(&world));
}

#[test]
fn no_token_no_talk() {
    let none = World {
        token: None,
        ..World::default()
    };
    let long = with_token(vec![b'a'; MAX_TOKEN + 1]);
    for world in [none, long] {
        let outcome = scitokens(&world);
        neither(&outcome);
        // Each side's status, and not a byte of TLS.
        assert_eq!(outcome.messages.len(), 2);
    }
}

/// No message may hold the token, nor may TLS with this server have come so far.
fn not_sent(world: &World) -> Outcome {
    let outcome = scitokens(world);
    neither(&outcome);
    assert!(!outcome.client_trace.contains("sent to an unverified"));
    assert!(!matches!(
        outcome.client.event(),
        Some(ScitokensEvent::Refused { .. })
    ));
    let asked = world.asked.borrow();
    assert!(!asked.iter().any(|name| name == FetchIssuerKeys::NAME));
    outcome
}

#[test]
fn the_server_is_checked_first() {
    let unknown = World {
        client_trust: Vec::new(),
        ..World::default()
    };
    let other = World {
        alias: Some("other.example"),
        ..World::default()
    };
    let nowhere = World {
        alias: None,
        ..World::default()
    };
    let for_clients = World {
        server: vec![CA.issue(client_params(HOST))],
        ..World::default()
    };
    let mut no = World {
        server: vec![self_signed(server_params(HOST))],
        ..World::default()
    };
    no.settings.bootstrap = Bootstrap::Ask;
    for world in [unknown, other, nowhere, for_clients, no] {
        not_sent(&world);
    }
}

#[test]
fn what_waives_the_check_is_said() {
    let mut skipped = World {
        alias: None,
        ..World::default()
    };
    skipped.settings.skip_host_check = true;
    let mut believed = World {
        server: vec![self_signed(server_params(HOST))],
        answer: TrustAnswer::Believed {
            noted: Ok("/known_hosts".into()),
        },
        ..World::default()
    };
    believed.settings.bootstrap = Bootstrap::Believe;
    for (world, knob) in [
        (skipped, "SSL_SKIP_HOST_CHECK"),
        (believed, "BOOTSTRAP_SSL_SERVER_TRUST"),
    ] {
        let outcome = scitokens(&world);
        assert!(outcome.client_trace.contains("unverified server"));
        assert!(
            outcome.client_trace.contains(knob),
            "{}",
            outcome.client_trace
        );
        assert_eq!(both(outcome), alice());
    }
    // A person who said yes has verified it.
    let mut asked = World {
        server: vec![self_signed(server_params(HOST))],
        answer: TrustAnswer::Believed {
            noted: Ok("/known_hosts".into()),
        },
        ..World::default()
    };
    asked.settings.bootstrap = Bootstrap::Ask;
    let outcome = scitokens(&asked);
    assert!(!outcome.client_trace.contains("unverified server"));
    assert_eq!(both(outcome), alice());
}

fn framed(token: &[u8]) -> Vec<u8> {
    let len = u32::try_from(token.len()).unwrap();
    [&len.to_be_bytes(), token].concat()
}

fn raw(client: Raw) -> Outcome {
    World::default().meet_client(Box::new(client), Method::Scitokens, &mut nobody)
}

#[test]
fn a_token_in_pieces() {
    let whole = framed(token(json!({})).as_bytes());
    // In records, in messages, in both, byte by byte.
    assert_eq!(
        both(raw(Raw::new(std::slice::from_ref(&whole), None))),
        alice()
    );
    assert_eq!(
        both(raw(Raw::new(std::slice::from_ref(&whole), Some(40)))),
        alice()
    );
    for size in [2, 3, 4, 5, 100] {
        let pieces: Vec<Vec<u8>> = whole.chunks(size).map(<[u8]>::to_vec).collect();
        // More turns than any side waits for.
        let outcome = raw(Raw::new(&pieces, None));
        match pieces.len() <= 256 {
            true => assert_eq!(both(outcome), alice(), "{size}"),
            false => neither(&outcome),
        }
    }
    // What follows it is nobody's.
    let more = [whole.as_slice(), b"more"].concat();
    assert_eq!(both(raw(Raw::new(&[more], None))), alice());
    // With the end of the TLS handshake, before it is asked for: the same token.
    assert_eq!(both(raw(Raw::new(&[], None).early(&whole))), alice());
    let long = signed(HEADER, &claims(json!({"jti": "x".repeat(11_000)})));
    assert!(long.len() > 8192 && long.len() <= MAX_TOKEN);
    assert_eq!(
        both(raw(Raw::new(&[framed(long.as_bytes())], Some(512)))),
        alice()
    );
}

#[test]
fn lengths_of_a_token() {
    let event = |says: Vec<u8>| {
        let outcome = raw(Raw::new(&[says], None));
        neither(&outcome);
        outcome.server.event::<ScitokensServerEvent>()
    };
    assert_eq!(
        event(vec![0; 4]),
        Some(ScitokensServerEvent::Refused(Refusal::Empty))
    );
    for len in [MAX_TOKEN as u32 + 1, 1 << 20, 1 << 31, u32::MAX] {
        let says = [&len.to_be_bytes()[..], b"short"].concat();
        let Some(ScitokensServerEvent::Refused(Refusal::TooLong { len: found })) = event(says)
        else {
            panic!("another event")
        };
        assert_eq!(found, len as usize);
    }
    // Less than it says, for ever.
    let says: Vec<Vec<u8>> = [vec![0, 0, 0, 100]].into();
    let outcome = raw(Raw::new(&says, None));
    neither(&outcome);
    assert_eq!(
        outcome.server.event(),
        Some(ScitokensServerEvent::ClientQuit)
    );
    assert!(outcome.messages.len() < 600, "{}", outcome.messages.len());
}

#[test]
fn a_flood_inside_tls() {
    for early in [false, true] {
        let flood = vec![0xaa; 900_000];
        let client = match early {
            true => Raw::new(&[], None).early(&flood),
            false => Raw::new(&[[vec![0, 0, 1, 0], flood].concat()], None),
        };
        let outcome = raw(client);
        neither(&outcome);
        let why = outcome.server_trace.clone();
        let event = outcome.server.event::<ScitokensServerEvent>();
        let of_ssl = outcome
            .server
            .event::<countersign_methods::ssl::SslServerEvent>();
        let text = format!("{event:?}{of_ssl:?}{why}");
        assert!(text.contains("nobody asked for"), "{text}");
    }
}

#[test]
fn a_mapping_of_certificates_may_be_required_here_too() {
    let world = World {
        require_mapping: true,
        ..World::default()
    };
    // Without a certificate there is nothing to map.
    assert_eq!(both(scitokens(&world)), alice());
    let event = scitokens(&World {
        alias: None,
        ..World::default()
    })
    .client
    .event::<SslEvent>();
    assert!(matches!(event, Some(SslEvent::NoHost { .. })));
}
