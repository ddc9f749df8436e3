//! One entry of a list: how it splits into user and host, and what it matches.

use super::network::{Hit, Network};
use super::peer::{Lookup, NetgroupQuestion, Peer};
use super::wildcard;
use std::net::IpAddr;

/// What the host half of an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostKind {
    /// `*`: any host. The host half of an entry that is only a user (one with `@`).
    Any,
    /// One IP address.
    Address(IpAddr),
    /// `network/bits` or `network/mask`.
    Network(Network),
    /// The beginning of an address: `128.105.*`, `128.105`, `2001:db8:*`. With an asterisk it is compared with host
    /// names too, as HTCondor does.
    Prefix(Network),
    /// `{:local_ips:}`: the addresses of this machine.
    LocalAddresses,
    /// A host name; HTCondor also looks up its addresses when it loads the list.
    Name(Lookup),
    /// A host name with an asterisk: only the peer's own names are compared with it.
    NamePattern,
    /// `+name`: a netgroup. It judges user and host together.
    Netgroup,
    /// An address string or `host:port`: matches nothing, since it says how to reach a daemon and not where it calls from.
    AddressString,
    /// Anything else: matches nothing.
    Unusable,
}

/// One entry of an ALLOW or DENY list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    index: usize,
    text: String,
    user: String,
    user_equivalent: Option<String>,
    host: String,
    kind: HostKind,
    strange: bool,
}

impl Entry {
    /// Splits an entry as HTCondor does: `+netgroup`; `user/net/mask` with two slashes; with one, `user/host` if an `@`
    /// stands before it or the entry begins with `*`, else a network, else (see [`strange`](Self::strange)) `user/host`
    /// again; without, a user if it has an `@`, else a host.
    ///
    /// `pool_equivalent`: USE_POOL_USERNAME_EQUIVALENT (default true), by which `condor@...` also means
    /// `condor_pool@...`, and the other way round.
    pub(super) fn parse(index: usize, text: &str, pool_equivalent: bool) -> Self {
        if let Some(group) = text.strip_prefix('+') {
            return Self::new(index, text, "*", group, HostKind::Netgroup);
        }
        let mut strange = false;
        let (user, host) = match text.split_once('/') {
            None if text.contains('@') => (text, "*"),
            None => ("*", text),
            Some((user, host))
                if host.contains('/') || user.contains('@') || text.starts_with('*') =>
            {
                (user, host)
            }
            Some(_) if Network::parse(text).is_some() => ("*", text),
            Some((user, host)) => {
                strange = true;
                (user, host)
            }
        };
        let user_equivalent = pool_equivalent.then(|| equivalent(user)).flatten();
        Self {
            user_equivalent,
            strange,
            ..Self::new(index, text, user, host, host_kind(host))
        }
    }

    fn new(index: usize, text: &str, user: &str, host: &str, kind: HostKind) -> Self {
        let (text, user, host) = (text.to_owned(), user.to_owned(), host.to_owned());
        Self {
            index,
            text,
            user,
            user_equivalent: None,
            host,
            kind,
            strange: false,
        }
    }

    /// Its place in the list, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The entry as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The user half, a pattern; `*` where there is none.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The host half as written (a netgroup's name without its `+`).
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the host half is.
    #[must_use]
    pub fn kind(&self) -> &HostKind {
        &self.kind
    }

    /// What HTCondor logs a warning for: one slash, but neither a user with `@` before it nor a network. It is taken as
    /// `user/host`, and since users have an `@`, `alice/127.0.0.1` never matches `alice@...`.
    #[must_use]
    pub fn strange(&self) -> bool {
        self.strange
    }

    /// Whether it has a host name whose addresses HTCondor looks up: nothing but letters, digits, `-`, and single dots
    /// that do not end it.
    #[must_use]
    pub fn resolvable(&self) -> bool {
        let letters = self
            .host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
        matches!(self.kind, HostKind::Name(_))
            && letters
            && !self.host.ends_with('.')
            && !self.host.contains("..")
    }

    pub(super) fn set_addresses(&mut self, lookup: &Lookup) {
        if self.resolvable() {
            self.kind = HostKind::Name(lookup.clone());
        }
    }

    /// Whether a host name of the peer could match where its address did not. A plain name cannot: the peer's names
    /// count only if they resolve to its address, and then the entry's addresses have it too.
    pub(super) fn looks_at_names(&self) -> bool {
        match self.kind {
            HostKind::Netgroup => true,
            HostKind::Any => false,
            _ => self.host.contains('*') && !self.host.contains([':', '/']),
        }
    }

