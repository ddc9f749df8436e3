//! HTCondor's security negotiation, a client and a test peer, that says why.
//!
//! [`Client`] reaches a daemon, negotiates, authenticates and is authorized, as HTCondor's own
//! library would, and gives a [`Trace`](countersign_core::trace::Trace) of everything that
//! happened and was decided. [`Peer`] is a server that HTCondor's own clients negotiate with. The protocol itself is in [`countersign_core`], the methods are in
//! [`countersign_methods`].

#![forbid(unsafe_code)]

mod builder;
mod client;
mod connection;
mod dial;
mod drive;
pub mod effects;
mod entropy;
mod first_words;
pub mod handover;
pub mod issuer;
pub mod issuer_keys;
pub mod keys;
pub mod locate;
mod low_water;
mod mapper;
pub mod peer;
mod sec_query;
pub mod settings;
mod target;
pub mod why;

pub use builder::ClientBuilder;
pub use client::{Attempt, Client, DEFAULT_TIMEOUT, Sessions};
pub use connection::{Connection, ConnectionError};
pub use countersign_classad as classad;
pub use countersign_config as config;
pub use countersign_core as core;
pub use countersign_mapfile as mapfile;
pub use countersign_methods as methods;
pub use entropy::SystemEntropy;
pub use locate::{DaemonKind, LocateError, LocateRequest, Located};
pub use mapper::{MapfileError, MapfileMapper};
pub use peer::{Peer, PeerBuilder, PeerError, PeerHandle};
pub use sec_query::Authorization;
pub use settings::{Settings, SettingsError};
pub use target::Target;
