//! Token files: writing one, and finding those that are there.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use countersign_core::Secret;
use countersign_core::effect::Entropy;
use nix::unistd::User;

use super::folder::{below_home, open_or_make};
use super::write::{IfThere, Owner, WriteFailure, write};
use crate::effects::{TokenSources, excludes, list};

/// The largest token file that is looked at, in bytes.
const MAX_LEN: u64 = 1 << 20;

/// Where a token goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenPlace {
    /// Into this file.
    File(PathBuf),
    /// Into the token folder, under this name.
    Named(String),
    /// Into the token folder of that user's home, under this name. File and folder become the user's.
    Owned {
        /// The user.
        user: String,
        /// The name.
        name: String,
    },
}

/// Why a token was not written.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// The name is a path.
    #[error("Token name isn't a plain filename")]
    NotPlain,
    /// No setting names a token folder.
    #[error("no token folder is set: SEC_TOKEN_DIRECTORY, or SEC_TOKEN_SYSTEM_DIRECTORY for root")]
    NoFolder,
    /// There is no such user.
    #[error("there is no user {user}: {problem}")]
    NoUser {
        /// The user.
        user: String,
        /// In words.
        problem: String,
    },
    /// The file is a device, a folder or the like.
    #[error("{} is there and is no regular file", .0.display())]
    NotAFile(PathBuf),
    /// A file is there and was not to be replaced.
    #[error("{} is there already and was left as it is", .0.path.display())]
    Exists(Box<LooseFile>),
    /// The file cannot be written.
    #[error("Cannot write token to {}: {failure}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        failure: WriteFailure,
    },
}

/// A token that was written.
#[derive(Debug, Clone)]
pub struct WrittenToken {
    /// Its file.
    pub path: PathBuf,
    /// The file that it took the place of.
    pub replaced: Option<LooseFile>,
}

/// Writes a token to a file of its own; missing folders are made. A file that is there is replaced
/// only if `replace` says so, where HTCondor overwrites it.
///
/// # Errors
/// [`TokenFileError`].
pub fn write_token(
    sources: &TokenSources,
    place: &TokenPlace,
    token: &Secret,
    replace: bool,
    entropy: &mut dyn Entropy,
) -> Result<WrittenToken, TokenFileError> {
    let plain = |name: &str| match name {
        "" | "." | ".." => Err(TokenFileError::NotPlain),
        name if name.contains(['/', '\0']) => Err(TokenFileError::NotPlain),
        _ => Ok(()),
    };
    let (folder, path, owner) = match place {
        TokenPlace::File(path) => (open_or_make(parent(path)), path.clone(), None),
        TokenPlace::Named(name) => {
            plain(name)?;
            if sources.token_folder.as_os_str().is_empty() {
                return Err(TokenFileError::NoFolder);
            }
            let folder = &sources.token_folder;
            (open_or_make(folder), folder.join(name), None)
        }
        TokenPlace::Owned { user, name } => {
            plain(name)?;
            let found = find_user(user)?;
            let owner = Owner {
                uid: found.uid.as_raw(),
                gid: found.gid.as_raw(),
            };
            let below = [".condor", "tokens.d"];
            let path = found.dir.join(".condor/tokens.d").join(name);
            (below_home(&found.dir, &below, owner), path, Some(owner))
        }
    };
    put(folder, path, owner, token, replace, entropy)
}

/// Writes a token to that file, as [`write_token`] does.
///
/// # Errors
/// [`TokenFileError`].
pub fn write_token_file(
    path: &Path,
    token: &Secret,
    replace: bool,
    entropy: &mut dyn Entropy,
) -> Result<WrittenToken, TokenFileError> {
    let folder = open_or_make(parent(path));
    put(folder, path.to_owned(), None, token, replace, entropy)
}

