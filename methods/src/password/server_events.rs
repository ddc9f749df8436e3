//! What a server's PASSWORD reports.

use std::fmt;
use std::path::PathBuf;

use countersign_core::trace::{MethodEvent, Verdict};

use super::NoPassword;
use crate::akep2::server::ClientProofDefect;

/// An event of a server's PASSWORD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordServerEvent {
    /// It can be accepted; whether there is a password is seen when a client begins.
    Offered,
    /// The client gave up.
    ClientLeft,
    /// The client says that it cannot begin.
    NothingSaid,
    /// The client's first message lacks a name or a nonce.
    BadOpening,
    /// There is no password on this side.
    NoPassword(NoPassword),
    /// The client did not prove that it has the password.
    NotProven {
        /// The file of this side's.
        path: PathBuf,
        /// What was wrong.
        defect: ClientProofDefect,
    },
    /// The client has the password, but says that it is somebody whom PASSWORD does not know.
    OtherName {
        /// Who it says it is.
        claimed: String,
        /// Who it has to be.
        expected: String,
    },
    /// The client proved that it has the password.
    Proven {
        /// The file of this side's.
        path: PathBuf,
        /// Who it is.
        name: String,
    },
    /// Something in the arithmetic failed that never does.
    Internal,
}

impl fmt::Display for PasswordServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be accepted; it needs one password on both sides"),
            Self::ClientLeft => f.write_str("the client gave up"),
            Self::NothingSaid => f.write_str("the client does not say who it is"),
            Self::BadOpening => f.write_str("the client's opening lacks its name or its nonce"),
            Self::NoPassword(problem) => write!(f, "there is no password here: {problem}"),
            Self::NotProven { path, defect } => {
                let path = path.display();
                match defect {
                    ClientProofDefect::Declined => write!(
                        f,
                        "the client gave up: it has no password, or another one than {path} (SEC_PASSWORD_FILE)"
                    ),
                    ClientProofDefect::OtherExchange => {
                        f.write_str("the client answered to something this side did not say")
                    }
                    ClientProofDefect::WrongMac => write!(
                        f,
                        "the client's proof is made with another password than {path} (SEC_PASSWORD_FILE)"
                    ),
                }
            }
            Self::OtherName { claimed, expected } => write!(
                f,
                "the client has the password, but says that it is {claimed:?}, not {expected:?}"
            ),
            Self::Proven { path, name } => write!(
                f,
                "the client, {name}, proved that it has the password of {}",
                path.display()
            ),
            Self::Internal => f.write_str("the password's keys cannot be derived"),
        }
    }
}

impl MethodEvent for PasswordServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Proven { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::NoPassword(problem) => problem.remedy(),
            Self::NotProven {
                path,
                defect: ClientProofDefect::Declined | ClientProofDefect::WrongMac,
            } => Some(format!(
                "store the password of {} on the client's host too (condor_store_cred -c add)",
                path.display()
            )),
            _ => None,
        }
    }
}
