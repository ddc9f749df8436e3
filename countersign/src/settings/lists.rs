//! ALLOW_CLIENT and DENY_CLIENT, host names in them resolved as HTCondor does when it loads them.

use countersign_core::authz::{List, Lookup as HostLookup, list_knobs};
use countersign_core::names::Level;
use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};

use super::{Lookup, SettingsError};

/// Whether `condor@...` and `condor_pool@...` are the same.
pub(super) const POOL_EQUIVALENT: &str = "USE_POOL_USERNAME_EQUIVALENT";

/// The servers that this client accepts.
pub(super) fn allow(lookup: &Lookup<'_>, subsystem: &str) -> Result<Option<List>, SettingsError> {
    list(lookup, &list_knobs(Level::Client, subsystem, false).allow)
}

/// The servers that it does not.
pub(super) fn deny(lookup: &Lookup<'_>, subsystem: &str) -> Result<Option<List>, SettingsError> {
    list(lookup, &list_knobs(Level::Client, subsystem, false).deny)
}

fn list(lookup: &Lookup<'_>, knobs: &[String]) -> Result<Option<List>, SettingsError> {
    let Some((knob, setting)) = lookup.first(knobs)? else {
        return Ok(None);
    };
    let pool_equivalent = lookup.boolean(POOL_EQUIVALENT)?;
    let mut list = List::parse_with(&setting.value, pool_equivalent).from_knob(knob);
    let hosts: Vec<String> = list.hosts_to_resolve().map(str::to_owned).collect();
    for host in hosts {
        list.resolved(&host, &addresses(&host));
    }
    Ok(Some(list))
}

/// The addresses of a host. That there is no such host is an answer; that nobody could say is none.
pub(super) fn addresses(host: &str) -> HostLookup {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    match getaddrinfo(Some(host), None, Some(hints)) {
        Ok(found) => {
            let found: Result<Vec<_>, _> = found
                .map(|info| info.map(|info| info.sockaddr.ip()))
                .collect();
            found.map_or_else(
                |error| HostLookup::Failed(error.to_string()),
                HostLookup::Addresses,
            )
        }
        Err(error) => match error.kind() {
            LookupErrorKind::NoName | LookupErrorKind::NoData => HostLookup::Addresses(Vec::new()),
            _ => HostLookup::Failed(std::io::Error::from(error).to_string()),
        },
    }
}
