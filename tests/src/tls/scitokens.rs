//! SCITOKENS: tokens, good and bad, of issuers that can be reached and of others.

use serde_json::json;

use super::case::{Case, Group, Place};
use super::issuers::By;
use crate::tokens::Token;

const ALICE: &str = "SCITOKENS alice@pool.example";
const READ: &str = "condor:/READ";
const ALL: [&str; 3] = [READ, "condor:/WRITE", "condor:/ADVERTISE_STARTD"];
/// What a client can say at most: the server tells it no reason.
const REFUSED: &str = "the server does not take the token";

fn good(name: &'static str) -> Case {
    Case::new(name).token(By::Ec, &ALL).is("AAAF", ALICE)
}

fn odd(name: &'static str, by: By, claims: serde_json::Value) -> Case {
    Case::new(name).claims(by, claims)
}

pub(super) fn groups() -> Vec<Group> {
    let group = |name, cases| Group::new(name, "SCITOKENS", cases);
    vec![
        group("scitokens/good", good_ones()),
        group("scitokens/bad", bad_ones()),
        group(
            "scitokens/audience",
            vec![
                good("named").for_audience(&["https://cm.pool.example"]),
                good("the-last").for_audience(&["https://ce.pool.example"]),
                good("among-others").for_audience(&["other.example", "https://ce.pool.example"]),
                good("any"),
                good("another").for_audience(&["elsewhere.example"]).fails(
                    REFUSED,
                    "it is for \\\"elsewhere.example\\\", and SCITOKENS_SERVER_AUDIENCE is \\\"https://cm.pool.example\\\", \\\"https://ce.pool.example\\\"",
                ),
                odd("none", By::Ec, json!({"aud": null, "ver": null}))
                    .fails(REFUSED, "it does not say whom it is for (aud), and SCITOKENS_SERVER_AUDIENCE is"),
            ],
        )
        // HTCondor forgets all but the last of those that have less than 16 letters.
        .server("SCITOKENS_SERVER_AUDIENCE = https://cm.pool.example, https://ce.pool.example"),
        group(
            "scitokens/foreign",
            vec![
                odd("wrong-audience", By::Foreign, json!({"aud": "elsewhere.example"}))
                    .is("AAAF", ALICE),
                odd("compute", By::Foreign, json!({"aud": "x", "scope": "compute.read"})).is("AFFF", ALICE),
                odd("no-scope", By::Foreign, json!({"scope": null})).fails("", ""),
                odd("expired", By::Foreign, json!({"exp": "@NOW-60@", "iat": "@NOW-120@", "nbf": "@NOW-120@"}))
                    .fails("it expired ", "it expired 1 minute ago (exp)"),
                odd("another-issuer", By::Ec, json!({"aud": "elsewhere.example"})).fails(REFUSED, "it is for \\\"elsewhere.example\\\""),
            ],
        )
        .server("SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS = @FOREIGN@"),
        Group::new(
            "scitokens/falls-back",
            "SCITOKENS, IDTOKENS, FS",
            vec![
                good("scitoken"),
                odd("idtoken-if-expired", By::Ec, json!({"exp": "@NOW-60@"}))
                    .idtokens(&[Token::Carol])
                    .is("AAAA", "IDTOKENS carol@pool.example")
                    .says("", "it expired 1 minute ago (exp)"),
                Case::new("idtoken-if-none").idtokens(&[Token::Carol]).is("AAAA", "IDTOKENS carol@pool.example"),
                Case::new("fs-if-down").token(By::Down, &ALL).claims(By::Down, json!({})).is("AAAA", "FS alice@pool.example"),
                Case::new("fs-if-both-expired")
                    .claims(By::Ec, json!({"exp": "@NOW-60@"}))
                    .idtokens(&[Token::Expired])
                    .is("AAAA", "FS alice@pool.example"),
                good("fs-if-wrong-host").alias(Some("other.example")).is("AAAA", "FS alice@pool.example"),
            ],
        ),
        group(
            "scitokens/no-mapfile",
            vec![good("refused").fails(REFUSED, "is good, but nothing maps it")],
        )
        .server("CERTIFICATE_MAPFILE ="),
        group("scitokens/server-rsa", vec![good("ec"), Case::new("rsa").token(By::Rsa, &ALL).is("AAAF", ALICE)])
            .certificate("server-rsa"),
        group(
            "scitokens/server-expired",
            vec![good("refused").fails("expired on Jan  1 00:00:00 2021", "the client ended TLS with the alert")],
        )
        .certificate("server-expired"),
        group(
            "scitokens/server-without",
            vec![good("refused").fails(
                "HandshakeFailure",
                "AUTH_SSL_SERVER_CERTFILE and AUTH_SSL_SERVER_KEYFILE",
            )],
        )
        .certificate("none"),
        group(
            "scitokens/plugins",
            vec![
                good("by-a-variable").says("", "alice@pool.example"),
                odd("by-its-payload", By::Ec, json!({"sub": "carol"}))
                    .is("AAAF", "SCITOKENS carol@pool.example"),
                odd("known-to-none", By::Ec, json!({"sub": "bob"}))
                    .is("AFFF", "SCITOKENS scitokens@unmapped"),
                odd("broken", By::Ec, json!({"sub": "mallory"})).fails("", "the plugin site failed"),
                Case::new("of-the-line").token(By::Rsa, &ALL).is("AAAF", ALICE),
                odd("forged", By::Forger, json!({})).fails(REFUSED, "its signature is not by the key \\\"ec\\\""),
            ],
        )
        .server(
            "CERTIFICATE_MAPFILE = @TLS@/map-of-plugins
SEC_SCITOKENS_PLUGIN_NAMES = none, site
SEC_SCITOKENS_PLUGIN_none_COMMAND = /usr/bin/false
SEC_SCITOKENS_PLUGIN_site_COMMAND = @TLS@/plugin
SEC_SCITOKENS_PLUGIN_fixed_COMMAND = /usr/bin/true
SEC_SCITOKENS_PLUGIN_fixed_MAPPING = alice@pool.example",
        ),
        version("scitokens/tls-1.2", "1.2", "TLSv1_2"),
        version("scitokens/tls-1.3", "1.3", "TLSv1_3"),
    ]
}

