//! The client's machine and the server's against each other in memory: thousands of random
//! handshakes, every byte of whole handshakes altered on its way, and hostile clients.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)] // A test.

mod dice;
mod hostile;
mod meet;
mod model;
mod random;
mod tamper;
#[path = "../both_sides/token.rs"]
mod token;
mod world;
