//! How the daemon is reached, and what else may answer there.

use crate::daemon::Kind;
use crate::odd::Odd;
use crate::scenario::{IPV4, OPEN, PLACES, Scenario, TOKENS_THEN_FS, Target, View};

pub(super) const IPV6: &str = "NETWORK_INTERFACE = ::1\nENABLE_IPV6 = True\nENABLE_IPV4 = False\n";

const GIVEN_UP: &str = "         Instruction Authentication Encryption Integrity Decision Identity
                READ           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
";

pub(super) fn schedd() -> Target {
    Target::Real(
        Kind::SharedPort,
        format!("{PLACES}{IPV4}{OPEN}{TOKENS_THEN_FS}"),
    )
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let sixth = Target::Real(
        Kind::Collector,
        format!("{PLACES}{IPV6}{OPEN}{TOKENS_THEN_FS}"),
    );
    let required = "SEC_DEFAULT_AUTHENTICATION = REQUIRED";
    let some = [View::Table, View::Verbose, View::Sentence];
    let waits = View::Alone(
        "gives-up",
        ["-address", "@ADDRESS@", "-table", "READ"]
            .map(str::to_owned)
            .to_vec(),
        GIVEN_UP,
    );
    let mut all = vec![
        Scenario::new("transports/silent")
            .target(Target::Odd(Odd::Silent))
            .views(&[waits]),
        Scenario::new("transports/ipv6")
            .target(sixth.clone())
            .client("ENABLE_IPV6 = True"),
        Scenario::new("transports/ipv6-authenticated")
            .target(sixth)
            .both(required)
            .views(&some),
        Scenario::new("transports/shared-port")
            .target(schedd())
            .views(&some),
        Scenario::new("transports/shared-port-authenticated")
            .target(schedd())
            .client("SEC_CLIENT_AUTHENTICATION = REQUIRED\nSEC_CLIENT_ENCRYPTION = REQUIRED"),
        // The directory of FS is bound to the address that was dialled, the shared port's id included.
        Scenario::new("transports/shared-port-by-fs")
            .target(schedd())
            .client("SEC_CLIENT_AUTHENTICATION = REQUIRED\nSEC_CLIENT_AUTHENTICATION_METHODS = FS"),
        Scenario::new("transports/forwarded-by-fs")
            .target(Target::Real(
                Kind::Collector,
                format!("{PLACES}{IPV4}{OPEN}{TOKENS_THEN_FS}TCP_FORWARDING_HOST = 127.0.0.2\n"),
            ))
            .client("SEC_CLIENT_AUTHENTICATION = REQUIRED\nSEC_CLIENT_AUTHENTICATION_METHODS = FS"),
    ];
    for (name, odd) in [
        ("nobody", Odd::Nobody),
        ("web-server", Odd::Http),
        ("ssh-server", Odd::Ssh),
        ("hangs-up", Odd::HangsUp),
        ("reads-and-hangs-up", Odd::ReadsAndHangsUp),
    ] {
        let views = [
            View::Table,
            View::Verbose,
            View::Sentence,
            View::Long,
            View::Quiet,
        ];
        all.push(
            Scenario::new(format!("transports/{name}"))
                .target(Target::Odd(odd))
                .views(&views),
        );
    }
    all
}
