//! Public keys that are none, and keys that are somebody else's.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use countersign_core::Cause;
use countersign_core::crypto::{ChannelKey, ExchangeError, KeyPair};
use countersign_core::policy::Requirement;
use countersign_core::wire::WireError;

use crate::support::{By, Ended, Kind, Server, World, ad_of, message_of, run};

/// A handshake with a server that shows this key, and encrypts with the one it really has or with `guess`.
fn with_key(key: &str, guess: Option<ChannelKey>) -> Ended {
    let world = World::all(Requirement::Required, Requirement::Required);
    let mut server = Server::new(By::ClaimToBe, true).edit(|kind, message| {
        if kind != Kind::Reply {
            return vec![message];
        }
        let mut ad = ad_of(&message);
        ad.insert("ECDHPublicKey", key);
        vec![message_of(&ad, &message)]
    });
    if let Some(guess) = guess {
        server = server.with_key(guess);
    }
    run(&world, &mut server)
}

fn point() -> Vec<u8> {
    let pair = KeyPair::from_scalar(&[3; 32]).unwrap();
    STANDARD.decode(pair.public_base64()).unwrap()
}

fn refusal(key: &str) -> ExchangeError {
    match with_key(key, None).cause() {
        Cause::Key(error) => *error,
        other => panic!("{key}: {other:?}"),
    }
}

#[test]
fn not_base64() {
    let good = STANDARD.encode(point());
    for key in [
        "!".to_owned(),
        " ".to_owned(),
        "====".to_owned(),
        format!("{good}!"),
        format!(" {good}"),
        good.replace('=', "*"),
        STANDARD_NO_PAD.encode(point()),
    ] {
        assert_eq!(refusal(&key), ExchangeError::NotBase64, "{key}");
    }
}

#[test]
fn no_point_of_the_curve() {
    let good = point();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut point = good.clone();
        change(&mut point);
        point
    };
    let prime = [
        [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1].as_slice(),
        &[0; 12],
        &[0xff; 12],
    ]
    .concat();
    let cases: [(&str, Vec<u8>); 16] = [
        ("infinity, one byte", vec![0]),
        ("infinity, written out", with(&|p| p[1..].fill(0))),
        ("all zeros", vec![0; 65]),
        ("off the curve", with(&|p| p[64] ^= 1)),
        ("x alone off", with(&|p| p[1] ^= 1)),
        ("compressed", [&[2], &good[1..33]].concat()),
        ("compressed, odd", [&[3], &good[1..33]].concat()),
        (
            "compressed, padded",
            [&[2], &good[1..33], &[0; 32]].concat(),
        ),
        ("hybrid", with(&|p| p[0] = 6 + (p[64] & 1))),
        ("no form", with(&|p| p[0] = 5)),
        ("x is the prime", [&[4], &prime[..], &good[33..]].concat()),
        ("all ones", [&[4][..], &[0xff; 64]].concat()),
        ("one byte more", with(&|p| p.push(0))),
        ("one byte less", with(&|p| p.truncate(64))),
        (
            "x and y swapped",
            [&[4], &good[33..], &good[1..33]].concat(),
        ),
        ("a whole lot more", [good.clone(), vec![0; 30_000]].concat()),
    ];
    for (name, bytes) in cases {
        assert_eq!(
            refusal(&STANDARD.encode(bytes)),
            ExchangeError::NotAPoint,
            "{name}"
        );
    }
}

#[test]
fn a_key_of_a_megabyte_is_not_read() {
    let ended = with_key(&"A".repeat(1 << 17), None);
    assert!(matches!(
        ended.wire_error(),
        WireError::StringTooLong { .. }
    ));
}

/// Whoever answers with a good point but does not know its secret cannot say anything that is believed.
#[test]
fn a_key_whose_secret_the_server_does_not_know() {
    let victim = KeyPair::from_scalar(&[3; 32]).unwrap();
    let ended = with_key(victim.public_base64(), None);
    assert_eq!(ended.wire_error(), &WireError::Unverified);
    for guess in [[0; 32], [0xff; 32]] {
        let ended = with_key(victim.public_base64(), Some(ChannelKey::from_bytes(guess)));
        assert_eq!(ended.wire_error(), &WireError::Unverified);
    }
}
