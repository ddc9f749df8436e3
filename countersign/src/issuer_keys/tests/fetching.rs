//! Asking an issuer, and what may go wrong with it.

use std::time::Instant;

use super::server::Answer;
use super::*;

#[tokio::test]
async fn fetched_once() {
    let server = Server::start(&["localhost"]).await;
    server.publishes(&["a", "b"]);
    let world = World::trusting(&server);
    let keys = world.keys(&server.issuer()).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Fetched);
    assert!(has(&keys, "a") && has(&keys, "b") && !has(&keys, "c"));
    let keys = world.keys(&server.issuer()).await.unwrap();
    assert_eq!(keys.origin, KeysOrigin::Cached { at: START });
    let asked = server.asked.lock().unwrap().clone();
    assert_eq!(asked, ["/.well-known/openid-configuration", "/jwks"]);
    // Byte for byte: these are other issuers.
    for (issuer, first) in [
        (
            format!("{}/", server.issuer()),
            "//.well-known/openid-configuration",
        ),
        (
            format!("{}/p/", server.issuer()),
            "/p//.well-known/openid-configuration",
        ),
    ] {
        server.asked.lock().unwrap().clear();
        world.keys(&issuer).await.unwrap();
        assert_eq!(server.asked.lock().unwrap()[0], first);
    }
    assert!(world.cache.take_problems().is_empty());
}

#[tokio::test]
async fn oauths_place_where_openids_is_empty() {
    let server = Server::start(&["localhost"]).await;
    let (jwks, metadata) = (jwks(&["a"]), server.metadata("/jwks"));
    server.answers(move |path| match path {
        "/jwks" => Answer::Ok(jwks.clone()),
        "/.well-known/oauth-authorization-server/pool" => Answer::Ok(metadata.clone()),
        _ => Answer::Status(404),
    });
    let world = World::trusting(&server);
    let issuer = format!("{}/pool", server.issuer());
    assert!(has(&world.keys(&issuer).await.unwrap(), "a"));
    server.answers(|_| Answer::Status(503));
    let error = world.keys(&format!("{issuer}/2")).await.unwrap_err();
    let url = format!("{issuer}/2/.well-known/openid-configuration");
    assert_eq!(error, KeysUnavailable::Status { url, status: 503 });
}

#[tokio::test]
async fn a_certificate_for_another() {
    let server = Server::start(&["other.example"]).await;
    server.publishes(&["a"]);
    let world = World::trusting(&server);
    let error = world.keys(&server.issuer()).await.unwrap_err();
    assert!(matches!(error, KeysUnavailable::Unreachable { .. }));
    assert!(error.to_string().contains("TLS with"), "{error}");
    assert_eq!(server.asked(), 0);
    // One that nobody vouches for.
    let stranger = Server::start(&["localhost"]).await;
    stranger.publishes(&["a"]);
    let error = world.keys(&stranger.issuer()).await.unwrap_err();
    assert!(error.to_string().contains("TLS with"), "{error}");
    // Where no certificates can be read, it says which.
    let world = World::new(|settings| settings.ca_file = Some("/nowhere/ca.pem".into()));
    let error = world.keys(&stranger.issuer()).await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
    // Besides the system's.
    let world = World::new(|settings| {
        settings.extra_ca_files = vec![stranger.certificate.clone()];
    });
    assert!(world.keys(&stranger.issuer()).await.is_ok());
}

