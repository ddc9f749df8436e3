//! What was made of a folder's names, or of a file, good for as long as the folder or the file says that nothing has changed.
//!
//! Every handshake looks at the folders of tokens and keys, since what changes there counts at once. Whether something did,
//! one system call tells.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{Stat, StatFs};

/// How old a folder's last change must be, in seconds: a later one then has another time, on file systems that count in
/// whole seconds, too.
const SETTLED: i64 = 2;

/// Something made of a folder's names, or of files.
#[derive(Debug)]
pub(super) struct Remembered<T>(Mutex<Kept<T>>);

/// What was made, and of what.
type Kept<T> = Option<(Vec<Option<Stamp>>, Arc<T>)>;

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// What of a folder or file differs once a name in it has come or gone, or it was written to, or its owner or mode is
/// another, or it is another one, or somebody else asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: (u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
    asking: u32,
}

/// What was made of a folder's names.
pub(super) struct Made<T> {
    pub(super) it: T,
    /// Whether it follows from the names alone, and not from where a link leads.
    pub(super) follows_from_names: bool,
}

impl<T> Remembered<T> {
    /// What was made the last time, if it still holds; otherwise `make`s it of what is at `path`.
    pub(super) fn of<E>(
        &self,
        path: &Path,
        make: impl FnOnce() -> Result<Made<T>, E>,
    ) -> Result<Arc<T>, E> {
        self.of_all(&[path], make)
    }

    /// As [`Self::of`], of what is at several paths, or is not there.
    pub(super) fn of_all<P: AsRef<Path>, E>(
        &self,
        paths: &[P],
        make: impl FnOnce() -> Result<Made<T>, E>,
    ) -> Result<Arc<T>, E> {
        // From before anything is read: what changes meanwhile makes a difference the next time.
        let stamps: Vec<_> = paths.iter().map(|path| Stamp::of(path.as_ref())).collect();
        let now = SystemTime::now();
        if let Some((known, it)) = &*self.kept()
            && stamps == *known
        {
            return Ok(it.clone());
        }
        let Made {
            it,
            follows_from_names,
        } = make()?;
        let it = Arc::new(it);
        let settled =
            |stamp: &Option<Stamp>| stamp.as_ref().is_none_or(|stamp| stamp.is_settled(now));
        let lasting = follows_from_names
            && stamps.iter().all(settled)
            && paths.iter().all(|path| is_local(path.as_ref()));
        *self.kept() = lasting.then(|| (stamps, it.clone()));
        Ok(it)
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let found: Stat = rustix::fs::stat(path).ok()?;
        Some(Self {
            inode: (found.st_dev, found.st_ino),
            modified: (found.st_mtime, i64::try_from(found.st_mtime_nsec).ok()?),
            changed: (found.st_ctime, i64::try_from(found.st_ctime_nsec).ok()?),
            asking: rustix::process::geteuid().as_raw(),
        })
    }

    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_secs()).ok());
        let last = self.modified.0.max(self.changed.0);
        now.is_some_and(|now| last.saturating_add(SETTLED) < now)
    }
}

/// The file systems of local disks and of memory, by the numbers that statfs(2) gives them: ext2
/// to ext4, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs and overlays. Any other may be a network's.
const LOCAL: [u32; 8] = [
    0xef53,
    0x5846_5342,
    0x9123_683e,
    0xf2f5_2010,
    0x2fc1_2fc1,
    0xca45_1a4e,
    0x0102_1994,
    0x794c_7630,
];

/// What is not there yet will be where its folder is.
pub(super) fn is_local(path: &Path) -> bool {
    path.ancestors()
        .find_map(|path| rustix::fs::statfs(path).ok())
        .and_then(|found: StatFs| u32::try_from(found.f_type).ok())
        .is_some_and(|kind| LOCAL.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::fs;
    use std::time::Duration;

    /// A folder whose last change is long ago.
    struct Old(std::path::PathBuf);

    impl Old {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!(
                "countersign-remembered-{name}-{}",
                std::process::id()
            ));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        /// A change time cannot be set, only waited for.
        fn settle(&self) {
            while !Stamp::of(&self.0).unwrap().is_settled(SystemTime::now()) {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    impl Drop for Old {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn count(folder: &Path) -> Result<Made<usize>, std::io::Error> {
        Ok(Made {
            it: fs::read_dir(folder)?.count(),
            follows_from_names: true,
        })
    }

    #[test]
    fn every_change_is_seen_at_once() {
        let folder = Old::new("changes");
        if !is_local(&folder.0) {
            return;
        }
        let made = Cell::new(0);
        let memory = Remembered::default();
        let ask = || {
            let counted = memory.of(&folder.0, || {
                made.set(made.get() + 1);
                count(&folder.0)
            });
            *counted.unwrap()
        };
        for round in 1..3 {
            folder.settle();
            let before = made.get();
            let names = ask();
            assert_eq!((ask(), made.get()), (names, before + 1), "nothing changed");
            fs::write(folder.0.join(format!("{round}")), "").unwrap();
            assert_eq!(ask(), names + 1);
            fs::write(folder.0.join(format!("{round}~")), "").unwrap();
            assert_eq!(ask(), names + 2, "twice within the same moment");
            fs::remove_file(folder.0.join(format!("{round}~"))).unwrap();
            assert_eq!(ask(), names + 1);
        }
        // Another folder in its place, made long before.
        let other = Old::new("other");
        fs::write(other.0.join("a"), "").unwrap();
        folder.settle();
        other.settle();
        let _ = ask();
        let aside = Old::new("aside");
        fs::rename(&folder.0, &aside.0).unwrap();
        fs::rename(&other.0, &folder.0).unwrap();
        assert_eq!(ask(), 1);
    }

    #[test]
    fn a_recent_change_or_a_link_is_not_relied_on() {
        let folder = Old::new("recent");
        fs::write(folder.0.join("a"), "").unwrap();
        let memory = Remembered::default();
        assert_eq!(*memory.of(&folder.0, || count(&folder.0)).unwrap(), 1);
        assert!(memory.kept().is_none());
        folder.settle();
        let link = || {
            count(&folder.0).map(|made| Made {
                follows_from_names: false,
                ..made
            })
        };
        assert_eq!(*memory.of(&folder.0, link).unwrap(), 1);
        assert!(memory.kept().is_none());
    }

    #[test]
    fn what_is_local() {
        assert!(!is_local(Path::new("/proc/self")));
        assert!(!is_local(Path::new("")));
        let folder = std::env::temp_dir();
        assert_eq!(is_local(&folder), is_local(&folder.join("not/there/yet")));
    }
}
