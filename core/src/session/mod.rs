//! Sessions that a client keeps, and when one may be used again.
//!
//! HTCondor's library keys a session by address and command alone, so two identities in one
//! process can end up sharing one. Here the key also holds who the credentials belong to, where
//! they come from and the policy that was asked for.

mod cache;
mod claim_id;
mod handed;
mod info;
mod inherit;
mod server;

pub use cache::SessionCache;
pub use claim_id::{ClaimId, ClaimIdError, IssueError, MAX_CLAIM_ID, MAX_SESSION_ID};
pub use handed::{HandedError, HandedOver, HandedSession};
pub use info::{InfoError, MAX_INFO, SessionInfo};
pub use inherit::{
    Inherit, InheritError, InheritedSocket, MAX_INHERIT, PrivateInherit, SocketKind,
};
pub use server::{AlreadyKnown, SLOP, ServerSession, ServerSessions};

use std::hash::Hash;

use countersign_classad::ClassAd;

use crate::crypto::{ChannelKey, Protection};
use crate::names::Role;
use crate::policy::ClientSettings;
use crate::version::CondorVersion;

/// What a session is bound to. Two handshakes may share a session only if all of this is equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionScope {
    /// Whose credentials are used and where they are looked for: user, token folder, keys.
    pub credentials: String,
    /// The client's settings, trust domain included.
    pub settings: ClientSettings,
    /// The address as given: `sock`, `alias` and every other parameter included.
    pub address: String,
}

/// What both sides agreed on, to be used again.
#[derive(Debug, Clone)]
pub struct Session {
    /// The server's id for it.
    pub id: String,
    /// The channel key, and what it does. A session without one is good for its own connection only.
    pub key: Option<(ChannelKey, Protection)>,
    /// The policy as HTCondor's client keeps it: `condor_ping -long` prints it.
    pub policy: ClassAd,
    /// Seconds it lives.
    pub duration: u64,
    /// Longest idle time in seconds; 0 is no limit.
    pub lease: u64,
    /// Commands that it may run, as the server listed them.
    pub valid_commands: Vec<i32>,
    /// The server's version, which decides how it is resumed.
    pub server_version: Option<CondorVersion>,
    /// The server's own name, proven or the default for an unproven one.
    pub server_name: String,
    /// What the server is to this side, for a session that was handed over instead of negotiated.
    pub handed: Option<Role>,
}

impl Session {
    /// True if it may be used for another connection: it has a key that is used, without which knowing
    /// its id would be enough to be somebody, and the server answers resumptions (HTCondor 9.9.0).
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.key
            .as_ref()
            .is_some_and(|(_, protection)| protection.proves_the_key())
            && self
                .server_version
                .is_some_and(|version| version.at_least(9, 9, 0))
    }
}
