//! AUTH_SSL_CIPHERLIST: OpenSSL's names of ciphers, and which of them there are here.
//!
//! Rule: the list is about TLS 1.2 and before; those of TLS 1.3 are always there. Of OpenSSL's language this knows names,
//! the groups that hold any cipher of this build, and `!` and `-`.

use std::sync::Arc;

use countersign_core::effect::Entropy as _;
use countersign_methods::ssl::TlsParameters;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider};
use rustls::crypto::{GetRandomFailed, SecureRandom};
use rustls::{CipherSuite, NamedGroup, SupportedCipherSuite};

use crate::SystemEntropy;

/// The system's random numbers. A generator in this process takes long to seed, once for each thread and again and again.
#[derive(Debug)]
struct SystemRandom;

impl SecureRandom for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        SystemEntropy.fill(buffer).map_err(|_| GetRandomFailed)
    }
}

/// Those of TLS 1.2, by OpenSSL's names, in OpenSSL's order.
const SUITES: [(&str, SupportedCipherSuite); 6] = [
    (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "ECDHE-RSA-AES256-GCM-SHA384",
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        "ECDHE-RSA-CHACHA20-POLY1305",
        cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "ECDHE-RSA-AES128-GCM-SHA256",
        cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ),
];

/// The groups that keys are agreed on in, the quickest first.
const CLASSICAL: [NamedGroup; 3] = [
    NamedGroup::X25519,
    NamedGroup::secp256r1,
    NamedGroup::secp384r1,
];

/// The value of AUTH_SSL_CIPHERLIST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CipherList(pub String);

impl CipherList {
    /// The ciphers of TLS 1.2 in the list's order.
    fn suites(&self) -> Vec<(&'static str, SupportedCipherSuite)> {
        let mut chosen: Vec<(&'static str, SupportedCipherSuite)> = Vec::new();
        let mut banned = Vec::new();
        let parts = self.0.split([':', ',', ' ', ';']);
        for part in parts.filter(|part| !part.is_empty()) {
            let (sign, name) = match part.split_at_checked(1) {
                Some((sign @ ("!" | "-" | "+"), name)) => (sign, name),
                _ => ("", part),
            };
            let meant: Vec<_> = SUITES
                .into_iter()
                .filter(|(suite, _)| is_meant(name, suite))
                .collect();
            match sign {
                "!" | "-" => {
                    chosen.retain(|one| !meant.iter().any(|other| other.0 == one.0));
                    if sign == "!" {
                        banned.extend(meant.iter().map(|one| one.0));
                    }
                }
                "+" => {}
                _ => {
                    for one in meant {
                        let known = chosen.iter().any(|other| other.0 == one.0);
                        if !known && !banned.contains(&one.0) {
                            chosen.push(one);
                        }
                    }
                }
            }
        }
        chosen
    }
}

/// Whether a word of the list means this cipher: its name, or a group that it is in, or groups joined by `+`.
fn is_meant(word: &str, suite: &str) -> bool {
    word == suite
        || word.split('+').all(|group| match group {
            "ALL" | "DEFAULT" | "HIGH" | "COMPLEMENTOFALL" | "kEECDH" | "ECDHE" | "EECDH"
            | "kECDHE" | "TLSv1.2" => group != "COMPLEMENTOFALL",
            "AESGCM" => suite.contains("-GCM-"),
            "AES" => suite.contains("-AES"),
            "AES128" => suite.contains("-AES128-"),
            "AES256" => suite.contains("-AES256-"),
            "CHACHA20" => suite.contains("-CHACHA20-"),
            "ECDSA" | "aECDSA" => suite.contains("-ECDSA-"),
            "RSA" | "aRSA" => suite.contains("-RSA-"),
            "SHA256" => suite.ends_with("-SHA256"),
            "SHA384" => suite.ends_with("-SHA384"),
            _ => false,
        })
}

/// What is offered and taken by these settings.
pub(super) fn parameters(list: Option<&CipherList>) -> TlsParameters {
    let mut provider = default_provider();
    provider.secure_random = &SystemRandom;
    // Without ML-KEM: an OpenSSL of 3.5 asks for it in a second round wherever it is offered at all, and it is a third of a
    // handshake's work, for a secrecy that outlasts the tokens sent here by far; the key of the session comes from P-256.
    provider
        .kx_groups
        .retain(|group| CLASSICAL.contains(&group.name()));
    provider.kx_groups.sort_by_key(|group| {
        let name = group.name();
        CLASSICAL.iter().position(|other| *other == name)
    });
    // Of those of TLS 1.3, which no setting names, the one first that every peer has and that costs the least: SHA-384 is
    // computed without the processor's help.
    provider
        .cipher_suites
        .sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let Some(list) = list else {
        return TlsParameters {
            provider: Arc::new(provider),
            ..TlsParameters::default()
        };
    };
    let of_1_3 = |suite: &SupportedCipherSuite| suite.tls13().is_some();
    provider.cipher_suites.retain(of_1_3);
    provider
        .cipher_suites
        .extend(list.suites().into_iter().map(|(_, suite)| suite));
    TlsParameters {
        provider: Arc::new(provider),
        ..TlsParameters::default()
    }
}

/// Whether a list leaves nothing of TLS 1.2 that there is here: then only peers that speak TLS 1.3 are left. Names what
/// would be there.
#[must_use]
pub fn unusable_ciphers(list: &CipherList) -> Option<String> {
    list.suites()
        .is_empty()
        .then(|| SUITES.map(|(name, _)| name).join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str) -> Vec<&'static str> {
        let suites = CipherList(list.into()).suites();
        suites.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn openssl_lists() {
        assert_eq!(names("ALL").len(), 6);
        assert_eq!(names("HIGH:!ECDSA:!AES"), ["ECDHE-RSA-CHACHA20-POLY1305"]);
        assert_eq!(names("ECDHE+AESGCM:-ECDHE-RSA-AES128-GCM-SHA256").len(), 3);
        assert_eq!(
            names("ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA"),
            ["ECDHE-RSA-AES128-GCM-SHA256"]
        );
        assert!(names("DES-CBC3-SHA:AES256-SHA").is_empty());
        assert!(unusable_ciphers(&CipherList("AES256-SHA".into())).is_some());
    }
}
