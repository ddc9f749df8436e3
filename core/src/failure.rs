//! How an attempt can end without success.

use std::sync::Arc;

use crate::crypto::{ExchangeError, SentKeyError};
use crate::effect::NoEntropy;
use crate::error_stack::ErrorStack;
use crate::identity::IdentityError;
use crate::policy::{PolicyError, ReplyError};
use crate::session::HandedError;
use crate::stage::Stage;
use crate::wire::WireError;

/// An attempt that ended without success.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{cause}")]
pub struct Failure {
    /// Where it ended.
    pub stage: Stage,
    /// Why.
    pub cause: Arc<Cause>,
    /// What HTCondor's own tools would print.
    pub stack: ErrorStack,
}

/// Why an attempt ended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Cause {
    /// The client's settings contradict each other.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The server's reply is one that this side does not go along with.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// The address could not be reached.
    #[error("no connection to {address}: {problem}")]
    Unreachable {
        /// The address as given.
        address: String,
        /// What was tried.
        problem: String,
    },
    /// The address cannot be dialled at all.
    #[error(transparent)]
    Unroutable(#[from] crate::sinful::RouteRefusal),
    /// The peer closed the connection.
    #[error("the server closed the connection while this side was {stage}")]
    Closed {
        /// What this side was doing.
        stage: Stage,
    },
    /// The connection failed.
    #[error("the connection failed while this side was {stage}: {problem}")]
    Lost {
        /// What this side was doing.
        stage: Stage,
        /// The operating system's words.
        problem: String,
    },
    /// Time ran out.
    #[error("no answer within {seconds} seconds while this side was {stage}")]
    Deadline {
        /// What this side was doing.
        stage: Stage,
        /// The time allowed.
        seconds: u64,
    },
    /// The peer's bytes are not what they must be.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The server picked a method that was not in the mask.
    #[error("the server picked method bit {bit}, which was not in the offered mask {mask}")]
    PickedUnoffered {
        /// The bit.
        bit: i64,
        /// What was offered.
        mask: u32,
    },
    /// No method authenticated this side, and the server or this side requires it.
    #[error("no method authenticated this side, and authentication is required")]
    Unauthenticated,
    /// The server's public key is of no use.
    #[error(transparent)]
    Key(#[from] ExchangeError),
    /// The key that the server sent, or should have sent, is of no use.
    #[error(transparent)]
    SentKey(#[from] SentKeyError),
    /// The server said no.
    #[error("the server answered {code} for {user}")]
    Denied {
        /// Its return code.
        code: String,
        /// The identity it mapped this side to.
        user: String,
        /// The method that authenticated this side.
        method: Option<&'static str>,
    },
    /// The server's last ad lacks something.
    #[error("the server's decision lacks {attribute}")]
    Incomplete {
        /// The attribute.
        attribute: &'static str,
    },
    /// This client's own lists do not accept the server.
    #[error("this client's own lists (ALLOW_CLIENT, DENY_CLIENT) do not accept the server: {0}")]
    ServerRefused(crate::authz::Decision),
    /// The name that the server authenticated cannot be mapped.
    #[error("this side's CERTIFICATE_MAPFILE: {0}")]
    ServerIdentity(#[from] IdentityError),
    /// The server does not know the session.
    #[error("the server does not know the session")]
    SessionForgotten,
    /// A session that was handed over cannot be used for this.
    #[error(transparent)]
    Handed(#[from] HandedError),
    /// No random bytes are to be had.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}
