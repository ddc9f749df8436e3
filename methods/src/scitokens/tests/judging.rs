//! What a token is good for. The rules are HTCondor's and scitokens-cpp's.

use super::*;

pub(super) fn settings(audiences: &[&str]) -> ScitokensServerSettings {
    ScitokensServerSettings {
        audiences: audiences.iter().map(|one| (*one).to_owned()).collect(),
        ..ScitokensServerSettings::default()
    }
}

pub(super) fn foreign() -> ScitokensServerSettings {
    ScitokensServerSettings {
        foreign_issuers: ForeignIssuers::parse(&format!("https://other.example, {ISSUER}")),
        ..settings(&["https://ap.example"])
    }
}

/// A token without a signature to speak of, for what needs no key.
fn read(header: Value, payload: &Value) -> Token {
    let text = format!(
        "{}.{}.AA",
        b64(header.to_string()),
        b64(payload.to_string())
    );
    Token::read(text.as_bytes()).unwrap()
}

pub(super) fn claimed(
    changes: Value,
    settings: &ScitokensServerSettings,
) -> Result<Claimed, Refusal> {
    before_keys(
        read(json!({"alg": "ES256"}), &claims(changes)),
        NOW,
        settings,
    )
}

pub(super) fn judged(
    changes: Value,
    settings: &ScitokensServerSettings,
) -> Result<Judged, Refusal> {
    let signer = Signer::new(Algorithm::Es256);
    let token = Token::read(signer.token(None, &claims(changes)).as_bytes()).unwrap();
    after_keys(
        before_keys(token, NOW, settings)?,
        &keys(&[signer.jwk("k")]),
        NOW,
    )
}

pub(super) fn limits(changes: Value) -> Vec<String> {
    judged(changes, &settings(&[])).unwrap().limits
}

