//! Making the directory that proves who this is.
//!
//! HTCondor's client makes it as the user `condor` when it runs as root, by switching its
//! effective uid. Here the uid is never switched: root makes the directory and gives it away. The
//! parent is opened component by component without following a link, and must be one in which
//! nobody else can swap the directory: root's and sticky, or this user's own.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use countersign_methods::fs::{DirectoryFailure, MakeDirectory};
use rustix::fs::{AtFlags, Mode, OFlags, Stat, chmodat, fstat, mkdirat, openat, statat, unlinkat};
use rustix::io::Errno;

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
    let root = rustix::process::geteuid().is_root();
    // Found out first: nothing is made that could not be given away.
    let owner = if root {
        let condor = CondorUser::find(condor_ids).map_err(DirectoryFailure::NoCondor)?;
        Some(condor.ids())
    } else {
        None
    };
    let folder = open_parent(parent)?;
    check_parent(
        parent,
        &fstat(&folder).map_err(|e| system("stat the folder", e))?,
    )?;
    mkdirat(&folder, name, MODE).map_err(|error| system("mkdir", error))?;
    let name = name.to_owned();
    let undo_folder = folder
        .try_clone()
        .map_err(|error| DirectoryFailure::System {
            call: "dup",
            errno: error.raw_os_error().unwrap_or(0),
            text: error.to_string(),
        });
    let undo = match undo_folder {
        Ok(undo_folder) => {
            let name = name.clone();
            Undo::new(move || {
                // Nothing can be done about a failure here, and HTCondor's server removes
                // nothing itself.
                let _ = unlinkat(&undo_folder, &name, AtFlags::REMOVEDIR);
            })
        }
        Err(failure) => {
            let _ = unlinkat(&folder, &name, AtFlags::REMOVEDIR);
            return Err(failure);
        }
    };
    chmodat(&folder, &name, MODE, AtFlags::empty()).map_err(|error| system("chmod", error))?;
    if let Some((uid, gid)) = owner {
        rustix::fs::chownat(
            &folder,
            &name,
            Some(rustix::fs::Uid::from_raw(uid.as_raw())),
            Some(rustix::fs::Gid::from_raw(gid.as_raw())),
            AtFlags::SYMLINK_NOFOLLOW,
        )
        .map_err(|error| system("chown", error))?;
    }
    verify(&folder, &name, owner.map(|(uid, _)| uid.as_raw()))?;
    Ok(undo)
}

/// What stands there must be exactly what was made.
fn verify(folder: &OwnedFd, name: &OsStr, owner: Option<u32>) -> Result<(), DirectoryFailure> {
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|e| system("stat", e))?;
    let expected = owner.unwrap_or_else(|| rustix::process::geteuid().as_raw());
    let is_directory = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir();
    if is_directory && stat.st_uid == expected && Mode::from_raw_mode(stat.st_mode) == MODE {
        Ok(())
    } else {
        Err(system("verify what was made", Errno::PERM))
    }
}

/// Opens a folder by its absolute path, following no link on the way.
fn open_parent(parent: &Path) -> Result<OwnedFd, DirectoryFailure> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut folder =
        rustix::fs::open("/", flags, Mode::empty()).map_err(|error| system("open /", error))?;
    for component in parent.components() {
        match component {
            Component::RootDir => {}
            Component::Normal(name) => {
                folder =
                    openat(&folder, name, flags, Mode::empty()).map_err(|error| match error {
                        Errno::LOOP | Errno::NOTDIR => DirectoryFailure::UnsafeParent {
                            parent: parent.to_owned(),
                            problem: format!("has a link or a file in it: {}", name.display()),
                        },
                        other => system("open the folder", other),
                    })?;
            }
            _ => return Err(system("open the folder", Errno::INVAL)),
        }
    }
    Ok(folder)
}

/// Nobody but root and this user may be able to rename what is in the folder.
fn check_parent(parent: &Path, stat: &Stat) -> Result<(), DirectoryFailure> {
    let mode = Mode::from_raw_mode(stat.st_mode);
    let sticky = mode.contains(Mode::SVTX);
    let others_write = mode.intersects(Mode::WGRP | Mode::WOTH);
    let own = stat.st_uid == rustix::process::geteuid().as_raw();
    let problem = if stat.st_uid == 0 && sticky || own && (sticky || !others_write) {
        return Ok(());
    } else if stat.st_uid == 0 || own {
        "is not sticky, so that others could swap what is in it"
    } else {
        "belongs neither to root nor to this user"
    };
    Err(DirectoryFailure::UnsafeParent {
        parent: parent.to_owned(),
        problem: problem.into(),
    })
}

fn system(call: &'static str, errno: Errno) -> DirectoryFailure {
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
    fn unsafe_parents() {
        let folder = Folder::new("open", 0o777);
        assert!(matches!(
            make(&folder.0.join("FS_x"), ids().as_deref()),
            Err(DirectoryFailure::UnsafeParent { .. })
        ));
        let safe = Folder::new("real", 0o700);
        let link = safe.0.join("link");
        std::os::unix::fs::symlink("/tmp", &link).unwrap();
        assert!(matches!(
            make(&link.join("FS_x"), ids().as_deref()),
            Err(DirectoryFailure::UnsafeParent { .. })
        ));
    }
}
