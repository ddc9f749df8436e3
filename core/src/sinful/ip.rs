//! IP addresses as HTCondor writes and reads them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The address as HTCondor prints it (`condor_sockaddr::to_ip_string`): an IPv4-mapped IPv6 address as plain IPv4, and
/// the last 32 bits of an IPv4-compatible one dotted, as `inet_ntop` does.
#[must_use]
pub fn ip_text(ip: IpAddr) -> String {
    match canonical(ip) {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => match v6.segments() {
            [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
                format!("::{}", Ipv4Addr::from(u32::from_be_bytes(low_octets(v6))))
            }
            _ => v6.to_string(),
        },
    }
}

fn low_octets(v6: Ipv6Addr) -> [u8; 4] {
    let [.., a, b, c, d] = v6.octets();
    [a, b, c, d]
}

/// An IPv4-mapped IPv6 address as the IPv4 address that HTCondor's matching sees.
pub(crate) fn canonical(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

/// An IP literal, IPv6 also in brackets, text behind the bracket ignored (`condor_sockaddr::from_ip_string`).
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, _)) if inside.len() <= 39 => inside,
        _ => text,
    };
    bare.parse().ok()
}

/// The numbers of a dotted IPv4 address or of the beginning of one, as HTCondor's oldest parser reads them: one `*` or
/// `.` at the end (or `.*`, `..`) is ignored, leading zeros are decimal, no number at all is fine.
pub(crate) fn loose_ipv4(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    let stripped = match text.strip_suffix(['*', '.']) {
        Some(head) => head.strip_suffix('.').unwrap_or(head),
        None => text,
    };
    let mut parts = Vec::new();
    let mut rest = stripped;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (digits, tail) = rest.split_at_checked(end)?;
        // At most 15 digits: fits an i64. HTCondor's atoi() keeps the low 32 bits.
        let number = digits.parse::<i64>().ok()?;
        #[allow(clippy::cast_possible_truncation)]
        parts.push(u8::try_from(number as i32).ok()?);
        if tail.is_empty() {
            break;
        }
        rest = tail.strip_prefix('.')?;
        if parts.len() >= 4 {
            return None;
        }
    }
    Some(parts)
}

/// How much HTCondor wants to connect to an address (`condor_sockaddr::desirability`): larger is better.
pub(crate) fn desirability(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V6(v6) if v6.is_unicast_link_local() => 1,
        _ if ip.is_loopback() => 2,
        IpAddr::V4(v4) if v4.is_link_local() => 3,
        IpAddr::V4(v4) if v4.is_private() => 4,
        IpAddr::V6(v6) if v6.is_unique_local() => 4,
        _ => 5,
    }
}

/// One entry of the `addrs` parameter: `127.0.0.1-9618`, `[--1]-9618` (`condor_sockaddr::from_ccb_safe_string`). Ports
/// that are not plain digits up to 65535 are refused; HTCondor would cut them.
pub(crate) fn parse_addrs_entry(entry: &str) -> Option<SocketAddr> {
    let (ip, port) = entry.rsplit_once('-')?;
    if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(SocketAddr::new(
        parse_ip(&ip.replace('-', ":"))?,
        port.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_addresses_as_htcondor_does() {
        for (ip, text) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::1.2.3.4", "::1.2.3.4"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(ip_text(ip.parse().unwrap()), text);
        }
    }

    #[test]
    fn reads_loose_ipv4() {
        for (text, parts) in [
            ("127.0.0.1", Some(vec![127, 0, 0, 1])),
            ("127.0.0.1.", Some(vec![127, 0, 0, 1])),
            ("127.0.0.1..", Some(vec![127, 0, 0, 1])),
            ("127.*", Some(vec![127])),
            ("127*", Some(vec![127])),
            ("127.0.0.01", Some(vec![127, 0, 0, 1])),
            (".", Some(vec![])),
            ("4294967423", Some(vec![127])),
            ("1.2.3.4.5", None),
            ("127.0.*.1", None),
            ("256", None),
            ("", None),
        ] {
            assert_eq!(loose_ipv4(text), parts, "{text}");
        }
    }
}
