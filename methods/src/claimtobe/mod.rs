//! CLAIMTOBE: the client says who it is, and the server believes it. Proves nothing.

mod client;
mod server;

pub use client::{ClaimToBe, ClaimToBeEvent, ClaimToBeSettings, OwnUserName};
pub use server::{ClaimToBeServer, ClaimToBeServerEvent, ClaimToBeServerSettings};
