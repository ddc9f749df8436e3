//! Who may write a file.

use std::path::{Path, PathBuf};

/// What is known of a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Its permission bits, the sticky one included.
    pub mode: u32,
    /// Its owner.
    pub owner: u32,
    /// Its group.
    pub group: u32,
    /// Whether that owner may be trusted with it: root, condor, or who runs this.
    pub trusted: bool,
}

/// What lint asks the host that the files are on.
pub trait Host {
    /// Who may write a file or folder; `None` if that is not known.
    fn access(&self, path: &Path) -> Option<Access>;

    /// The path without links and `..`; `None` if that is not known.
    fn real(&self, path: &Path) -> Option<PathBuf>;
}

/// Files of nowhere: nothing is known of who may write them.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn access(&self, _: &Path) -> Option<Access> {
        None
    }

    fn real(&self, _: &Path) -> Option<PathBuf> {
        None
    }
}

/// This host. This blocks.
#[derive(Debug, Clone, Default)]
pub struct ThisHost {
    trusted: Vec<u32>,
}

impl ThisHost {
    /// This host, on which these users may own a mapfile, and root: condor and who runs this, as a rule.
    #[must_use]
    pub fn trusting(users: impl IntoIterator<Item = u32>) -> Self {
        Self {
            trusted: users.into_iter().collect(),
        }
    }
}

impl Host for ThisHost {
    #[cfg(unix)]
    fn access(&self, path: &Path) -> Option<Access> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path).ok()?;
        // What is no file of a folder, as a pipe, nobody else writes.
        if !found.is_file() && !found.is_dir() {
            return None;
        }
        Some(Access {
            mode: found.mode() & 0o7777,
            owner: found.uid(),
            group: found.gid(),
            trusted: found.uid() == 0 || self.trusted.contains(&found.uid()),
        })
    }

    #[cfg(not(unix))]
    fn access(&self, _: &Path) -> Option<Access> {
        None
    }

    fn real(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok()
    }
}
