//! A folder of signing keys.
//!
//! `keys/KID.pem` are the private keys, `state.json` says which of them signs and which are published until
//! when. All of it is the owner's alone. A key's file is there before `state.json` names it, and both are
//! written under another name first, so that whoever reads meanwhile reads all of the old or all of the new.

mod error;

pub use error::KeyFolderError;

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use countersign_core::Secret;
use countersign_core::effect::Entropy;
use rustix::fs::{AtFlags, Mode, OFlags, fstat, mkdirat, open, openat, statat, unlinkat};
use rustix::io::Errno;

use super::files::{FileProblem, check_owner, lock, read_private};
use super::jwks::Jwks;
use super::key_id;
use super::new_key::{NewIssuerKey, Rotated};
use super::public_key::PublicKey;
use super::request::TokenRequest;
use super::schedule::{KeyEntry, Rotation, Schedule};
use super::signing_key::IssuerKey;
use super::url::IssuerUrl;
use crate::keys::{IfThere, failed, open_or_make, write};

const STATE: &str = "state.json";
const KEYS: &str = "keys";

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// A folder of signing keys. It is opened anew for each thing that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFolder {
    path: PathBuf,
}

/// The published keys, with their times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Published(pub(super) Vec<(KeyEntry, PublicKey)>);

impl Published {
    pub(super) fn jwks(&self, now: u64) -> Jwks {
        let published = self.0.iter().filter(|(entry, _)| entry.is_published(now));
        Jwks::new(published.map(|(_, key)| key.clone()).collect())
    }
}

/// An open folder.
struct Opened {
    folder: OwnedFd,
    keys: OwnedFd,
}

impl KeyFolder {
    /// The folder there.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that is written whenever the keys change.
    pub(super) fn state_path(&self) -> PathBuf {
        self.path.join(STATE)
    }

    /// Puts the first key into the folder, which is made if it is missing. That key signs at once.
    ///
    /// # Errors
    /// [`KeyFolderError`]; keys that are there stay.
    pub fn create(
        &self,
        key: &IssuerKey,
        now: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry, KeyFolderError> {
        let folder = open_or_make(&self.path).map_err(|failure| self.call(failure))?;
        self.check_folder(&folder, None)?;
        let _lock = lock(&folder).map_err(|failure| self.call(failure))?;
        if statat(&folder, STATE, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            return Err(KeyFolderError::Exists(self.path.clone()));
        }
        match mkdirat(&folder, KEYS, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(self.call(failed("make the folder keys")(errno))),
        }
        let keys = self.open_keys(&folder)?;
        let opened = Opened { folder, keys };
        let mut schedule = Schedule::default();
        self.put(
            &opened,
            &mut schedule,
            key,
            Rotation::default(),
            now,
            entropy,
        )
    }

    /// Adds a key that takes the place of those that are there, which stay published for a while. Keys
    /// whose while is over go.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn add(
        &self,
        key: &IssuerKey,
        rotation: Rotation,
        now: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<Rotated, KeyFolderError> {
        let opened = self.open()?;
        let _lock = lock(&opened.folder).map_err(|failure| self.call(failure))?;
        let mut schedule = self.schedule(&opened)?;
        let cuts_short = rotation
            .keep
            .is_some_and(|keep| keep < schedule.longest_lifetime);
        let removed = schedule.take_retired(now);
        let added = self.put(&opened, &mut schedule, key, rotation, now, entropy)?;
        for entry in &removed {
            // Left behind it would do no harm: nothing names it any more.
            let _ = unlinkat(&opened.keys, file_name(&entry.kid), AtFlags::empty());
        }
        Ok(Rotated {
            added,
            removed,
            cuts_short,
        })
    }

    /// Makes a key and [`add`](Self::add)s it.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn rotate(
        &self,
        new: &NewIssuerKey,
        rotation: Rotation,
        now: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<Rotated, KeyFolderError> {
        let opened = self.open()?;
        let signer = match self.schedule(&opened)?.signer(now) {
            Some(entry) => Some(self.key(&opened, entry)?),
            None => None,
        };
        let key = new
            .make(signer.as_ref())
            .map_err(|problem| KeyFolderError::Key {
                path: self.path.clone(),
                problem,
            })?;
        self.add(&key, rotation, now, entropy)
    }

    /// Its keys, oldest first.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn entries(&self) -> Result<Vec<KeyEntry>, KeyFolderError> {
        Ok(self.schedule(&self.open()?)?.keys)
    }

