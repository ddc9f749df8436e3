//! Making an issuer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use countersign_core::Secret;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::IssuerError;
use super::certificate::{Shown, make, read, settings};
use super::handle::{IssuerHandle, Shared, now};
use super::keys::Keys;
use super::serve::accept;
use crate::issuer::new_key::NewIssuerKey;
use crate::issuer::signing_key::IssuerKey;
use crate::issuer::url::IssuerUrl;

/// Makes an [`Issuer`](super::Issuer).
#[derive(Debug)]
pub struct IssuerBuilder {
    address: SocketAddr,
    url: Option<IssuerUrl>,
    by_address: bool,
    allow_remote: bool,
    folder: Option<PathBuf>,
    key: Option<IssuerKey>,
    certificate: Option<(Vec<u8>, Secret)>,
}

impl Default for IssuerBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            url: None,
            by_address: false,
            allow_remote: false,
            folder: None,
            key: None,
            certificate: None,
        }
    }
}

impl IssuerBuilder {
    /// Listens here; port 0 takes a free one. `127.0.0.1:0` if not called.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The issuer's URL, if it is not `https://localhost:PORT`. With a path in it, the documents are below
    /// that path.
    #[must_use]
    pub fn url(mut self, url: IssuerUrl) -> Self {
        self.url = Some(url);
        self
    }

    /// Has the address in the URL instead of `localhost`, where [`url`](Self::url) gives none: whoever fetches the keys asks no
    /// name service.
    #[must_use]
    pub fn named_by_address(mut self) -> Self {
        self.by_address = true;
        self
    }

    /// Lets the address be one that other machines reach.
    #[must_use]
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }

    /// Takes the keys of this folder, and what becomes of them there.
    #[must_use]
    pub fn keys(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Signs with this key, which is kept in memory, instead of a new ES256 one. [`keys`](Self::keys) counts
    /// before it.
    #[must_use]
    pub fn key(mut self, key: IssuerKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Shows this certificate, with those above it, instead of one of its own CA. Both are PEM.
    #[must_use]
    pub fn certificate(mut self, chain_pem: &[u8], key_pem: Secret) -> Self {
        self.certificate = Some((chain_pem.to_vec(), key_pem));
        self
    }

    /// Listens. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`IssuerError`]; nothing listens then.
    pub async fn start(self) -> Result<IssuerHandle, IssuerError> {
        let Self {
            address,
            url,
            by_address,
            allow_remote,
            folder,
            key,
            certificate,
        } = self;
        if !address.ip().is_loopback() {
            if !allow_remote {
                return Err(IssuerError::Remote(address));
            }
            if url.is_none() {
                return Err(IssuerError::NoUrl(address));
            }
        }
        let listen = |problem| IssuerError::Listen { address, problem };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let url = match url {
            Some(url) => url,
            None if by_address => format!("https://{address}")
                .parse()
                .map_err(|_| IssuerError::NoUrl(address))?,
            None => format!("https://localhost:{}", address.port())
                .parse()
                .map_err(|_| IssuerError::NoUrl(address))?,
        };
        let names = names(url.host());
        let prepare = move || -> Result<(Keys, Shown), IssuerError> {
            let keys = match (folder, key) {
                (Some(folder), _) => Keys::in_folder(folder, now())?,
                (None, Some(key)) => Keys::in_memory(key, now()),
                (None, None) => Keys::in_memory(NewIssuerKey::default().make(None)?, now()),
            };
            let shown = match &certificate {
                Some((chain, key)) => read(chain, key)?,
                None => make(&names, now())?.shown,
            };
            Ok((keys, shown))
        };
        let prepared = tokio::task::spawn_blocking(prepare).await;
        let (keys, shown) =
            prepared.map_err(|error| IssuerError::Interrupted(error.to_string()))??;
        let tls = TlsAcceptor::from(settings(shown.chain, shown.key)?);
        let shared = Arc::new(Shared { url, keys });
        let task = tokio::spawn(accept(listener, tls, shared.clone()));
        Ok(IssuerHandle::new(address, shown.ca_pem, shared, task))
    }
}

/// The names that a certificate is made for.
fn names(host: &str) -> Vec<String> {
    let mut names = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    if !names.iter().any(|name| name == host) {
        names.push(host.to_owned());
    }
    names
}
