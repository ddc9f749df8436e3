//! What each side asks of a connection, and what comes of it: the client's policy, the server's,
//! their reconciliation, and what a client makes of the server's reply.

mod client;
mod reconcile;
mod reply;
mod requirement;
mod server;
mod wishes;

pub use crate::crypto::{Cipher, Protection};
pub use client::{ClientPolicy, ClientSettings, ListedMethod, PolicyError};
pub use reconcile::{ClientWishes, Negotiated, ReconcileError, TABLE, Wish, reconcile_feature};
pub(crate) use reply::split;
pub use reply::{Agreed, ReplyError, ServerReply};
pub use requirement::{Action, Requirement};
pub use server::{LevelSettings, ServerPolicy, ServerPolicyError, ServerSettings, knobs};
