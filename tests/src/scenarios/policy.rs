//! How much of authentication, encryption and integrity each side asks for, and which ciphers it knows.

use crate::run::User;
use crate::scenario::Scenario;

const FEATURES: [&str; 3] = ["AUTHENTICATION", "ENCRYPTION", "INTEGRITY"];
const VALUES: [&str; 4] = ["REQUIRED", "PREFERRED", "OPTIONAL", "NEVER"];

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    for feature in FEATURES {
        for value in VALUES {
            let name = format!("{}-{}", feature.to_lowercase(), value.to_lowercase());
            let server = format!("SEC_DEFAULT_{feature} = {value}");
            let client = format!("SEC_CLIENT_{feature} = {value}");
            all.push(Scenario::new(format!("policy/server-{name}")).server(&server));
            all.push(Scenario::new(format!("policy/client-{name}")).client(&client));
        }
    }
    all.extend(pairs());
    all.extend(ciphers());
    all
}

fn pairs() -> Vec<Scenario> {
    let both = |name: &str, text: &str| Scenario::new(format!("policy/both-{name}")).both(text);
    vec![
        both(
            "required",
            "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_ENCRYPTION = REQUIRED\nSEC_DEFAULT_INTEGRITY = REQUIRED",
        ),
        both(
            "never",
            "SEC_DEFAULT_AUTHENTICATION = NEVER\nSEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER",
        ),
        both(
            "preferred",
            "SEC_DEFAULT_AUTHENTICATION = PREFERRED\nSEC_DEFAULT_ENCRYPTION = PREFERRED\nSEC_DEFAULT_INTEGRITY = PREFERRED",
        ),
        Scenario::new("policy/authentication-refused")
            .server("SEC_DEFAULT_AUTHENTICATION = REQUIRED")
            .client("SEC_CLIENT_AUTHENTICATION = NEVER"),
        Scenario::new("policy/encryption-refused")
            .server("SEC_DEFAULT_ENCRYPTION = NEVER")
            .client("SEC_CLIENT_ENCRYPTION = REQUIRED"),
        Scenario::new("policy/integrity-refused")
            .server("SEC_DEFAULT_INTEGRITY = REQUIRED")
            .client("SEC_CLIENT_INTEGRITY = NEVER"),
        Scenario::new("policy/authenticated-in-clear")
            .both("SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER\nSEC_DEFAULT_AUTHENTICATION = REQUIRED"),
        Scenario::new("policy/encrypted-without-authentication")
            .both("SEC_DEFAULT_AUTHENTICATION = OPTIONAL\nSEC_DEFAULT_ENCRYPTION = REQUIRED"),
        Scenario::new("policy/values-in-small-letters-and-short")
            .server("SEC_DEFAULT_AUTHENTICATION = required")
            .client("SEC_CLIENT_ENCRYPTION = prefer"),
        Scenario::new("policy/client-negotiation-required").client("SEC_CLIENT_NEGOTIATION = REQUIRED"),
    ]
}

fn ciphers() -> Vec<Scenario> {
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
        case("small-letters", "aes", "aes"),
        case("unknown-one-first", "AES", "ROT13, AES"),
        case("none-in-common", "BLOWFISH", "AES"),
        case("none-in-common-as-bob", "AES", "BLOWFISH").user(User::Bob),
        Scenario::new("ciphers/old-ones-unused").both(
            "SEC_DEFAULT_CRYPTO_METHODS = 3DES, BLOWFISH\nSEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER",
        ),
    ]
}
