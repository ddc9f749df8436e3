//! The test peer: a server that real HTCondor clients negotiate with.
//!
//! [`Peer::builder`] takes a policy in code or, where [`PeerBuilder::settings`] is called, one that
//! was read from HTCondor's configuration; nothing of a site's configuration is read otherwise. Then
//! [`PeerBuilder::start`] listens, and the [`PeerHandle`] tells the address and the decisions.
//!
//! Follow a connection through `accept` (who may connect, how many at once), `serve` (its bytes,
//! deadlines and effects; what is right is decided by the machine in `countersign-core`) and `call`
//! (what a command's handler sees). `socket` is where a handshake meets the system, and `entropy` where its randomness comes from.
//!
//! # Bounds
//! Strangers can hold 10,000 connections ([`PeerBuilder::max_connections`]), 128 KiB of each and 64 MiB
//! of all together; beyond that the oldest that has not authenticated is closed. Each must be done with
//! its handshake within SEC_TCP_SESSION_DEADLINE (120 s), and authentication within
//! SEC_x_AUTHENTICATION_TIMEOUT (20 s).

mod accept;
mod address;
mod builder;
mod call;
mod decisions;
mod entropy;
mod error;
mod handle;
mod handlers;
mod issuers;
mod keys;
mod limit;
mod open;
mod plan;
mod policy;
mod serve;
mod shared;
mod socket;

pub use builder::PeerBuilder;
pub use call::{Call, CallError};
pub use decisions::{DECISIONS_KEPT, Event, Occurrence, Subscription};
pub use error::PeerError;
pub use handle::PeerHandle;
pub use handlers::Handler;
pub use limit::raise_descriptor_limit;

/// A server for tests. See [`Peer::builder`].
#[derive(Debug, Clone, Copy)]
pub struct Peer;

impl Peer {
    /// Starts with nothing allowed: without a policy every level but ALLOW is refused. (ALLOW is
    /// what HTCondor lets everybody do.)
    #[must_use]
    pub fn builder() -> PeerBuilder {
        PeerBuilder::default()
    }
}
