//! In which folders a directory may be made that a server asked for.
//!
//! The folder is opened component by component. A link is followed only where root alone could
//! have put it: it is root's, and lies in a folder that nobody else can write. Whatever it leads
//! to is judged like any other folder.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

use countersign_methods::fs::DirectoryFailure;
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawMode, Stat, fstat, openat, readlinkat, statat,
};
use rustix::io::Errno;

use super::directory::system;

/// The most links on the way to one folder.
const MAX_LINKS: u32 = 8;

/// What a user namespace shows where an owner has no uid in it.
const OVERFLOW: u32 = 65_534;

/// Who makes the directory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Maker {
    /// Root, on behalf of the user `condor`.
    Root {
        /// The uid of `condor`.
        condor: u32,
    },
    /// Any other user.
    User {
        /// Its effective uid.
        uid: u32,
        /// True if [`OVERFLOW`] stands for owners outside of this user namespace. Root's folders
        /// belong to it then.
        overflow: bool,
    },
}

impl Maker {
    /// An ordinary user.
    pub(super) fn user(uid: u32) -> Self {
        let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let overflow = stands_for_others(&map);
        Self::User { uid, overflow }
    }

    /// What is wrong with a folder that belongs to `owner` and has this mode.
    fn objection(self, owner: u32, mode: Mode) -> Option<&'static str> {
        let sticky = mode.contains(Mode::SVTX);
        let others_write = mode.intersects(Mode::WGRP | Mode::WOTH);
        match self {
            Self::Root { .. } if owner == 0 => {
                if sticky && mode.contains(Mode::WOTH) {
                    None
                } else {
                    Some("is root's, but not sticky and writable for everybody as /tmp is")
                }
            }
            Self::Root { condor } if owner != condor => {
                Some("belongs neither to root nor to condor")
            }
            Self::User { uid, overflow }
                if owner != 0 && owner != uid && !(overflow && owner == OVERFLOW) =>
            {
                Some("belongs neither to root nor to this user")
            }
            Self::User { uid, .. } if owner != uid => {
                (!sticky).then_some("is not sticky, so that others could swap what is in it")
            }
            _ => (others_write && !sticky)
                .then_some("is not sticky, so that others could swap what is in it"),
        }
    }
}

/// True if no user of this namespace has the overflow uid, going by its `uid_map`.
fn stands_for_others(map: &str) -> bool {
    !map.trim().is_empty()
        && map.lines().all(|line| {
            let mut numbers = line.split_whitespace().map(str::parse::<u64>);
            let (Some(Ok(first)), Some(Ok(_)), Some(Ok(count))) =
                (numbers.next(), numbers.next(), numbers.next())
            else {
                return false;
            };
            !(first..first.saturating_add(count)).contains(&u64::from(OVERFLOW))
        })
}

/// Opens a folder by its absolute path, if a directory may be made in it.
pub(super) fn open(path: &Path, maker: Maker) -> Result<OwnedFd, DirectoryFailure> {
    let folder = walk(path)?;
    let stat = fstat(&folder).map_err(|error| system("stat the folder", error))?;
    match maker.objection(stat.st_uid, Mode::from_raw_mode(stat.st_mode)) {
        None => Ok(folder),
        Some(problem) => Err(unsafe_parent(path, problem.to_owned())),
    }
}

fn walk(path: &Path) -> Result<OwnedFd, DirectoryFailure> {
    let mut folder = root()?;
    let mut ahead = VecDeque::new();
    for component in path.components() {
        match component {
            Component::RootDir => {}
            Component::Normal(name) => ahead.push_back(name.to_owned()),
            _ => return Err(system("open the folder", Errno::INVAL)),
        }
    }
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        match openat(&folder, &name, FOLDER, Mode::empty()) {
            Ok(next) => folder = next,
            Err(Errno::LOOP | Errno::NOTDIR) => {
                links += 1;
                let target = trusted_link(&folder, &name).filter(|_| links <= MAX_LINKS);
                let Some(target) = target else {
                    let problem = format!("has a link or a file in it: {}", name.display());
                    return Err(unsafe_parent(path, problem));
                };
                if target.as_bytes().starts_with(b"/") {
                    folder = root()?;
                }
                for component in Path::new(&target).components().rev() {
                    if let Component::Normal(_) | Component::ParentDir = component {
                        ahead.push_front(component.as_os_str().to_owned());
                    }
                }
            }
            Err(error) => return Err(system("open the folder", error)),
        }
    }
    Ok(folder)
}