#[tokio::test]
async fn redirects() {
    let server = Server::start(&["localhost", "127.0.0.1"]).await;
    let world = World::trusting(&server);
    let (port, jwks) = (server.port, jwks(&["a"]));
    let metadata = server.metadata("/1");
    server.answers(move |path| match path {
        "/here/.well-known/openid-configuration" => Answer::Ok(metadata.clone()),
        "/1" => Answer::To("/2".into()),
        "/2" => Answer::To(format!("https://LOCALHOST:{port}/3")),
        "/3" => Answer::To("4".into()),
        "/4" => Answer::Ok(jwks.clone()),
        "/far/.well-known/openid-configuration" => Answer::To("/1".into()),
        "/host/.well-known/openid-configuration" => {
            Answer::To(format!("https://127.0.0.1:{port}/"))
        }
        "/port/.well-known/openid-configuration" => Answer::To("https://localhost/".into()),
        "/http/.well-known/openid-configuration" => Answer::To(format!("http://localhost:{port}/")),
        "/file/.well-known/openid-configuration" => Answer::To("file:///etc/passwd".into()),
        _ => Answer::To("::".into()),
    });
    assert!(
        world
            .keys(&format!("{}/here", server.issuer()))
            .await
            .is_ok()
    );
    for path in ["far", "host", "port", "http", "file", "none"] {
        let error = world.keys(&format!("{}/{path}", server.issuer())).await;
        let error = error.unwrap_err();
        let bad = matches!(error, KeysUnavailable::Redirected { .. });
        assert!(bad || path == "far", "{path}: {error}");
    }
    // Metadata that take four redirects are too far.
    let metadata = server.metadata("/0");
    server.answers(move |path| match path {
        "/0" => Answer::To("/1".into()),
        "/1" | "/2" | "/3" => {
            let next: u8 = path[1..].parse().unwrap();
            Answer::To(format!("/{}", next + 1))
        }
        _ => Answer::Ok(metadata.clone()),
    });
    let error = world.keys(&format!("{}/x", server.issuer())).await;
    assert!(matches!(
        error,
        Err(KeysUnavailable::Redirected { to, .. }) if to.ends_with("/4")
    ));
}

#[tokio::test]
async fn answers_that_are_none() {
    let server = Server::start(&["localhost"]).await;
    let world = World::new(|settings| {
        settings.ca_file = Some(server.certificate.clone());
        settings.limits.time = Duration::from_millis(400);
        settings.limits.fetches_per_client = 16;
    });
    let base = server.issuer();
    let meta = move |uri: String| Answer::Ok(format!("{{\"jwks_uri\":\"{uri}\"}}"));
    server.answers(move |path| {
        let what = path.split('/').nth(1).unwrap_or_default();
        match (what, path.ends_with("-configuration")) {
            ("html", _) => Answer::Ok("<html>".into()),
            ("list", _) => Answer::Ok("[]".into()),
            ("plain", _) => meta(base.replace("https", "http")),
            ("nowhere", _) => meta("//".into()),
            ("endless", _) => Answer::Endless,
            ("drip", _) => Answer::Drip,
            ("nothing", _) => Answer::Nothing,
            ("broken", _) => Answer::Broken,
            ("declared", true) => meta(format!("{base}/declared")),
            ("declared", false) => Answer::Ok(" ".repeat((1 << 20) + 1)),
            ("gone", true) => meta(format!("{base}/gone")),
            ("nokeys", true) => meta(format!("{base}/nokeys")),
            ("nokeys", false) => Answer::Ok("{}".into()),
            _ => Answer::Status(404),
        }
    });
    let start = Instant::now();
    let mut said = Vec::new();
    for what in [
        "html", "list", "plain", "nowhere", "endless", "drip", "nothing", "broken", "declared",
        "gone", "nokeys",
    ] {
        let issuer = format!("{}/{what}", server.issuer());
        let error = world.keys(&issuer).await.unwrap_err();
        let fits = match what {
            "html" | "list" | "nokeys" => matches!(error, KeysUnavailable::Malformed { .. }),
            "plain" => matches!(error, KeysUnavailable::NotHttps { .. }),
            "nowhere" => matches!(error, KeysUnavailable::BadUrl { .. }),
            "endless" | "declared" => matches!(error, KeysUnavailable::TooLarge { .. }),
            "gone" => matches!(error, KeysUnavailable::Status { status: 404, .. }),
            _ => matches!(error, KeysUnavailable::Unreachable { .. }),
        };
        assert!(fits, "{what}: {error:?}");
        said.push(error.to_string());
    }
    assert!(
        said[5].contains("no whole answer within 0.4 s"),
        "{}",
        said[5]
    );
    // Two of them wait for the end of their time.
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn what_is_not_asked() {
    let mut world = World::new(|_| {});
    world.cache = world.cache.with_standings(Arc::new(|issuer| {
        match issuer.starts_with("https://good.example") {
            true => Standing::Any,
            false => Standing::Useless,
        }
    }));
    for (issuer, fits) in [
        ("https://evil.example", "mapfile"),
        ("http://good.example", "mapfile"),
        ("https://good.example/?x=", "query"),
        ("https://good.example/#x", "fragment"),
        ("https://good.example@evil.example", "user"),
    ] {
        let error = world.keys(issuer).await.unwrap_err();
        assert!(error.to_string().contains(fits), "{issuer}: {error}");
    }
    assert_eq!(world.cache.shared.state().sizes(), (0, 0, 0));
}
