//! A server's reply: whatever it says, what is agreed on is never less than what this side requires.
//!
//! Two bytes for the client's policy, one for the usual attributes of a reply, then more of its lines, which take their
//! place.

#![no_main]

use countersign_core::names::known_method;
use countersign_core::policy::{
    ClientPolicy, ClientSettings, ListedMethod, Requirement, ServerReply,
};
use countersign_fuzz::{Dice, script};
use libfuzzer_sys::fuzz_target;

const SCALE: [Requirement; 4] = [
    Requirement::Never,
    Requirement::Optional,
    Requirement::Preferred,
    Requirement::Required,
];

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let (wants, has, says) = (dice.byte(), dice.byte(), dice.byte());
    let Ok(text) = std::str::from_utf8(dice.0) else {
        return;
    };
    let want = |shift: u8| SCALE[usize::from(wants >> shift & 3)];
    let settings = ClientSettings {
        authentication: want(0),
        encryption: want(2),
        integrity: want(4),
        negotiation: want(6),
        methods: Vec::new(),
        crypto_methods: ["AES", "BLOWFISH", "3DES", "TRIPLEDES"]
            .iter()
            .enumerate()
            .filter(|(bit, _)| has >> bit & 1 == 1)
            .map(|(_, cipher)| (*cipher).to_owned())
            .collect(),
        session_duration: 60,
        session_lease: 3600,
        trust_domain: None,
        subsystem: "TOOL".into(),
        version: String::new(),
    };
    let listed = ["IDTOKENS", "FS", "SSL", "CLAIMTOBE"]
        .iter()
        .enumerate()
        .filter(|(bit, _)| has >> (4 + bit) & 1 == 1)
        .map(|(_, name)| {
            let name = known_method(name).expect("a known method");
            let performed = name.canonical != "SSL";
            (name.canonical.to_owned(), ListedMethod { name, performed })
        })
        .collect();
    let policy = match ClientPolicy::resolve(&settings, listed) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    // What is required stays required.
    for (own, effective) in [
        (settings.authentication, policy.authentication_new),
        (settings.encryption, policy.encryption),
        (settings.integrity, policy.integrity),
    ] {
        assert!(own != Requirement::Required || effective == Requirement::Required);
    }
    // Only NEGOTIATION = NEVER takes anything back.
    assert!(
        policy.authentication >= policy.authentication_new
            || settings.negotiation == Requirement::Never
    );

    let mut lines = Vec::new();
    for (shift, attribute) in [(0, "Authentication"), (2, "Encryption"), (4, "Integrity")] {
        if let Some(word) = ["YES", "NO", "FAIL"].get(usize::from(says >> shift & 3)) {
            lines.push(format!("{attribute} = \"{word}\""));
        }
    }
    if says & 64 == 0 {
        lines.push("CryptoMethods = \"AES\"".into());
    }
    if says & 128 == 0 {
        lines.push("ECDHPublicKey = \"@\"".into());
    }
    lines.extend(text.split('\n').take(90).map(str::to_owned));
    let reply = ServerReply::from_ad(script::ad(&lines, "a key"));
    let agreed = match reply.check(&policy) {
        Ok(agreed) => agreed,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(policy.encryption != Requirement::Required || agreed.encryption);
    assert!(policy.integrity != Requirement::Required || agreed.integrity);
    if settings.authentication == Requirement::Required {
        assert!(agreed.methods.is_some() && agreed.authentication_required);
    }
    if settings.authentication == Requirement::Never {
        assert!(agreed.methods.is_none());
    }
    if let Some(methods) = &agreed.methods {
        for method in methods {
            assert!(policy.methods.iter().any(|(_, offered)| offered == method));
        }
    }
    if let Some(cipher) = agreed.cipher {
        assert!(policy.ciphers.iter().any(|(_, offered)| *offered == cipher));
    }
    if agreed.encryption || agreed.integrity {
        assert!(agreed.cipher.is_some());
        assert!(reply.public_key.is_some() || agreed.methods.is_some());
    }
});
