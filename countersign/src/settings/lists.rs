//! ALLOW_CLIENT and DENY_CLIENT, host names in them resolved as HTCondor does when it loads them.

use countersign_core::authz::{List, Lookup as HostLookup, list_knobs};
use countersign_core::names::Level;

use super::{Lookup, SettingsError};

/// The servers that this client accepts.
pub(super) fn allow(lookup: &Lookup<'_>, subsystem: &str) -> Result<Option<List>, SettingsError> {
    list(lookup, &list_knobs(Level::Client, subsystem, false).allow)
}

/// The servers that it does not.
pub(super) fn deny(lookup: &Lookup<'_>, subsystem: &str) -> Result<Option<List>, SettingsError> {
    list(lookup, &list_knobs(Level::Client, subsystem, false).deny)
}

fn list(lookup: &Lookup<'_>, knobs: &[String]) -> Result<Option<List>, SettingsError> {
    let Some((knob, text)) = lookup.first(knobs)? else {
        return Ok(None);
    };
    let pool_equivalent = lookup.boolean("USE_POOL_USERNAME_EQUIVALENT", true)?;
    let mut list = List::parse_with(&text, pool_equivalent).from_knob(knob);
    let hosts: Vec<String> = list.hosts_to_resolve().map(str::to_owned).collect();
    for host in hosts {
        let found = match dns_lookup::lookup_host(&host) {
            Ok(addresses) => HostLookup::Addresses(addresses.collect()),
            Err(error) => HostLookup::Failed(error.to_string()),
        };
        list.resolved(&host, &found);
    }
    Ok(Some(list))
}
