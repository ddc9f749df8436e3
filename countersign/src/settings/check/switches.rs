//! Switches that take a protection away.

use countersign_config::parse_bool;

use super::{Check, Code, Said, Severity};

/// A switch.
struct Switch {
    name: &'static str,
    /// The value that takes something away.
    off: bool,
    severity: Severity,
    htcondor: &'static str,
    fix: &'static str,
}

const SWITCHES: [Switch; 6] = [
    Switch {
        name: "SEC_DEBUG_PRINT_KEYS",
        off: true,
        severity: Severity::Dangerous,
        htcondor: "writes session keys into its logs; whoever reads them reads what was encrypted",
        fix: "remove it",
    },
    Switch {
        name: "SSL_SKIP_HOST_CHECK",
        off: true,
        severity: Severity::Dangerous,
        htcondor: "takes any server's certificate that a trusted authority signed, whatever host it is for",
        fix: "remove it, and give servers certificates with the names they are called by",
    },
    Switch {
        name: "FS_ALLOW_UNSAFE",
        off: true,
        severity: Severity::Dangerous,
        htcondor: "takes a file for proof as well, which others can have a user make",
        fix: "remove it",
    },
    Switch {
        name: "SEC_FS_ENFORCE_CHANNEL_BINDING",
        off: false,
        severity: Severity::Suspicious,
        htcondor: "makes the directory that a server names whichever server it names it for, so that one server can pass a user's \
                   authentication on to another",
        fix: "remove it, once no daemon before 25.0 is asked by FS",
    },
    Switch {
        name: "ALLOW_OAUTH_WITHOUT_ENCRYPTION",
        off: true,
        severity: Severity::Dangerous,
        htcondor: "sends users' OAuth tokens in clear",
        fix: "remove it",
    },
    Switch {
        name: "LEGACY_ALLOW_SEMANTICS",
        off: true,
        severity: Severity::Suspicious,
        htcondor: "reads WRITE's lists and settings for DAEMON and ADVERTISE_* where these have none of their own",
        fix: "remove it (or `use security:host_based`), and set ALLOW_DAEMON",
    },
];

pub(super) fn check(check: &mut Check<'_>) {
    for written in check.written.clone() {
        let Some(switch) = SWITCHES
            .iter()
            .find(|switch| switch.name.eq_ignore_ascii_case(written.base))
        else {
            continue;
        };
        let value = written.value.as_deref().unwrap_or_default();
        if written
            .found
            .is_some_and(|found| !found.knob.releases.include(check.config.release()))
        {
            continue;
        }
        if parse_bool(value) == Ok(switch.off) {
            let said = Said {
                code: Code::ProtectionOff,
                severity: switch.severity,
                what: format!("{} is {value}", written.name),
                htcondor: switch.htcondor.to_owned(),
                fix: switch.fix.to_owned(),
            };
            check.find(&written.name, written.origin, said);
        }
    }
}
