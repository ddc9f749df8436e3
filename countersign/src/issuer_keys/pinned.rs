//! Keys in a file, for an issuer that is not asked.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_methods::scitokens::{
    IssuerKeys, JwksError, KeySet, KeysOrigin, KeysUnavailable, MAX_JWKS, PinnedProblem,
};

/// Files that were read, and what they looked like then.
#[derive(Debug, Default)]
pub(super) struct Pinned(Mutex<HashMap<std::path::PathBuf, Read>>);

#[derive(Debug)]
struct Read {
    state: State,
    keys: Arc<IssuerKeys>,
}

/// What changes when a file does.
#[derive(Debug, PartialEq, Eq)]
struct State {
    inode: (u64, u64),
    len: u64,
    mode: u32,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            inode: (metadata.dev(), metadata.ino()),
            len: metadata.len(),
            mode: metadata.mode(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Pinned {
    /// The keys in the file at `path`, read anew if it changed.
    pub(super) fn keys(&self, path: &Path) -> Result<Arc<IssuerKeys>, KeysUnavailable> {
        let pinned = |problem| KeysUnavailable::Pinned {
            path: path.to_owned(),
            problem,
        };
        let unreadable =
            |error: std::io::Error| pinned(PinnedProblem::Unreadable(error.to_string()));
        let state = State::of(&std::fs::metadata(path).map_err(unreadable)?);
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(path).filter(|known| known.state == state) {
            return Ok(known.keys.clone());
        }
        // What is there no longer holds, whatever comes of reading it.
        read.remove(path);
        let file = open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        let mode = metadata.mode() & 0o7777;
        if !metadata.is_file() {
            let problem = "it is not a regular file".to_owned();
            return Err(pinned(PinnedProblem::Unreadable(problem)));
        }
        if mode & 0o022 != 0 {
            return Err(pinned(PinnedProblem::Writable { mode }));
        }
        let state = State::of(&metadata);
        let content = bounded(file).map_err(unreadable)?;
        let malformed = |error: JwksError| pinned(PinnedProblem::Malformed(error));
        let keys = Arc::new(IssuerKeys {
            set: Arc::new(KeySet::read(&content).map_err(malformed)?),
            origin: KeysOrigin::Pinned {
                path: path.to_owned(),
            },
        });
        let known = Read {
            state,
            keys: keys.clone(),
        };
        read.insert(path.to_owned(), known);
        Ok(keys)
    }
}

/// Opens a file, without hanging at a FIFO.
pub(super) fn open(path: &Path) -> std::io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

/// A file's content; one byte more than a set of keys may have shows one that is too long.
pub(super) fn bounded(file: File) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = u64::try_from(MAX_JWKS).unwrap_or(u64::MAX);
    file.take(limit + 1).read_to_end(&mut content)?;
    Ok(content)
}
