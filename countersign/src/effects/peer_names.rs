//! The host names of an address, for lists that name hosts.
//!
//! A name counts only if a forward lookup gives the address again. Names come from the reverse
//! lookup and, as aliases, from `/etc/hosts`, where HTCondor's own lookup finds its aliases too.

use std::net::IpAddr;

use countersign_core::authz::PeerNames;
use countersign_core::effect::{LookUpPeer, PeerFacts};
use dns_lookup::LookupErrorKind;

/// The most names looked at.
const MAX_NAMES: usize = 64;

/// Looks up what is known of a peer's address.
#[must_use]
pub fn look_up_peer(request: &LookUpPeer) -> PeerFacts {
    let ip = request.0;
    PeerFacts {
        names: names(ip),
        local: is_local(ip),
    }
}

fn names(ip: IpAddr) -> PeerNames {
    // NI_NUMERICSERV and NI_NAMEREQD; the crate has no names for them.
    let mut candidates = match dns_lookup::getnameinfo(&(ip, 0).into(), 2 | 8) {
        Ok((name, _)) if name.parse::<IpAddr>().is_ok() => Vec::new(),
        Ok((name, _)) => vec![name],
        // That it has no name is an answer.
        Err(error) if matches!(error.kind(), LookupErrorKind::NoName) => Vec::new(),
        Err(error) => return PeerNames::Failed(std::io::Error::from(error).to_string()),
    };
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    for name in aliases(&hosts, ip) {
        if !candidates.contains(&name) {
            candidates.push(name);
        }
    }
    candidates.truncate(MAX_NAMES);
    candidates.retain(|name| confirms(name, ip));
    PeerNames::Confirmed(candidates)
}

fn confirms(name: &str, ip: IpAddr) -> bool {
    dns_lookup::lookup_host(name).is_ok_and(|mut addresses| addresses.any(|found| found == ip))
}

/// Every name that a hosts file gives an address.
fn aliases(hosts: &str, ip: IpAddr) -> Vec<String> {
    hosts
        .lines()
        .filter_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            (words.next()?.parse() == Ok(ip)).then(|| words.map(str::to_owned).collect::<Vec<_>>())
        })
        .flatten()
        .collect()
}

/// An address is this machine's own if one of its interfaces has it. Whether it can be bound to
/// says less: `net.ipv4.ip_nonlocal_bind` allows any.
fn is_local(ip: IpAddr) -> Option<bool> {
    let own = nix::ifaddrs::getifaddrs().ok()?;
    Some(is_among(
        own.filter_map(|interface| address(&interface.address?)),
        ip.to_canonical(),
    ))
}

/// All of `127.0.0.0/8` is the loopback interface's, of which it lists one.
fn is_among(mut own: impl Iterator<Item = IpAddr>, ip: IpAddr) -> bool {
    own.any(|own| {
        own == ip || matches!((own, ip), (IpAddr::V4(own), IpAddr::V4(ip)) if own.is_loopback() && ip.is_loopback())
    })
}

fn address(address: &nix::sys::socket::SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|address| address.ip().into());
    v4.or_else(|| address.as_sockaddr_in6().map(|address| address.ip().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_file() {
        let hosts =
            "127.0.0.1 localhost me # comment\n#127.0.0.1 not\n10.0.0.1 other\n127.0.0.1\tagain\n";
        let ip = "127.0.0.1".parse().unwrap();
        assert_eq!(aliases(hosts, ip), ["localhost", "me", "again"]);
    }

    #[test]
    fn loopback_is_local() {
        assert_eq!(is_local("127.0.0.1".parse().unwrap()), Some(true));
        assert_eq!(is_local("192.0.2.1".parse().unwrap()), Some(false));
    }

    #[test]
    fn only_the_interfaces_addresses_count() {
        let own = ["127.0.0.1", "10.0.0.1", "fe80::1"];
        let is_own = |ip: &str| {
            is_among(
                own.iter().map(|ip| ip.parse().unwrap()),
                ip.parse().unwrap(),
            )
        };
        for ip in ["10.0.0.1", "fe80::1", "127.0.1.1"] {
            assert!(is_own(ip), "{ip}");
        }
        for ip in ["10.0.0.2", "fe80::2", "::1", "192.0.2.1"] {
            assert!(!is_own(ip), "{ip}");
        }
    }
}
