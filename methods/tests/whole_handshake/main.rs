//! A client's machine and a server's against each other in memory, with the methods of this crate
//! and one that is defined here.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)] // A test.

mod altered;
mod bare;
mod mapped_server;
mod pair;
mod recordings;
mod refusals;
mod resume;
mod table;
mod word;
