//! Where tokens and signing keys are looked for.
//!
//! Rule: `findTokens`, `IssuerKeyNameCache::NameList` and `getTokenSigningKeyPath` in HTCondor.
//! One folder of tokens only: SEC_TOKEN_DIRECTORY, else for an ordinary user `~/.condor/tokens.d`,
//! else SEC_TOKEN_SYSTEM_DIRECTORY.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_core::Secret;
use countersign_methods::SkipReason;
use countersign_methods::idtokens::{
    Credentials, FolderOrigin, KeyFile, KeyNames, ReadSigningKey, TokenFile, TokenFolder,
};
use pcre2::bytes::Regex;
use rustix::fs::{Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::remembered::{Made, Remembered, is_local};
use super::secure_file;

/// The most names of a folder that are looked at. They are put in order before any is chosen, so
/// this is far more than the files that are read.
const MAX_NAMES: usize = 100_000;

/// The most files of a folder that are read.
const MAX_FILES: usize = 1000;

/// The most bytes that are read from one folder's files together.
const MAX_TOTAL: usize = 16 << 20;

/// Where to look, from the settings.
#[derive(Debug, Clone)]
pub struct TokenSources {
    /// The folder of tokens.
    pub token_folder: PathBuf,
    /// Which setting named it.
    pub token_folder_origin: FolderOrigin,
    /// SEC_PASSWORD_DIRECTORY: signing keys, one file each.
    pub key_folder: Option<PathBuf>,
    /// SEC_TOKEN_POOL_SIGNING_KEY_FILE: the key called POOL.
    pub pool_key: Option<PathBuf>,
    /// LOCAL_CONFIG_DIR_EXCLUDE_REGEXP. Without it HTCondor finds no token at all.
    pub exclude: Option<Arc<Regex>>,
    /// The kind of program, for `<SUBSYS>_auto_generated_token`.
    pub subsystem: String,
}

impl TokenSources {
    /// True if everything is on file systems that never wait for another machine, as far as that
    /// can be told when this is asked.
    #[must_use]
    pub fn are_local(&self) -> bool {
        [
            Some(&self.token_folder),
            self.key_folder.as_ref(),
            self.pool_key.as_ref(),
        ]
        .into_iter()
        .flatten()
        .all(|path| is_local(path))
    }
}

/// What is known of the folders that were looked at before.
#[derive(Debug, Default)]
pub struct FolderMemory {
    tokens: Remembered<TokenNames>,
    keys: Remembered<Vec<(String, PathBuf)>>,
    /// What was in the signing keys that could be read, by their names.
    signing_keys: Mutex<HashMap<String, Arc<Remembered<Secret>>>>,
}

/// Why a key could not be read.
enum NotRead {
    NotOpened(std::io::Error),
    Refused(SkipReason),
}

impl FolderMemory {
    /// What is in the file `path` of the key `name`.
    fn signing_key(&self, name: &str, path: &Path) -> Result<Arc<Secret>, NotRead> {
        let known = self.signing_keys().get(name).cloned();
        let memory = known.clone().unwrap_or_default();
        let read = memory.of(path, || {
            let file = secure_file::open(path).map_err(NotRead::NotOpened)?;
            let it = secure_file::read_opened(file).map_err(NotRead::Refused)?;
            Ok(Made {
                it,
                follows_from_names: true,
            })
        });
        match (&read, known) {
            (Ok(_), None) => {
                let mut kept = self.signing_keys();
                if kept.len() < MAX_FILES {
                    kept.insert(name.to_owned(), memory);
                }
            }
            // A key that is gone is not kept.
            (Err(_), Some(_)) => {
                self.signing_keys().remove(name);
            }
            _ => {}
        }
        read
    }

    fn signing_keys(&self) -> MutexGuard<'_, HashMap<String, Arc<Remembered<Secret>>>> {
        self.signing_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files of a folder of tokens, in the order in which they are tried.
#[derive(Debug, Default)]
struct TokenNames {
    /// Each with whether LOCAL_CONFIG_DIR_EXCLUDE_REGEXP excludes it.
    files: Vec<(PathBuf, bool)>,
    truncated: bool,
}

/// Reads the folder of tokens and lists the signing keys.
#[must_use]
pub fn find_credentials(sources: &TokenSources) -> Credentials {
    find_credentials_again(sources, &FolderMemory::default())
}

/// As [`find_credentials`], without reading the names again in a folder in which none has changed. One memory is for
/// one set of sources.
#[must_use]
pub fn find_credentials_again(sources: &TokenSources, memory: &FolderMemory) -> Credentials {
    Credentials {
        folder: read_folder(sources, memory),
        keys: list_signing_keys_again(sources, memory),
    }
}

fn read_folder(sources: &TokenSources, memory: &FolderMemory) -> TokenFolder {
    let mut folder = TokenFolder {
        path: sources.token_folder.clone(),
        origin: sources.token_folder_origin,
        problem: None,
        files: Vec::new(),
        truncated: false,
        first_file_name: format!("{}_auto_generated_token", sources.subsystem),
    };
    let Some(exclude) = &sources.exclude else {
        folder.problem = Some("LOCAL_CONFIG_DIR_EXCLUDE_REGEXP is not set".into());
        return folder;
    };
    if folder.path.as_os_str().is_empty() {
        folder.problem = Some("no folder is set".into());
        return folder;
    }
    let names = memory.tokens.of(&folder.path, || {
        token_names(&folder.path, &folder.first_file_name, exclude)
    });
    match names {
        Err(problem) => folder.problem = Some(problem),
        Ok(names) => {
            folder.truncated = names.truncated;
            let (mut read, mut excluded, mut total) = (0, 0, 0);
            for (path, is_excluded) in &names.files {
                let content = if *is_excluded {
                    excluded += 1;
                    if excluded > MAX_FILES {
                        continue;
                    }
                    Err(SkipReason::Excluded)
                } else if read == MAX_FILES || total >= MAX_TOTAL {
                    folder.truncated = true;
                    break;
                } else {
                    read += 1;
                    secure_file::read(path)
                };
                total += content.as_ref().map_or(0, Secret::len);
                let path = path.clone();
                folder.files.push(TokenFile { path, content });
            }
        }
    }
    folder
}

fn token_names(folder: &Path, first: &str, exclude: &Regex) -> Result<Made<TokenNames>, String> {
    let Listing {
        mut entries,
        truncated,
        has_links,
    } = list(folder)?;
    entries.sort_by_cached_key(|entry| {
        let is_first = entry.name.eq_ignore_ascii_case(first);
        (!is_first, entry.name.clone())
    });
    let files = entries
        .into_iter()
        .map(|entry| {
            let is_excluded = excludes(exclude, &entry);
            (entry.path, is_excluded)
        })
        .collect();
    Ok(Made {
        it: TokenNames { files, truncated },
        follows_from_names: !has_links,
    })
}

/// The entries of a folder that are not folders themselves.
pub(crate) struct Listing {
    /// The entries, in no order.
    pub(crate) entries: Vec<Entry>,
    /// Whether there are more.
    pub(crate) truncated: bool,
    /// Whether some are links, which may lead to folders.
    has_links: bool,
}

/// An entry of a folder.
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: OsString,
    /// Its path.
    pub(crate) path: PathBuf,
}

/// Reads a file that holds a secret, if nobody but this process's user can read or write it.
///
/// # Errors
/// [`SkipReason`].
pub fn read_secret_file(path: &Path) -> Result<Secret, SkipReason> {
    secure_file::read(path)
}

/// The entries of a folder that are not folders themselves. `rustix` reads a folder into a small
/// buffer that grows, where `std` takes 32 KiB for every one.
pub(crate) fn list(folder: &Path) -> Result<Listing, String> {
    let problem = |error: Errno| std::io::Error::from(error).to_string();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(folder, flags, Mode::empty()).map_err(problem)?;
    let mut listing = Listing {
        entries: Vec::new(),
        truncated: false,
        has_links: false,
    };
    for entry in Dir::new(opened).map_err(problem)? {
        let entry = entry.map_err(problem)?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let path = folder.join(name);
        // What the folder itself says of an entry costs no system call; a link must be followed.
        let is_folder = match entry.file_type() {
            FileType::Symlink | FileType::Unknown => {
                listing.has_links = true;
                path.is_dir()
            }
            kind => kind == FileType::Directory,
        };
        if is_folder {
            continue;
        }
        if listing.entries.len() == MAX_NAMES {
            listing.truncated = true;
            break;
        }
        let name = name.to_owned();
        listing.entries.push(Entry { name, path });
    }
    Ok(listing)
}

pub(crate) fn excludes(pattern: &Regex, entry: &Entry) -> bool {
    pattern.is_match(entry.name.as_bytes()).unwrap_or(true)
}

/// The signing keys that can be read.
///
/// Rule: `IssuerKeyNameCache::NameList` in HTCondor, without the cache.
#[must_use]
pub fn list_signing_keys(sources: &TokenSources) -> KeyNames {
    list_signing_keys_again(sources, &FolderMemory::default())
}

/// As [`list_signing_keys`], without reading the names again in a folder in which none has changed. One memory is for
/// one set of sources.
#[must_use]
pub fn list_signing_keys_again(sources: &TokenSources, memory: &FolderMemory) -> KeyNames {
    let mut names = Vec::new();
    let mut problem = None;
    if sources.pool_key.as_deref().is_some_and(is_readable) {
        names.push("POOL".to_owned());
    }
    if let Some(folder) = &sources.key_folder {
        match memory.keys.of(folder, || key_names(folder, sources)) {
            Err(error) => problem = Some(format!("{}: {error}", folder.display())),
            Ok(found) => {
                // The one called POOL is most often the pool's key, found already.
                let readable = found
                    .iter()
                    .filter(|(name, path)| !names.contains(name) && is_readable(path))
                    .map(|(name, _)| name.clone());
                let readable: Vec<String> = readable.take(MAX_FILES).collect();
                names.extend(readable);
            }
        }
    }
    names.sort();
    names.dedup();
    KeyNames { names, problem }
}

/// The names that keys can have, in order, and their paths.
fn key_names(
    folder: &Path,
    sources: &TokenSources,
) -> Result<Made<Vec<(String, PathBuf)>>, String> {
    let Listing {
        mut entries,
        has_links,
        ..
    } = list(folder)?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let exclude = sources.exclude.as_ref();
    let names = entries
        .into_iter()
        .filter(|entry| exclude.is_none_or(|pattern| !excludes(pattern, entry)))
        .filter_map(|entry| Some((entry.name.into_string().ok()?, entry.path)))
        .collect();
    Ok(Made {
        it: names,
        follows_from_names: !has_links,
    })
}

fn is_readable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::READ_OK).is_ok()
}

