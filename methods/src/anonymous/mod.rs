//! ANONYMOUS: the server takes anyone as `CONDOR_ANONYMOUS_USER`. Proves nothing.

mod client;
mod server;

pub use client::{Anonymous, AnonymousEvent};
pub use server::{ANONYMOUS_USER, AnonymousServer, AnonymousServerEvent};
