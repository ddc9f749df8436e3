//! Sessions that nobody negotiates: those that a parent daemon hands to its children, that all daemons
//! below one master share, and that go with a claim id. `docs/hand-over.md` is for people.
//!
//! A client uses one by [`Client::open_handed`](crate::Client::open_handed), or takes what its process
//! inherited ([`ClientBuilder::inherited`](crate::ClientBuilder::inherited)); a peer serves those that it
//! inherited, was given, or issued ([`PeerBuilder::inherited`](crate::PeerBuilder::inherited),
//! [`PeerHandle::issue_claim`](crate::PeerHandle::issue_claim)).

mod alive;
mod client;
mod inheritance;
mod issue;
mod kin;
mod listener;

pub use inheritance::{Inheritance, InheritanceError, PRIVATE_VARIABLE, VARIABLE};
pub use issue::ClaimTerms;
pub use listener::ListenerError;

pub(crate) use client::effective;
pub(crate) use issue::issue;
pub(crate) use kin::Kin;