fn put(
    folder: Result<OwnedFd, WriteFailure>,
    path: PathBuf,
    owner: Option<Owner>,
    token: &Secret,
    replace: bool,
    entropy: &mut dyn Entropy,
) -> Result<WrittenToken, TokenFileError> {
    let write_failure = |failure| TokenFileError::Write {
        path: path.clone(),
        failure,
    };
    let folder = folder.map_err(write_failure)?;
    let name = path.file_name().ok_or(TokenFileError::NotPlain)?;
    let there = std::fs::symlink_metadata(&path).ok();
    if there
        .as_ref()
        .is_some_and(|there| !there.is_file() && !there.is_symlink())
    {
        return Err(TokenFileError::NotAFile(path));
    }
    let end = Secret::from(&b"\n"[..]);
    let content = [token, &end];
    let if_there = if replace {
        IfThere::Replace
    } else {
        IfThere::Keep
    };
    // A link's user may have put it there to have something else read.
    let old = || match std::fs::symlink_metadata(&path) {
        Ok(there) if there.is_symlink() => LooseFile {
            path: path.clone(),
            content: Err("it is a link".into()),
        },
        _ => read_loosely(&path),
    };
    let replaced = there.map(|_| old());
    match write(&folder, name, &content, if_there, owner, entropy) {
        Ok(()) => Ok(WrittenToken { path, replaced }),
        Err(failure) if failure.is_there() && !replace => {
            Err(TokenFileError::Exists(Box::new(old())))
        }
        Err(failure) => Err(write_failure(failure)),
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn find_user(name: &str) -> Result<User, TokenFileError> {
    let no_user = |problem: String| TokenFileError::NoUser {
        user: name.to_owned(),
        problem,
    };
    match User::from_name(name) {
        Ok(Some(user)) => Ok(user),
        Ok(None) => Err(no_user("the user database has none of that name".into())),
        Err(error) => Err(no_user(error.to_string())),
    }
}

/// A token file, read whoever may read it.
#[derive(Debug, Clone)]
pub struct LooseFile {
    /// Its path.
    pub path: PathBuf,
    /// Its content, or in words why there is none.
    pub content: Result<Secret, String>,
}

/// The files of a token folder, in the folder's own order, as HTCondor's list of tokens has them:
/// owner and mode are not looked at, since nothing is done with them.
///
/// # Errors
/// In words, if the folder cannot be read, or LOCAL_CONFIG_DIR_EXCLUDE_REGEXP is not set.
pub fn find_token_files(
    sources: &TokenSources,
    folder: Option<&Path>,
) -> Result<Vec<LooseFile>, String> {
    let folder = folder.unwrap_or(&sources.token_folder);
    let exclude = sources
        .exclude
        .as_ref()
        .ok_or("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP is not set")?;
    let entries = list(folder)?.entries;
    Ok(entries
        .into_iter()
        .filter(|entry| !excludes(exclude, entry))
        .map(|entry| read_loosely(&entry.path))
        .collect())
}

/// Reads one token file, whoever may read it.
#[must_use]
pub fn read_loosely(path: &Path) -> LooseFile {
    LooseFile {
        path: path.to_owned(),
        content: read(path),
    }
}

fn read(path: &Path) -> Result<Secret, String> {
    let words = |error: std::io::Error| error.to_string();
    let file = File::options()
        .read(true)
        // A FIFO must not hang the reader.
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(words)?;
    let metadata = file.metadata().map_err(words)?;
    if !metadata.is_file() {
        return Err("it is not a regular file".into());
    }
    if metadata.len() > MAX_LEN {
        return Err(format!(
            "it has {} bytes, more than any token file",
            metadata.len()
        ));
    }
    // Room for all of it: growing would leave copies behind.
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.take(metadata.len())
        .read_to_end(&mut content)
        .map_err(words)?;
    Ok(Secret::new(content))
}

impl LooseFile {
    /// Its lines that may be tokens, with their numbers from 1. What is not text has none.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let content = self.content.as_ref().map_or(&[][..], Secret::expose);
        content
            .split(|&byte| byte == b'\n')
            .enumerate()
            .filter_map(|(index, line)| Some((index + 1, std::str::from_utf8(line).ok()?.trim())))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    }

    /// Its name in its folder.
    #[must_use]
    pub fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;
    use countersign_methods::idtokens::FolderOrigin;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::sync::Arc;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("countersign-token-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn sources(&self) -> TokenSources {
            TokenSources {
                token_folder: self.0.join("a/tokens.d"),
                token_folder_origin: FolderOrigin::TokenDirectory,
                key_folder: None,
                pool_key: None,
                exclude: Some(Arc::new(pcre2::bytes::Regex::new(r"^\..*$").unwrap())),
                subsystem: "TOOL".into(),
            }
        }

        fn write(&self, place: &TokenPlace, replace: bool) -> Result<WrittenToken, TokenFileError> {
            let token = Secret::from(&b"a.b.c"[..]);
            write_token(&self.sources(), place, &token, replace, &mut SystemEntropy)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn written_and_found() {
        let folder = Folder::new("written");
        let place = TokenPlace::Named("t".into());
        let written = folder.write(&place, false).unwrap();
        assert!(written.replaced.is_none());
        let path = written.path;
        assert_eq!(path, folder.0.join("a/tokens.d/t"));
        let metadata = path.metadata().unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o600);
        assert_eq!(std::fs::read(&path).unwrap(), b"a.b.c\n");
        let parent = path.parent().unwrap().metadata().unwrap();
        assert_eq!(parent.mode() & 0o7777, 0o700);
        let found = find_token_files(&folder.sources(), None).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].lines().collect::<Vec<_>>(), [(1, "a.b.c")]);
        for name in ["", ".", "..", "a/b", "/x"] {
            let place = TokenPlace::Named(name.into());
            assert!(matches!(
                folder.write(&place, true),
                Err(TokenFileError::NotPlain)
            ));
        }
    }

    #[test]
    fn a_link_is_replaced_and_a_folder_is_not() {
        let folder = Folder::new("links");
        let (target, link) = (folder.0.join("target"), folder.0.join("link"));
        std::fs::write(&target, "precious").unwrap();
        symlink(&target, &link).unwrap();
        let place = TokenPlace::File(link.clone());
        let kept = folder.write(&place, false);
        assert!(
            matches!(&kept, Err(TokenFileError::Exists(there)) if there.content.is_err()),
            "{kept:?}"
        );
        assert!(link.symlink_metadata().unwrap().is_symlink());
        folder.write(&place, true).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"precious");
        assert!(link.symlink_metadata().unwrap().is_file());
        let place = TokenPlace::File(folder.0.clone());
        assert!(matches!(
            folder.write(&place, true),
            Err(TokenFileError::NotAFile(_))
        ));
    }

    #[test]
    fn replaced_only_if_told() {
        let folder = Folder::new("replaced");
        let place = TokenPlace::Named("t".into());
        let path = folder.write(&place, false).unwrap().path;
        std::fs::write(&path, "old\n").unwrap();
        let Err(TokenFileError::Exists(there)) = folder.write(&place, false) else {
            panic!("it was overwritten")
        };
        assert_eq!(there.lines().collect::<Vec<_>>(), [(1, "old")]);
        assert_eq!(std::fs::read(&path).unwrap(), b"old\n");
        let replaced = folder.write(&place, true).unwrap().replaced.unwrap();
        assert_eq!(replaced.lines().collect::<Vec<_>>(), [(1, "old")]);
        assert_eq!(std::fs::read(&path).unwrap(), b"a.b.c\n");
    }

    #[test]
    fn lines_that_may_be_tokens() {
        let file = LooseFile {
            path: "/x/y".into(),
            content: Ok(Secret::from(&b"# no\n\n  a.b.c \r\n\xff\nd"[..])),
        };
        let lines: Vec<_> = file.lines().collect();
        assert_eq!(lines, [(3, "a.b.c"), (5, "d")]);
        assert_eq!(file.name(), "y");
    }

    /// The folders below a home, on behalf of its user: what the user could have put in the way.
    #[test]
    fn below_somebodys_home() {
        let folder = Folder::new("home");
        // As root for somebody else, and as anybody for themselves.
        let root = rustix::process::geteuid().is_root();
        let uid = if root {
            4242
        } else {
            rustix::process::geteuid().as_raw()
        };
        let gid = if root {
            4242
        } else {
            rustix::process::getegid().as_raw()
        };
        let owner = Owner { uid, gid };
        let home = |name: &str| {
            let home = folder.0.join(name);
            std::fs::create_dir(&home).unwrap();
            std::os::unix::fs::chown(&home, Some(uid), Some(gid)).unwrap();
            home
        };
        let names = [".condor", "tokens.d"];

        let plain = home("plain");
        let opened = below_home(&plain, &names, owner).unwrap();
        let token = Secret::from(&b"a.b.c"[..]);
        let (name, keep) = (OsStr::new("t"), IfThere::Replace);
        write(
            &opened,
            name,
            &[&token],
            keep,
            Some(owner),
            &mut SystemEntropy,
        )
        .unwrap();
        for made in [".condor", ".condor/tokens.d", ".condor/tokens.d/t"] {
            let metadata = plain.join(made).symlink_metadata().unwrap();
            assert_eq!((metadata.uid(), metadata.gid()), (uid, gid), "{made}");
            assert_eq!(metadata.mode() & 0o077, 0, "{made}");
        }
        assert!(below_home(&plain, &names, owner).is_ok(), "and again");

        let linked = home("linked");
        let elsewhere = folder.0.join("elsewhere");
        std::fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, linked.join(".condor")).unwrap();
        assert!(below_home(&linked, &names, owner).is_err());
        let deeper = home("deeper");
        std::fs::create_dir(deeper.join(".condor")).unwrap();
        std::os::unix::fs::chown(deeper.join(".condor"), Some(uid), Some(gid)).unwrap();
        symlink(&elsewhere, deeper.join(".condor/tokens.d")).unwrap();
        assert!(below_home(&deeper, &names, owner).is_err());
        assert_eq!(elsewhere.read_dir().unwrap().count(), 0);

        if root {
            // Somebody else's folder is neither used nor given away.
            let foreign = home("foreign");
            std::fs::create_dir(foreign.join(".condor")).unwrap();
            std::fs::set_permissions(
                foreign.join(".condor"),
                std::fs::Permissions::from_mode(0o755),
            )
            .unwrap();
            assert!(below_home(&foreign, &names, owner).is_err());
            let metadata = foreign.join(".condor").metadata().unwrap();
            assert_eq!(metadata.uid(), 0);
        }
    }
}
