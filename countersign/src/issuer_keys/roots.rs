//! Whose certificates are believed when issuers are asked.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// How often it is looked whether a bundle changed.
const LOOK: Duration = Duration::from_secs(60);

/// Where systems keep their bundles.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/certs",
];

/// The certificates, loaded when they are first needed and again when a bundle changed.
#[derive(Debug)]
pub(super) struct Roots {
    own: Option<PathBuf>,
    extra: Vec<PathBuf>,
    loaded: Mutex<Option<Loaded>>,
}

#[derive(Debug)]
struct Loaded {
    config: Result<Arc<ClientConfig>, String>,
    state: Vec<Option<FileState>>,
    looked: Instant,
}

/// What changes when a file does.
type FileState = (u64, u64, Option<std::time::SystemTime>);

impl Roots {
    pub(super) fn new(own: Option<PathBuf>, extra: Vec<PathBuf>) -> Self {
        Self {
            own,
            extra,
            loaded: Mutex::default(),
        }
    }

    /// How to speak TLS to an issuer. This reads files, seldom.
    ///
    /// # Errors
    /// In words: nobody's certificates can be believed.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &mut *loaded {
            if loaded.looked.elapsed() < LOOK {
                return loaded.config.clone();
            }
            loaded.looked = Instant::now();
            if loaded.state == self.state() {
                return loaded.config.clone();
            }
        }
        // Looked at before it is read: a change in between is then seen the next time.
        let state = self.state();
        let config = self.load();
        *loaded = Some(Loaded {
            config: config.clone(),
            state,
            looked: Instant::now(),
        });
        config
    }

    fn files(&self) -> Vec<PathBuf> {
        let system = || {
            let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].map(std::env::var_os);
            let named = named.into_iter().flatten().map(PathBuf::from);
            named.chain(BUNDLES.map(PathBuf::from)).collect()
        };
        let own = self
            .own
            .as_ref()
            .map_or_else(system, |own| vec![own.clone()]);
        own.into_iter().chain(self.extra.iter().cloned()).collect()
    }

    fn state(&self) -> Vec<Option<FileState>> {
        use std::os::unix::fs::MetadataExt as _;
        let state = |path: PathBuf| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.ino(), found.len(), found.modified().ok()))
        };
        self.files().into_iter().map(state).collect()
    }

    fn load(&self) -> Result<Arc<ClientConfig>, String> {
        let mut store = RootCertStore::empty();
        match &self.own {
            Some(path) => add(&mut store, path)?,
            None => {
                let found = rustls_native_certs::load_native_certs();
                store.add_parsable_certificates(found.certs);
            }
        }
        for path in &self.extra {
            add(&mut store, path)?;
        }
        if store.is_empty() {
            return Err(
                "no CA certificates are installed here (such as the package ca-certificates)"
                    .into(),
            );
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(store)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Adds the certificates of a file.
fn add(store: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let problem = |error: &dyn std::fmt::Display| {
        format!(
            "the CA certificates in {} cannot be read: {error}",
            path.display()
        )
    };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| problem(&error))?;
    let mut added = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| problem(&error))?;
        store.add(certificate).map_err(|error| problem(&error))?;
        added += 1;
    }
    match added {
        0 => Err(problem(&"there are none")),
        _ => Ok(()),
    }
}
