//! What a token is limited to, and tokens of issuers that follow other rules.

use super::judging::{claimed, foreign, judged, limits, settings};
use super::*;

#[test]
fn scopes() {
    let scope = |scope: &str| limits(json!({ "scope": scope }));
    assert_eq!(scope("condor:/READ condor:/READ"), ["DENY", "READ", "READ"]);
    assert_eq!(
        scope("condor:READ condor://WRITE"),
        ["DENY", "READ", "WRITE"]
    );
    assert_eq!(scope("condor condor:/ storage.read:/x "), ["DENY"]);
    assert_eq!(
        scope("condor:/READ/foo Condor:/WRITE"),
        ["DENY", "READ/foo"]
    );
    assert_eq!(
        scope("condor:/%52EAD condor:/./ADMIN"),
        ["DENY", "READ", "ADMIN"]
    );
    // In a list they would be two.
    assert_eq!(scope("condor:/READ,WRITE condor:/A%2cB"), ["DENY"]);
    assert_eq!(scope("compute.read compute.create"), ["DENY"]);
    for bad in [
        "condor:/../READ",
        "x:/%2e%2e",
        "x:/100%",
        "x:/%zz",
        "x:/a%2fb",
        "x:/a%252fb",
        "x:/a\\b",
        "x:/%00",
        "x:/%ff",
        "x:/%25252525252e",
    ] {
        assert!(
            matches!(
                claimed(json!({ "scope": bad }), &settings(&[])),
                Err(Refusal::Scope { .. })
            ),
            "{bad}"
        );
    }
    assert_eq!(
        claimed(json!({"scope": null}), &settings(&[])).unwrap_err(),
        Refusal::Missing { claim: "scope" }
    );
    assert!(claimed(json!({"scope": ["condor:/READ"]}), &settings(&[])).is_err());
    let wlcg = |scope: &str| {
        limits(json!({
            "ver": null, "wlcg.ver": "1.0", "aud": "https://wlcg.cern.ch/jwt/v1/any", "scope": scope,
        }))
    };
    assert_eq!(
        wlcg("compute.read:/x condor:/ADVERTISE"),
        ["DENY", "READ", "ADVERTISE"]
    );
    assert_eq!(
        wlcg("compute.create compute.modify:/y compute.cancel compute.read"),
        ["DENY", "READ", "WRITE"]
    );
    assert_eq!(wlcg("compute.create compute.modify"), ["DENY"]);
}

#[test]
fn foreign_issuers() {
    // Any failure of a listed issuer's token to be one of SciTokens' own kind is tolerated.
    for changes in [
        json!({"aud": "https://else.example"}),
        json!({"ver": null, "aud": null}),
        json!({"scope": null}),
        json!({"ver": null, "client_id": "x"}),
        json!({"aud": [1]}),
        json!({"jti": 5}),
    ] {
        let taken = judged(changes.clone(), &foreign()).unwrap();
        assert!(taken.foreign.is_some(), "{changes}");
        let strict = ScitokensServerSettings {
            foreign_types: false,
            ..foreign()
        };
        assert!(judged(changes.clone(), &strict).is_err());
        assert!(judged(changes.clone(), &settings(&["https://ap.example"])).is_err());
        let any = ScitokensServerSettings {
            foreign_issuers: ForeignIssuers::parse("*"),
            ..foreign()
        };
        assert!(judged(changes, &any).is_ok());
    }
    // What is not its kind's matter is not.
    for changes in [
        json!({"exp": NOW - 1}),
        json!({"ver": "x"}),
        json!({"sub": null}),
        json!({"aud": null}),
    ] {
        assert!(judged(changes, &foreign()).is_err());
    }
    // One that meets the rules is not foreign.
    let own = judged(json!({"aud": "https://ap.example"}), &foreign()).unwrap();
    assert_eq!(own.foreign, None);
    let limits = |scope: &str| {
        let taken = judged(json!({"aud": "x", "scope": scope}), &foreign()).unwrap();
        taken.limits
    };
    assert_eq!(
        limits("compute.create,compute.cancel compute.modify\tcondor:/READ condor:/"),
        ["DENY", "READ", "WRITE"]
    );
    assert_eq!(
        limits("compute.read compute.modify:/x compute.create compute.cancel"),
        ["DENY", "READ"]
    );
    assert_eq!(limits("condor://READ condor:READ"), ["DENY", "/READ"]);
    assert!(!ForeignIssuers::parse("*, x").has("y"));
}
