//! What lies on this side: the address, the settings, the lists.

use countersign_core::authz::{Decision, Rule};
use countersign_core::policy::PolicyError;
use countersign_core::sinful::RouteRefusal;
use countersign_core::trace::Trace;

use super::methods::{failed_methods, lift};
use super::{Causes, Finding};

/// Where an address can be had anew.
pub(super) const ADDRESS_ANEW: &str =
    "its address file, or condor_status -any -af MyType Name MyAddress";

pub(super) fn unreachable(text: String, problem: &str) -> Finding {
    if problem.contains("failed to lookup address information") {
        return Finding::new(
            text,
            "this host does not know the name (getent hosts NAME shows what it knows): check how \
             it is written, or give the address in numbers",
        );
    }
    Finding::new(
        text,
        format!(
            "check that the daemon runs, and that this is the address it has now ({ADDRESS_ANEW})"
        ),
    )
}

pub(super) fn unroutable(refusal: &RouteRefusal) -> Finding {
    let text = refusal.to_string();
    match refusal {
        RouteRefusal::NeedsBroker { network, .. } => Finding::new(
            text,
            match network {
                Some(network) => {
                    format!("run this from a host inside that network ({network}), or condor_ping")
                }
                None => "run this from a host inside that network, or condor_ping".into(),
            },
        ),
        RouteRefusal::NoPort { .. } => Finding::new(
            text,
            format!("take the address that the daemon has now ({ADDRESS_ANEW})"),
        ),
        RouteRefusal::BadPrivateAddr { .. } => Finding::new(
            text,
            "the daemon published it so: check PRIVATE_NETWORK_INTERFACE there",
        ),
        _ => Finding::bare(text),
    }
}

pub(super) fn policy(error: &PolicyError, trace: &Trace) -> Causes {
    match error {
        PolicyError::Contradiction {
            refusing,
            requiring,
        } => Finding::new(
            error.to_string(),
            format!(
                "raise SEC_CLIENT_{refusing} (SEC_DEFAULT_{refusing} where it is not set) from \
                 NEVER to OPTIONAL; {} cannot go without it",
                requiring.to_lowercase()
            ),
        )
        .into(),
        PolicyError::NoMethods => lift(
            "authentication is REQUIRED by SEC_CLIENT_AUTHENTICATION (or SEC_DEFAULT_AUTHENTICATION)",
            failed_methods(trace),
        ),
        PolicyError::NoCiphers => Finding::new(
            error.to_string(),
            "put AES into SEC_CLIENT_CRYPTO_METHODS (names are compared with case)",
        )
        .into(),
    }
}

/// ALLOW_CLIENT and DENY_CLIENT did not accept the server.
pub(super) fn refused(decision: &Decision) -> Finding {
    let Decision { user, ip, by, .. } = decision;
    let text =
        format!("the server said yes, but this client's own lists do not accept it: {decision}");
    let meant = format!("if {user} at {ip} is the server you meant");
    let unproven = if user == "unauthenticated@unmapped" {
        " (it proved no name; of the methods here only IDTOKENS and PASSWORD prove one)"
    } else {
        ""
    };
    match by {
        Rule::NoMatch { .. } | Rule::NoAllowList { .. } => Finding::new(
            text,
            format!("{meant}, ALLOW_CLIENT here must match it: {user}/{ip}{unproven}"),
        ),
        Rule::Deny { knob, entry, .. } => Finding::new(
            text,
            format!("{meant}, the entry {entry} of {knob} here is too wide{unproven}"),
        ),
        Rule::CannotTell { missing, .. } => Finding::new(
            text,
            format!("{meant}, see to it that this can be looked up: {missing}"),
        ),
        Rule::DeniesEveryone { knob } => Finding::new(
            text,
            format!("{meant}, {knob} = * here must be narrowed{unproven}"),
        ),
        _ => Finding::bare(text),
    }
}
