//! PASSWORD: the machines of a pool share a password, and prove by AKEP2 that they know it.
//!
//! Whoever knows it is the pool itself, `condor@password`: there are no users in it. The server proves itself first, to
//! anybody who asks, so that a stranger can try passwords against what it says; nothing ties the proofs to the connection.

mod client;
mod credential;
mod events;
mod server;
mod server_events;

pub use client::{Password, PasswordSettings};
pub use credential::{NoPassword, PasswordFile, ReadPoolPassword};
pub use events::PasswordEvent;
pub use server::{PasswordServer, PasswordServerSettings};
pub use server_events::PasswordServerEvent;
