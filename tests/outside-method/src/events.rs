//! What the method reports: every reason as data, and in words.

use std::fmt;

use countersign::core::trace::{MethodEvent, Verdict};

use crate::watchword::NoWatchword;

/// What the client's side reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchwordEvent {
    /// There is a watchword, so that it can be offered.
    Offered,
    /// There is none.
    NoWatchword(NoWatchword),
    /// The server does not take this user's answer.
    Declined {
        /// The user.
        user: String,
    },
    /// The server does not know the watchword: it is somebody else.
    Impostor,
}

impl fmt::Display for WatchwordEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("there is a watchword"),
            Self::NoWatchword(why) => write!(f, "there is no watchword: {why}"),
            Self::Declined { user } => {
                write!(f, "the server does not take the answer of {user}")
            }
            Self::Impostor => f.write_str("the server does not know the watchword itself"),
        }
    }
}

impl MethodEvent for WatchwordEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered => Verdict::Noted,
            Self::NoWatchword(_) | Self::Declined { .. } | Self::Impostor => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Offered => None,
            Self::NoWatchword(NoWatchword::Unperformed) => {
                Some("register WatchwordFolder::performers with the client".into())
            }
            Self::NoWatchword(_) => {
                Some("put a random watchword of 32 bytes or more there, of mode 600".into())
            }
            Self::Declined { user } => Some(format!(
                "see that both sides have the same watchword for {user}; the server's log says what it lacks"
            )),
            Self::Impostor => Some("find out who answers at that address".into()),
        }
    }
}

/// What the server's side reports. None of it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchwordServerEvent {
    /// It can always be accepted.
    Offered,
    /// The client has no user to claim, or claims one that is no name.
    NoUser,
    /// The client claims a user for whom this side has no watchword.
    NoWatchword {
        /// The user.
        user: String,
        /// Why there is none.
        why: NoWatchword,
    },
    /// The client does not know the watchword.
    WrongAnswer {
        /// The user that it claims to be.
        user: String,
    },
    /// The client knows the watchword.
    Proven {
        /// The user.
        user: String,
    },
}

impl fmt::Display for WatchwordServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be accepted"),
            Self::NoUser => f.write_str("the client claims no user"),
            Self::NoWatchword { user, why } => {
                write!(
                    f,
                    "the client claims to be {user}, for whom there is no watchword: {why}"
                )
            }
            Self::WrongAnswer { user } => {
                write!(
                    f,
                    "the client claims to be {user}, but does not know the watchword"
                )
            }
            Self::Proven { user } => write!(f, "the client knows the watchword of {user}"),
        }
    }
}

impl MethodEvent for WatchwordServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Proven { .. } => Verdict::Noted,
            Self::NoUser | Self::NoWatchword { .. } | Self::WrongAnswer { .. } => Verdict::Failed,
        }
    }
}
