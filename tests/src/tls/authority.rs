//! The authority of the issuers' web servers. It is kept beside the roots, since one of them has to have it among its
//! system's own.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use countersign::core::Secret;
use rcgen::{
    BasicConstraints, CertificateParams, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints,
};

use super::certificates::{add_years, named};
use crate::roots::{Release, Roots};

/// Its file in the cache: certificate and key. Whoever has it is believed in the root of 23.9.6, for `localhost`.
const FILE: &str = "ISSUER_CA";

/// The authority.
#[derive(Debug)]
pub(super) struct Authority {
    pem: String,
    key: KeyPair,
}

impl Authority {
    /// Takes it from the cache, and makes it if it is not there.
    pub(super) fn kept(cache: &Path) -> Result<Self, String> {
        let path = cache.join(FILE);
        if !path.exists() {
            keep(&path, make()?.as_bytes())?;
        }
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let begin = "-----BEGIN PRIVATE KEY-----";
        let Some((pem, key)) = text.split_once(begin) else {
            return Err(format!("{} holds no key: remove it", path.display()));
        };
        let key = KeyPair::from_pem(&format!("{begin}{key}"))
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self {
            pem: pem.to_owned(),
            key,
        })
    }

    /// It, in PEM.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// 23.9.6 believes the system's authorities alone: makes this one of them, once.
    pub(super) fn install(&self, roots: &Roots) -> Result<(), String> {
        let bundle = roots
            .root(Release::Stable)
            .join("etc/ssl/certs/ca-certificates.crt");
        let problem = |error: std::io::Error| format!("{}: {error}", bundle.display());
        let text = fs::read_to_string(&bundle).map_err(problem)?;
        if text.contains(self.pem.trim_end()) {
            return Ok(());
        }
        // As a whole, since daemons of other runs may be reading it.
        let fresh = fresh(&bundle);
        fs::write(&fresh, format!("{}\n{}", text.trim_end(), self.pem)).map_err(problem)?;
        fs::rename(&fresh, &bundle).map_err(problem)
    }

    /// A certificate of `localhost`, with its key, both in PEM.
    pub(super) fn web_server(&self) -> Result<(String, Secret), String> {
        let failed = |error: rcgen::Error| error.to_string();
        let issuer = Issuer::from_ca_cert_pem(&self.pem, &self.key).map_err(failed)?;
        let mut leaf = named("localhost", &["localhost"])?;
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(failed)?;
        let leaf = leaf.signed_by(&key, &issuer).map_err(failed)?;
        Ok((leaf.pem(), Secret::new(key.serialize_pem().into_bytes())))
    }
}

fn make() -> Result<String, String> {
    let failed = |error: rcgen::Error| error.to_string();
    let mut ca = CertificateParams::default();
    add_years(&mut ca, 20);
    ca.distinguished_name = super::certificates::common_name("Issuers of Countersign's tests");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("localhost".into())],
        excluded_subtrees: Vec::new(),
    });
    let key = KeyPair::generate().map_err(failed)?;
    let ca = ca.self_signed(&key).map_err(failed)?;
    Ok(format!("{}{}", ca.pem(), key.serialize_pem()))
}

/// Complete or not there at all, and of two runs at once both get the same.
fn keep(path: &Path, content: &[u8]) -> Result<(), String> {
    let fresh = fresh(path);
    let problem = |error: std::io::Error| format!("{}: {error}", path.display());
    fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| file.write_all(content))
        .map_err(problem)?;
    let linked = fs::hard_link(&fresh, path);
    let _ = fs::remove_file(&fresh);
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map_err(problem),
    }
}

fn fresh(path: &Path) -> PathBuf {
    path.with_extension(format!("fresh-{}", std::process::id()))
}