fn good_ones() -> Vec<Case> {
    vec![
        good("ec").says(
            "(SCITOKENS_FILE)",
            "\"limits\":\"READ, WRITE, ADVERTISE_STARTD\"",
        ),
        Case::new("rsa").token(By::Rsa, &ALL).is("AAAF", ALICE),
        Case::new("read-only")
            .token(By::Ec, &[READ])
            .is("AFFF", ALICE)
            .says(
                "",
                "not among what this identity is limited to, which is READ",
            ),
        Case::new("write-alone")
            .token(By::Ec, &["condor:/WRITE"])
            .is("AAFF", ALICE),
        Case::new("daemon")
            .token(By::Ec, &["condor:/DAEMON"])
            .is("AAFA", ALICE),
        Case::new("other-scopes")
            .token(By::Ec, &["storage.read:/", "condor:/READ/x"])
            .fails("", "limited to, which is nothing but ALLOW"),
        good("by-variable")
            .by(Place::Variable)
            .says("BEARER_TOKEN", ""),
        good("by-file-of-variable")
            .by(Place::File)
            .says("BEARER_TOKEN_FILE", ""),
        good("by-runtime-folder")
            .by(Place::Runtime)
            .says("XDG_RUNTIME_DIR", ""),
        good("a-certificate-is-not-shown").certificate("client-bob"),
        good("a-bad-certificate-is-not-shown").certificate("client-expired"),
        odd(
            "no-audience-in-1.0",
            By::Ec,
            json!({"ver": null, "aud": null}),
        )
        .is("AAAF", ALICE),
        odd(
            "of-rsa-with-floats",
            By::Rsa,
            json!({"exp": 4_000_000_000_i64}),
        )
        .is("AAAF", ALICE),
        odd("no-nbf-no-id", By::Ec, json!({"nbf": null, "jti": null})).is("AAAF", ALICE),
        odd(
            "further-claims",
            By::Ec,
            json!({"client_id": "x", "groups": ["a"], "nested": {"a": 1}}),
        )
        .is("AAAF", ALICE),
        Case::new("wlcg-read")
            .wlcg(&["compute.read"])
            .is("AFFF", ALICE),
        Case::new("wlcg-write")
            .wlcg(&["compute.create", "compute.modify", "compute.cancel"])
            .is("AAFF", ALICE),
        Case::new("wlcg-create-alone")
            .wlcg(&["compute.create", "compute.read"])
            .is("AFFF", ALICE),
        Case::new("compute-without-wlcg")
            .token(By::Ec, &["compute.read", "condor:/ADVERTISE_STARTD"])
            .is("AFAF", ALICE),
    ]
}

