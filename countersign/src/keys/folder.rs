//! Folders for secrets: opened, and made where they are missing.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, Dir, FileType, Gid, Mode, OFlags, Uid, fchown, fstat, mkdir, mkdirat, open, openat,
    unlinkat,
};
use rustix::io::Errno;

use super::write::{Owner, WriteFailure, failed};

/// A folder that is only this user's.
const MODE: Mode = Mode::RWXU;

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// Opens a folder that the configuration or the command line names, links and all. It is made if it is
/// missing, and so are its parents.
pub(crate) fn open_or_make(path: &Path) -> Result<OwnedFd, WriteFailure> {
    match open(path, FOLDER, Mode::empty()) {
        Err(Errno::NOENT) => {}
        other => return other.map_err(failed("open the folder")),
    }
    let mut missing: Vec<&Path> = path
        .ancestors()
        .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
        .collect();
    while let Some(folder) = missing.pop() {
        match mkdir(folder, MODE) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(failed("make the folder")(errno)),
        }
    }
    open(path, FOLDER, Mode::empty()).map_err(failed("open the folder"))
}

/// Opens a folder below somebody's home, on their behalf. No link is followed, since they could have
/// put it there; what is there must be theirs, and what is missing is made and given to them.
pub(super) fn below_home(
    home: &Path,
    names: &[&str],
    owner: Owner,
) -> Result<OwnedFd, WriteFailure> {
    let mut folder = open(home, FOLDER, Mode::empty()).map_err(failed("open the home folder"))?;
    for name in names {
        folder = step(&folder, OsStr::new(name), owner)?;
    }
    Ok(folder)
}

fn step(folder: &OwnedFd, name: &OsStr, owner: Owner) -> Result<OwnedFd, WriteFailure> {
    let made = match mkdirat(folder, name, MODE) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(errno) => return Err(failed("make the folder")(errno)),
    };
    let next = openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
        .map_err(failed("open the folder without following a link"))?;
    let stat = fstat(&next).map_err(failed("stat the folder"))?;
    if made && stat.st_uid != owner.uid {
        // Nothing else may be given away, should it have been swapped meanwhile.
        let own = rustix::process::geteuid().as_raw();
        let is_new = stat.st_uid == own && stat.st_nlink <= 2 && is_empty(&next);
        if !is_new {
            return Err(failed("verify the folder that was made")(Errno::PERM));
        }
        let (uid, gid) = (Uid::from_raw(owner.uid), Gid::from_raw(owner.gid));
        return match fchown(&next, Some(uid), Some(gid)) {
            Ok(()) => Ok(next),
            Err(errno) => {
                let _ = unlinkat(folder, name, AtFlags::REMOVEDIR);
                Err(failed("chown the folder")(errno))
            }
        };
    }
    if !FileType::from_raw_mode(stat.st_mode).is_dir() || stat.st_uid != owner.uid {
        return Err(failed("use the folder, which is somebody else's")(
            Errno::PERM,
        ));
    }
    Ok(next)
}

fn is_empty(folder: &OwnedFd) -> bool {
    let Ok(entries) = Dir::read_from(folder) else {
        return false;
    };
    entries
        .into_iter()
        .all(|entry| entry.is_ok_and(|entry| matches!(entry.file_name().to_bytes(), b"." | b"..")))
}
