//! What is kept: refreshed, out of date, failed, pinned.

use countersign_methods::scitokens::{KeyRefusal, PinnedProblem};

use super::server::Answer;
use super::*;

#[tokio::test]
async fn a_key_that_is_withdrawn() {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["old"]);
    let world = World::trusting(&server);
    let issuer = server.issuer();
    world.keys(&issuer).await.unwrap();
    server.publishes(&["new"]);
    world.wait(599);
    assert!(has(&world.keys(&issuer).await.unwrap(), "old"));
    world.settle().await;
    assert_eq!(server.asked(), 2);
    // Due: this one still gets what there is, and has it asked for anew.
    world.wait(1);
    let keys = world.keys(&issuer).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Cached { at: START });
    world.settle().await;
    assert_eq!(server.asked(), 4);
    let keys = world.keys(&issuer).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Cached { at: START + 600 });
    assert!(has(&keys, "new"));
    assert!(matches!(
        keys.select(Some("old"), Algorithm::Es256),
        Err(KeyRefusal::NotPublished { .. })
    ));
    // Nobody asked for long: what there is says little, so this one waits.
    server.publishes(&["newest"]);
    world.wait(1200);
    let keys = world.keys(&issuer).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Fetched);
    assert!(has(&keys, "newest") && !has(&keys, "new"));
}

#[tokio::test]
async fn through_an_outage() {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["a"]);
    let world = World::trusting(&server);
    let issuer = server.issuer();
    world.keys(&issuer).await.unwrap();
    server.answers(|_| Answer::Status(500));
    world.wait(600);
    world.keys(&issuer).await.unwrap();
    world.settle().await;
    let asked = server.asked();
    let keys = world.keys(&issuer).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Stale { at: START });
    assert!(keys.origin.to_string().contains("out of date"));
    assert_eq!(server.asked(), asked, "it is not asked again at once");
    // Longer and longer pauses.
    for pause in [10, 20, 40] {
        let asked = server.asked();
        world.wait(pause - 1);
        world.keys(&issuer).await.unwrap();
        world.settle().await;
        assert_eq!(server.asked(), asked);
        world.wait(1);
        world.keys(&issuer).await.unwrap();
        world.settle().await;
        assert!(server.asked() > asked);
    }
    // SEC_SCITOKENS_CACHE_MAX_STALE, from when they were due.
    world
        .clock
        .store(START + 600 + 4 * 3600 - 1, Ordering::SeqCst);
    assert!(world.keys(&issuer).await.is_ok());
    world.settle().await;
    world.wait(1);
    let error = world.keys(&issuer).await.unwrap_err();
    assert!(
        matches!(error, KeysUnavailable::NegativelyCached { .. }),
        "{error}"
    );
    // Back again.
    server.publishes(&["b"]);
    world.wait(600);
    let keys = world.keys(&issuer).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Fetched);
    assert!(has(&keys, "b"));
}

#[tokio::test]
async fn unused_for_long_and_then_out() {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["a"]);
    let world = World::trusting(&server);
    let issuer = server.issuer();
    world.keys(&issuer).await.unwrap();
    server.answers(|_| Answer::Status(500));
    world.wait(3600);
    let keys = world.keys(&issuer).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Stale { at: START });
    world.wait(3 * 24 * 3600);
    let error = world.keys(&issuer).await.unwrap_err();
    assert!(matches!(error, KeysUnavailable::Status { .. }), "{error}");
}

#[tokio::test]
async fn failures_are_remembered() {
    let server = Server::start(&["localhost"]).await;
    let world = World::trusting(&server);
    let issuer = server.issuer();
    let mut pause = 10;
    for round in 0..9 {
        let error = world.keys(&issuer).await.unwrap_err();
        assert!(
            matches!(error, KeysUnavailable::Status { .. }),
            "{round}: {error}"
        );
        let asked = server.asked();
        world.wait(pause - 1);
        let KeysUnavailable::NegativelyCached {
            since,
            retry_after,
            problem,
        } = world.keys(&issuer).await.unwrap_err()
        else {
            panic!("asked again");
        };
        assert_eq!((since, retry_after), (START, 1));
        assert!(matches!(
            *problem,
            KeysUnavailable::Status { status: 404, .. }
        ));
        assert_eq!(server.asked(), asked);
        world.wait(1);
        pause = (pause * 2).min(600);
    }
    server.publishes(&["a"]);
    assert!(world.keys(&issuer).await.is_ok());
    assert_eq!(world.cache.shared.state().sizes(), (1, 0, 0));
}

#[tokio::test]
async fn pinned_to_a_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.join("keys.json");
    std::fs::write(&path, jwks(&["a"])).unwrap();
    let pinned = path.clone();
    let mut world = World::new(|settings| {
        settings
            .pinned
            .insert("https://offline.example".into(), pinned);
    });
    world.cache = world.cache.with_standings(Arc::new(|_| Standing::Useless));
    let keys = || world.keys("https://offline.example");
    let first = keys().await.unwrap();
    assert_eq!(first.origin, KeysOrigin::Pinned { path: path.clone() });
    assert!(has(&first, "a"));
    assert!(Arc::ptr_eq(&first, &keys().await.unwrap()), "read once");
    std::fs::write(&path, jwks(&["bb"])).unwrap();
    assert!(has(&keys().await.unwrap(), "bb"));
    let problem = |error| match error {
        KeysUnavailable::Pinned { problem, .. } => problem,
        other => panic!("{other}"),
    };
    std::fs::write(&path, "{").unwrap();
    let error = keys().await.unwrap_err();
    assert!(matches!(problem(error), PinnedProblem::Malformed(_)));
    std::fs::write(&path, jwks(&["a"])).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o664)).unwrap();
    let error = keys().await.unwrap_err();
    assert_eq!(problem(error), PinnedProblem::Writable { mode: 0o664 });
    std::fs::remove_file(&path).unwrap();
    let error = keys().await.unwrap_err();
    assert!(matches!(problem(error), PinnedProblem::Unreadable(_)));
    assert!(world.keys("https://other.example").await.is_err());
}
