//! The file that has the pool's password.

use std::fmt;
use std::path::PathBuf;

use countersign_core::Secret;
use countersign_core::effect::Effect;

use crate::akep2::password::PasswordKeys;
use crate::secret_file::SkipReason;

/// Asks for the file with the pool's password. Both sides ask it for each exchange: a password may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPoolPassword;

impl Effect for ReadPoolPassword {
    /// The file; none where SEC_PASSWORD_FILE names none.
    type Output = Option<PasswordFile>;
    const NAME: &'static str = "read the pool's password";
}

/// The file of SEC_PASSWORD_FILE.
#[derive(Debug, Clone)]
pub struct PasswordFile {
    /// Its path.
    pub path: PathBuf,
    /// Its scrambled bytes, or why it was not read.
    pub content: Result<Secret, SkipReason>,
}

/// Why there is no password on this side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPassword {
    /// SEC_PASSWORD_FILE names no file.
    NotSet,
    /// The file was not read.
    NotRead {
        /// Its path.
        path: PathBuf,
        /// Why.
        reason: SkipReason,
    },
    /// The file begins with a NUL, or is empty, so that there is no password in it.
    Empty {
        /// Its path.
        path: PathBuf,
    },
    /// Nobody performs this.
    Unperformed,
}

impl NoPassword {
    /// What would change it.
    pub(super) fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::NotSet => "set SEC_PASSWORD_FILE to the file with the pool's password".into(),
            Self::NotRead {
                path,
                reason: reason @ (SkipReason::Exposed { .. } | SkipReason::WrongOwner { .. }),
            } => return reason.mend(path),
            Self::NotRead { path, .. } | Self::Empty { path } => format!(
                "give {} the pool's password (condor_store_cred -c add -f {0}), and let the user who runs this read it",
                path.display()
            ),
            Self::Unperformed => "register the performer of PASSWORD's effect".into(),
        })
    }
}

impl fmt::Display for NoPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSet => f.write_str("SEC_PASSWORD_FILE is not set"),
            Self::NotRead { path, reason } => {
                write!(
                    f,
                    "{} (SEC_PASSWORD_FILE) was not read: {reason}",
                    path.display()
                )
            }
            Self::Empty { path } => write!(
                f,
                "{} (SEC_PASSWORD_FILE) has no password in it: it is empty, or begins with a NUL",
                path.display()
            ),
            Self::Unperformed => f.write_str("this program reads no password"),
        }
    }
}

/// A password that was read.
pub(super) struct PoolPassword {
    pub(super) path: PathBuf,
    pub(super) keys: PasswordKeys,
}

impl PoolPassword {
    /// What is in the file. `answer` is `None` where the effect was not performed.
    pub(super) fn of(answer: Option<Option<PasswordFile>>) -> Result<Self, NoPassword> {
        let PasswordFile { path, content } = answer
            .ok_or(NoPassword::Unperformed)?
            .ok_or(NoPassword::NotSet)?;
        match content {
            Err(reason) => Err(NoPassword::NotRead { path, reason }),
            Ok(file) => match PasswordKeys::of_file(&file) {
                Some(keys) => Ok(Self { path, keys }),
                None => Err(NoPassword::Empty { path }),
            },
        }
    }
}
