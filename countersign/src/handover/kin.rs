//! When a client uses an inherited session without being told to.
//!
//! Rule: `SecManStartCommand::sendAuthInfo_inner`: the parent's session for the parent's address and
//! ValidCommands, then the family's for every daemon of this machine, until one says that it is of
//! another family.

use std::collections::HashSet;
use std::net::{IpAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};

use countersign_core::names::Role;
use countersign_core::session::HandedSession;
use countersign_core::sinful::{Host, LocalNetwork, Sinful};

use super::Inheritance;
use crate::Target;

/// How many addresses of strangers are remembered; then all are forgotten, and each costs one more try.
const MAX_STRANGERS: usize = 1024;

/// The inherited sessions of one client.
#[derive(Debug, Default)]
pub(crate) struct Kin {
    parent: Option<(HandedSession, Sinful)>,
    family: Option<HandedSession>,
    strangers: Mutex<HashSet<(Role, String)>>,
}

impl Kin {
    pub(crate) fn new(inheritance: &Inheritance) -> Self {
        let address = inheritance
            .inherit()
            .and_then(|inherit| Sinful::parse(&inherit.parent_address).ok());
        Self {
            parent: inheritance.parent().cloned().zip(address),
            family: inheritance.family().cloned(),
            strangers: Mutex::default(),
        }
    }

    /// The session for a command to a target, if one is meant for it at `now`.
    pub(crate) fn session_for(
        &self,
        target: &Target,
        network: &LocalNetwork,
        command: i32,
        now: u64,
    ) -> Option<HandedSession> {
        let address = target.address.connect_addr(network).ok()?;
        let parent = self.parent.iter().filter(|(session, parent)| {
            session.valid_commands().is_some()
                && parent.connect_addr(network).ok().as_ref() == Some(&address)
        });
        let family = self.family.iter().filter(|_| is_local(&target.address));
        parent
            .map(|(session, _)| session)
            .chain(family)
            .find(|session| {
                session.check(command, now).is_ok() && !self.is_stranger(session.role(), &address)
            })
            .cloned()
    }

    /// A daemon does not know the session: it is not asked with it again.
    pub(crate) fn not_known_by(&self, role: Role, target: &Target, network: &LocalNetwork) {
        if let Ok(address) = target.address.connect_addr(network) {
            let mut strangers = self
                .strangers
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if strangers.len() >= MAX_STRANGERS {
                strangers.clear();
            }
            strangers.insert((role, address));
        }
    }

    fn is_stranger(&self, role: Role, address: &str) -> bool {
        let strangers = self
            .strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        !strangers.is_empty() && strangers.contains(&(role, address.to_owned()))
    }
}

/// Whether every address of a daemon is this machine's. Names are not looked up for it.
fn is_local(address: &Sinful) -> bool {
    match (address.addrs(), address.host()) {
        ([], Host::Ip(ip)) => is_own(ip),
        ([], Host::Name(_)) => false,
        (addresses, _) => addresses.iter().all(|address| is_own(address.ip())),
    }
}

/// Only an own address can be bound, as HTCondor finds out too (`Sock::peer_is_local`).
fn is_own(ip: IpAddr) -> bool {
    ip.is_loopback() || !ip.is_unspecified() && UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "7 <127.0.0.1:1000?alias=vm> 0 0";
    const PRIVATE: &str = " SessionKey:p#[ValidCommands=\"60008\";]aa \
        FamilySessionKey:family:f#[SessionExpires=100;]bb";

    fn chosen(kin: &Kin, address: &str, command: i32, now: u64) -> Option<Role> {
        let target = Target::typed(Sinful::parse(address).unwrap());
        let session = kin.session_for(&target, &LocalNetwork::default(), command, now);
        session.map(|session| session.role())
    }

    #[test]
    fn each_where_it_is_meant_for() {
        let kin = Kin::new(&Inheritance::read(Some(PUBLIC), PRIVATE, true).unwrap());
        let parent = "<127.0.0.1:1000?alias=vm>";
        assert_eq!(chosen(&kin, parent, 60008, 0), Some(Role::Parent));
        // Not among the parent's ValidCommands, and another daemon.
        assert_eq!(chosen(&kin, parent, 60004, 0), Some(Role::Family));
        let sibling = "<127.0.0.1:1001>";
        assert_eq!(chosen(&kin, sibling, 60008, 0), Some(Role::Family));
        assert_eq!(chosen(&kin, sibling, 60008, 100), None, "it has ended");
        for elsewhere in ["<192.0.2.1:1000>", "<cm.example:1000>"] {
            assert_eq!(chosen(&kin, elsewhere, 60008, 0), None);
        }
        let target = Target::typed(Sinful::parse(sibling).unwrap());
        kin.not_known_by(Role::Family, &target, &LocalNetwork::default());
        assert_eq!(chosen(&kin, sibling, 60008, 0), None);
        assert_eq!(chosen(&kin, parent, 60004, 0), Some(Role::Family));
        let without = Kin::new(&Inheritance::read(Some(PUBLIC), PRIVATE, false).unwrap());
        assert_eq!(chosen(&without, sibling, 60008, 0), None);
    }
}
