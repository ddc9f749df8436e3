//! What a server's MUNGE reports.

use std::fmt;

use countersign_core::trace::{MethodEvent, Verdict};

use super::MungeFailure;

/// An event of a server's MUNGE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MungeServerEvent {
    /// The library is there, so that it is accepted; whether munged runs is seen when it is asked.
    Offered,
    /// There is no library: it stays in the list, and is not picked.
    Unable(MungeFailure),
    /// The client has no credential, in its own words.
    NoCredential(String),
    /// munged does not take the client's credential.
    NotTaken(MungeFailure),
    /// Its maker has no name.
    NoName {
        /// Who made it.
        uid: u32,
        /// Why.
        problem: String,
    },
    /// It is this user's.
    Proven {
        /// Who made it.
        uid: u32,
        /// Who that is here.
        user: String,
    },
}

impl fmt::Display for MungeServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => {
                f.write_str("can be accepted; it needs munged, with one key on both hosts")
            }
            Self::Unable(failure) => write!(f, "cannot be performed here: {failure}"),
            Self::NoCredential(text) => write!(f, "the client has no credential; it says {text:?}"),
            Self::NotTaken(failure) => {
                write!(f, "munged does not take the client's credential: {failure}")
            }
            Self::NoName { uid, problem } => write!(
                f,
                "the client's credential was made by uid {uid}, which has no name here: {problem}"
            ),
            Self::Proven { uid, user } => {
                write!(
                    f,
                    "the client's credential was made by uid {uid}, which is {user} here"
                )
            }
        }
    }
}

impl MethodEvent for MungeServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Proven { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Offered | Self::Proven { .. } => None,
            Self::Unable(failure) | Self::NotTaken(failure) => Some(failure.remedy()),
            Self::NoCredential(_) => Some("start munged on the client's host".into()),
            Self::NoName { .. } => Some(
                "give that uid a name on this host: MUNGE needs the same accounts on both".into(),
            ),
        }
    }
}
