//! WATCHWORD: an authentication method that knows nothing of Countersign but its public interface.
//!
//! Each user shares a secret with the server, the watchword. The two challenge each other: each
//! answers the other's random challenge with an HMAC by the watchword, which itself never leaves.
//! `docs/write-a-method.md` explains the code, file by file.
//!
//! A program that listens in, or poses as the server, can try watchwords against one answer, without
//! asking anybody: a watchword must be random, not chosen.

#![forbid(unsafe_code)]

mod client;
mod events;
mod name;
mod proof;
mod server;
mod watchword;

pub use client::Watchword;
pub use events::{WatchwordEvent, WatchwordServerEvent};
pub use name::WATCHWORD;
pub use server::WatchwordServer;
pub use watchword::{FetchWatchword, NoWatchword, User, WatchwordFolder};
