//! A running issuer.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_core::Secret;
use tokio::task::JoinHandle;

use super::IssuerError;
use super::keys::Keys;
use crate::SystemEntropy;
use crate::issuer::export::export;
use crate::issuer::jwks::Jwks;
use crate::issuer::new_key::{NewIssuerKey, Rotated};
use crate::issuer::request::TokenRequest;
use crate::issuer::schedule::{KeyEntry, Rotation};
use crate::issuer::url::IssuerUrl;

/// What connections and the program share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) url: IssuerUrl,
    pub(super) keys: Keys,
}

/// A running issuer. Dropping it ends the server.
#[derive(Debug)]
pub struct IssuerHandle {
    address: SocketAddr,
    ca_pem: Option<String>,
    shared: Arc<Shared>,
    task: Option<JoinHandle<()>>,
}

impl IssuerHandle {
    pub(super) fn new(
        address: SocketAddr,
        ca_pem: Option<String>,
        shared: Arc<Shared>,
        task: JoinHandle<()>,
    ) -> Self {
        let task = Some(task);
        Self {
            address,
            ca_pem,
            shared,
            task,
        }
    }

    /// The issuer: what stands in tokens as `iss`, such as `https://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.shared.url.as_str()
    }

    /// Where it listens.
    #[must_use]
    pub fn socket_address(&self) -> SocketAddr {
        self.address
    }

    /// The CA of its certificate in PEM, which clients must trust; `None` if the certificate was given. It is
    /// another one each time an issuer starts, and good for this issuer's host alone.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Makes a token that is good from now on. Reads the keys' folder, if there is one.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn sign(&self, request: &TokenRequest) -> Result<Secret, IssuerError> {
        self.shared.keys.sign(&self.shared.url, request, now())
    }

    /// Makes a key like the one that signs, which takes its place: at once with [`Rotation::default`].
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn rotate(&self, rotation: Rotation) -> Result<Rotated, IssuerError> {
        self.rotate_to(&NewIssuerKey::default(), rotation)
    }

    /// Makes another key, which takes the place of the one that signs.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn rotate_to(
        &self,
        new: &NewIssuerKey,
        rotation: Rotation,
    ) -> Result<Rotated, IssuerError> {
        self.shared.keys.rotate(new, rotation, now())
    }

    /// Its keys, oldest first.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn entries(&self) -> Result<Vec<KeyEntry>, IssuerError> {
        self.shared.keys.entries()
    }

    /// What is published now.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn jwks(&self) -> Result<Jwks, IssuerError> {
        self.shared.keys.jwks(now())
    }

    /// Writes both documents into the folder that a web server shows as the issuer's URL; see
    /// [`export`](crate::issuer::export()).
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn export(&self, folder: &Path) -> Result<Vec<PathBuf>, IssuerError> {
        let keys = self.jwks()?;
        Ok(export(folder, &self.shared.url, &keys, &mut SystemEntropy)?)
    }

    /// Ends the server and waits until it is gone: the port is free then.
    pub async fn shutdown(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for IssuerHandle {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
