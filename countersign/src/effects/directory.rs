//! Making the directory that proves who this is.
//!
//! HTCondor's client makes it as the user `condor` when it runs as root, by switching its
//! effective uid. Here the uid is never switched: root makes the directory and gives it away. So
//! root makes it only where `condor` could have made it too: the server chooses the place. What
//! was made is held by a descriptor, and nothing after that goes by its name.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::Path;

use countersign_methods::fs::{DirectoryFailure, MakeDirectory};
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid, chmod, fchmod, fchown, fstat, mkdirat, openat,
    statat, unlinkat,
};
use rustix::io::Errno;

use super::parent::{self, Maker};
use super::{CondorUser, Performed, Undo};

/// The mode, whatever the umask says.
const MODE: Mode = Mode::RWXU;

/// Makes the directory; its undo removes it.
pub fn make_directory(
    request: &MakeDirectory,
    condor_ids: Option<&str>,
) -> Performed<Result<(), DirectoryFailure>> {
    match make(&request.0, condor_ids) {
        Ok(undo) => Performed {
            output: Ok(()),
            undo: Some(undo),
        },
        Err(failure) => Err(failure).into(),
    }
}

fn make(path: &Path, condor_ids: Option<&str>) -> Result<Undo, DirectoryFailure> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(system("mkdir", Errno::INVAL));
    };
    let euid = rustix::process::geteuid();
    // Found out first: nothing is made that could not be given away.
    let (maker, new_owner) = if euid.is_root() {
        let condor = CondorUser::find(condor_ids).map_err(DirectoryFailure::NoCondor)?;
        let (uid, gid) = (Uid::from_raw(condor.uid), Gid::from_raw(condor.gid));
        (Maker::Root { condor: condor.uid }, Some((uid, gid)))
    } else {
        (Maker::user(euid.as_raw()), None)
    };
    let folder = parent::open(parent, maker)?;
    mkdirat(&folder, name, MODE).map_err(|error| system("mkdir", error))?;
    let (made, identity) = open_made(&folder, name, euid.as_raw()).inspect_err(|_| {
        // Only what is this user's and empty can go.
        let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW);
        if stat.is_ok_and(|stat| stat.st_uid == euid.as_raw()) {
            let _ = unlinkat(&folder, name, AtFlags::REMOVEDIR);
        }
    })?;
    let name = name.to_owned();
    let undo = Undo::new(move || remove(&folder, &name, identity));
    fchmod(&made, MODE).map_err(|error| system("chmod", error))?;
    if let Some((uid, gid)) = new_owner {
        fchown(&made, Some(uid), Some(gid)).map_err(|error| system("chown", error))?;
    }
    let stat = fstat(&made).map_err(|error| system("stat", error))?;
    let owner = new_owner.map_or(euid, |(uid, _)| uid);
    if stat.st_uid == owner.as_raw() && Mode::from_raw_mode(stat.st_mode) == MODE {
        Ok(undo)
    } else {
        Err(system("verify what was made", Errno::PERM))
    }
}

/// Which directory it is, whatever its name.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }
}

/// Opens what was just made, and makes sure that it is: a directory, this user's, without any
/// other directory in it.
fn open_made(
    folder: &OwnedFd,
    name: &OsStr,
    euid: u32,
) -> Result<(OwnedFd, Identity), DirectoryFailure> {
    let failed = |error| system("open what was made", error);
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let found = openat(folder, name, flags | OFlags::PATH, Mode::empty()).map_err(failed)?;
    let stat = fstat(&found).map_err(failed)?;
    // Some file systems count one link for every directory.
    if !FileType::from_raw_mode(stat.st_mode).is_dir() || stat.st_uid != euid || stat.st_nlink > 2 {
        return Err(system("verify what was made", Errno::PERM));
    }
    let reachable = Mode::RUSR | Mode::XUSR;
    if !Mode::from_raw_mode(stat.st_mode).contains(reachable) {
        // The umask took the owner's own rights. Only by this path can a mode be changed through
        // a descriptor that cannot be read from.
        chmod(format!("/proc/self/fd/{}", found.as_raw_fd()), MODE)
            .map_err(|error| system("chmod", error))?;
    }
    let made = openat(&found, ".", flags, Mode::empty()).map_err(failed)?;
    Ok((made, Identity::of(&stat)))
}

