//! Somebody in between, who changes what is said: statuses, bytes of TLS, lengths.
//!
//! The statuses stand outside of TLS, so that anybody may change them; a client can be told yes for no. No server may
//! ever take somebody for who they have not proven to be, and no token may come where the server was not verified.

use countersign_core::effect::Effect as _;
use countersign_methods::scitokens::FetchIssuerKeys;
use rustls::version::{TLS12, TLS13};
use serde_json::json;

use super::world::{CA, HOST, Method, Versions, World, client_params, token};
use crate::pair::{End, nobody};

const STATUSES: [i64; 10] = [-1, 0, 1, 2, 3, 4, 5, 6, i64::MIN, i64::MAX];

fn each() -> [(Method, Versions); 4] {
    [
        (Method::Ssl, vec![&TLS12]),
        (Method::Ssl, vec![&TLS13]),
        (Method::Scitokens, vec![&TLS12]),
        (Method::Scitokens, vec![&TLS13]),
    ]
}

fn world(versions: &Versions) -> World {
    World {
        server_versions: versions.clone(),
        client: Some(CA.issue(client_params("alice"))),
        ..World::default()
    }
}

/// Runs them with somebody in between. The server, if it is content, must be so with the right one; the token, if it
/// arrived, must have come through a verified TLS.
fn hold(world: &World, method: Method, between: &mut dyn FnMut(usize, &mut Vec<u8>)) -> bool {
    let outcome = world.meet(method, between);
    assert!(outcome.messages.len() < 1_200, "it ends");
    let client = matches!(outcome.client, End::Proven(_));
    let Some(proof) = outcome.server.proven() else {
        return false;
    };
    let name = match method {
        Method::Ssl => "/CN=alice",
        Method::Scitokens => "https://issuer.example/pool,alice",
    };
    assert_eq!(proof.authenticated_name.as_deref(), Some(name));
    client
}

fn count(world: &World, method: Method) -> usize {
    let outcome = world.meet(method, &mut nobody);
    assert!(matches!(outcome.server, End::Proven(_)));
    outcome.messages.len()
}

#[test]
fn every_status_at_every_step() {
    for (method, versions) in each() {
        let world = world(&versions);
        let messages = count(&world, method);
        for step in 0..messages {
            for status in STATUSES {
                hold(&world, method, &mut |at, bytes| {
                    if at == step {
                        bytes[..8].copy_from_slice(&status.to_be_bytes());
                    }
                });
                // From then on, in each direction at once.
                hold(&world, method, &mut |at, bytes| {
                    if at >= step {
                        bytes[..8].copy_from_slice(&status.to_be_bytes());
                    }
                });
            }
        }
    }
}

#[test]
fn no_status_makes_up_for_what_is_missing() {
    for versions in [vec![&TLS12], vec![&TLS13]] {
        let bad_token = World {
            server_versions: versions.clone(),
            token: Some(token(json!({"exp": 5})).into_bytes()),
            ..World::default()
        };
        let no_certificate = World {
            server_versions: versions.clone(),
            require_certificate: true,
            ..World::default()
        };
        let untrusted = World {
            client: Some(CA.issue(client_params("alice"))),
            server_trust: Vec::new(),
            server_versions: versions.clone(),
            ..World::default()
        };
        for (world, method) in [
            (bad_token, Method::Scitokens),
            (no_certificate, Method::Ssl),
            (untrusted, Method::Ssl),
        ] {
            for from in 0..9 {
                for status in STATUSES {
                    let outcome = world.meet(method, &mut |at, bytes| {
                        if at >= from {
                            bytes[..8].copy_from_slice(&status.to_be_bytes());
                        }
                    });
                    assert!(!matches!(outcome.server, End::Proven(_)), "{from} {status}");
                }
            }
        }
        // A server that is not verified gets no token, whatever is said about how far it is.
        let other_host = World {
            alias: Some("other.example"),
            ..World::default()
        };
        let unknown = World {
            client_trust: Vec::new(),
            ..World::default()
        };
        for world in [other_host, unknown] {
            for from in 0..9 {
                for status in STATUSES {
                    let outcome = world.meet(Method::Scitokens, &mut |at, bytes| {
                        if at >= from {
                            bytes[..8].copy_from_slice(&status.to_be_bytes());
                        }
                    });
                    assert!(!matches!(outcome.client, End::Proven(_)), "{from} {status}");
                    let asked = world.asked.borrow();
                    assert!(!asked.iter().any(|name| name == FetchIssuerKeys::NAME));
                }
            }
        }
    }
}

