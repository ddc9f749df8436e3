//! The ALLOW and DENY lists, as HTCondor reads them.
//!
//! A client checks the *server* against ALLOW_CLIENT and DENY_CLIENT after a handshake; a server checks the client against
//! the lists of the level that its command needs. Pure: names, netgroups and this machine's own addresses are data that the
//! driver looked up before, never calls. In order:
//!
//! 1. [`list_knobs`] says which knobs to read; [`List::parse`] reads each value. A server reads all at once:
//!    [`Policy::read`].
//! 2. [`List::hosts_to_resolve`] ([`Policy::hosts_to_resolve`]) names the hosts whose addresses HTCondor looks up when it
//!    loads a list; [`List::resolved`] ([`Policy::resolved`]) takes the answers.
//! 3. [`needs_names`] ([`Policy::needs_names`]) says whether the peer's host names can matter; then [`Peer::names`] carries
//!    them. [`netgroup_questions`] ([`Policy::netgroup_questions`]) does the same for netgroups.
//! 4. [`decide`] decides what one level's lists say, and by which entry. For a server, [`Policy::authorize`] puts the
//!    levels together: the [`Limits`] of the peer's token or method come first, and a higher level may imply a lower one.
//!
//! What could not be looked up never lets anyone in: in an ALLOW list such an entry does not match, in a DENY list it does
//! ([`Rule::CannotTell`]). HTCondor itself takes a failed lookup for a name that does not exist. A list that cannot be read
//! denies, and limits that name nothing leave nothing.

mod authorization;
mod authorize;
mod decide;
mod decision;
mod display;
mod entry;
mod knobs;
mod limits;
mod list;
mod network;
mod peer;
mod policy;
mod wildcard;

pub use authorization::{Attempt, Authorization, Grounds};
pub use decide::{decide, needs_names, netgroup_questions};
pub use decision::{Decision, Matched, Rule, Verdict};
pub use entry::{Entry, HostKind};
pub use knobs::{ListKnobs, list_knobs};
pub use limits::Limits;
pub use list::{List, ListDefect, MAX_ENTRIES, MAX_LENGTH};
pub use network::Network;
pub use peer::{Lookup, NetgroupQuestion, Peer, PeerNames};
pub use policy::{FoundKnob, Policy, PolicyRules};

#[cfg(test)]
mod recorded_tests;
