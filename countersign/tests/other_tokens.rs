//! Tokens and keys go both ways between this and the library `jsonwebtoken`, which shares no code with it.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use countersign::SystemEntropy;
use countersign::issuer::{Algorithm, IssuerKey, IssuerUrl, Jwks, RsaBits, TokenRequest};
use countersign::methods::scitokens::{
    IssuerKeys, Judged, KeySet, KeysOrigin, Refusal, ScitokensServerSettings, Token, after_keys,
    before_keys,
};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";

fn other(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    algorithm.name().parse().unwrap()
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

fn keys() -> impl Iterator<Item = (Algorithm, IssuerKey)> {
    // Its default could not be told if another part of a program brought a second one along.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    Algorithm::ALL.into_iter().map(|algorithm| {
        let key = IssuerKey::generate(algorithm, RsaBits::default(), Some("k")).unwrap();
        (algorithm, key)
    })
}

#[test]
fn ours_are_taken_there() {
    let url: IssuerUrl = ISSUER.parse().unwrap();
    for (algorithm, key) in keys() {
        let request = TokenRequest {
            scopes: vec!["condor:/READ".into()],
            ..TokenRequest::new("alice", &["ANY"], 600)
        };
        let token = request.sign(&url, &key, now(), &mut SystemEntropy).unwrap();
        let published = Jwks::new(vec![key.public()]).to_json().to_string();
        let set: JwkSet = serde_json::from_str(&published).unwrap();
        let their_key = DecodingKey::from_jwk(set.find("k").unwrap()).unwrap();
        let mut validation = Validation::new(other(algorithm));
        validation.set_audience(&["ANY"]);
        validation.set_issuer(&[ISSUER]);
        let text = std::str::from_utf8(token.expose()).unwrap();
        let read = jsonwebtoken::decode::<Value>(text, &their_key, &validation).unwrap();
        assert_eq!(read.claims["sub"], "alice");
        assert_eq!(read.claims["scope"], "condor:/READ");
        assert_eq!(read.header.kid.as_deref(), Some("k"));
    }
}

fn judge(token: &str, keys: &IssuerKeys) -> Result<Judged, Refusal> {
    let settings = ScitokensServerSettings::default();
    let claimed = before_keys(Token::read(token.as_bytes())?, now(), &settings)?;
    after_keys(claimed, keys, now())
}

#[test]
fn theirs_are_taken_here() {
    for (algorithm, key) in keys() {
        let pem = key.to_pem().unwrap();
        let their_key = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 => EncodingKey::from_ec_pem(pem.expose()),
            _ => EncodingKey::from_rsa_pem(pem.expose()),
        }
        .unwrap();
        let header = Header {
            kid: Some("k".into()),
            ..Header::new(other(algorithm))
        };
        let claims = json!({
            "iss": ISSUER, "sub": "alice", "aud": "ANY", "ver": "scitoken:2.0", "scope": "condor:/WRITE",
            "iat": now(), "nbf": now(), "exp": now() + 600,
        });
        let token = jsonwebtoken::encode(&header, &claims, &their_key).unwrap();
        let published = Jwks::new(vec![key.public()]).to_json().to_string();
        let keys = IssuerKeys {
            set: Arc::new(KeySet::read(published.as_bytes()).unwrap()),
            origin: KeysOrigin::Fetched,
        };
        let judged = judge(&token, &keys).unwrap();
        assert_eq!(judged.authenticated_name(), format!("{ISSUER},alice"));
        assert_eq!(judged.limits, ["DENY", "WRITE"]);
        // A bit of the signature's middle.
        let mut altered = token.into_bytes();
        let at = altered.len() - 20;
        if let Some(byte) = altered.get_mut(at) {
            *byte = if *byte == b'A' { b'B' } else { b'A' };
        }
        let altered = String::from_utf8(altered).unwrap();
        assert!(matches!(
            judge(&altered, &keys),
            Err(Refusal::Signature { .. })
        ));
    }
}
