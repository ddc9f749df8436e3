//! Keys on disk, so that a server that starts anew need not ask everybody first.
//!
//! A file for each issuer, named by the SHA-256 of the issuer, in a folder that is this user's alone. Whoever can
//! write there decides whose tokens are good: what others could have written is not believed.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_methods::scitokens::{KeySet, MAX_JWKS};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The most that is read when a server starts, in bytes.
const MAX_LOADED: u64 = 64 << 20;

/// The longest file, in bytes: a set of keys, escaped as text at worst.
const MAX_FILE: u64 = 6 * MAX_JWKS as u64 + 65_536;

/// Something on disk that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheProblem {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Display for CacheProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not used: {}", self.path.display(), self.problem)
    }
}

/// A file's content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    issuer: String,
    /// In seconds since 1970.
    fetched: u64,
    jwks: String,
}

/// An issuer's keys as they stood on disk.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) issuer: String,
    pub(super) fetched: u64,
    pub(super) set: KeySet,
}

/// Whether a folder is one, and nobody else's.
fn check(folder: &Path, found: std::io::Result<Metadata>) -> Result<(), CacheProblem> {
    let problem = |problem: String| CacheProblem {
        path: folder.to_owned(),
        problem,
    };
    let found = found.map_err(|error| problem(error.to_string()))?;
    if !found.is_dir() {
        return Err(problem("it is no folder".into()));
    }
    untrusted(&found, 0o077).map_or(Ok(()), |why| Err(problem(why)))
}

/// The folder.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    most: usize,
    made: AtomicU64,
}

impl Disk {
    /// Opens the folder. One that is not there is made when there is something to put into it.
    pub(super) fn open(folder: PathBuf, most: usize) -> Result<Self, CacheProblem> {
        match fs::symlink_metadata(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => check(&folder, found)?,
        }
        Ok(Self {
            folder,
            most,
            made: AtomicU64::new(0),
        })
    }

    /// Makes the folder if it is not there, and looks at what is there now.
    fn make(&self) -> Result<(), CacheProblem> {
        let made = DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(&self.folder);
        made.map_err(|error| CacheProblem {
            path: self.folder.clone(),
            problem: format!("it cannot be made: {error}"),
        })?;
        check(&self.folder, fs::symlink_metadata(&self.folder))
    }

    fn path(&self, issuer: &str) -> PathBuf {
        let hash = Sha256::digest(issuer.as_bytes());
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(format!("{hex}.json"))
    }

    /// All that can be used, the newest first, and what is wrong with the rest.
    pub(super) fn load(&self, now: u64) -> (Vec<Loaded>, Vec<CacheProblem>) {
        let (mut loaded, mut problems) = (Vec::new(), Vec::new());
        let mut total = 0;
        for (path, len) in self.newest_first().into_iter().take(self.most) {
            total += len;
            if total > MAX_LOADED {
                problems.push(CacheProblem {
                    path: self.folder.clone(),
                    problem: format!("there are more than {MAX_LOADED} bytes in it"),
                });
                break;
            }
            match self.read(&path, now) {
                Ok(one) => loaded.push(one),
                Err(problem) => problems.push(CacheProblem { path, problem }),
            }
        }
        (loaded, problems)
    }

    fn newest_first(&self) -> Vec<(PathBuf, u64)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .filter(|entry| entry.path().extension().is_some_and(|one| one == "json"))
            // Folders with millions of files are somebody's mistake.
            .take(self.most.saturating_mul(4))
            .filter_map(|entry| {
                let found = entry.metadata().ok()?;
                let modified = (found.mtime(), found.mtime_nsec());
                Some((modified, entry.path(), found.len()))
            })
            .collect();
        files.sort_unstable_by_key(|file| std::cmp::Reverse(file.0));
        files
            .into_iter()
            .map(|(_, path, len)| (path, len))
            .collect()
    }

    fn read(&self, path: &Path, now: u64) -> Result<Loaded, String> {
        let text = |error: Error| error.to_string();
        let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW).bits();
        let opened = File::options()
            .read(true)
            .custom_flags(flags.cast_signed())
            .open(path);
        let file = opened.map_err(text)?;
        let found = file.metadata().map_err(text)?;
        if !found.is_file() {
            return Err("it is not a regular file".into());
        }
        if let Some(why) = untrusted(&found, 0o022) {
            return Err(why);
        }
        let mut content = Vec::new();
        file.take(MAX_FILE + 1)
            .read_to_end(&mut content)
            .map_err(text)?;
        if u64::try_from(content.len()).unwrap_or(u64::MAX) > MAX_FILE {
            return Err(format!("it has more than {MAX_FILE} bytes"));
        }
        let entry: Entry =
            serde_json::from_slice(&content).map_err(|error| format!("it is broken: {error}"))?;
        if self.path(&entry.issuer) != path {
            return Err("its name is not that of its issuer".into());
        }
        if entry.fetched > now {
            return Err("it says that it was fetched in the future".into());
        }
        let set = KeySet::read(entry.jwks.as_bytes()).map_err(|error| error.to_string())?;
        Ok(Loaded {
            issuer: entry.issuer,
            fetched: entry.fetched,
            set,
        })
    }

    /// Writes an issuer's keys, and takes the oldest files away if there are too many. Whoever reads sees the old file or
    /// the new one.
    pub(super) fn write(&self, issuer: &str, jwks: &[u8], now: u64) -> Result<(), CacheProblem> {
        self.make()?;
        let path = self.path(issuer);
        let problem = |error: Error| CacheProblem {
            path: path.clone(),
            problem: format!("it cannot be written: {error}"),
        };
        let text = std::str::from_utf8(jwks).map_err(|error| problem(Error::other(error)))?;
        let entry = Entry {
            issuer: issuer.to_owned(),
            fetched: now,
            jwks: text.to_owned(),
        };
        let content = serde_json::to_vec(&entry).map_err(|error| problem(error.into()))?;
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let new = self
            .folder
            .join(format!(".{}-{number}.new", std::process::id()));
        let written = self.write_new(&new, &content);
        let written = written.and_then(|()| fs::rename(&new, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&new);
            return Err(problem(error));
        }
        for (old, _) in self.newest_first().into_iter().skip(self.most) {
            let _ = fs::remove_file(old);
        }
        Ok(())
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> std::io::Result<()> {
        let create = || {
            File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
        };
        // One that a process of the same number left behind.
        let mut file = match create() {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(path)?;
                create()?
            }
            other => other?,
        };
        file.write_all(content)
    }
}

/// Why what is in a file or folder could be somebody else's.
fn untrusted(found: &fs::Metadata, forbidden: u32) -> Option<String> {
    let expected = rustix::process::geteuid().as_raw();
    if found.uid() != expected {
        return Some(format!(
            "it belongs to uid {}, and must belong to {expected}",
            found.uid()
        ));
    }
    let mode = found.mode() & 0o7777;
    (mode & forbidden != 0)
        .then(|| format!("others have access to it (mode {mode:04o}): chmod go-rwx"))
}
