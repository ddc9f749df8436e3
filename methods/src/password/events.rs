//! What a client's PASSWORD reports.

use std::fmt;
use std::path::PathBuf;

use countersign_core::trace::{MethodEvent, Verdict};

use super::NoPassword;
use crate::akep2::ProofDefect;

/// An event of PASSWORD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordEvent {
    /// It is offered; whether there is a password is seen when the server picks it.
    Offered,
    /// A password was read, and the server is asked to prove that it has it.
    Using {
        /// Its file.
        path: PathBuf,
        /// Who this side says it is.
        name: String,
    },
    /// There is no password on this side.
    NoPassword(NoPassword),
    /// The server did not prove that it has the password.
    NotProven {
        /// The file of this side's.
        path: PathBuf,
        /// What was wrong.
        defect: ProofDefect,
    },
    /// Something in the arithmetic failed that never does.
    Internal,
}

impl fmt::Display for PasswordEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be offered; it needs one password on both sides"),
            Self::Using { path, name } => write!(
                f,
                "as {name}, with the pool's password of {}",
                path.display()
            ),
            Self::NoPassword(problem) => write!(f, "there is no password here: {problem}"),
            Self::NotProven { path, defect } => match defect {
                ProofDefect::Declined => f.write_str(
                    "the server gave up before any password was compared: it has none, or cannot read it; its log says \
                     which",
                ),
                ProofDefect::OtherExchange => f.write_str(
                    "the server answered to something that this side did not say; no password was compared",
                ),
                ProofDefect::WrongMac => write!(
                    f,
                    "the server has another password than {} (SEC_PASSWORD_FILE): its proof does not verify",
                    path.display()
                ),
            },
            Self::Internal => f.write_str("the password's keys cannot be derived"),
        }
    }
}

impl MethodEvent for PasswordEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Using { .. } => Verdict::Noted,
            Self::NoPassword(_) | Self::NotProven { .. } | Self::Internal => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::NoPassword(problem) => problem.remedy(),
            Self::NotProven { path, defect } => match defect {
                ProofDefect::Declined => Some(
                    "store the pool's password on the server (condor_store_cred -c add), in the file that its \
                     SEC_PASSWORD_FILE names, for root alone"
                        .into(),
                ),
                ProofDefect::OtherExchange => None,
                ProofDefect::WrongMac => Some(format!(
                    "store the same password on both hosts, here in {}: a password ends at its first NUL, so a file of \
                     random bytes may be cut",
                    path.display()
                )),
            },
            Self::Offered | Self::Using { .. } | Self::Internal => None,
        }
    }
}
