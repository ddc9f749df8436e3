//! Why a session is not resumed.

use std::fmt;

/// Why a session is not resumed. The client hears `SID_NOT_FOUND`; ours makes a new one then, and
/// HTCondor's fails the command and makes one for the next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResumeRefusal {
    /// There is none of that id, or it has ended.
    Unknown,
    /// The client wants no answer, so that whoever recorded the connection could repeat it.
    Unanswered,
    /// The level's settings no longer accept the method that it was made with.
    Method {
        /// The method.
        method: &'static str,
    },
    /// It was handed over for other commands.
    Command {
        /// The command.
        command: i32,
    },
    /// The level's settings require authentication, and nobody authenticated.
    Authentication,
    /// The level's settings no longer accept its cipher.
    Cipher {
        /// The cipher.
        cipher: &'static str,
    },
    /// What vouched for its credential is no longer accepted.
    Voucher {
        /// What vouched for it.
        voucher: String,
    },
}

impl fmt::Display for ResumeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such session, or it has ended"),
            Self::Unanswered => f.write_str(
                "the client, older than 9.9.0, wants no answer, so that the connection could be \
                 recorded and repeated",
            ),
            Self::Method { method } => write!(
                f,
                "it was made by {method}, which the settings do not accept for this command"
            ),
            Self::Command { command } => write!(
                f,
                "{} is not among the ValidCommands that it was handed over for",
                crate::names::command_text(*command)
            ),
            Self::Authentication => f.write_str(
                "nobody authenticated when it was made, and the settings require it for this \
                 command",
            ),
            Self::Cipher { cipher } => write!(
                f,
                "its cipher is {cipher}, which the settings do not accept for this command"
            ),
            Self::Voucher { voucher } => {
                write!(
                    f,
                    "{voucher} vouched for its credential, and is no longer accepted"
                )
            }
        }
    }
}