#[test]
fn every_byte_of_every_message() {
    // Each thread with a world of its own: half of the bytes of one method and version.
    let parts = each().map(|part| [(part.clone(), 0), (part, 1)]);
    std::thread::scope(|threads| {
        for ((method, versions), first) in parts.into_iter().flatten() {
            threads.spawn(move || {
                let world = world(&versions);
                for step in 0..count(&world, method) {
                    every_other_byte(&world, method, step, first);
                }
            });
        }
    });
}

/// Turns a bit in each byte of one message, one of two bytes, in a handshake for each.
fn every_other_byte(world: &World, method: Method, step: usize, first: usize) {
    for at_byte in (first..).step_by(2) {
        let mut changed = false;
        hold(world, method, &mut |at, bytes| {
            if at == step
                && let Some(byte) = bytes.get_mut(at_byte)
            {
                *byte ^= 1 << (at_byte % 8);
                changed = true;
            }
        });
        if !changed {
            return;
        }
    }
}

#[test]
fn no_altered_tls_is_overlooked() {
    // Inside the TLS records that carry a handshake, a key or a token, no byte may be changed and both be content.
    for (method, versions) in each() {
        let world = world(&versions);
        let messages = world.meet(method, &mut nobody).messages;
        for (step, message) in messages.iter().enumerate() {
            // A status and a length come first, and a record's own head.
            for at_byte in (21..message.len()).step_by(61) {
                let mut changed = false;
                let content = hold(&world, method, &mut |at, bytes| {
                    if at == step
                        && let Some(byte) = bytes.get_mut(at_byte)
                    {
                        *byte ^= 0x40;
                        changed = true;
                    }
                });
                assert!(!(content && changed), "{method:?} {step} {at_byte}");
            }
        }
    }
}

#[test]
fn garbage_at_every_step() {
    let record = |kind: u8, len: u16, bytes: usize| {
        let mut record = vec![kind, 3, 3];
        record.extend(len.to_be_bytes());
        record.extend(std::iter::repeat_n(0x5a, bytes));
        record
    };
    let garbage = [
        Vec::new(),
        vec![0],
        vec![0xff; 5],
        vec![0x16; 70_000],
        record(22, 0, 0).repeat(1_000),
        record(22, 16_384, 16_384).repeat(20),
        record(22, 0xffff, 10),
        record(23, 100, 100),
        record(21, 2, 2),
        record(20, 1, 1).repeat(200),
        vec![21, 3, 3, 0, 2, 1, 0],
        vec![0; 1 << 20],
    ];
    for (method, versions) in each() {
        let world = world(&versions);
        let messages = count(&world, method);
        for step in 2..messages {
            for payload in &garbage {
                for forever in [false, true] {
                    hold(&world, method, &mut |at, bytes| {
                        if at == step || (forever && at > step) {
                            bytes.truncate(8);
                            let len = i64::try_from(payload.len()).unwrap();
                            bytes.extend(len.to_be_bytes());
                            bytes.extend(payload);
                        }
                    });
                }
            }
        }
    }
}

#[test]
fn lengths_and_ends_at_every_step() {
    for (method, versions) in each() {
        let world = world(&versions);
        let messages = count(&world, method);
        for step in 0..messages {
            for cut in [0, 1, 7, 8, 9, 15, 16, 17] {
                let mut changed = false;
                let content = hold(&world, method, &mut |at, bytes| {
                    if at == step && cut < bytes.len() {
                        bytes.truncate(cut);
                        changed = true;
                    }
                });
                assert!(!(content && changed), "{method:?} {step} {cut}");
            }
            for len in [-1, 1, (1 << 20) + 1, i64::MAX, i64::MIN] {
                let content = hold(&world, method, &mut |at, bytes| {
                    if at == step {
                        bytes.truncate(8);
                        bytes.extend(len.to_be_bytes());
                    }
                });
                assert!(!content, "{method:?} {step} {len}");
            }
        }
    }
}

#[test]
fn nobody_talks_for_ever() {
    // Both are told, again and again, that the other needs more.
    for (method, versions) in each() {
        let world = world(&versions);
        for from in 2..count(&world, method) {
            let outcome = world.meet(method, &mut |at, bytes| {
                if at >= from {
                    *bytes = [2_i64.to_be_bytes(), 0_i64.to_be_bytes()].concat();
                }
            });
            assert!(outcome.messages.len() < 1_200);
            assert!(
                !matches!(outcome.client, End::Waiting) || !matches!(outcome.server, End::Waiting),
                "{method:?} {from}: somebody gave up"
            );
        }
    }
}

#[test]
fn a_chain_with_more_than_it_needs() {
    let mut long = world(&vec![&TLS13]);
    let mut own = CA.issue(super::world::server_params(HOST));
    for _ in 0..50 {
        own.chain.push(CA.der());
    }
    long.server = vec![own];
    assert!(hold(&long, Method::Scitokens, &mut nobody));
}