/// Enough to look and to make something, also where the folder itself cannot be listed.
const FOLDER: OFlags = OFlags::PATH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

fn root() -> Result<OwnedFd, DirectoryFailure> {
    rustix::fs::open("/", FOLDER, Mode::empty()).map_err(|error| system("open /", error))
}

/// Where a link leads that nobody but root can have made and nobody but root can change.
fn trusted_link(folder: &OwnedFd, name: &OsStr) -> Option<OsString> {
    let roots_alone = |stat: &Stat| {
        stat.st_uid == 0 && !Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH)
    };
    let link = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let is_link = FileType::from_raw_mode(link.st_mode as RawMode) == FileType::Symlink;
    if !is_link || link.st_uid != 0 || !roots_alone(&fstat(folder).ok()?) {
        return None;
    }
    let target = readlinkat(folder, name, Vec::new()).ok()?;
    Some(OsStr::from_bytes(target.to_bytes()).to_owned())
}

fn unsafe_parent(path: &Path, problem: String) -> DirectoryFailure {
    DirectoryFailure::UnsafeParent {
        parent: path.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const ROOT: Maker = Maker::Root { condor: 64 };
    const USER: Maker = Maker::User {
        uid: 1000,
        overflow: false,
    };
    const CONTAINED: Maker = Maker::User {
        uid: 1000,
        overflow: true,
    };

    #[test]
    fn who_may_make_it_where() {
        for (maker, owner, mode, good) in [
            (ROOT, 0, 0o1777, true),
            // What is root's is condor's only where everybody may write.
            (ROOT, 0, 0o755, false),
            (ROOT, 0, 0o1755, false),
            (ROOT, 0, 0o1770, false),
            (ROOT, 0, 0o777, false),
            (ROOT, 64, 0o755, true),
            (ROOT, 64, 0o775, false),
            (ROOT, 64, 0o1777, true),
            (ROOT, 1000, 0o700, false),
            (ROOT, 1000, 0o1777, false),
            (ROOT, OVERFLOW, 0o1777, false),
            (Maker::Root { condor: 0 }, 0, 0o755, false),
            (Maker::Root { condor: 0 }, 0, 0o1777, true),
            (USER, 0, 0o1777, true),
            (USER, 0, 0o777, false),
            (USER, 1000, 0o755, true),
            (USER, 1000, 0o1777, true),
            (USER, 1000, 0o775, false),
            (USER, 1001, 0o1777, false),
            (USER, OVERFLOW, 0o1777, false),
            (CONTAINED, OVERFLOW, 0o1777, true),
            (CONTAINED, OVERFLOW, 0o755, false),
            (CONTAINED, 1001, 0o1777, false),
        ] {
            let objection = maker.objection(owner, Mode::from_raw_mode(mode));
            assert_eq!(
                objection.is_none(),
                good,
                "{maker:?}, {owner}, {mode:o}: {objection:?}"
            );
        }
    }

    #[test]
    fn owners_outside_of_a_user_namespace() {
        assert!(!stands_for_others("         0          0 4294967295\n"));
        assert!(stands_for_others("      1000       1000          1\n"));
        assert!(!stands_for_others("0 1000 1\n1 100000 65536\n"));
        assert!(stands_for_others("0 1000 1\n1 100000 60000\n"));
        for unknown in ["", "x y z\n", "0 0\n"] {
            assert!(!stands_for_others(unknown));
        }
    }

    #[test]
    fn links() {
        let folder =
            std::env::temp_dir().join(format!("countersign-fs-links-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("there")).unwrap();
        let link = |name: &str, target: &str| {
            std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
        };
        let mode = |mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&folder, permissions).unwrap();
        };
        let leads_there = |path: &str| {
            let there = rustix::fs::stat(folder.join("there")).unwrap();
            let found = walk(&folder.join(path)).map(|found| fstat(&found).unwrap());
            found.is_ok_and(|found| found.st_ino == there.st_ino)
        };
        link("link", "there");
        link("round", folder.join("there/../link").to_str().unwrap());
        link("endless", "endless");
        mode(0o755);
        let root = rustix::process::geteuid().is_root();
        let seen: Vec<bool> = ["there", "link", "round", "endless"]
            .map(leads_there)
            .into();
        mode(0o1777);
        let shared: Vec<bool> = ["there", "link"].map(leads_there).into();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(seen, [true, root, root, false]);
        assert_eq!(shared, [true, false]);
    }
}
