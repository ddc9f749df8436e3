//! What a client asks of a connection, and what the server's reply makes of it.

mod client;
mod reply;
mod requirement;

pub use client::{Cipher, ClientPolicy, ClientSettings, ListedMethod, PolicyError};
pub(crate) use reply::split;
pub use reply::{Agreed, ReplyError, ServerReply};
pub use requirement::{Action, Requirement};
