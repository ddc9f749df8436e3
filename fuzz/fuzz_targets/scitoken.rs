//! SciTokens: nothing is taken that its issuer did not sign, and what is taken is limited to what it says.
//!
//! The input is a byte of switches, then a token; or, so that the fuzzer need not know base64, its header and behind a
//! line break its payload, which are then signed with a key of the issuer's.

#![no_main]

use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_fuzz::{Dice, halves};
use countersign_methods::scitokens::{
    ForeignIssuers, IssuerKeys, KeySet, KeysOrigin, MAX_TOKEN, Refusal, ScitokensServerSettings,
    Token, after_keys, before_keys,
};
use libfuzzer_sys::{Corpus, fuzz_target};

const NOW: u64 = 1_800_000_000;

static KEY: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("there is entropy")
});

static KEYS: LazyLock<IssuerKeys> = LazyLock::new(|| {
    let (x, y) = KEY.public_key().as_ref()[1..].split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let set = format!(
        "{{\"keys\":[{{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\",\"x\":\"{x}\",\"y\":\"{y}\"}}]}}"
    );
    IssuerKeys {
        set: Arc::new(KeySet::read(set.as_bytes()).expect("it is one")),
        origin: KeysOrigin::Fetched,
    }
});

fn told(refusal: &Refusal, signature: &str) {
    let text = format!(
        "{refusal} {refusal:?} {:?} {:?}",
        refusal.remedy(),
        refusal.claim()
    );
    assert!(!refusal.to_string().is_empty());
    assert!(
        signature.len() < 40 || !text.contains(signature),
        "the signature is shown"
    );
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let mut dice = Dice(input);
    let knobs = dice.byte();
    let settings = ScitokensServerSettings {
        audiences: match knobs & 3 {
            0 => Vec::new(),
            1 => vec!["ANY".into()],
            _ => vec!["https://ap.example".into(), "x".into()],
        },
        foreign_types: knobs & 4 == 0,
        foreign_issuers: match knobs & 8 {
            0 => ForeignIssuers::Any,
            _ => ForeignIssuers::parse("https://a.example https://b.example"),
        },
    };
    let is_signed = knobs & 16 == 0;
    let bytes = if is_signed {
        let (header, payload) = halves(dice.0, b"\n");
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = KEY.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.expect("there is entropy"));
        format!("{signed}.{signature}").into_bytes()
    } else {
        dice.0.to_vec()
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let signature = text.rsplit('.').next().unwrap_or_default();
    let token = match Token::read(&bytes) {
        Ok(token) => token,
        Err(refusal) => {
            told(&refusal, signature);
            return Corpus::Keep;
        }
    };
    assert!(bytes.len() <= MAX_TOKEN);
    assert!(signature.len() < 40 || !format!("{token:?}").contains(signature));
    let claimed = match before_keys(token.clone(), NOW, &settings) {
        Ok(claimed) => claimed,
        Err(refusal) => {
            told(&refusal, signature);
            return Corpus::Keep;
        }
    };
    assert_eq!(Some(claimed.issuer.as_str()), token.unverified_issuer());
    assert!(claimed.issuer[..8].eq_ignore_ascii_case("https://"));
    assert!(!claimed.issuer.contains([',', '?', '#', '@', ' ']));
    let judged = match after_keys(claimed, &KEYS, NOW) {
        Ok(judged) => judged,
        Err(refusal) => {
            told(&refusal, signature);
            return Corpus::Keep;
        }
    };
    assert!(is_signed, "nobody signed it");
    let claims: serde_json::Value = serde_json::from_str(&judged.payload_json).expect("it is JSON");
    assert_eq!(claims["sub"].as_str(), Some(judged.subject.as_str()));
    assert_eq!(claims["iss"].as_str(), Some(judged.issuer.as_str()));
    assert!(judged.expires >= NOW as i64);
    assert_eq!(judged.limits.first().map(String::as_str), Some("DENY"));
    for limit in &judged.limits {
        assert!(!limit.is_empty() && !limit.contains([',', ' ', '\t', '\n', '\r']));
    }
    let scope = claims["scope"].as_str().unwrap_or_default();
    assert!(judged.limits.len() == 1 || scope.contains("condor") || scope.contains("compute."));
    assert!(judged.foreign.is_none() || settings.foreign_types);
    for (_, value) in &judged.attributes {
        assert!(!value.is_empty() || judged.subject.is_empty());
        assert!(!value.contains(char::is_control));
    }
    // The same under another signature is nobody's.
    let (signed, _) = text.rsplit_once('.').expect("it has parts");
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode([1; 64]));
    let forged = Token::read(forged.as_bytes()).expect("it was read");
    let forged = before_keys(forged, NOW, &settings).expect("the claims are the same");
    assert!(after_keys(forged, &KEYS, NOW).is_err());
    Corpus::Keep
});
