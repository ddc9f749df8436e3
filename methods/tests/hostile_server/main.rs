//! The client's handshake against servers that lie, break off, stammer or are not the server at all.
//!
//! `support` holds an honest server on a connection in memory; each other module turns one part of it hostile. Success
//! is proven once for each method (`honest`), so that a refusal elsewhere is known to come from the hostile part alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod ads;
mod bytes;
mod choice;
mod claims;
mod decision;
mod frames;
mod fs;
mod honest;
mod idtokens;
mod keys;
mod lists;
mod order;
mod reply;
mod resume;
mod sent_key;
mod soup;
mod support;
