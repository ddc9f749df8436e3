//! IDTOKENS: servers that do not know the signing key, and what they might answer instead of a proof.

use countersign_core::policy::Requirement;
use countersign_core::wire::{Encoder, Message, StringForm, WireError};
use countersign_core::{Cause, Stage};
use countersign_methods::ProofDefect;
use countersign_methods::idtokens::IdTokensEvent;

use crate::support::{
    By, Ended, Fields, Kind, NONCE_LEN, Server, Token, World, ad_of, message_of, proof, read_proof,
    run,
};

type Lie = fn(&mut Fields);

/// A handshake with these lies in the server's proof.
fn lying(lie: impl Fn(&mut Fields)) -> Ended {
    let world = World::all(Requirement::Required, Requirement::Required);
    let mut server = Server::new(By::IdTokens, true).edit(|kind, message| {
        if kind != Kind::Proof {
            return vec![message];
        }
        let mut fields = read_proof(&message);
        lie(&mut fields);
        vec![proof(Encoder::new(message.form()), &fields)]
    });
    let ended = run(&world, &mut server);
    assert!(!server.convinced, "this side proved itself to a liar");
    ended
}

fn defect(lie: impl Fn(&mut Fields)) -> ProofDefect {
    let ended = lying(lie);
    assert!(
        matches!(ended.cause(), Cause::Unauthenticated),
        "{:?}",
        ended.cause()
    );
    ended
        .method_events::<IdTokensEvent>()
        .iter()
        .find_map(|event| match event {
            IdTokensEvent::NotProven { defect, .. } => Some(*defect),
            _ => None,
        })
        .expect("the trace says what was wrong")
}

#[test]
fn wrong_macs() {
    for bit in 0..160 {
        assert_eq!(
            defect(|f| f.mac[bit / 8] ^= 1 << (bit % 8)),
            ProofDefect::WrongMac
        );
    }
    for mac in [vec![], vec![0; 20], vec![0; 64], vec![0xff; 20]] {
        assert_eq!(defect(|f| f.mac = mac.clone()), ProofDefect::WrongMac);
    }
    assert_eq!(defect(|f| f.mac.truncate(19)), ProofDefect::WrongMac);
    assert_eq!(defect(|f| f.mac.truncate(1)), ProofDefect::WrongMac);
    assert_eq!(defect(|f| f.mac.push(0)), ProofDefect::WrongMac);
}

/// A MAC over other names or nonces than are shown, and names and nonces other than were sent.
#[test]
fn another_exchange() {
    assert_eq!(
        defect(|f| f.server = "root@password".into()),
        ProofDefect::WrongMac
    );
    assert_eq!(defect(|f| f.server_nonce[0] ^= 1), ProofDefect::WrongMac);
    for name in [
        "mallory@pool.example",
        "",
        "Alice@pool.example",
        "alice@pool.example ",
    ] {
        assert_eq!(
            defect(|f| f.client = name.into()),
            ProofDefect::OtherExchange
        );
    }
    assert_eq!(defect(|f| f.server.clear()), ProofDefect::OtherExchange);
    for byte in 0..NONCE_LEN {
        assert_eq!(
            defect(|f| f.client_nonce[byte] ^= 1 << (byte % 8)),
            ProofDefect::OtherExchange
        );
    }
    for len in [0, 1, NONCE_LEN - 1] {
        assert_eq!(
            defect(|f| f.client_nonce.truncate(len)),
            ProofDefect::OtherExchange
        );
        assert_eq!(
            defect(|f| f.server_nonce.truncate(len)),
            ProofDefect::OtherExchange
        );
    }
}

/// The proof of an earlier exchange, in which the client drew another nonce.
#[test]
fn an_earlier_proof() {
    let replayed = |f: &mut Fields| {
        let mut nonce = vec![0x55; NONCE_LEN];
        std::mem::swap(&mut f.client_nonce, &mut nonce);
    };
    assert_eq!(defect(replayed), ProofDefect::OtherExchange);
}

/// A space moved from one name into the other gives the same bytes to the MAC; the name must still be this side's.
#[test]
fn names_cannot_be_shifted() {
    let shift = |f: &mut Fields| {
        f.client = "alice@pool.example condor@password".into();
        f.server = String::new();
    };
    assert_eq!(defect(shift), ProofDefect::OtherExchange);
}

#[test]
fn a_status_other_than_good() {
    for status in [-1, -2, 1, 256, 1 << 32, i64::MIN] {
        assert_eq!(defect(|f| f.status = status), ProofDefect::Declined);
    }
}

/// The client's own nonce back as the server's, with the client's MAC nowhere to be had: nothing to reflect.
#[test]
fn a_reflected_nonce() {
    assert_eq!(
        defect(|f| f.server_nonce.clone_from(&f.client_nonce.clone())),
        ProofDefect::WrongMac
    );
}

