//! Certificates in files, and clients that look at no other file of this host.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign::config::{Config, Sources};
use countersign::core::sinful::Sinful;
use countersign::settings::{Host, PeerSettings};
use countersign::{Client, ClientBuilder, Settings, Target};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// The host that is dialled.
pub(crate) const HOST: &str = "host.example";

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("countersign-tls-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An authority.
pub(crate) struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pub(crate) pem: String,
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: Arc<KeyPair>,
    pub(crate) pem: String,
}

impl Own {
    pub(crate) fn private(&self) -> PrivatePkcs8KeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der())
    }
}

pub(crate) fn server_params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.remove(DnType::CommonName);
    params
        .distinguished_name
        .push(DnType::CommonName, "a server");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { params, key, pem }
    }

    pub(crate) fn issue(&self, params: CertificateParams) -> Own {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let made = params.signed_by(&key, &issuer).unwrap();
        Own {
            chain: vec![made.der().clone()],
            pem: made.pem(),
            key: Arc::new(key),
        }
    }
}

fn host(subsystem: &str) -> Host {
    Host {
        subsystem: subsystem.into(),
        is_root: false,
        home: None,
        hostname: "host".into(),
        full_hostname: "host.example".into(),
        username: "alice".into(),
        tilde: None,
        ..Host::bare("TOOL")
    }
}

fn config(subsystem: &str, text: &str) -> Config {
    let base = "UID_DOMAIN = pool.example\nTRUST_DOMAIN = pool.example\n\
                SEC_TOKEN_DIRECTORY = /nonexistent\nALLOW_CLIENT = *\n\
                AUTH_SSL_CLIENT_USE_DEFAULT_CAS = false\nAUTH_SSL_SERVER_USE_DEFAULT_CAS = false\n\
                SEC_CLIENT_AUTHENTICATION_METHODS = SCITOKENS\n";
    let sources = Sources::text("condor_config", format!("{base}{text}")).subsystem(subsystem);
    Config::load(&sources).unwrap()
}

pub(crate) fn builder(text: &str) -> ClientBuilder {
    let settings = Settings::from_config(&config("TOOL", text), &host("TOOL")).unwrap();
    Client::builder(settings)
}

pub(crate) fn settings(text: &str) -> PeerSettings {
    PeerSettings::from_config(&config("COLLECTOR", text), &host("COLLECTOR")).unwrap()
}

pub(crate) fn target(port: u16, alias: Option<&str>) -> Target {
    let address = match alias {
        Some(alias) => format!("<127.0.0.1:{port}?alias={alias}>"),
        None => format!("<127.0.0.1:{port}>"),
    };
    Target {
        address: Sinful::parse(&address).unwrap(),
        source: countersign::core::trace::AddressSource::Typed,
    }
}
