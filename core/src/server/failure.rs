//! How a server's handshake can end without a command.

use std::fmt;
use std::sync::Arc;

use crate::authz::Authorization;
use crate::crypto::{ExchangeError, SentKeyError};
use crate::effect::NoEntropy;
use crate::identity::IdentityError;
use crate::names::command_text;
use crate::policy::{ReconcileError, ServerPolicyError};
use crate::wire::WireError;

/// The steps of a server's handshake, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerStage {
    /// Waiting for the first message.
    Hello,
    /// Finding out which methods can be accepted.
    Probe,
    /// Agreeing on a policy.
    Reconcile,
    /// Agreeing on a method.
    MethodChoice,
    /// Carrying out a method.
    Method,
    /// Deriving the key.
    KeyExchange,
    /// Deciding who the client is and whether it may.
    Authorization,
    /// Resuming a session.
    Resume,
}

impl fmt::Display for ServerStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hello => "waiting for the client's first message",
            Self::Probe => "finding out which methods can be accepted",
            Self::Reconcile => "agreeing on a policy",
            Self::MethodChoice => "agreeing on an authentication method",
            Self::Method => "authenticating the client",
            Self::KeyExchange => "exchanging keys",
            Self::Authorization => "authorizing the client",
            Self::Resume => "resuming a session",
        })
    }
}

/// A handshake that ended without a command. The client is told no more than HTCondor would tell
/// it, which is mostly nothing; this is for the server's own people.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{cause}")]
pub struct ServerFailure {
    /// Where it ended.
    pub stage: ServerStage,
    /// Why.
    pub cause: Arc<ServerCause>,
}

/// Why a server's handshake ended without a command.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ServerCause {
    /// The client closed the connection.
    #[error("the client closed the connection while this side was {stage}")]
    Closed {
        /// What this side was doing.
        stage: ServerStage,
    },
    /// The connection failed.
    #[error("the connection failed while this side was {stage}: {problem}")]
    Lost {
        /// What this side was doing.
        stage: ServerStage,
        /// The operating system's words.
        problem: String,
    },
    /// Time ran out.
    #[error("the client took more than {seconds} seconds while this side was {stage}")]
    Deadline {
        /// What this side was doing.
        stage: ServerStage,
        /// The time allowed.
        seconds: u64,
    },
    /// The client's bytes are not what they must be.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A hello that no client of HTCondor sends.
    #[error("the client's hello {problem}")]
    OddHello {
        /// What is odd about it.
        problem: &'static str,
    },
    /// No such command here.
    #[error("this server takes no command {number}")]
    UnknownCommand {
        /// Its number.
        number: i64,
    },
    /// The client asks a shared port for a daemon behind it.
    #[error("the client asked for the shared-port endpoint {id}; no shared port is served here")]
    SharedPort {
        /// The endpoint's id.
        id: String,
    },
    /// This server's own settings contradict each other.
    #[error(transparent)]
    Policy(#[from] ServerPolicyError),
    /// The two sides cannot agree.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    /// A bare command where negotiation or authentication is required.
    #[error(
        "the command came without negotiation, but {requirement} is REQUIRED for it on this side"
    )]
    NotNegotiated {
        /// What is required.
        requirement: &'static str,
    },
    /// No method in common.
    #[error(
        "authentication was agreed on, but no method is in common (the client's: {client}; this \
         server's: {server})"
    )]
    NoCommonMethod {
        /// What the client offered.
        client: String,
        /// What the server accepts.
        server: String,
    },
    /// A method failed of which the client has heard that it succeeded.
    #[error("{} failed when the client believed already that it had not", method.canonical)]
    MethodFailed {
        /// The method.
        method: &'static crate::names::MethodName,
    },
    /// No method authenticated the client, and authentication is required.
    #[error("no method authenticated the client, and authentication is required")]
    Unauthenticated,
    /// The name that was authenticated cannot become a user.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The command demands an authenticated, mapped user.
    #[error(
        "{} demands an authenticated user with a mapping; {user} has none",
        command_text(*command)
    )]
    Unmapped {
        /// The command.
        command: i32,
        /// Who asked.
        user: String,
    },
    /// The client's public key is of no use.
    #[error(transparent)]
    Key(#[from] ExchangeError),
    /// The key cannot be sent to the client.
    #[error(transparent)]
    SentKey(#[from] SentKeyError),
    /// The lists or limits say no.
    #[error("{user} may not run {}: {authorization}", command_text(*command))]
    Denied {
        /// The command.
        command: i32,
        /// Who asked.
        user: String,
        /// The decision.
        authorization: Box<Authorization>,
    },
    /// A session that cannot be resumed.
    #[error("session {sid} cannot be resumed: {reason}")]
    NotResumed {
        /// The id that the client gave.
        sid: String,
        /// Why.
        reason: super::ResumeRefusal,
    },
    /// No random bytes are to be had.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}
