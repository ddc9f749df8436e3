//! Tokens and keys that the tests make themselves.

mod judging;
mod limiting;
mod reading;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;

pub(super) const NOW: u64 = 1_800_000_000;
pub(super) const ISSUER: &str = "https://issuer.example/pool";

pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

/// A key of an issuer.
pub(super) struct Signer {
    pub(super) algorithm: Algorithm,
    pub(super) pair: Pair,
}

impl Signer {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let pair = match algorithm {
            Algorithm::Es256 => {
                Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
            }
            Algorithm::Es384 => {
                Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap())
            }
            _ => Pair::Rsa(rsa::KeyPair::generate(KeySize::Rsa2048).unwrap()),
        };
        Self { algorithm, pair }
    }

    pub(super) fn jwk(&self, kid: &str) -> Value {
        match &self.pair {
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(point.len() / 2);
                let crv = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": crv, "kid": kid, "x": b64(x), "y": b64(y)})
            }
            Pair::Rsa(pair) => {
                // SEQUENCE { INTEGER n, INTEGER e }: n has 257 bytes with its sign, e is 65537.
                let der = pair.public_key().as_ref();
                let n = &der[der.len() - 5 - 256..der.len() - 5];
                json!({"kty": "RSA", "kid": kid, "alg": self.algorithm.name(), "n": b64(n), "e": "AQAB"})
            }
        }
    }

    pub(super) fn sign(&self, header: &Value, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header.to_string()), b64(payload));
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ec(pair) => pair
                .sign(&random, signed.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            Pair::Rsa(pair) => {
                let padding = match self.algorithm {
                    Algorithm::Rs384 => &RSA_PKCS1_SHA384,
                    Algorithm::Rs512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, signed.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
        };
        format!("{signed}.{}", b64(signature))
    }

    pub(super) fn token(&self, kid: Option<&str>, claims: &Value) -> String {
        let mut header = json!({"alg": self.algorithm.name(), "typ": "JWT"});
        if let Some(kid) = kid {
            header["kid"] = kid.into();
        }
        self.sign(&header, &claims.to_string())
    }
}

pub(super) fn keys(jwks: &[Value]) -> IssuerKeys {
    let text = json!({ "keys": jwks }).to_string();
    IssuerKeys {
        set: std::sync::Arc::new(KeySet::read(text.as_bytes()).unwrap()),
        origin: KeysOrigin::Fetched,
    }
}

/// Claims of a good token of SciTokens 2.0, with changes; null takes one away.
pub(super) fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "alice", "iat": NOW - 10, "exp": NOW + 10, "nbf": NOW - 10,
        "ver": "scitoken:2.0", "aud": "ANY", "scope": "condor:/READ condor:/WRITE", "jti": "id-1",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    claims
}
