//! The cache against issuers on loopback, with a clock of the test's own.

mod crowds;
mod disk;
mod fetching;
mod keeping;
mod server;
mod states;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_methods::scitokens::{Algorithm, FetchIssuerKeys, IssuerKeys, KeysUnavailable};

use self::server::Server;
use super::*;

const START: u64 = 1_800_000_000;

/// A folder that goes with the test.
#[derive(Debug)]
struct Folder(PathBuf);

impl std::ops::Deref for Folder {
    type Target = std::path::Path;

    fn deref(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A test may have taken it away itself, or its rights.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new folder that is nobody else's.
fn folder() -> Folder {
    use std::os::unix::fs::DirBuilderExt as _;
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .subsec_nanos();
    let name = format!("issuer-keys-{}-{number}-{nanos}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&path)
        .unwrap();
    Folder(path)
}

/// A set of keys with these names.
fn jwks(kids: &[&str]) -> String {
    let key = |kid: &&str| {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","x":"{x}","y":"{y}"}}"#)
    };
    let keys: Vec<_> = kids.iter().map(key).collect();
    format!("{{\"keys\":[{}]}}", keys.join(","))
}

/// A cache whose clock the test sets.
struct World {
    cache: IssuerKeyCache,
    clock: Arc<AtomicU64>,
}

impl World {
    fn new(change: impl FnOnce(&mut IssuerKeySettings)) -> Self {
        let clock = Arc::new(AtomicU64::new(START));
        let now = clock.clone();
        let mut settings = IssuerKeySettings {
            clock: Arc::new(move || now.load(Ordering::SeqCst)),
            ..IssuerKeySettings::default()
        };
        change(&mut settings);
        let cache = IssuerKeyCache::new(settings);
        Self { cache, clock }
    }

    /// One that believes a server's certificate, and does not wait for long.
    fn trusting(server: &Server) -> Self {
        Self::new(|settings| {
            settings.ca_file = Some(server.certificate.clone());
            settings.limits.time = Duration::from_secs(2);
        })
    }

    fn wait(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn keys_for(
        &self,
        issuer: &str,
        client: IpAddr,
    ) -> Result<Arc<IssuerKeys>, KeysUnavailable> {
        let issuer = issuer.to_owned();
        let key_id = None;
        let request = FetchIssuerKeys {
            issuer,
            key_id,
            client,
        };
        self.cache.keys(request).await
    }

    async fn keys(&self, issuer: &str) -> Result<Arc<IssuerKeys>, KeysUnavailable> {
        self.keys_for(issuer, IpAddr::from([192, 0, 2, 1])).await
    }

    /// Until nothing is under way.
    async fn settle(&self) {
        while self.cache.shared.state().sizes().2 > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn has(keys: &IssuerKeys, kid: &str) -> bool {
    keys.select(Some(kid), Algorithm::Es256).is_ok()
}
