//! What is known about the other end, all of it looked up beforehand.

use std::net::IpAddr;

/// The peer that is to be authorized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The address the connection goes to.
    pub ip: IpAddr,
    /// Its host names.
    pub names: PeerNames,
    /// Whether it is an address of this machine (for the entry `{:local_ips:}`); `None` where nobody looked. Loopback
    /// always is.
    pub local: Option<bool>,
    /// The netgroup questions that were asked, and the answers; a question without an answer could not be asked.
    pub netgroups: Vec<(NetgroupQuestion, Option<bool>)>,
}

impl Peer {
    /// A peer of which only the address is known.
    #[must_use]
    pub fn new(ip: IpAddr) -> Self {
        Self {
            ip,
            names: PeerNames::NotNeeded,
            local: None,
            netgroups: Vec::new(),
        }
    }

    pub(super) fn confirmed(&self) -> &[String] {
        match &self.names {
            PeerNames::Confirmed(names) => names,
            PeerNames::NotNeeded | PeerNames::Failed(_) => &[],
        }
    }
}

/// The host names of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerNames {
    /// Nobody looked. Right where [`needs_names`](super::needs_names) says so; elsewhere like `Failed`.
    NotNeeded,
    /// The name from reverse lookup and its aliases, in that order, of each of which a forward lookup gave the address
    /// again. Empty where the address has no such name.
    Confirmed(Vec<String>),
    /// The lookup failed (a timeout, a server's failure), and why.
    Failed(String),
}

/// The addresses of a host that a list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Nobody looked.
    NotAsked,
    /// Its addresses; empty where no such host exists.
    Addresses(Vec<IpAddr>),
    /// The lookup failed, and why.
    Failed(String),
}

/// A question to `innetgr(3)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetgroupQuestion {
    /// The netgroup, without its `+`.
    pub group: String,
    /// The peer's address, or one of its names.
    pub host: String,
    /// The user before the last `@`.
    pub user: String,
    /// What stands behind it; without an `@` the user again.
    pub domain: String,
}
