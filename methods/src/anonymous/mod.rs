//! ANONYMOUS: the server takes anyone as `CONDOR_ANONYMOUS_USER`. Proves nothing.

mod client;

pub use client::{Anonymous, AnonymousEvent};
