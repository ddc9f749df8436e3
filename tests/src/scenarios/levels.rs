//! Settings of one level, and of one daemon.

use crate::scenario::Scenario;

pub(super) fn scenarios() -> Vec<Scenario> {
    let case = |name: &str| Scenario::new(format!("levels/{name}"));
    vec![
        case("read-without-authentication")
            .server("SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_READ_AUTHENTICATION = OPTIONAL"),
        case("write-required")
            .server("SEC_WRITE_AUTHENTICATION = REQUIRED\nSEC_WRITE_ENCRYPTION = REQUIRED"),
        case("daemon-required")
            .server("SEC_DAEMON_AUTHENTICATION = REQUIRED\nSEC_DAEMON_INTEGRITY = REQUIRED"),
        case("daemon-methods").server(
            "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DAEMON_AUTHENTICATION_METHODS = IDTOKENS",
        ),
        case("administrator-never").server("SEC_ADMINISTRATOR_AUTHENTICATION = NEVER"),
        case("advertise-follows-daemon")
            .server("SEC_DAEMON_AUTHENTICATION = REQUIRED\nSEC_DAEMON_ENCRYPTION = NEVER"),
        case("of-the-collector").server(
            "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nCOLLECTOR.SEC_READ_AUTHENTICATION = NEVER",
        ),
        case("client-methods-and-default").client(
            "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = KERBEROS
SEC_CLIENT_AUTHENTICATION_METHODS = IDTOKENS",
        ),
        case("client-ignores-read-knobs")
            .client("SEC_READ_AUTHENTICATION = NEVER\nSEC_WRITE_AUTHENTICATION_METHODS = SSL"),
    ]
}