fn bad_ones() -> Vec<Case> {
    vec![
        odd("expired", By::Ec, json!({"exp": "@NOW-60@", "iat": "@NOW-120@", "nbf": "@NOW-120@"}))
            .fails("it expired ", "it expired 1 minute ago (exp)"),
        odd("not-yet", By::Ec, json!({"nbf": "@NOW+600@"})).fails("it is not valid for another ", "it is not good yet (nbf)"),
        odd("issued-in-the-future", By::Ec, json!({"iat": "@NOW+600@", "nbf": null})).fails(REFUSED, "it is not good yet (iat)"),
        good("wrong-audience").for_audience(&["cm.example"]).fails(
            REFUSED,
            "it is for \\\"cm.example\\\", and SCITOKENS_SERVER_AUDIENCE is not set",
        ),
        odd("no-audience", By::Ec, json!({"aud": null})).fails(REFUSED, "it does not say whom it is for (aud)"),
        odd("no-scope", By::Ec, json!({"scope": null})).fails(REFUSED, "it has no claim \\\"scope\\\""),
        odd("no-subject", By::Ec, json!({"sub": null})).fails(REFUSED, "it has no claim \\\"sub\\\""),
        odd("unknown-version", By::Ec, json!({"ver": "scitoken:9.0"})).fails(REFUSED, "a version that is not known"),
        odd("further-claims-in-1.0", By::Ec, json!({"ver": null, "aud": null, "client_id": "x"}))
            .fails(REFUSED, "in that profile no claim \\\"client_id\\\" is known"),
        odd("another-subject", By::Ec, json!({"sub": "mallory"})).fails(REFUSED, "is good, but nothing maps it"),
        Case::new("unknown-issuer").token(By::Stranger, &ALL).fails(REFUSED, "@STRANGER@"),
        odd("issuer-down", By::Down, json!({})).fails(REFUSED, "its issuer's keys cannot be had"),
        Case::new("issuer-untrusted").token(By::Untrusted, &ALL).fails(REFUSED, "its issuer's keys cannot be had"),
        odd("forged", By::Forger, json!({})).fails(REFUSED, "its signature is not by the key \\\"ec\\\""),
        odd("unknown-key", By::OtherKey, json!({})).fails(REFUSED, "new"),
        Case::new("no-token").fails("no token was found", "the client says that it cannot begin: it found no token"),
        Case::new("garbage").text("not-a-token").fails("it cannot be read as a JSON Web Token", "cannot be read"),
        good("wrong-host").alias(Some("other.example")).fails(
            "certificate is for localhost, vm.example, not for other.example",
            "the client gave up",
        ),
        good("no-alias").alias(None).fails(
            "certificate is for localhost, vm.example; you dialled @ADDRESS@ without an alias: use <@SOCKET@?alias=localhost>",
            "the client gave up",
        ),
        good("unknown-ca").client("AUTH_SSL_CLIENT_CAFILE =").fails(
            "its authority /CN=Test CA is not among those believed",
            "the client ended TLS with the alert",
        ),
    ]
}

fn version(name: &'static str, number: &str, shown: &'static str) -> Group {
    let conf = format!("@TLS@/openssl-{number}.cnf");
    let case = good("good").variable("OPENSSL_CONF", &conf).says(shown, "");
    Group::new(name, "SCITOKENS", vec![case]).variable("OPENSSL_CONF", &conf)
}
