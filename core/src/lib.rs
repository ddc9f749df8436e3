//! HTCondor's security negotiation on its real wire protocol (CEDAR), without I/O.
//!
//! No socket, clock, thread, file or global state lives here. A handshake is a machine that takes
//! bytes, answers and the peer's hang-up, and gives bytes, requests and finally an outcome; time
//! and randomness come in from outside. Follow [`client`] for the order of things.

#![forbid(unsafe_code)]

pub mod authz;
pub mod client;
pub mod crypto;
pub mod effect;
pub mod error_stack;
mod failure;
pub mod identity;
mod machine;
pub mod method;
pub mod names;
pub mod policy;
mod secret;
pub mod server;
pub mod session;
pub mod sinful;
mod stage;
pub mod trace;
mod version;
pub mod wire;

pub use error_stack::{ErrorStack, StackEntry};
pub use failure::{Cause, Failure};
pub use secret::Secret;
pub use stage::Stage;
pub use version::{CondorVersion, PROTOCOL_VERSION};
