//! MUNGE: what munged says becomes the user, and each refusal is told on both sides.

use countersign_core::Secret;
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_methods::munge::{
    DecodeCredential, MakeCredential, Munge, MungeEvent, MungeFailure, MungeMaker, MungeServer,
    MungeServerEvent, MungeServerSettings, PAYLOAD_LEN,
};

use crate::pair::{Outcome, nobody, run};

fn meet(
    made: Result<&str, MungeFailure>,
    maker: Result<(u32, Result<&str, &str>), MungeFailure>,
) -> Outcome {
    let server = MungeServer::new(MungeServerSettings {
        uid_domain: Some("Pool.Example".into()),
    });
    let sent = made.clone();
    let mut make = |request: EffectRequest| {
        let MakeCredential(payload) = request.into_request().unwrap();
        assert_eq!(payload.len(), PAYLOAD_LEN);
        let made = sent.clone().map(|text| Secret::from(text.as_bytes()));
        EffectAnswer::new::<MakeCredential>(made)
    };
    let mut decode = |request: EffectRequest| {
        let DecodeCredential(credential) = request.into_request().unwrap();
        assert_eq!(credential, Secret::from(made.clone().unwrap().as_bytes()));
        let maker = maker.clone().map(|(uid, name)| MungeMaker {
            uid,
            name: name.map(str::to_owned).map_err(str::to_owned),
            payload: Secret::from(&[7; PAYLOAD_LEN][..]),
        });
        EffectAnswer::new::<DecodeCredential>(maker)
    };
    run(&Munge, &server, &mut make, &mut decode, &mut nobody)
}

fn reported(code: i32) -> MungeFailure {
    MungeFailure::Reported {
        code,
        text: "words".into(),
    }
}

#[test]
fn the_maker_of_the_credential() {
    let outcome = meet(Ok("MUNGE:x:"), Ok((7001, Ok("alice"))));
    assert!(outcome.client.proven().is_some());
    let proof = outcome.server.proven().unwrap();
    assert_eq!(proof.authenticated_name.as_deref(), Some("alice"));
    assert_eq!(
        (&*proof.user, proof.domain.as_deref()),
        ("alice", Some("pool.example"))
    );
}

#[test]
fn no_credential() {
    let failure = reported(MungeFailure::SOCKET);
    let outcome = meet(Err(failure.clone()), Err(MungeFailure::Unperformed));
    assert_eq!(outcome.client.event(), Some(MungeEvent::NotMade(failure)));
    assert_eq!(
        outcome.server.event(),
        Some(MungeServerEvent::NoCredential("words".into()))
    );
}

#[test]
fn not_taken() {
    for failure in [reported(MungeFailure::REPLAYED), MungeFailure::Unperformed] {
        let outcome = meet(Ok("MUNGE:x:"), Err(failure.clone()));
        assert_eq!(outcome.client.event(), Some(MungeEvent::Declined));
        assert_eq!(
            outcome.server.event(),
            Some(MungeServerEvent::NotTaken(failure))
        );
    }
    for name in [Err("none"), Ok("")] {
        let outcome = meet(Ok("MUNGE:x:"), Ok((7, name)));
        assert_eq!(outcome.client.event(), Some(MungeEvent::Declined));
        assert!(matches!(
            outcome.server.event(),
            Some(MungeServerEvent::NoName { uid: 7, .. })
        ));
    }
}