/// Reads the first of the named keys that exists. The names come from a server, so only plain
/// file names are taken.
#[must_use]
pub fn read_signing_key(sources: &TokenSources, request: &ReadSigningKey) -> Option<KeyFile> {
    read_signing_key_again(sources, request, &FolderMemory::default())
}

/// As [`read_signing_key`], without opening a file again that has not changed. One memory is for one set of sources.
#[must_use]
pub fn read_signing_key_again(
    sources: &TokenSources,
    request: &ReadSigningKey,
    memory: &FolderMemory,
) -> Option<KeyFile> {
    request.names.iter().find_map(|name| {
        let path = signing_key_path(sources, name)?;
        let content = match memory.signing_key(name, &path) {
            Ok(content) => Ok(Secret::clone(&content)),
            Err(NotRead::Refused(reason)) => Err(reason),
            // That it cannot be opened now says less than that it may not be.
            Err(NotRead::NotOpened(error)) if is_readable(&path) => {
                Err(secure_file::unreadable(error))
            }
            Err(NotRead::NotOpened(_)) => return None,
        };
        Some(KeyFile {
            name: name.clone(),
            content,
            path,
        })
    })
}

/// Where the key of that name is, if it is a name that a key can have. It may be a stranger's.
///
/// Rule: `getTokenSigningKeyPath` in HTCondor, which takes any path there.
#[must_use]
pub fn signing_key_path(sources: &TokenSources, name: &str) -> Option<PathBuf> {
    if name == "POOL" {
        return sources.pool_key.clone();
    }
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
    plain.then(|| Some(sources.key_folder.as_ref()?.join(name)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(folder: &Path) -> TokenSources {
        TokenSources {
            token_folder: folder.to_owned(),
            token_folder_origin: FolderOrigin::TokenDirectory,
            key_folder: Some(folder.to_owned()),
            pool_key: None,
            exclude: Some(Arc::new(Regex::new(r"^(\..*|.*~)$").unwrap())),
            subsystem: "TOOL".into(),
        }
    }

    #[test]
    fn a_server_cannot_name_a_path() {
        let sources = sources(Path::new("/etc"));
        for name in ["../etc/hostname", "/etc/hostname", ".", "..", ""] {
            let names = vec![name.to_owned()];
            assert!(read_signing_key(&sources, &ReadSigningKey { names }).is_none());
        }
    }

    #[test]
    fn a_key_that_changed_is_read_at_once() {
        use std::fs::{self, Permissions};
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("countersign-keys-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, sources) = (folder.join("K"), sources(&folder));
        let write = |path: &Path, content: &str| {
            fs::write(path, content).unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        };
        write(&path, "one");
        // Long enough ago for the memory to rely on it.
        std::thread::sleep(std::time::Duration::from_secs(4));
        let memory = FolderMemory::default();
        let names = vec!["K".to_owned()];
        let request = ReadSigningKey { names };
        let read = || {
            let file = read_signing_key_again(&sources, &request, &memory)?;
            Some(
                file.content
                    .map(|it| String::from_utf8(it.expose().to_vec()).unwrap()),
            )
        };
        assert_eq!(read(), Some(Ok("one".into())));
        assert_eq!(memory.signing_keys().len(), 1);
        assert_eq!(read(), Some(Ok("one".into())));
        write(&path, "two");
        assert_eq!(
            read(),
            Some(Ok("two".into())),
            "written over, as long as before"
        );
        write(&folder.join("new"), "six");
        fs::rename(folder.join("new"), &path).unwrap();
        assert_eq!(read(), Some(Ok("six".into())));
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read(), Some(Err(SkipReason::Exposed { mode: 0o644 })));
        fs::remove_file(&path).unwrap();
        assert_eq!(read(), None);
        assert!(memory.signing_keys().is_empty());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn modes_and_names() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder =
            std::env::temp_dir().join(format!("countersign-tokens-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("sub")).unwrap();
        for (name, mode) in [("good", 0o600), ("exposed", 0o644), ("good~", 0o600)] {
            let path = folder.join(name);
            std::fs::write(&path, "x").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let found = find_credentials(&sources(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
        let mut outcomes: Vec<_> = found
            .folder
            .files
            .iter()
            .map(|f| {
                (
                    f.path.file_name().unwrap().to_owned(),
                    f.content.as_ref().err(),
                )
            })
            .collect();
        outcomes.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(outcomes.len(), 3);
        assert_eq!(outcomes[0].1, Some(&SkipReason::Exposed { mode: 0o644 }));
        assert_eq!(outcomes[1].1, None);
        assert_eq!(outcomes[2].1, Some(&SkipReason::Excluded));
    }

    #[test]
    fn of_many_files_the_first_in_order() {
        let folder = std::env::temp_dir().join(format!("countersign-many-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for number in (0..MAX_FILES + 500).rev() {
            std::fs::write(folder.join(format!("t{number:04}")), "").unwrap();
        }
        for number in 0..MAX_FILES + 1 {
            std::fs::write(folder.join(format!(".{number}")), "").unwrap();
        }
        std::fs::write(folder.join("tool_auto_generated_token"), "").unwrap();
        let found = find_credentials(&sources(&folder)).folder;
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(found.truncated);
        let read: Vec<_> = found
            .files
            .iter()
            .filter(|file| !matches!(file.content, Err(SkipReason::Excluded)))
            .collect();
        assert_eq!(read.len(), MAX_FILES);
        let name = |at: usize| read[at].path.file_name().unwrap().to_str().unwrap();
        assert_eq!(name(0), "tool_auto_generated_token");
        assert_eq!((name(1), name(MAX_FILES - 1)), ("t0000", "t0998"));
    }

    #[test]
    fn of_large_files_not_too_many() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("countersign-large-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for number in 0..20 {
            let path = folder.join(format!("t{number:02}"));
            std::fs::write(&path, vec![b'#'; 1 << 20]).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let found = find_credentials(&sources(&folder)).folder;
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(found.truncated);
        assert_eq!(found.files.len(), 16);
    }

    #[test]
    fn a_missing_folder_is_a_problem_not_an_error() {
        let found = find_credentials(&sources(Path::new("/nonexistent/tokens.d")));
        assert!(found.folder.problem.is_some());
        assert!(found.keys.problem.is_some());
    }
}
