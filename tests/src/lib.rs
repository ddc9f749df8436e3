//! The code that stands up real HTCondor, and what the interop suite compares.
//!
//! A scenario (see [`scenario`]) is a daemon's configuration, a client's, a user and a way to reach the daemon. The
//! suite runs 25.14.1's `condor_ping` and our `countersign ping` against the same daemon, and expects the same bytes.

// A test crate: what goes wrong here ends a test, and says so on the terminal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

pub mod authz;
pub mod ce;
pub mod ciphers;
pub mod compare;
pub mod configuration;
pub mod crowd;
pub mod daemon;
mod dice;
pub mod expressions;
pub mod handover;
pub mod hostile;
pub mod kdc;
pub mod kerberos;
pub mod keys;
pub mod library;
pub mod mapfiles;
pub mod matrix;
pub mod munge;
pub mod odd;
pub mod page;
pub mod password;
pub mod peer;
pub mod revocation;
pub mod roots;
pub mod run;
pub mod scenario;
pub mod scenarios;
pub mod subject;
pub mod tls;
pub mod tokens;
pub(crate) mod watch;
pub mod wheels;
