//! SSL: versions, keys, clients' certificates, hosts, and servers that nobody vouches for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_methods::ssl::{
    Bootstrap, KnownHost, Presented, Refused, SslEvent, SslServerEvent, TrustAnswer,
};
use rcgen::{DnType, KeyPair, RsaKeySize};
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};

use super::world::{
    Authority, CA, HOST, Method, SERVER_OWN, Table, World, both, ca_params, client_params, neither,
    self_signed, server_params, who,
};
use crate::pair::{Outcome, nobody};

fn ssl(world: &World) -> Outcome {
    world.meet(Method::Ssl, &mut nobody)
}

fn refused_by_client(world: &World) -> SslEvent {
    let outcome = ssl(world);
    neither(&outcome);
    outcome.client.event().expect("an event of SSL")
}

fn refused_by_server(world: &World) -> SslServerEvent {
    let outcome = ssl(world);
    neither(&outcome);
    outcome.server.event().expect("an event of SSL")
}

fn anonymous() -> (String, Option<String>) {
    ("unauthenticated".into(), Some("unauthenticated".into()))
}

fn named(subject: &str) -> (String, Option<String>) {
    ("ssl".into(), Some(subject.into()))
}

pub(super) fn known(certificate: &CertificateDer<'_>) -> KnownHost {
    KnownHost {
        permitted: true,
        method: "SSL".into(),
        info: STANDARD.encode(certificate),
        path: "/known_hosts".into(),
        line: 7,
    }
}

#[test]
fn every_version_and_key_that_both_have() {
    let rsa = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let rsa = CA.issue_for(server_params(HOST), rsa);
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let p384 = CA.issue_for(server_params(HOST), p384);
    let alice = CA.issue(client_params("alice"));
    let each = [vec![&TLS12], vec![&TLS13], rustls::ALL_VERSIONS.to_vec()];
    for of_client in &each {
        for of_server in &each {
            for server in [&rsa, &p384, &*SERVER_OWN] {
                for client in [None, Some(alice.clone())] {
                    let expected = match client {
                        Some(_) => named("/CN=alice"),
                        None => anonymous(),
                    };
                    let world = World {
                        client_versions: of_client.clone(),
                        server_versions: of_server.clone(),
                        server: vec![server.clone()],
                        client,
                        ..World::default()
                    };
                    let outcome = ssl(&world);
                    let shared = of_client.iter().any(|one| of_server.contains(one));
                    match shared {
                        true => assert_eq!(both(outcome), expected),
                        false => neither(&outcome),
                    }
                }
            }
        }
    }
}

#[test]
fn what_the_client_learns_of_the_server() {
    let proof = ssl(&World::default()).client.proven().unwrap();
    assert_eq!(proof.server_name.as_deref(), Some("ssl@unmapped"));
    assert_eq!(proof.authenticated_name.as_deref(), Some("/CN=a server"));
}

