//! CLAIMTOBE: the client says who it is, and the server believes it. Proves nothing.

mod client;

pub use client::{ClaimToBe, ClaimToBeEvent, ClaimToBeSettings, OwnUserName};
