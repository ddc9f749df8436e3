//! The host names of an address, for lists that name hosts.
//!
//! A name counts only if a forward lookup gives the address again. Names come from the reverse
//! lookup and, as aliases, from `/etc/hosts`, where HTCondor's own lookup finds its aliases too.

use std::net::IpAddr;

use countersign_core::authz::PeerNames;
use countersign_core::effect::{LookUpPeer, PeerFacts};

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
    let mut candidates = match dns_lookup::lookup_addr(&ip) {
        Ok(name) if name.parse::<IpAddr>().is_ok() => Vec::new(),
        Ok(name) => vec![name],
        Err(error) => return PeerNames::Failed(error.to_string()),
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

/// An address is this machine's own if something can be bound to it.
fn is_local(ip: IpAddr) -> Option<bool> {
    match std::net::UdpSocket::bind((ip, 0)) {
        Ok(_) => Some(true),
        Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => Some(false),
        Err(_) => None,
    }
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
}
