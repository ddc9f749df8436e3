//! FS and FS_REMOTE are one method in two places.

use countersign_core::names::{FS, FS_REMOTE, MethodName};

/// Where the directory is made, which is all that tells FS from FS_REMOTE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// On the machine that both sides run on: FS, in FS_LOCAL_DIR.
    #[default]
    Local,
    /// On a file system that two machines mount: FS_REMOTE, in FS_REMOTE_DIR.
    Remote,
}

impl Place {
    /// The method.
    #[must_use]
    pub fn method(self) -> &'static MethodName {
        match self {
            Self::Local => &FS,
            Self::Remote => &FS_REMOTE,
        }
    }

    /// The knob that names a server's folder. Without it that is `/tmp`, for either.
    #[must_use]
    pub fn knob(self) -> &'static str {
        match self {
            Self::Local => "FS_LOCAL_DIR",
            Self::Remote => "FS_REMOTE_DIR",
        }
    }

    /// What directories' names begin with, and what HTCondor's errors are filed under.
    pub(super) fn prefix(self) -> &'static str {
        self.method().canonical
    }
}
