//! A server's side of FS: trying a name, and looking at what a client made there.

use std::path::Path;

use countersign_methods::fs::{DirectoryFailure, InspectDirectory, Seen, SeenKind, TryName};
use rustix::fs::{FileType, Mode, OFlags, lstat, open, unlink};

use super::Undo;
use super::directory::system;
use super::user::user_name;

/// Makes a file of that name, and removes it again whatever happens. It is made exclusively, so that
/// what is there already is neither opened nor followed.
///
/// # Errors
/// [`DirectoryFailure`], the system's reason.
pub fn try_name(request: &TryName) -> Result<(), DirectoryFailure> {
    let TryName(path) = request;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let made = open(path, flags, Mode::RUSR | Mode::WUSR);
    let made = made.map_err(|error| system("open", error))?;
    let name = path.clone();
    let undo = Undo::new(move || {
        let _ = unlink(&name);
    });
    drop(made);
    drop(undo);
    Ok(())
}

/// Looks at what is there, without following a link. Blocks where the user database is a network's.
///
/// # Errors
/// [`DirectoryFailure`], the system's reason.
pub fn inspect_directory(request: &InspectDirectory) -> Result<Seen, DirectoryFailure> {
    let InspectDirectory(path) = request;
    inspect(path)
}

fn inspect(path: &Path) -> Result<Seen, DirectoryFailure> {
    let stat = lstat(path).map_err(|error| system("lstat", error))?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => SeenKind::Directory,
        FileType::Symlink => SeenKind::Link,
        _ => SeenKind::Other,
    };
    Ok(Seen {
        kind,
        mode: stat.st_mode & 0o7777,
        links: stat.st_nlink,
        uid: stat.st_uid,
        owner: user_name(stat.st_uid),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn folder(name: &str) -> std::path::PathBuf {
        let name = format!("countersign-challenge-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        path
    }

    #[test]
    fn a_name_is_free_or_not() {
        let folder = folder("try");
        let path = folder.join("FS_x");
        assert_eq!(try_name(&TryName(path.clone())), Ok(()));
        assert!(!path.exists());
        std::fs::write(&path, "x").unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
        for taken in [path.clone(), folder.join("link"), folder.join("no/such")] {
            assert!(try_name(&TryName(taken)).is_err());
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"x", "left alone");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_seen() {
        let folder = folder("see");
        let made = folder.join("made");
        std::fs::create_dir(&made).unwrap();
        std::fs::set_permissions(&made, std::fs::Permissions::from_mode(0o1700)).unwrap();
        std::os::unix::fs::symlink("made", folder.join("link")).unwrap();
        std::fs::write(folder.join("file"), "").unwrap();
        let see = |name: &str| inspect_directory(&InspectDirectory(folder.join(name)));
        let (made, link, file, none) = (see("made"), see("link"), see("file"), see("none"));
        std::fs::remove_dir_all(&folder).unwrap();
        let made = made.unwrap();
        assert_eq!((made.kind, made.mode), (SeenKind::Directory, 0o1700));
        assert_eq!(made.uid, rustix::process::geteuid().as_raw());
        assert_eq!(link.unwrap().kind, SeenKind::Link);
        assert_eq!(file.unwrap().kind, SeenKind::Other);
        assert!(matches!(
            none,
            Err(DirectoryFailure::System {
                call: "lstat",
                errno: 2,
                ..
            })
        ));
    }
}