#[test]
fn clients_certificates() {
    for versions in [vec![&TLS12], vec![&TLS13]] {
        let world = || World {
            server_versions: versions.clone(),
            ..World::default()
        };
        let required = World {
            require_certificate: true,
            ..world()
        };
        assert_eq!(refused_by_server(&required), SslServerEvent::NoCertificate);
        let alice = CA.issue(client_params("alice"));
        let shown = World {
            client: Some(alice.clone()),
            ..required
        };
        assert_eq!(both(ssl(&shown)), named("/CN=alice"));
        let untrusted = World {
            client: Some(alice),
            server_trust: Vec::new(),
            ..world()
        };
        let SslServerEvent::CertificateRefused(why) = refused_by_server(&untrusted) else {
            panic!("another event")
        };
        assert!(why.contains("issued by /CN=The CA"), "{why}");
        // One for servers alone, one that has expired, one that vouches for itself.
        let mut old = client_params("old");
        old.not_after = rcgen::date_time_ymd(2020, 1, 1);
        for (own, problem) in [
            (CA.issue(server_params(HOST)), "clientAuth"),
            (CA.issue(old), "expired"),
            (self_signed(client_params("eve")), "vouches for itself"),
            (self_signed(ca_params("The CA")), "not among"),
        ] {
            let world = World {
                client: Some(own),
                ..world()
            };
            match refused_by_server(&world) {
                SslServerEvent::CertificateRefused(why) => {
                    assert!(why.contains(problem) || problem == "not among", "{why}");
                }
                SslServerEvent::TlsFailed(why) => assert_eq!(problem, "not among", "{why}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_mapping_may_be_required() {
    let world = |client, mapper| World {
        client,
        mapper,
        require_mapping: true,
        ..World::default()
    };
    let alice = || Some(CA.issue(client_params("alice")));
    let mapped = world(alice(), Table::of(&[("/CN=alice", "alice@pool")]));
    assert_eq!(both(ssl(&mapped)), named("/CN=alice"));
    let mut nameless = client_params("x");
    nameless.distinguished_name.remove(DnType::CommonName);
    for (client, mapper) in [
        (alice(), Table::of(&[("/CN=bob", "bob@pool")])),
        (alice(), Table::of(&[("/CN=alice", "PLUGIN:*")])),
        (alice(), std::sync::Arc::default()),
        (Some(CA.issue(nameless)), Table::of(&[("", "root@pool")])),
    ] {
        let event = refused_by_server(&world(client, mapper));
        assert!(
            matches!(event, SslServerEvent::Unmapped { .. }),
            "{event:?}"
        );
    }
    // Nobody's certificate need be mapped.
    assert_eq!(both(ssl(&world(None, Table::of(&[])))), anonymous());
}

#[test]
fn only_the_host_that_was_dialled() {
    let other = World {
        alias: Some("other.example"),
        ..World::default()
    };
    let SslEvent::OtherHost { host, names } = refused_by_client(&other) else {
        panic!("another event")
    };
    assert_eq!(
        (host.as_str(), names.dns.as_slice()),
        ("other.example", [HOST.to_owned()].as_slice())
    );
    let nowhere = World {
        alias: None,
        ..World::default()
    };
    assert!(matches!(
        refused_by_client(&nowhere),
        SslEvent::NoHost { .. }
    ));
    // The setting waives the name, and nothing else.
    for alias in [None, Some("other.example")] {
        let mut world = World {
            alias,
            ..World::default()
        };
        world.settings.skip_host_check = true;
        assert_eq!(both(ssl(&world)), anonymous());
        world.client_trust = Vec::new();
        assert!(matches!(
            refused_by_client(&world),
            SslEvent::ServerRefused {
                refused: Refused::Untrusted(_),
                ..
            }
        ));
    }
}

#[test]
fn names_that_only_look_right() {
    let with_name = |name: &str| {
        let mut params = server_params("elsewhere.example");
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        World {
            server: vec![CA.issue(params)],
            ..World::default()
        }
    };
    assert_eq!(both(ssl(&with_name("Host.EXAMPLE"))), anonymous());
    for name in [
        "host.example\0.evil.example",
        "*.example",
        "host.example ",
        "xhost.example",
    ] {
        let event = refused_by_client(&with_name(name));
        assert!(
            matches!(event, SslEvent::OtherHost { .. }),
            "{name:?}: {event:?}"
        );
    }
    for (san, matches) in [
        ("*.example", true),
        ("host.*", true),
        ("*", false),
        ("*.host.example", false),
        ("h*t.example", false),
    ] {
        let world = World {
            server: vec![CA.issue(server_params(san))],
            ..World::default()
        };
        assert_eq!(who(ssl(&world)).is_some(), matches, "{san}");
    }
    // The second of two common names is nobody's.
    let mut two = server_params("elsewhere.example");
    two.distinguished_name.remove(DnType::CommonName);
    two.distinguished_name.push(DnType::CommonName, "first");
    two.distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 3]), HOST);
    let world = World {
        server: vec![CA.issue(two)],
        ..World::default()
    };
    neither(&ssl(&world));
}

fn stranger() -> World {
    World {
        server: vec![self_signed(server_params(HOST))],
        ..World::default()
    }
}

#[test]
fn pinned() {
    let mut world = stranger();
    let leaf = world.server[0].leaf();
    assert!(matches!(
        refused_by_client(&world),
        SslEvent::ServerRefused {
            refused: Refused::Untrusted(Presented {
                self_signed: true,
                is_authority: false,
                ..
            }),
            ..
        }
    ));
    let good = known(&leaf);
    world.known = Some(good.clone());
    assert_eq!(both(ssl(&world)), anonymous());
    // Whatever the settings are, another line refuses it, and nobody is asked.
    for bootstrap in [Bootstrap::Refuse, Bootstrap::Ask, Bootstrap::Believe] {
        world.settings.bootstrap = bootstrap;
        for line in [
            KnownHost {
                permitted: false,
                ..good.clone()
            },
            KnownHost {
                info: "@trusted".into(),
                ..good.clone()
            },
            KnownHost {
                info: STANDARD.encode(b"another"),
                ..good.clone()
            },
            KnownHost {
                method: "IDTOKENS".into(),
                ..good.clone()
            },
        ] {
            world.known = Some(line);
            let event = refused_by_client(&world);
            assert!(
                matches!(
                    event,
                    SslEvent::ServerRefused {
                        refused: Refused::Known(..),
                        ..
                    }
                ),
                "{event:?}"
            );
        }
    }
    assert!(world.questions.borrow().is_empty());
    // The pin is for the certificate, not for any host it is shown for.
    world.settings.bootstrap = Bootstrap::Refuse;
    world.known = Some(good.clone());
    world.alias = Some("other.example");
    assert!(matches!(
        refused_by_client(&world),
        SslEvent::OtherHost { .. }
    ));
    // Somebody else's that shows the pinned one behind it.
    world.alias = Some(HOST);
    let eve = self_signed(server_params(HOST));
    world.server[0].chain = vec![eve.leaf(), leaf];
    world.server[0].key = eve.key;
    neither(&ssl(&world));
}

#[test]
fn a_pinned_certificate_must_hold_all_the_same() {
    let mut old = server_params(HOST);
    old.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let mut early = server_params(HOST);
    early.not_before = rcgen::date_time_ymd(2030, 1, 1);
    for params in [old, early, client_params(HOST)] {
        let own = self_signed(params);
        for pinned in [true, false] {
            let mut world = World {
                known: pinned.then(|| known(&own.leaf())),
                server: vec![own.clone()],
                answer: TrustAnswer::Believed {
                    noted: Ok("/known_hosts".into()),
                },
                ..World::default()
            };
            world.settings.bootstrap = Bootstrap::Believe;
            world.settings.skip_host_check = true;
            let event = refused_by_client(&world);
            assert!(
                matches!(
                    event,
                    SslEvent::ServerRefused {
                        refused: Refused::Bad(_),
                        ..
                    }
                ),
                "{event:?}"
            );
            assert!(world.questions.borrow().is_empty());
        }
    }
}

#[test]
fn pinned_authorities() {
    let unknown = Authority::new(ca_params("Unknown"));
    let mut own = unknown.issue(server_params(HOST));
    own.chain.push(unknown.der());
    let mut world = World {
        server: vec![own],
        known: Some(known(&unknown.der())),
        ..World::default()
    };
    assert_eq!(both(ssl(&world)), anonymous());
    // Another authority of the same name, with the pinned one shown behind it.
    let eve = Authority::new(ca_params("Unknown"));
    let mut own = eve.issue(server_params(HOST));
    own.chain.push(unknown.der());
    world.server = vec![own];
    neither(&ssl(&world));
}

#[test]
fn bootstrap() {
    for (bootstrap, asks) in [(Bootstrap::Ask, true), (Bootstrap::Believe, false)] {
        for noted in [Ok("/known_hosts".into()), Err("disk full".to_owned())] {
            let mut world = stranger();
            world.settings.bootstrap = bootstrap;
            world.answer = TrustAnswer::Believed { noted };
            assert_eq!(both(ssl(&world)), anonymous());
            let questions = world.questions.borrow();
            assert_eq!(questions.len(), 1);
            assert_eq!((questions[0].host.as_str(), questions[0].ask), (HOST, asks));
            assert_eq!(questions[0].certificate, world.server[0].leaf().to_vec());
        }
        let mut world = stranger();
        world.settings.bootstrap = bootstrap;
        assert!(matches!(
            refused_by_client(&world),
            SslEvent::Asked {
                answer: TrustAnswer::Refused { .. },
                ..
            }
        ));
        // Nobody is asked about another host's, nor where there is no name to note down.
        for alias in [Some("other.example"), None] {
            let mut world = stranger();
            world.settings.bootstrap = bootstrap;
            world.alias = alias;
            neither(&ssl(&world));
            assert!(world.questions.borrow().is_empty());
        }
    }
}

#[test]
fn a_server_without_a_certificate() {
    let world = World {
        server: Vec::new(),
        ..World::default()
    };
    let outcome = ssl(&world);
    neither(&outcome);
    assert_eq!(
        outcome.client.event::<SslEvent>(),
        Some(SslEvent::ServerUnable)
    );
    assert!(matches!(
        outcome.server.event(),
        Some(SslServerEvent::NotLoaded(_))
    ));
}
