//! Whether a token that is there will do, instead of a new one.

use super::jwks::Jwks;
use super::request::TokenRequest;
use super::token::SciToken;
use super::url::IssuerUrl;

impl TokenRequest {
    /// Whether `old` says what this one would, was signed by a key of `keys`, and is good now and for more than
    /// `within` seconds.
    #[must_use]
    pub fn is_met_by(
        &self,
        old: &SciToken,
        issuer: &IssuerUrl,
        keys: &Jwks,
        within: u64,
        now: u64,
    ) -> bool {
        let needed = i64::try_from(now.saturating_add(within)).unwrap_or(i64::MAX);
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let by_key = self
            .key_id
            .as_deref()
            .is_none_or(|kid| old.kid() == Some(kid));
        by_key
            && self.is_like(issuer, old.claims())
            && old.time("exp").is_some_and(|end| end > needed)
            && old.time("iat").is_some_and(|start| start <= now)
            && old.signed_by(keys).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;
    use crate::issuer::{Algorithm, IssuerKey, RsaBits};

    #[test]
    fn what_will_do() {
        let issuer: IssuerUrl = "https://issuer.example".parse().unwrap();
        let key = || IssuerKey::generate(Algorithm::Es256, RsaBits::default(), Some("k")).unwrap();
        let (mine, other) = (key(), key());
        let keys = Jwks::new(vec![mine.public()]);
        let request = TokenRequest::new("alice", &["condor:/READ"], 100);
        let read = |key: &IssuerKey| {
            let token = request
                .sign(&issuer, key, 1000, &mut SystemEntropy)
                .unwrap();
            SciToken::read(std::str::from_utf8(token.expose()).unwrap()).unwrap()
        };
        let old = read(&mine);
        assert!(request.is_met_by(&old, &issuer, &keys, 99, 1000));
        assert!(request.is_met_by(&old, &issuer, &keys, 0, 1099));
        for (within, now) in [(100, 1000), (0, 1100), (0, 999), (u64::MAX, 1000)] {
            assert!(
                !request.is_met_by(&old, &issuer, &keys, within, now),
                "{within} {now}"
            );
        }
        assert!(!request.is_met_by(&read(&other), &issuer, &keys, 0, 1000));
        let elsewhere = "https://other.example".parse().unwrap();
        assert!(!request.is_met_by(&old, &elsewhere, &keys, 0, 1000));
        let named = TokenRequest {
            key_id: Some("other".into()),
            ..request.clone()
        };
        assert!(!named.is_met_by(&old, &issuer, &keys, 0, 1000));
    }
}
