//! The ALLOW and DENY lists, as HTCondor reads them.
//!
//! So far the half that a client needs: after a handshake it checks the *server* against ALLOW_CLIENT and DENY_CLIENT.
//! Pure: names, netgroups and this machine's own addresses are data that the driver looked up before, never calls. In
//! order:
//!
//! 1. [`client_list_knobs`] says which knobs to read; [`List::parse`] reads each value.
//! 2. [`List::hosts_to_resolve`] names the hosts whose addresses HTCondor looks up when it loads a list;
//!    [`List::resolved`] takes the answers.
//! 3. [`needs_names`] says whether the peer's host names can matter; then [`Peer::names`] carries them.
//!    [`netgroup_questions`] does the same for netgroups.
//! 4. [`decide`] decides, and says by which entry.
//!
//! What could not be looked up never lets anyone in: in an ALLOW list such an entry does not match, in a DENY list it does
//! ([`Rule::CannotTell`]). HTCondor itself takes a failed lookup for a name that does not exist.

mod decide;
mod decision;
mod display;
mod entry;
mod knobs;
mod list;
mod network;
mod peer;
mod wildcard;

pub use decide::{decide, needs_names, netgroup_questions};
pub use decision::{Decision, Matched, Rule, Verdict};
pub use entry::{Entry, HostKind};
pub use knobs::{ListKnobs, client_list_knobs};
pub use list::{List, ListDefect, MAX_ENTRIES, MAX_LENGTH};
pub use network::Network;
pub use peer::{Lookup, NetgroupQuestion, Peer, PeerNames};
