//! How much of authentication, encryption and integrity each side asks for.

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