/// Removes the directory if it is still the one that was made. Nothing can be done about a
/// failure here, and HTCondor's server removes nothing itself.
fn remove(folder: &OwnedFd, name: &OsStr, identity: Identity) {
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    if stat.is_ok_and(|stat| Identity::of(&stat) == identity) {
        let _ = unlinkat(folder, name, AtFlags::REMOVEDIR);
    }
}

pub(super) fn system(call: &'static str, errno: Errno) -> DirectoryFailure {
    DirectoryFailure::System {
        call,
        errno: errno.raw_os_error(),
        text: std::io::Error::from(errno)
            .to_string()
            .split(" (os error")
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::PathBuf;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, mode: u32) -> Self {
            let path =
                std::env::temp_dir().join(format!("countersign-fs-{name}-{}", std::process::id()));
            std::fs::create_dir(&path).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// As root the directory is given to this very user, since there may be no condor here.
    fn ids() -> Option<String> {
        rustix::process::geteuid()
            .is_root()
            .then(|| "0.0".to_owned())
    }

    fn open(folder: &Folder) -> OwnedFd {
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        rustix::fs::open(&folder.0, flags, Mode::empty()).unwrap()
    }

    #[test]
    fn made_and_removed() {
        let folder = Folder::new("made", 0o1777);
        let path = folder.0.join("FS_x");
        let made = make(&path, ids().as_deref()).unwrap();
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        assert!(metadata.is_dir());
        assert_eq!(metadata.mode() & 0o7777, 0o700);
        drop(made);
        assert!(!path.exists());
    }

    #[test]
    fn what_exists_is_never_taken_nor_removed() {
        let folder = Folder::new("exists", 0o1777);
        let path = folder.0.join("FS_x");
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(
            make(&path, ids().as_deref()),
            Err(DirectoryFailure::System { call: "mkdir", .. })
        ));
        assert!(path.exists());
    }

    #[test]
    fn the_undo_removes_nothing_else() {
        let folder = Folder::new("swapped", 0o1777);
        let path = folder.0.join("FS_x");
        let made = make(&path, ids().as_deref()).unwrap();
        std::fs::rename(&path, folder.0.join("elsewhere")).unwrap();
        std::fs::create_dir(&path).unwrap();
        drop(made);
        assert!(path.exists());
    }

    #[test]
    fn a_umask_without_the_owners_rights() {
        let folder = Folder::new("umask", 0o1777);
        let path = folder.0.join("FS_x");
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
        let euid = rustix::process::geteuid().as_raw();
        assert!(open_made(&open(&folder), OsStr::new("FS_x"), euid).is_ok());
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o700);
    }

    #[test]
    fn what_was_not_made_here_is_refused() {
        let folder = Folder::new("strange", 0o1777);
        let euid = rustix::process::geteuid().as_raw();
        std::fs::create_dir_all(folder.0.join("full/inner")).unwrap();
        std::fs::create_dir(folder.0.join("empty")).unwrap();
        std::os::unix::fs::symlink("empty", folder.0.join("link")).unwrap();
        let open_made = |name: &str, uid| open_made(&open(&folder), OsStr::new(name), uid);
        assert!(open_made("empty", euid).is_ok());
        assert!(open_made("empty", euid + 1).is_err());
        assert!(open_made("link", euid).is_err());
        // Where directories count their links; elsewhere there is nothing to see.
        if std::fs::metadata(folder.0.join("full")).unwrap().nlink() > 2 {
            assert!(open_made("full", euid).is_err());
        }
    }

    #[test]
    fn a_server_cannot_have_a_directory_made_among_the_systems_files() {
        if rustix::process::geteuid().is_root() {
            let folder = Folder::new("system", 0o755);
            for ids in ["1.1", "0.0"] {
                assert!(matches!(
                    make(&folder.0.join("FS_127.0.0.1_9618_x.conf"), Some(ids)),
                    Err(DirectoryFailure::UnsafeParent { .. } | DirectoryFailure::NoCondor(_))
                ));
            }
            assert!(folder.0.read_dir().unwrap().next().is_none());
        }
    }
}
