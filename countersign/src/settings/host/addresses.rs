//! IP_ADDRESS, IPV4_ADDRESS and IPV6_ADDRESS: which of this host's addresses HTCondor would take
//! (`network_interface_to_ip`).

use std::net::IpAddr;

use countersign_config::split_list;
use nix::ifaddrs::getifaddrs;

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The interface: `eth0`.
    pub interface: String,
    /// Its address.
    pub address: IpAddr,
}

/// All addresses of this host.
pub(super) fn detect() -> Vec<InterfaceAddress> {
    let Ok(interfaces) = getifaddrs() else {
        return Vec::new();
    };
    interfaces
        .filter_map(|found| {
            let address = found.address?;
            let address = match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
                (Some(v4), _) => IpAddr::from(v4.ip()),
                (_, Some(v6)) => IpAddr::from(v6.ip()),
                _ => return None,
            };
            Some(InterfaceAddress {
                interface: found.interface_name,
                address,
            })
        })
        .collect()
}

/// The address of each family that goes with NETWORK_INTERFACE: an address, or a list of patterns for interfaces and
/// addresses. The more of the world it reaches, the better.
pub(super) fn choose(
    all: &[InterfaceAddress],
    network_interface: &str,
) -> (Option<IpAddr>, Option<IpAddr>) {
    if let Ok(address) = network_interface.trim().parse::<IpAddr>() {
        return match address {
            IpAddr::V4(_) => (Some(address), None),
            IpAddr::V6(_) => (None, Some(address)),
        };
    }
    let fits = |found: &&InterfaceAddress| {
        split_list(network_interface).any(|pattern| {
            matches(pattern, &found.interface) || matches(pattern, &found.address.to_string())
        })
    };
    let best = |is_v4: bool| {
        let mut best: Option<(u8, IpAddr)> = None;
        let family = all.iter().filter(|found| found.address.is_ipv4() == is_v4);
        for found in family.filter(fits) {
            let reach = reach(found.address);
            if best.is_none_or(|(known, _)| reach > known) {
                best = Some((reach, found.address));
            }
        }
        best.map(|(_, address)| address)
    };
    (best(true), best(false))
}

fn reach(address: IpAddr) -> u8 {
    let (loopback, link, private) = match address {
        IpAddr::V4(v4) => (v4.is_loopback(), v4.is_link_local(), v4.is_private()),
        IpAddr::V6(v6) => (
            v6.is_loopback(),
            v6.is_unicast_link_local(),
            v6.is_unique_local(),
        ),
    };
    match (loopback, link, private) {
        (true, ..) => 1,
        (_, true, _) => 2,
        (_, _, true) => 3,
        _ => 4,
    }
}

/// Whether a text is what a pattern with `*` says, without regard to case.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or(""),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_reaches_furthest() {
        let all: Vec<_> = [
            ("lo", "127.0.0.1"),
            ("lo", "::1"),
            ("eth0", "10.1.2.3"),
            ("eth1", "192.0.2.7"),
            ("eth1", "fe80::1"),
            ("eth1", "fd00::2"),
        ]
        .map(|(interface, address)| InterfaceAddress {
            interface: interface.into(),
            address: address.parse().unwrap(),
        })
        .into();
        let chosen = |pattern: &str| {
            let (v4, v6) = choose(&all, pattern);
            [v4, v6].map(|address| address.map(|a| a.to_string()).unwrap_or_default())
        };
        assert_eq!(chosen("*"), ["192.0.2.7", "fd00::2"]);
        assert_eq!(chosen("eth0"), ["10.1.2.3", ""]);
        assert_eq!(chosen("LO"), ["127.0.0.1", "::1"]);
        assert_eq!(chosen("10.*, fe80*"), ["10.1.2.3", "fe80::1"]);
        assert_eq!(chosen("203.0.113.9"), ["203.0.113.9", ""]);
        assert_eq!(chosen("wlan*"), ["", ""]);
    }
}
