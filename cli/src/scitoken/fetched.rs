//! The issuers' keys, asked for over HTTPS.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use countersign::issuer_keys::{IssuerKeyCache, IssuerKeySettings};
use countersign::methods::scitokens::{FetchIssuerKeys, IssuerKeys, KeysUnavailable};
use tokio::runtime::Runtime;

/// A lookup of a name that still runs at the end is waited for this long.
const LAST_WORK: Duration = Duration::from_millis(100);

/// Asks issuers, within the limits that a server has.
pub(super) struct Fetcher {
    runtime: Option<Runtime>,
    cache: IssuerKeyCache,
}

impl Fetcher {
    /// Without a file, whom scitokens-cpp's variable or the system trusts.
    pub(super) fn new(ca_file: Option<PathBuf>) -> Result<Self, String> {
        let named = std::env::var_os("SCITOKEN_CONFIG_TLS_CA_FILE").filter(|path| !path.is_empty());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("no event loop could be started: {error}"))?;
        let cache = IssuerKeyCache::new(IssuerKeySettings {
            ca_file: ca_file.or(named.map(PathBuf::from)),
            ..IssuerKeySettings::default()
        });
        Ok(Self {
            runtime: Some(runtime),
            cache,
        })
    }

    /// What this issuer publishes.
    pub(super) fn keys(&self, issuer: &str) -> Result<Arc<IssuerKeys>, KeysUnavailable> {
        let request = FetchIssuerKeys {
            issuer: issuer.to_owned(),
            key_id: None,
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.cache.keys(request)),
            None => Err(KeysUnavailable::Unperformed),
        }
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(LAST_WORK);
        }
    }
}
