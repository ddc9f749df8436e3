//! A side's own certificates with their keys.
//!
//! Rule: `setup_ssl_ctx` in HTCondor: two lists of files that are walked in pairs. A pair of which a file cannot be read is
//! passed over; of those that can, the last one of each kind of key counts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_methods::ssl::{Certificate, TlsFault};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::authorities::{certificates, read};
use crate::effects::secure_file::open;

/// Where certificates and keys are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateSources {
    /// What the settings are called: `AUTH_SSL_SERVER`.
    pub prefix: String,
    /// AUTH_SSL_x_CERTFILE.
    pub certificates: Vec<PathBuf>,
    /// AUTH_SSL_x_KEYFILE.
    pub keys: Vec<PathBuf>,
}

impl CertificateSources {
    /// Every path on which the outcome depends.
    pub(super) fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.certificates.iter().chain(&self.keys).cloned()
    }

    /// Reads every pair that can be read.
    pub(super) fn load(&self, provider: &CryptoProvider) -> Result<Vec<Certificate>, TlsFault> {
        let readable = |path: &Path| open(path).is_ok();
        self.certificates
            .iter()
            .zip(&self.keys)
            .filter(|(certificate, key)| readable(certificate) && readable(key))
            .map(|(certificate, key)| self.pair(certificate, key, provider))
            .collect()
    }

    /// Why no pair could be read.
    pub(super) fn none(&self) -> TlsFault {
        let prefix = &self.prefix;
        let tried = |path: &PathBuf| match open(path) {
            Ok(_) => format!("{} (readable)", path.display()),
            Err(error) => format!("{} ({error})", path.display()),
        };
        let pairs: Vec<String> = self
            .certificates
            .iter()
            .zip(&self.keys)
            .map(|(certificate, key)| format!("{} with {}", tried(certificate), tried(key)))
            .collect();
        TlsFault {
            setting: format!("{prefix}_CERTFILE and {prefix}_KEYFILE"),
            problem: if pairs.is_empty() {
                "not both are set".into()
            } else {
                format!("no pair can be read: {}", pairs.join("; "))
            },
        }
    }

    fn pair(
        &self,
        path: &Path,
        key_path: &Path,
        provider: &CryptoProvider,
    ) -> Result<Certificate, TlsFault> {
        let prefix = &self.prefix;
        let fault = |knob: &str, path: &Path, problem: String| TlsFault {
            setting: format!("{prefix}_{knob}"),
            problem: format!("{}: {problem}", path.display()),
        };
        let chain = certificates(path).map_err(|problem| fault("CERTFILE", path, problem))?;
        if chain.is_empty() {
            let problem = "it holds no certificate in PEM".into();
            return Err(fault("CERTFILE", path, problem));
        }
        let in_key = |problem: String| fault("KEYFILE", key_path, problem);
        let text = Zeroizing::new(read(key_path).map_err(in_key)?);
        let key = PrivateKeyDer::from_pem_slice(&text)
            .map_err(|_| in_key("it holds no unencrypted private key in PEM".into()))?;
        let key = provider
            .key_provider
            .load_private_key(key)
            .map_err(|_| in_key("a key of a kind that TLS cannot use here".into()))?;
        let key = CertifiedKey::new(chain, key);
        if let Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) =
            key.keys_match()
        {
            return Err(in_key(format!(
                "it is not the key of the certificate {}",
                path.display()
            )));
        }
        Ok(Certificate {
            key: Arc::new(key),
            path: path.to_owned(),
        })
    }
}
