//! Addresses and networks in a list (`condor_netaddr::from_net_string`).

use crate::sinful::ip::{canonical, loose_ipv4, parse_ip};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A set of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// `*`: every address.
    Everything,
    /// The addresses that share the first `bits` bits.
    Bits {
        /// Any address of the network; only its protocol's addresses can match.
        base: IpAddr,
        /// How many bits count; more than the address has means all.
        bits: u32,
    },
    /// A mask like `/-5` or `/3000000000`. HTCondor's arithmetic wraps, and the network becomes every address of its
    /// protocol, or none. Here it matches nobody in an ALLOW list and everybody of the protocol in a DENY list.
    Nonsense {
        /// An address of the protocol.
        base: IpAddr,
    },
}

/// How surely an address is in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    Yes,
    No,
    Unsure,
}

impl From<bool> for Hit {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Network {
    /// Reads an IP literal, `address/bits`, `address/mask` (IPv4), or the beginning of an address (`128.105.*`, `128.105`,
    /// `2001:db8:*`). `None` for anything else.
    ///
    /// HTCondor's surprises are kept: `127` and `127*` are 127.0.0.0/8, `.` is every IPv4 address, nothing behind the
    /// slash is 0 bits, and a mask counts its run of ones wherever that stands.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" || text == "*/*" {
            return Some(Self::Everything);
        }
        if let Some((base, mask)) = text.split_once('/') {
            return Self::parse_mask(parse_ip(base)?, mask);
        }
        if !text.contains(':') {
            let parts = loose_ipv4(text)?;
            let mut octets = [0u8; 4];
            octets
                .iter_mut()
                .zip(&parts)
                .for_each(|(octet, part)| *octet = *part);
            let bits = u32::try_from(parts.len() * 8).ok()?;
            return Some(Self::Bits {
                base: Ipv4Addr::from(octets).into(),
                bits,
            });
        }
        let Some((before, after)) = text.split_once('*') else {
            return Some(Self::Bits {
                base: parse_ip(text)?,
                bits: 128,
            });
        };
        if !before.ends_with(':') || after.contains(':') {
            return None;
        }
        let base: Ipv6Addr = format!("{before}:{after}").parse().ok()?;
        let bits = u32::try_from(before.matches(':').count() * 16).ok()?;
        Some(Self::Bits {
            base: base.into(),
            bits,
        })
    }

    fn parse_mask(base: IpAddr, mask: &str) -> Option<Self> {
        let number = mask.strip_prefix(['+', '-']).unwrap_or(mask);
        let is_number =
            mask.is_empty() || (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        if is_number {
            let bits = if mask.is_empty() {
                Ok(0)
            } else {
                number.parse::<i32>()
            };
            return Some(match bits {
                Ok(bits) if !mask.starts_with('-') => Self::Bits {
                    base,
                    bits: bits.unsigned_abs(),
                },
                _ => Self::Nonsense { base },
            });
        }
        let (IpAddr::V4(_), IpAddr::V4(mask)) = (base, parse_ip(mask)?) else {
            return None;
        };
        let mask = u32::from(mask);
        let run = mask.checked_shr(mask.trailing_zeros()).unwrap_or(0);
        (run & run.wrapping_add(1) == 0).then_some(Self::Bits {
            base,
            bits: run.count_ones(),
        })
    }

    /// Whether it is one single address.
    #[must_use]
    pub fn single(&self) -> Option<IpAddr> {
        match *self {
            Self::Bits { base, bits } if bits >= if base.is_ipv4() { 32 } else { 128 } => {
                Some(base)
            }
            _ => None,
        }
    }

    pub(super) fn hit(&self, ip: IpAddr) -> Hit {
        match (*self, canonical(ip)) {
            (Self::Everything, _) => Hit::Yes,
            (Self::Nonsense { base }, ip) if base.is_ipv4() == ip.is_ipv4() => Hit::Unsure,
            (
                Self::Bits {
                    base: IpAddr::V4(base),
                    bits,
                },
                IpAddr::V4(ip),
            ) => {
                let differ = u32::from(base) ^ u32::from(ip);
                (bits == 0 || differ >> (32 - bits.min(32)) == 0).into()
            }
            (
                Self::Bits {
                    base: IpAddr::V6(base),
                    bits,
                },
                IpAddr::V6(ip),
            ) => {
                let differ = u128::from(base) ^ u128::from(ip);
                (bits == 0 || differ >> (128 - bits.min(128)) == 0).into()
            }
            _ => Hit::No,
        }
    }
}
