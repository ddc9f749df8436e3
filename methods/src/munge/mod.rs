//! MUNGE: the munged of the client's host vouches for who makes a credential, and the one of the server's host, which has
//! the same key, says who that is.
//!
//! Nothing in a credential names the server that it is for, nor the connection: a server can present it once more,
//! elsewhere, instead of having it decoded itself.

mod client;
mod credential;
mod events;
mod server;
mod server_events;

pub use client::Munge;
pub use credential::{
    DecodeCredential, FindMunge, MakeCredential, MungeFailure, MungeMaker, PAYLOAD_LEN,
};
pub use events::MungeEvent;
pub use server::{MungeServer, MungeServerSettings};
pub use server_events::MungeServerEvent;
