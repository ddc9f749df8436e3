//! Which of a daemon's addresses can be dialled from here.

use countersign_core::sinful::LocalNetwork;

use super::{Lookup, SettingsError};

/// Reads ENABLE_IPV4, ENABLE_IPV6, PREFER_OUTBOUND_IPV4 and PRIVATE_NETWORK_NAME.
pub(super) fn local(lookup: &Lookup<'_>) -> Result<LocalNetwork, SettingsError> {
    Ok(LocalNetwork {
        private_network_name: lookup.text("PRIVATE_NETWORK_NAME")?,
        enable_ipv4: lookup.boolean("ENABLE_IPV4")?,
        enable_ipv6: lookup.boolean("ENABLE_IPV6")?,
        ignore_target_protocol_preference: lookup.boolean("IGNORE_TARGET_PROTOCOL_PREFERENCE")?,
        prefer_outbound_ipv4: lookup.boolean("PREFER_OUTBOUND_IPV4")?,
    })
}