#[test]
fn a_server_with_another_signature() {
    let world = World::strict(&["TOKEN"]);
    for signature in [vec![6; 32], vec![5; 31], vec![]] {
        let mut server = Server::new(By::IdTokens, true);
        server.token.signature = signature;
        let ended = run(&world, &mut server);
        assert!(!server.convinced);
        assert!(matches!(ended.cause(), Cause::Unauthenticated));
    }
}

#[test]
fn fields_that_are_too_long_or_none() {
    let cases: [(&str, Lie); 4] = [
        ("client", |f| f.client = "x".repeat(1024)),
        ("server", |f| f.server = "x".repeat(100_000)),
        ("client nonce", |f| f.client_nonce.push(0)),
        ("MAC", |f| f.mac = vec![0; 65]),
    ];
    for (name, lie) in cases {
        let ended = lying(lie);
        assert_eq!(
            ended.result.as_ref().unwrap_err().stage,
            Stage::Method,
            "{name}"
        );
        assert!(
            matches!(
                ended.wire_error(),
                WireError::StringTooLong { limit: 1023, .. } | WireError::OutOfRange { .. }
            ),
            "{name}: {:?}",
            ended.wire_error()
        );
    }
    let e = || Encoder::new(StringForm::Terminated).int(0).int(1);
    let raw: [(&str, Message); 6] = [
        (
            "a negative nonce",
            e().string("a").int(1).string("b").int(-1).finish(),
        ),
        (
            "a nonce of 1 GB",
            e().string("a").int(1).string("b").int(1 << 30).finish(),
        ),
        ("a name without end", e().bytes(b"alice").finish()),
        ("no UTF-8", e().bytes(b"\xff\0").finish()),
        ("nothing more", e().finish()),
        (
            "something behind",
            e().string("a")
                .int(1)
                .string("b")
                .int(0)
                .int(0)
                .int(0)
                .int(0)
                .finish(),
        ),
    ];
    for (name, message) in raw {
        let world = World::strict(&["TOKEN"]);
        let mut server = Server::new(By::IdTokens, true).edit(|kind, honest| match kind {
            Kind::Proof => vec![message.clone()],
            _ => vec![honest],
        });
        let ended = run(&world, &mut server);
        assert!(!server.convinced);
        ended.wire_error();
        assert_eq!(ended.result.unwrap_err().stage, Stage::Method, "{name}");
    }
}

/// An absent name is an empty one, and an empty one is not this side's.
#[test]
fn absent_names() {
    let world = World::strict(&["TOKEN"]);
    let mut server = Server::new(By::IdTokens, true).edit(|kind, honest| match kind {
        Kind::Proof => {
            let e = Encoder::new(honest.form())
                .int(0)
                .int(0)
                .bytes(&[0xad])
                .int(0);
            vec![e.bytes(&[0xad]).int(0).int(0).int(0).finish()]
        }
        _ => vec![honest],
    });
    let ended = run(&world, &mut server);
    assert!(matches!(ended.cause(), Cause::Unauthenticated));
    assert!(!server.convinced);
}

/// What a server without the signing key gets: the token's claims, which name this side, and a nonce. Neither the
/// signature, nor a MAC made with it, which somebody could try keys against.
#[test]
fn what_a_liar_hears() {
    let world = World::strict(&["TOKEN"]);
    let mut server = Server::new(By::IdTokens, true);
    server.token.signature = vec![6; 32];
    run(&world, &mut server);
    let token = Token::alices();
    let heard = |what: &[u8]| {
        server
            .heard
            .windows(what.len())
            .any(|window| window == what)
    };
    assert!(heard(token.text.as_bytes()));
    assert!(heard(b"alice@pool.example"));
    assert!(!heard(&token.signature));
    let line = token.line();
    let signature = line.trim().rsplit('.').next().unwrap();
    assert!(!heard(signature.as_bytes()));
    // Its last words before the empty mask: an error, and nothing in any field.
    let refusal = Encoder::new(StringForm::Terminated)
        .int(-1)
        .int(0)
        .string("")
        .int(0)
        .int(0)
        .finish();
    let mask = [&[1, 0, 0, 0, 8][..], &[0; 8]].concat();
    assert!(server.heard.ends_with(&[refusal.payload(), &mask].concat()));
}

/// A server that does not say its trust domain gets a token of this side's own domain, as from HTCondor, or none: a
/// token of another pool is not shown to it.
#[test]
fn a_server_without_a_trust_domain() {
    for (own, shown) in [("pool.example", true), ("other.example", false)] {
        let mut world = World::strict(&["TOKEN"]);
        world.settings.trust_domain = Some(own.into());
        let mut server = Server::new(By::IdTokens, true).edit(|kind, message| {
            if kind != Kind::Reply {
                return vec![message];
            }
            let mut ad = ad_of(&message);
            ad.remove("TrustDomain");
            vec![message_of(&ad, &message)]
        });
        let ended = run(&world, &mut server);
        assert_eq!(ended.result.is_ok(), shown, "{own}");
        assert_eq!(server.convinced, shown, "{own}");
    }
}
