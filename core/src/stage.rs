//! The steps of a negotiation, in order.

use std::fmt;

/// A step of a negotiation, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Making the policy ad.
    Policy,
    /// Reaching the address.
    Connect,
    /// Waiting for the server's policy.
    Reply,
    /// Agreeing on a method.
    MethodChoice,
    /// Carrying out a method.
    Method,
    /// The key exchange step after a method.
    KeyExchange,
    /// The server's word on who this side is and whether it may.
    PostAuth,
    /// This side's own check of the server.
    ServerCheck,
    /// Resuming a session.
    Resume,
    /// The command itself.
    Command,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Policy => "making the client's policy",
            Self::Connect => "connecting",
            Self::Reply => "waiting for the server's policy",
            Self::MethodChoice => "agreeing on an authentication method",
            Self::Method => "authenticating",
            Self::KeyExchange => "exchanging keys",
            Self::PostAuth => "waiting for the server's decision",
            Self::ServerCheck => "checking the server against this client's own lists",
            Self::Resume => "resuming a session",
            Self::Command => "running the command",
        })
    }
}
