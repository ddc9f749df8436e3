//! What HTCondor's tools take after `-address`, and how they name the daemon they talk to.

use super::address::Sinful;
use super::error::SinfulError;
use super::ip::loose_ipv4;
use super::route::{LocalNetwork, RouteRefusal};
use std::net::Ipv6Addr;
use thiserror::Error;

/// Why a text after `-address` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ToolAddressError {
    /// The real tool refuses it as well; it prints this text after `ERROR: `.
    #[error("unable to parse sinful string: {given}")]
    Refused {
        /// The argument.
        given: String,
        /// What our own parser has to say about it, if that finds fault at all: `host:port` without angle brackets is a
        /// fine address, but not after `-address`.
        why: Option<SinfulError>,
    },
    /// The real tool takes it, and then goes on without the broken part, or crashes.
    #[error("{given}: {source}")]
    Broken {
        /// The argument.
        given: String,
        /// What is wrong.
        source: SinfulError,
    },
}

/// Whether HTCondor's tools take the text as an address (`is_valid_sinful`): angle brackets, an IPv4 address or a
/// bracketed IPv6 address, a colon, and a `>` somewhere behind. Host names are not taken.
#[must_use]
pub fn is_tool_address(text: &str) -> bool {
    let Some(body) = text.strip_prefix('<') else {
        return false;
    };
    let after_host = if let Some(inside) = body.strip_prefix('[') {
        match inside.split_once(']') {
            Some((host, rest)) if host.parse::<Ipv6Addr>().is_ok() => rest.strip_prefix(':'),
            _ => None,
        }
    } else {
        match body.split_once(':') {
            Some((host, rest)) if loose_ipv4(host).is_some_and(|parts| parts.len() == 4) => {
                Some(rest)
            }
            _ => None,
        }
    };
    after_host.is_some_and(|rest| rest.contains('>'))
}

impl Sinful {
    /// Parses the argument of `-address` as `condor_ping` takes it: see [`is_tool_address`].
    ///
    /// # Errors
    ///
    /// [`ToolAddressError`]: `Refused` exactly where the real tool refuses.
    pub fn from_tool_argument(text: &str) -> Result<Self, ToolAddressError> {
        let parsed = Self::parse(text);
        if !is_tool_address(text) {
            return Err(ToolAddressError::Refused {
                given: text.to_owned(),
                why: parsed.err(),
            });
        }
        parsed.map_err(|source| ToolAddressError::Broken {
            given: text.to_owned(),
            source,
        })
    }

    /// HTCondor's `daemon->idStr()` for a daemon known by its address only: `daemon at <127.0.0.1:9618>`. It is what
    /// `condor_ping` prints after `Destination:` and in `... to %s.`.
    ///
    /// `kind` is `daemon` after `-address`; with `-type` and an address as `-name` it is the daemon type in lower case.
    /// A daemon with a name is `kind name` instead: after `-pool` that is `collector` and the address of
    /// [`as_collector`](Self::as_collector) with its parameters.
    ///
    /// # Errors
    ///
    /// [`RouteRefusal::BadPrivateAddr`].
    pub fn id_str(&self, kind: &str, own: &LocalNetwork) -> Result<String, RouteRefusal> {
        Ok(format!(
            "{kind} at {}",
            self.daemon_addr(own)?.without_params()
        ))
    }
}

#[cfg(test)]
#[path = "tool_tests.rs"]
mod tests;