    /// The name of the key that signs then.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn signer(&self, now: u64) -> Result<Option<String>, KeyFolderError> {
        let schedule = self.schedule(&self.open()?)?;
        Ok(schedule.signer(now).map(|entry| entry.kid.clone()))
    }

    /// What is published then.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn jwks(&self, now: u64) -> Result<Jwks, KeyFolderError> {
        Ok(self.published(now)?.jwks(now))
    }

    /// Makes a token, and remembers how long it is good for, so that its key stays published.
    ///
    /// # Errors
    /// [`KeyFolderError`].
    pub fn sign(
        &self,
        issuer: &IssuerUrl,
        request: &TokenRequest,
        now: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<Secret, KeyFolderError> {
        let opened = self.open()?;
        let _lock = lock(&opened.folder).map_err(|failure| self.call(failure))?;
        let mut schedule = self.schedule(&opened)?;
        let entry = match &request.key_id {
            None => schedule.signer(now),
            Some(kid) => schedule.get(kid).filter(|entry| entry.is_published(now)),
        };
        let entry = entry.cloned().ok_or_else(|| KeyFolderError::NoSuchKey {
            path: self.path.clone(),
            kid: request.key_id.clone().unwrap_or_default(),
        })?;
        let key = self.key(&opened, &entry)?;
        let token = request.sign(issuer, &key, now, entropy)?;
        if schedule.note(&entry.kid, request.lifetime, now) {
            self.save(&opened, &schedule, IfThere::Replace, entropy)?;
        }
        Ok(token)
    }

    /// The keys that are published then, with their public halves. Later there are fewer, never more.
    pub(super) fn published(&self, now: u64) -> Result<Published, KeyFolderError> {
        let opened = self.open()?;
        let mut keys = self.schedule(&opened)?.keys;
        keys.retain(|entry| entry.is_published(now));
        let both = |entry: KeyEntry| {
            let key = self.key(&opened, &entry)?.public();
            Ok::<_, KeyFolderError>((entry, key))
        };
        Ok(Published(
            keys.into_iter().map(both).collect::<Result<_, _>>()?,
        ))
    }

    fn open(&self) -> Result<Opened, KeyFolderError> {
        let folder = match open(&self.path, FOLDER, Mode::empty()) {
            Err(Errno::NOENT) => return Err(KeyFolderError::Missing(self.path.clone())),
            other => other.map_err(|errno| self.call(failed("open the folder")(errno)))?,
        };
        self.check_folder(&folder, None)?;
        if statat(&folder, STATE, AtFlags::SYMLINK_NOFOLLOW).err() == Some(Errno::NOENT) {
            return Err(KeyFolderError::Missing(self.path.clone()));
        }
        let keys = self.open_keys(&folder)?;
        Ok(Opened { folder, keys })
    }

    fn open_keys(&self, folder: &OwnedFd) -> Result<OwnedFd, KeyFolderError> {
        let keys = openat(folder, KEYS, FOLDER | OFlags::NOFOLLOW, Mode::empty())
            .map_err(|errno| self.file(KEYS, failed("open the folder")(errno).into()))?;
        self.check_folder(&keys, Some(KEYS))?;
        Ok(keys)
    }

    fn check_folder(&self, folder: &OwnedFd, name: Option<&str>) -> Result<(), KeyFolderError> {
        let stat = fstat(folder).map_err(|errno| self.call(failed("stat")(errno)))?;
        check_owner(&stat).map_err(|problem| self.file(name.unwrap_or_default(), problem))
    }

    fn schedule(&self, opened: &Opened) -> Result<Schedule, KeyFolderError> {
        let content = read_private(&opened.folder, OsStr::new(STATE))
            .map_err(|problem| self.file(STATE, problem))?;
        let wrong = |problem| KeyFolderError::State {
            path: self.path.join(STATE),
            problem,
        };
        let json = serde_json::from_slice(content.expose())
            .map_err(|error| wrong(format!("it is no JSON: {error}")))?;
        Schedule::from_json(&json).map_err(wrong)
    }

    fn key(&self, opened: &Opened, entry: &KeyEntry) -> Result<IssuerKey, KeyFolderError> {
        let name = file_name(&entry.kid);
        let path = || self.path.join(KEYS).join(&name);
        let content = read_private(&opened.keys, OsStr::new(&name)).map_err(|problem| {
            KeyFolderError::File {
                path: path(),
                problem,
            }
        })?;
        IssuerKey::read(&content, Some(&entry.kid), Some(entry.algorithm)).map_err(|problem| {
            KeyFolderError::Key {
                path: path(),
                problem,
            }
        })
    }

    /// Writes the key's file, and then the state that names it.
    fn put(
        &self,
        opened: &Opened,
        schedule: &mut Schedule,
        key: &IssuerKey,
        rotation: Rotation,
        now: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<KeyEntry, KeyFolderError> {
        key_id::check(key.kid())?;
        let name = file_name(key.kid());
        let path = self.path.join(KEYS).join(&name);
        let pem = key.to_pem().map_err(|problem| KeyFolderError::Key {
            path: path.clone(),
            problem,
        })?;
        let name = OsStr::new(&name);
        write(&opened.keys, name, &[&pem], IfThere::Keep, None, entropy).map_err(|failure| {
            let path = path.clone();
            if failure.is_there() {
                KeyFolderError::KeyExists(path)
            } else {
                let problem = failure.into();
                KeyFolderError::File { path, problem }
            }
        })?;
        schedule.add(key.kid(), key.algorithm(), rotation, now);
        // Others are held off by the lock.
        let if_there = IfThere::Replace;
        if let Err(error) = self.save(opened, schedule, if_there, entropy) {
            let _ = unlinkat(&opened.keys, name, AtFlags::empty());
            return Err(error);
        }
        schedule
            .get(key.kid())
            .cloned()
            .ok_or(KeyFolderError::Missing(path))
    }

    fn save(
        &self,
        opened: &Opened,
        schedule: &Schedule,
        if_there: IfThere,
        entropy: &mut dyn Entropy,
    ) -> Result<(), KeyFolderError> {
        let text = Secret::new(format!("{:#}\n", schedule.to_json()).into_bytes());
        let name = OsStr::new(STATE);
        write(&opened.folder, name, &[&text], if_there, None, entropy)
            .map_err(|failure| self.file(STATE, failure.into()))
    }

    fn call(&self, failure: crate::keys::WriteFailure) -> KeyFolderError {
        self.file("", failure.into())
    }

    fn file(&self, name: &str, problem: FileProblem) -> KeyFolderError {
        let path = if name.is_empty() {
            self.path.clone()
        } else {
            self.path.join(name)
        };
        KeyFolderError::File { path, problem }
    }
}

fn file_name(kid: &str) -> String {
    format!("{kid}.pem")
}

#[cfg(test)]
mod tests;
