//! The keys of a running issuer: in memory, or in a folder that other programs change.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use countersign_core::Secret;

use super::IssuerError;
use crate::SystemEntropy;
use crate::issuer::folder::{KeyFolder, Published};
use crate::issuer::jwks::Jwks;
use crate::issuer::new_key::{NewIssuerKey, Rotated};
use crate::issuer::request::TokenRequest;
use crate::issuer::schedule::{KeyEntry, Rotation, Schedule};
use crate::issuer::signing_key::IssuerKey;
use crate::issuer::url::IssuerUrl;

/// Where the keys are.
#[derive(Debug)]
pub(super) enum Keys {
    /// They end with the issuer.
    Memory(Mutex<Ring>),
    /// They stay, and other programs may change them.
    Folder {
        folder: KeyFolder,
        /// What was read last, and what the folder's state was then.
        seen: Mutex<Option<(Option<Stamp>, Published)>>,
    },
}

/// What changes whenever the folder's state is written.
type Stamp = (u64, u64, u64, SystemTime);

/// Keys in memory.
#[derive(Debug)]
pub(super) struct Ring {
    schedule: Schedule,
    keys: Vec<IssuerKey>,
}

impl Ring {
    fn key(&self, kid: &str) -> Option<&IssuerKey> {
        self.keys.iter().find(|key| key.kid() == kid)
    }
}

impl Keys {
    pub(super) fn in_memory(key: IssuerKey, now: u64) -> Self {
        let mut schedule = Schedule::default();
        schedule.add(key.kid(), key.algorithm(), Rotation::default(), now);
        let keys = vec![key];
        Self::Memory(Mutex::new(Ring { schedule, keys }))
    }

    pub(super) fn in_folder(path: PathBuf, now: u64) -> Result<Self, IssuerError> {
        let keys = Self::Folder {
            folder: KeyFolder::new(&path),
            seen: Mutex::new(None),
        };
        keys.jwks(now)?;
        Ok(keys)
    }

    /// What is published now. A folder that cannot be read stays as it was when it was read last: a key that
    /// vanished from the set would be an outage for everybody.
    pub(super) fn jwks(&self, now: u64) -> Result<Jwks, IssuerError> {
        match self {
            Self::Memory(ring) => {
                let ring = locked(ring);
                let published = ring.schedule.published(now);
                let keys = published.filter_map(|entry| ring.key(&entry.kid));
                Ok(Jwks::new(keys.map(IssuerKey::public).collect()))
            }
            Self::Folder { folder, seen } => {
                let mut seen = locked(seen);
                let stamp = stamp(folder);
                match &mut *seen {
                    Some((at, published)) if stamp.is_some() && *at == stamp => {
                        Ok(published.jwks(now))
                    }
                    seen => match (folder.published(now), seen.as_ref()) {
                        (Ok(published), _) => {
                            let keys = published.jwks(now);
                            *seen = Some((stamp, published));
                            Ok(keys)
                        }
                        (Err(_), Some((_, last))) => Ok(last.jwks(now)),
                        (Err(error), None) => Err(error.into()),
                    },
                }
            }
        }
    }

    pub(super) fn sign(
        &self,
        issuer: &IssuerUrl,
        request: &TokenRequest,
        now: u64,
    ) -> Result<Secret, IssuerError> {
        let ring = match self {
            Self::Memory(ring) => ring,
            Self::Folder { folder, .. } => {
                return Ok(folder.sign(issuer, request, now, &mut SystemEntropy)?);
            }
        };
        let mut ring = locked(ring);
        let wanted = match &request.key_id {
            None => ring.schedule.signer(now),
            Some(kid) => ring
                .schedule
                .get(kid)
                .filter(|entry| entry.is_published(now)),
        };
        let key = wanted.and_then(|entry| ring.key(&entry.kid));
        let key =
            key.ok_or_else(|| IssuerError::NoSuchKey(request.key_id.clone().unwrap_or_default()))?;
        let kid = key.kid().to_owned();
        let token = request.sign(issuer, key, now, &mut SystemEntropy)?;
        ring.schedule.note(&kid, request.lifetime, now);
        Ok(token)
    }

    pub(super) fn rotate(
        &self,
        new: &NewIssuerKey,
        rotation: Rotation,
        now: u64,
    ) -> Result<Rotated, IssuerError> {
        let ring = match self {
            Self::Memory(ring) => ring,
            Self::Folder { folder, .. } => {
                return Ok(folder.rotate(new, rotation, now, &mut SystemEntropy)?);
            }
        };
        let mut ring = locked(ring);
        let signer = ring.schedule.signer(now);
        let key = new.make(signer.and_then(|entry| ring.key(&entry.kid)))?;
        if ring.key(key.kid()).is_some() {
            return Err(IssuerError::KeyExists(key.kid().to_owned()));
        }
        let longest = ring.schedule.longest_lifetime;
        let removed = ring.schedule.take_retired(now);
        ring.keys
            .retain(|key| removed.iter().all(|entry| entry.kid != key.kid()));
        ring.schedule.add(key.kid(), key.algorithm(), rotation, now);
        let added = ring.schedule.get(key.kid()).cloned();
        let added = added.ok_or_else(|| IssuerError::NoSuchKey(key.kid().to_owned()))?;
        ring.keys.push(key);
        Ok(Rotated {
            added,
            removed,
            cuts_short: rotation.keep.is_some_and(|keep| keep < longest),
        })
    }

    pub(super) fn entries(&self) -> Result<Vec<KeyEntry>, IssuerError> {
        match self {
            Self::Memory(ring) => Ok(locked(ring).schedule.keys.clone()),
            Self::Folder { folder, .. } => Ok(folder.entries()?),
        }
    }
}

fn stamp(folder: &KeyFolder) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let state = folder.state_path().symlink_metadata().ok()?;
    let modified = state.modified().ok()?;
    Some((state.dev(), state.ino(), state.len(), modified))
}

/// Nothing is left half done under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
