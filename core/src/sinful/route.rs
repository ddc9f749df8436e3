//! Which address to dial, as HTCondor's `Daemon::Set_addr` and `Sock::chooseAddrFromAddrs` choose.

use super::address::{Host, Sinful};
use super::error::SinfulError;
use super::ip::desirability;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::net::{IpAddr, SocketAddr};
use thiserror::Error;

/// What the choice depends on at this end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalNetwork {
    /// PRIVATE_NETWORK_NAME, compared with case.
    pub private_network_name: Option<String>,
    /// ENABLE_IPV4 is not false, and there is an IPv4 address to use (with NETWORK_INTERFACE a single IPv6 address there
    /// is none).
    pub enable_ipv4: bool,
    /// The same for ENABLE_IPV6.
    pub enable_ipv6: bool,
    /// IGNORE_TARGET_PROTOCOL_PREFERENCE (default: PREFER_IPV4, which is true): of equally good addresses take the
    /// protocol that this end prefers; otherwise the one that the daemon listed first.
    pub ignore_target_protocol_preference: bool,
    /// PREFER_OUTBOUND_IPV4 (default: PREFER_IPV4, which is true).
    pub prefer_outbound_ipv4: bool,
}

impl Default for LocalNetwork {
    fn default() -> Self {
        Self {
            private_network_name: None,
            enable_ipv4: true,
            enable_ipv6: true,
            ignore_target_protocol_preference: true,
            prefer_outbound_ipv4: true,
        }
    }
}

/// Somewhere to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The host; a name is for the driver to resolve.
    pub host: Host,
    /// The port, never 0.
    pub port: u16,
}

/// How to reach a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where to connect, best first; never empty. HTCondor dials the first and no other.
    pub candidates: Vec<Candidate>,
    /// What to ask the shared port server for, if the daemon sits behind one.
    pub shared_port_id: Option<String>,
    /// The name that the server's certificate must carry, if the address has one.
    pub alias: Option<String>,
    /// HTCondor's `get_connect_addr()`: the key of the session, and the attribute `ConnectSinful`.
    pub connect_addr: String,
}

/// Why nothing is dialled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RouteRefusal {
    /// The daemon can only be reached by asking a broker to have it connect back (CCB), which is not done here.
    #[error("the daemon is reachable only through the broker {} (CCBID), which is not supported; nothing was dialled{}", .brokers.join(", "), network_hint(.network.as_deref()))]
    NeedsBroker {
        /// The brokers' addresses.
        brokers: Vec<String>,
        /// The network on which no broker would be needed.
        network: Option<String>,
    },
    /// The address names no port, or port 0.
    #[error("the address {addr} has no port to connect to")]
    NoPort {
        /// The address.
        addr: String,
    },
    /// We are on the daemon's private network, but its private address is broken.
    #[error("the private address {addr:?} (PrivAddr) is not usable: {source}")]
    BadPrivateAddr {
        /// The private address as given.
        addr: String,
        /// What is wrong with it.
        source: SinfulError,
    },
}

fn network_hint(network: Option<&str>) -> String {
    network.map_or_else(String::new, |name| {
        format!("; it can be reached directly where PRIVATE_NETWORK_NAME = {name}")
    })
}

impl Sinful {
    /// The address HTCondor's `Daemon` object works with (`daemon->addr()` is its [`given`](Sinful::given) text).
    ///
    /// As given, unless its `PrivNet` is our PRIVATE_NETWORK_NAME: then `PrivAddr` replaces it whole, or where there is
    /// none, `CCBID` is taken out. An alias that the replacement lacks is carried over.
    ///
    /// # Errors
    ///
    /// [`RouteRefusal::BadPrivateAddr`].
    pub fn daemon_addr(&self, own: &LocalNetwork) -> Result<Sinful, RouteRefusal> {
        self.of_daemon(own).map(Cow::into_owned)
    }