#[test]
fn a_good_token() {
    let good = judged(
        json!({"wlcg.groups": ["/a", "/b"], "more": {"x": 1}}),
        &settings(&[]),
    )
    .unwrap();
    assert_eq!(good.authenticated_name(), format!("{ISSUER},alice"));
    assert_eq!(good.limits, ["DENY", "READ", "WRITE"]);
    assert_eq!(good.profile, Profile::SciTokens2);
    assert_eq!(good.foreign, None);
    let attribute = |name: &str| {
        let found = good.attributes.iter().find(|(one, _)| *one == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(attribute("AuthTokenIssuer"), Some(ISSUER));
    assert_eq!(attribute("AuthTokenSubject"), Some("alice"));
    assert_eq!(attribute("AuthTokenId"), Some("id-1"));
    assert_eq!(attribute("AuthTokenGroups"), Some("/a,/b"));
    assert_eq!(
        attribute("AuthTokenScopes"),
        Some("condor:/READ,condor:/WRITE")
    );
    let payload: Value = serde_json::from_str(&good.payload_json).unwrap();
    assert_eq!(payload["sub"], "alice");
    let bare = judged(
        json!({"jti": null, "wlcg.groups": ["/a", 1], "scope": ""}),
        &settings(&[]),
    );
    let bare = bare.unwrap();
    assert_eq!(bare.attributes.len(), 2);
    assert_eq!(bare.limits, ["DENY"]);
}

#[test]
fn times_without_leeway() {
    let all = settings(&[]);
    let refused = |changes| claimed(changes, &all).unwrap_err();
    assert!(claimed(json!({"exp": NOW, "iat": NOW, "nbf": NOW}), &all).is_ok());
    assert!(claimed(json!({"nbf": null}), &all).is_ok());
    assert!(claimed(json!({"exp": NOW as f64 + 0.4}), &all).is_ok());
    assert_eq!(
        refused(json!({"exp": NOW - 3})),
        Refusal::Expired {
            at: NOW as i64 - 3,
            ago: 3
        }
    );
    for claim in ["iat", "nbf"] {
        assert_eq!(
            refused(json!({ claim: NOW + 5 })),
            Refusal::NotYet {
                claim,
                from: NOW as i64 + 5,
                wait: 5
            }
        );
    }
    for claim in ["iat", "exp", "iss", "sub"] {
        assert_eq!(refused(json!({ claim: null })), Refusal::Missing { claim });
    }
    for claim in ["iat", "exp", "nbf"] {
        for bad in [json!("5"), json!(1e300), json!(true), json!([])] {
            assert!(matches!(
                refused(json!({ claim: bad })),
                Refusal::WrongType { .. }
            ));
        }
    }
    // Fetching keys takes time.
    let signer = Signer::new(Algorithm::Es256);
    let token = Token::read(signer.token(None, &claims(json!({}))).as_bytes()).unwrap();
    let before = before_keys(token, NOW, &all).unwrap();
    assert!(matches!(
        after_keys(before, &keys(&[signer.jwk("k")]), NOW + 11),
        Err(Refusal::Expired { .. })
    ));
}

#[test]
fn profiles() {
    let none = settings(&[]);
    let profile = |header: Value, changes| {
        before_keys(read(header, &claims(changes)), NOW, &none).map(|_| ())
    };
    let es = || json!({"alg": "ES256"});
    assert_eq!(profile(es(), json!({"ver": "scitokens:2.0"})), Ok(()));
    assert_eq!(
        profile(es(), json!({"ver": "scitokens:1.0", "aud": null})),
        Ok(())
    );
    for version in ["scitoken:1.0", "scitokens:3.0", ""] {
        assert!(matches!(
            profile(es(), json!({ "ver": version })),
            Err(Refusal::Version { claim: "ver", .. })
        ));
    }
    assert!(matches!(
        profile(es(), json!({"ver": 2})),
        Err(Refusal::WrongType { .. })
    ));
    let wlcg = "https://wlcg.cern.ch/jwt/v1/any";
    assert_eq!(
        profile(es(), json!({"ver": null, "wlcg.ver": "1.0", "aud": wlcg})),
        Ok(())
    );
    assert!(matches!(
        profile(es(), json!({"ver": null, "wlcg.ver": "1.1"})),
        Err(Refusal::Version { .. })
    ));
    // Only profile 1.0 refuses what it does not know.
    assert_eq!(
        profile(
            es(),
            json!({"ver": null, "aud": null, "client_id": "x", "a": 1})
        ),
        Err(Refusal::UnknownClaims {
            claims: vec!["a".into(), "client_id".into()]
        })
    );
    for typ in ["at+jwt", "application/at+jwt"] {
        let header = json!({"alg": "ES256", "typ": typ});
        assert_eq!(
            profile(header, json!({"ver": null, "aud": null, "client_id": "x"})),
            Ok(())
        );
    }
}

#[test]
fn audiences() {
    let none = settings(&[]);
    let ours = settings(&["https://ap.example", "second"]);
    let ok = |changes: Value, settings: &_| claimed(changes, settings).map(|_| ());
    let other = |changes: Value, settings: &_| {
        matches!(
            claimed(changes, settings),
            Err(Refusal::OtherAudience { .. })
        )
    };
    let missing = |changes: Value, settings: &_| {
        matches!(claimed(changes, settings), Err(Refusal::NoAudience { .. }))
    };
    // 2.0 and WLCG demand one, the others only where the server names its own.
    assert!(missing(json!({"aud": null}), &none));
    assert!(missing(
        json!({"aud": null, "ver": null, "wlcg.ver": "1.0"}),
        &none
    ));
    assert_eq!(ok(json!({"aud": null, "ver": null}), &none), Ok(()));
    assert!(missing(json!({"aud": null, "ver": null}), &ours));
    // A server without any takes none that is named, but for what stands for all.
    assert!(other(json!({"aud": "https://ap.example"}), &none));
    assert!(other(json!({"aud": "ANY", "ver": null}), &none));
    assert!(other(
        json!({"aud": "https://wlcg.cern.ch/jwt/v1/any"}),
        &none
    ));
    assert_eq!(ok(json!({"aud": ["x", "ANY"]}), &none), Ok(()));
    assert_eq!(ok(json!({"aud": "second"}), &ours), Ok(()));
    assert_eq!(
        ok(json!({"aud": ["x", "second"], "ver": null}), &ours),
        Ok(())
    );
    assert!(other(json!({"aud": "SECOND"}), &ours));
    assert!(other(json!({"aud": "https://ap.example/"}), &ours));
    assert!(other(json!({"aud": []}), &ours));
    assert!(other(json!({"aud": {"second": 1}}), &ours));
    assert!(matches!(
        claimed(json!({"aud": ["second", 1]}), &ours),
        Err(Refusal::WrongType { claim: "aud", .. })
    ));
    assert_eq!(
        ok(json!({"aud": "ANY", "ver": null}), &settings(&["ANY"])),
        Ok(())
    );
    let text = claimed(json!({"aud": "https://ap.example"}), &none).unwrap_err();
    assert_eq!(
        text.to_string(),
        "it is for \"https://ap.example\", and SCITOKENS_SERVER_AUDIENCE is not set"
    );
    assert_eq!(
        text.remedy().unwrap(),
        "set SCITOKENS_SERVER_AUDIENCE = https://ap.example on the server"
    );
}

#[test]
fn issuers() {
    let refused = |issuer: &str| {
        matches!(
            claimed(json!({ "iss": issuer }), &settings(&[])),
            Err(Refusal::Issuer { .. })
        )
    };
    for bad in [
        "",
        "POOL",
        "http://issuer.example",
        "https://",
        "https:///x",
        "https://:443",
        "https://a@b",
        "https://a/?x",
        "https://a/#x",
        "https://a,b",
        "https://a b",
        "https://a\nb",
        "https://\u{e9}",
        "https:/\u{e9}",
        &format!("https://{}", "a".repeat(3000)),
    ] {
        assert!(refused(bad), "{bad:?}");
    }
    for good in ["https://a", "HTTPS://a:8443/x/", "https://[::1]/"] {
        assert!(!refused(good), "{good:?}");
    }
    for claim in ["sub", "jti", "scope"] {
        assert_eq!(
            claimed(json!({ claim: "a\u{1}b" }), &settings(&[])).unwrap_err(),
            Refusal::Unprintable { claim }
        );
    }
}

#[test]
fn somebody_elses_signature() {
    let (mine, yours) = (Signer::new(Algorithm::Es256), Signer::new(Algorithm::Es256));
    let text = mine.token(Some("k"), &claims(json!({})));
    let judge = |text: &str, keys: &IssuerKeys| {
        let token = Token::read(text.as_bytes()).unwrap();
        after_keys(before_keys(token, NOW, &settings(&[])).unwrap(), keys, NOW)
    };
    assert!(judge(&text, &keys(&[mine.jwk("k")])).is_ok());
    assert!(matches!(
        judge(&text, &keys(&[yours.jwk("k")])),
        Err(Refusal::Signature { .. })
    ));
    assert!(matches!(
        judge(&text, &keys(&[mine.jwk("other")])),
        Err(Refusal::Key { .. })
    ));
    // Another payload under the same signature.
    let (_, signature) = text.rsplit_once('.').unwrap();
    let (header, _) = text.split_once('.').unwrap();
    let changed = b64(claims(json!({"sub": "root"})).to_string());
    let forged = format!("{header}.{changed}.{signature}");
    assert!(matches!(
        judge(&forged, &keys(&[mine.jwk("k")])),
        Err(Refusal::Signature { .. })
    ));
}
