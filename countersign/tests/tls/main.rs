//! SSL and SCITOKENS over TCP: servers that are after a client's token, and clients that flood a server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod crowd;
mod hostile;
mod server;
mod wire;
mod world;
