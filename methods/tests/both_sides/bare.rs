//! CLAIMTOBE and ANONYMOUS: methods that prove nothing.

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_methods::anonymous::{ANONYMOUS_USER, Anonymous, AnonymousServer};
use countersign_methods::claimtobe::{
    ClaimToBe, ClaimToBeServer, ClaimToBeServerEvent, ClaimToBeServerSettings, ClaimToBeSettings,
    OwnUserName,
};

use crate::pair::{Outcome, nobody, nothing, run};

#[test]
fn anonymous() {
    let outcome = run(
        &Anonymous,
        &AnonymousServer,
        &mut nothing,
        &mut nothing,
        &mut nobody,
    );
    assert!(outcome.client.proven().is_some());
    let proof = outcome.server.proven().unwrap();
    assert_eq!(proof.user, ANONYMOUS_USER);
    assert_eq!(proof.authenticated_name.as_deref(), Some(ANONYMOUS_USER));
    assert_eq!((proof.domain, proof.limits), (None, None));
}

fn claim(user: Result<&str, &str>, include: (bool, bool)) -> Outcome {
    let client = ClaimToBe::new(ClaimToBeSettings {
        user: None,
        include_domain: include.0,
        uid_domain: Some("Client.Example".into()),
    });
    let server = ClaimToBeServer::new(ClaimToBeServerSettings {
        include_domain: include.1,
        uid_domain: Some("pool.example".into()),
    });
    let user = user.map(str::to_owned).map_err(str::to_owned);
    let mut name = |_: EffectRequest| EffectAnswer::new::<OwnUserName>(user.clone());
    run(&client, &server, &mut name, &mut nothing, &mut nobody)
}

#[test]
fn claims() {
    for (include, name, user, domain) in [
        (
            (true, true),
            "alice@Client.Example",
            "alice",
            Some("client.example"),
        ),
        (
            (false, true),
            "alice@pool.example",
            "alice",
            Some("pool.example"),
        ),
        (
            (true, false),
            "alice@Client.Example",
            "alice@Client.Example",
            None,
        ),
        ((false, false), "alice", "alice", None),
    ] {
        let outcome = claim(Ok("alice"), include);
        assert!(outcome.client.proven().is_some());
        let proof = outcome.server.proven().unwrap();
        assert_eq!(proof.authenticated_name.as_deref(), Some(name));
        assert_eq!((&*proof.user, proof.domain.as_deref()), (user, domain));
    }
}

#[test]
fn no_claim() {
    let outcome = claim(Err("nobody"), (true, true));
    assert_eq!(outcome.server.event(), Some(ClaimToBeServerEvent::NoClaim));
    assert!(outcome.client.proven().is_none());
    let outcome = claim(Ok(""), (false, true));
    assert_eq!(outcome.server.event(), Some(ClaimToBeServerEvent::NotAName));
    assert!(outcome.client.proven().is_none(), "the client hears no");
}
