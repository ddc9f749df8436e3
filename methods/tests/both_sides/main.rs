//! Each method's two sides against each other, in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod bare;
mod fs;
mod idtokens;
mod kerberos;
mod munge;
mod pair;
mod password;
mod soup;
mod tls;
mod token;