    fn of_daemon(&self, own: &LocalNetwork) -> Result<Cow<'_, Sinful>, RouteRefusal> {
        let same_network = self.private_network().is_some()
            && self.private_network() == own.private_network_name.as_deref();
        let addr = match (same_network, self.private_addr()) {
            (false, _) => Cow::Borrowed(self),
            (true, None) => Cow::Owned(self.clone().with_param("CCBID", None)),
            (true, Some(private)) => {
                let text = if private.starts_with('<') {
                    private.to_owned()
                } else {
                    format!("<{private}>")
                };
                Sinful::parse(&text).map(Cow::Owned).map_err(|source| {
                    RouteRefusal::BadPrivateAddr {
                        addr: private.to_owned(),
                        source,
                    }
                })?
            }
        };
        Ok(match (addr.alias(), self.alias()) {
            (None, Some(alias)) if !alias.is_empty() => {
                Cow::Owned(addr.into_owned().with_param("alias", Some(alias)))
            }
            _ => addr,
        })
    }

    /// HTCondor's `get_connect_addr()` after connecting: the key under which it stores the session and what it sends as
    /// `ConnectSinful`.
    ///
    /// The text of [`daemon_addr`](Self::daemon_addr) as it stands. But when one of `addrs` was chosen: HTCondor's own
    /// form of the address, with the chosen one as host and port and all parameters kept.
    ///
    /// # Errors
    ///
    /// [`RouteRefusal::BadPrivateAddr`].
    pub fn connect_addr(&self, own: &LocalNetwork) -> Result<String, RouteRefusal> {
        let addr = self.of_daemon(own)?;
        let chosen = addr.choices(own).first().copied();
        Ok(key(addr, chosen))
    }

    /// Decides where to connect.
    ///
    /// From `addrs`, those whose protocol is enabled: first by reachability (public, private, link-local, loopback,
    /// IPv6 link-local), then by protocol preference, then in the order given. Where `addrs` is missing, or has nothing
    /// for the enabled protocols: the host and port in front.
    ///
    /// # Errors
    ///
    /// [`RouteRefusal`]. A broker is needed unless the daemon is on our private network.
    pub fn route(&self, own: &LocalNetwork) -> Result<Route, RouteRefusal> {
        let addr = self.of_daemon(own)?;
        if addr.ccb_contact().is_some() {
            let network = addr.private_network().map(str::to_owned);
            return Err(RouteRefusal::NeedsBroker {
                brokers: addr.brokers(),
                network,
            });
        }
        let no_port = || RouteRefusal::NoPort {
            addr: addr.given().to_owned(),
        };
        // HTCondor looks at the port in front even where addrs would have another.
        if addr.port().unwrap_or(0) == 0 && addr.shared_port_id().is_none() {
            return Err(no_port());
        }
        let choices = addr.choices(own);
        let candidates = if choices.is_empty() {
            let port = addr.port().unwrap_or(0);
            vec![Candidate {
                host: addr.host(),
                port,
            }]
        } else {
            choices
                .iter()
                .map(|choice| Candidate {
                    host: Host::Ip(choice.ip()),
                    port: choice.port(),
                })
                .collect()
        };
        // Port 0 with a shared port id means the daemon's socket in the file system, which is not ours to open.
        let candidates: Vec<_> = candidates
            .into_iter()
            .filter(|candidate| candidate.port != 0)
            .collect();
        if candidates.is_empty() {
            return Err(no_port());
        }
        Ok(Route {
            candidates,
            shared_port_id: addr.shared_port_id().map(str::to_owned),
            alias: addr.alias().map(str::to_owned),
            connect_addr: key(addr, choices.first().copied()),
        })
    }

    /// The address of a collector named by COLLECTOR_HOST or `-pool`: `default_port` (9618) where none is given, and for
    /// a host name the address it resolved to, the name kept as `alias` (as with USE_COLLECTOR_HOST_CNAME at its
    /// default). HTCondor's own form, whatever was given.
    #[must_use]
    pub fn as_collector(&self, default_port: u16, resolved: Option<IpAddr>) -> Sinful {
        let port = self.port().unwrap_or(default_port);
        match (self.host(), resolved) {
            (Host::Ip(_), _) => self.clone().with_port(port),
            (Host::Name(name), Some(ip)) => self
                .clone()
                .with_primary(ip, port)
                .with_param("alias", Some(&name)),
            (Host::Name(_), None) => self.clone().with_port(port),
        }
    }

    fn choices(&self, own: &LocalNetwork) -> Vec<SocketAddr> {
        let mut choices: Vec<SocketAddr> = self.addrs().to_vec();
        choices.retain(|addr| {
            if addr.is_ipv4() {
                own.enable_ipv4
            } else {
                own.enable_ipv6
            }
        });
        choices.sort_by_key(|addr| {
            let preferred =
                own.ignore_target_protocol_preference && addr.is_ipv4() == own.prefer_outbound_ipv4;
            Reverse((desirability(addr.ip()), preferred))
        });
        choices
    }
}

/// What [`Sinful::connect_addr`] says.
fn key(addr: Cow<'_, Sinful>, chosen: Option<SocketAddr>) -> String {
    match chosen {
        Some(best) => {
            let addr = addr.into_owned().with_primary(best.ip(), best.port());
            addr.given().to_owned()
        }
        None => addr.given().to_owned(),
    }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
