//! Which ciphers each side knows, in which order, and what they are used for.

use crate::run::User;
use crate::scenario::{Scenario, View};

/// What is asked of encryption and of integrity.
const WISHES: [&str; 3] = ["REQUIRED", "OPTIONAL", "NEVER"];

/// What every one of them has: somebody authenticates, and FS works with daemons of both releases.
const COMMON: &str =
    "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_FS_ENFORCE_CHANNEL_BINDING = False";

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = orders();
    all.extend(uses());
    all.extend(methods());
    all.extend(sides());
    all
}

/// Who knows what, in which order.
fn orders() -> Vec<Scenario> {
    let required = "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_ENCRYPTION = REQUIRED";
    let case = |name: &str, server: &str, client: &str| {
        Scenario::new(format!("ciphers/{name}"))
            .both(required)
            .server(&format!("SEC_DEFAULT_CRYPTO_METHODS = {server}"))
            .client(&format!("SEC_CLIENT_CRYPTO_METHODS = {client}"))
    };
    vec![
        case("aes-alone", "AES", "AES"),
        case("server-aes", "AES", "BLOWFISH, 3DES, AES"),
        case("client-aes", "BLOWFISH, 3DES, AES", "AES"),
        case("server-prefers-aes", "AES, BLOWFISH", "AES, 3DES, BLOWFISH"),
        case("client-prefers-aes", "3DES, AES", "AES, 3DES"),
        case("both-prefer-blowfish", "BLOWFISH, AES", "BLOWFISH, AES"),
        case(
            "server-3des-first",
            "3DES, BLOWFISH, AES",
            "AES, BLOWFISH, 3DES",
        ),
        case("server-blowfish-first", "BLOWFISH, 3DES", "3DES, BLOWFISH"),
        case("no-aes-in-common", "AES, BLOWFISH", "3DES, BLOWFISH"),
        case("spaces-between", "3DES AES", "BLOWFISH 3DES"),
        case("by-its-long-name", "TRIPLEDES", "TRIPLEDES"),
        case("by-two-names", "3DES", "TRIPLEDES"),
        case("small-letters", "aes", "aes"),
        case("old-ones-in-small-letters", "3des, blowfish", "3des"),
        case("unknown-one-first", "AES", "ROT13, AES"),
        case(
            "unknown-one-before-an-old-one",
            "ROT13, 3DES",
            "ROT13, 3DES",
        ),
        case("listed-twice", "BLOWFISH, BLOWFISH", "BLOWFISH, BLOWFISH"),
        case("none-in-common", "BLOWFISH", "AES"),
        case("none-in-common-as-bob", "AES", "BLOWFISH").user(User::Bob),
        case("old-ones-not-in-common", "BLOWFISH", "3DES"),
    ]
}

fn case(name: &str, cipher: &str, method: &str, encryption: &str, integrity: &str) -> Scenario {
    Scenario::new(format!("ciphers/{name}"))
        .both(COMMON)
        .both(&format!(
            "SEC_DEFAULT_CRYPTO_METHODS = {cipher}\nSEC_DEFAULT_AUTHENTICATION_METHODS = {method}\n\
         SEC_DEFAULT_ENCRYPTION = {encryption}\nSEC_DEFAULT_INTEGRITY = {integrity}"
        ))
}

/// Each cipher, for everything that it can be used for.
fn uses() -> Vec<Scenario> {
    let mut all = Vec::new();
    for cipher in ["3DES", "BLOWFISH", "AES"] {
        for encryption in WISHES {
            for integrity in WISHES {
                let name = format!("{cipher}-{encryption}-{integrity}").to_lowercase();
                all.push(case(&name, cipher, "FS", encryption, integrity));
            }
        }
    }
    all
}

/// The old ciphers, with each method that needs nothing else.
fn methods() -> Vec<Scenario> {
    let mut all = Vec::new();
    for cipher in ["3DES", "BLOWFISH"] {
        for method in ["IDTOKENS", "CLAIMTOBE", "ANONYMOUS"] {
            for (encryption, integrity) in [
                ("REQUIRED", "REQUIRED"),
                ("REQUIRED", "NEVER"),
                ("NEVER", "REQUIRED"),
                ("NEVER", "NEVER"),
            ] {
                let name = format!("{method}-{cipher}-{encryption}-{integrity}").to_lowercase();
                let case = case(&name, cipher, method, encryption, integrity);
                all.push(case.views(&[View::Table]));
            }
        }
    }
    all
}

/// Where only one side insists, where nobody authenticates, and the session's ad.
fn sides() -> Vec<Scenario> {
    let required = "SEC_DEFAULT_ENCRYPTION = REQUIRED\nSEC_DEFAULT_INTEGRITY = REQUIRED";
    let base = |name: &str| case(name, "3DES, BLOWFISH", "FS", "OPTIONAL", "OPTIONAL");
    vec![
        base("server-insists").server(required),
        base("client-insists").client(required),
        base("client-refuses")
            .server(required)
            .client("SEC_DEFAULT_INTEGRITY = NEVER"),
        base("both-prefer")
            .both("SEC_DEFAULT_ENCRYPTION = PREFERRED\nSEC_DEFAULT_INTEGRITY = PREFERRED"),
        base("nobody-authenticates")
            .both(required)
            .both("SEC_DEFAULT_AUTHENTICATION = NEVER"),
        base("nobody-need-authenticate")
            .both(required)
            .both("SEC_DEFAULT_AUTHENTICATION = OPTIONAL"),
        base("as-root").both(required).user(User::Root),
        base("long").both(required).views(&[View::Long]),
        Scenario::new("ciphers/old-ones-unused").both(
            "SEC_DEFAULT_CRYPTO_METHODS = 3DES, BLOWFISH\nSEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER",
        ),
    ]
}
