//! Files that hold a secret.

use std::fmt;
use std::path::Path;

/// Why a file was not read, though it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// LOCAL_CONFIG_DIR_EXCLUDE_REGEXP matches its name.
    Excluded,
    /// It does not belong to the user who must own it.
    WrongOwner {
        /// Who owns it.
        uid: u32,
        /// Who must.
        expected: u32,
    },
    /// Group or others have some permission on it.
    Exposed {
        /// Its permission bits.
        mode: u32,
    },
    /// It could not be opened or read.
    Unreadable(String),
    /// It is larger than any such file.
    TooLarge {
        /// Its size in bytes.
        len: u64,
    },
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excluded => f.write_str("its name matches LOCAL_CONFIG_DIR_EXCLUDE_REGEXP"),
            Self::WrongOwner { uid, expected } => {
                write!(
                    f,
                    "it belongs to uid {uid} and must belong to uid {expected}"
                )
            }
            Self::Exposed { mode } => write!(
                f,
                "its mode is {mode:04o} and must give nothing to group and others (chmod 600)"
            ),
            Self::Unreadable(problem) => f.write_str(problem),
            Self::TooLarge { len } => write!(f, "it has {len} bytes, more than any such file"),
        }
    }
}

impl SkipReason {
    /// What would have the file at `path` read.
    pub(crate) fn mend(&self, path: &Path) -> Option<String> {
        let path = path.display();
        Some(match self {
            Self::Exposed { .. } => format!("chmod 600 {path}"),
            Self::WrongOwner { expected, .. } => format!("chown {expected} {path}"),
            Self::Excluded => format!(
                "rename {path} to something that LOCAL_CONFIG_DIR_EXCLUDE_REGEXP does not match"
            ),
            Self::Unreadable(_) => format!("make {path} a file that this user can read"),
            Self::TooLarge { .. } => return None,
        })
    }
}