    /// Whether what a lookup says of the peer could matter while a server runs: its names, which may have moved to other
    /// addresses since the list was resolved, or whether it is this machine.
    pub(super) fn looks_at_peer(&self) -> bool {
        self.looks_at_names() || matches!(self.kind, HostKind::Name(_) | HostKind::LocalAddresses)
    }

    pub(super) fn user_matches(&self, user: &str) -> bool {
        wildcard::matches(&self.user, user)
            || self
                .user_equivalent
                .as_deref()
                .is_some_and(|pattern| wildcard::matches(pattern, user))
    }

    pub(super) fn is_netgroup(&self) -> bool {
        matches!(self.kind, HostKind::Netgroup)
    }

    pub(super) fn question(&self, user: &str, host: &str) -> Option<NetgroupQuestion> {
        if !self.is_netgroup() {
            return None;
        }
        let (name, domain) = user.rsplit_once('@').unwrap_or((user, user));
        let [group, host, user, domain] = [&self.host, host, name, domain].map(str::to_owned);
        Some(NetgroupQuestion {
            group,
            host,
            user,
            domain,
        })
    }

    /// Whether it matches by address.
    pub(super) fn hit_address(&self, user: &str, ip_text: &str, peer: &Peer) -> Hit {
        if !self.user_matches(user) {
            return Hit::No;
        }
        match &self.kind {
            HostKind::Any => Hit::Yes,
            HostKind::Address(ip) => Network::Bits {
                base: *ip,
                bits: 128,
            }
            .hit(peer.ip),
            HostKind::Network(network) | HostKind::Prefix(network) => network.hit(peer.ip),
            HostKind::LocalAddresses if peer.ip.to_canonical().is_loopback() => Hit::Yes,
            HostKind::LocalAddresses => peer.local.map_or(Hit::Unsure, Hit::from),
            HostKind::Name(_) if !self.resolvable() => Hit::No,
            HostKind::Name(Lookup::Addresses(ips)) => ips
                .iter()
                .any(|ip| ip.to_canonical() == peer.ip.to_canonical())
                .into(),
            HostKind::Name(_) => Hit::Unsure,
            HostKind::Netgroup => self.ask_netgroup(user, ip_text, peer),
            HostKind::NamePattern | HostKind::AddressString | HostKind::Unusable => Hit::No,
        }
    }

    /// Whether it matches by one of the peer's names.
    pub(super) fn hit_name(&self, user: &str, name: &str, peer: &Peer) -> Hit {
        if !self.user_matches(user) {
            return Hit::No;
        }
        match self.kind {
            HostKind::Netgroup => self.ask_netgroup(user, name, peer),
            _ => wildcard::matches(&self.host, name).into(),
        }
    }

    fn ask_netgroup(&self, user: &str, host: &str, peer: &Peer) -> Hit {
        let question = self.question(user, host);
        let answer = peer
            .netgroups
            .iter()
            .find(|(asked, _)| Some(asked) == question.as_ref());
        answer
            .and_then(|(_, answer)| *answer)
            .map_or(Hit::Unsure, Hit::from)
    }
}

fn host_kind(host: &str) -> HostKind {
    if host == "*" || host == "*/*" {
        return HostKind::Any;
    }
    if host.eq_ignore_ascii_case("{:local_ips:}") {
        return HostKind::LocalAddresses;
    }
    match Network::parse(host) {
        Some(network) if host.contains('/') => HostKind::Network(network),
        Some(network) => network
            .single()
            .map_or(HostKind::Prefix(network), HostKind::Address),
        None if host.contains('*') && !host.contains([':', '/']) => HostKind::NamePattern,
        None if host.is_empty() || host.contains(['*', '/']) => HostKind::Unusable,
        None if host.contains(['<', '>', '?', ':']) => HostKind::AddressString,
        None => HostKind::Name(Lookup::NotAsked),
    }
}

fn equivalent(user: &str) -> Option<String> {
    [("condor@", "condor_pool@"), ("condor_pool@", "condor@")]
        .iter()
        .find_map(|(from, to)| {
            let (head, rest) = user.split_at_checked(from.len())?;
            head.eq_ignore_ascii_case(from)
                .then(|| format!("{to}{rest}"))
        })
}
