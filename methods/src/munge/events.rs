//! What a client's MUNGE reports.

use std::fmt;

use countersign_core::trace::{MethodEvent, Verdict};

use super::MungeFailure;

/// An event of MUNGE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MungeEvent {
    /// The library is there, so that it is offered; whether munged runs is seen when it is asked.
    Offered,
    /// There is no library: it stays in the list, and its bit is left out.
    Unable(MungeFailure),
    /// A credential goes to the server.
    Sent,
    /// There is no credential.
    NotMade(MungeFailure),
    /// The server does not take it.
    Declined,
}

impl fmt::Display for MungeEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be offered; it needs munged, with one key on both hosts"),
            Self::Unable(failure) => write!(f, "cannot be performed here: {failure}"),
            Self::Sent => f.write_str("a credential of munged was sent"),
            Self::NotMade(failure) => write!(f, "munged made no credential: {failure}"),
            Self::Declined => f.write_str(
                "munged made a credential, and the server does not take it: its munged has another key, does not run, \
                 or its clock is another one; or the user id has no name there. Its log says which",
            ),
        }
    }
}

impl MethodEvent for MungeEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Sent => Verdict::Noted,
            Self::Unable(_) | Self::NotMade(_) | Self::Declined => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Offered | Self::Sent => None,
            Self::Unable(failure) | Self::NotMade(failure) => Some(failure.remedy()),
            Self::Declined => Some(
                "look in the server's log for AUTHENTICATE_MUNGE; `munge -n | ssh HOST unmunge` shows whether both \
                 hosts have one key"
                    .into(),
            ),
        }
    }
}
