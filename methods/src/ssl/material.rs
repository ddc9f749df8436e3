//! Certificates, keys and authorities, loaded before TLS starts.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use countersign_core::effect::Effect;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ServerConfig, SupportedProtocolVersion};

use super::verifier::ClientVerifier;
use super::{KnownHost, Trust};

/// Asks for what a client's TLS needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadClientTls {
    /// The host that the server should be, of which `known_hosts` may speak.
    pub host: Option<String>,
    /// Whether the client shows a certificate if it has one.
    pub with_certificate: bool,
}

/// What a client's TLS needs.
#[derive(Debug, Clone)]
pub struct ClientTls {
    /// The authorities that are believed.
    pub trust: Arc<Trust>,
    /// The client's own certificate.
    pub certificate: Option<Certificate>,
    /// What is known of the host.
    pub known: Option<KnownHost>,
    /// The ciphers and versions.
    pub parameters: TlsParameters,
}

impl Effect for LoadClientTls {
    type Output = Result<ClientTls, TlsFault>;
    const NAME: &'static str = "load CAs and certificates";
}

/// Asks for what a server's TLS needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadServerTls;

impl Effect for LoadServerTls {
    type Output = Result<Arc<ServerTls>, TlsFault>;
    const NAME: &'static str = "load the server's certificate";
}

/// Why something could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct TlsFault {
    /// The setting that names it.
    pub setting: String,
    /// The file, where one is to blame, and what is wrong.
    pub problem: String,
}

/// Which ciphers and versions of TLS are offered and taken.
#[derive(Debug, Clone)]
pub struct TlsParameters {
    /// The ciphers.
    pub provider: Arc<CryptoProvider>,
    /// The versions.
    pub versions: Vec<&'static SupportedProtocolVersion>,
}

impl Default for TlsParameters {
    /// TLS 1.2 and 1.3, with every cipher that this build has.
    fn default() -> Self {
        Self {
            provider: Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
            versions: rustls::ALL_VERSIONS.to_vec(),
        }
    }
}

/// A certificate with its key, and where it came from.
#[derive(Clone)]
pub struct Certificate {
    /// The chain and the key.
    pub key: Arc<CertifiedKey>,
    /// The file of the chain.
    pub path: PathBuf,
}

impl Certificate {
    /// With what is above it, as far as that is believed here, if its file has nothing but itself. Rule: OpenSSL, which
    /// HTCondor leaves the chain to (`ssl_add_cert_chain`).
    #[must_use]
    pub fn completed(self, trust: &Trust) -> Self {
        let [alone] = self.key.cert.as_slice() else {
            return self;
        };
        let mut chain = vec![alone.clone()];
        chain.extend(trust.above(alone));
        Self {
            key: Arc::new(CertifiedKey::new(chain, self.key.key.clone())),
            path: self.path,
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What a server's TLS needs.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    certificate: PathBuf,
    trust: Arc<Trust>,
}

impl ServerTls {
    /// Shows `certificate`, the last one of each kind of key, and believes the clients' certificates that `trust` vouches
    /// for. A client's certificate is asked for, never demanded here.
    ///
    /// # Errors
    /// [`TlsFault`] where there is no certificate, or these ciphers and versions do not go together.
    pub fn new(
        certificates: &[Certificate],
        trust: Arc<Trust>,
        parameters: &TlsParameters,
        time: Arc<dyn TimeProvider>,
    ) -> Result<Self, TlsFault> {
        let fault = |problem: String| TlsFault {
            setting: "AUTH_SSL_CIPHERLIST".into(),
            problem,
        };
        let Some(last) = certificates.last() else {
            return Err(TlsFault {
                setting: "AUTH_SSL_SERVER_CERTFILE".into(),
                problem: "no certificate".into(),
            });
        };
        let provider = parameters.provider.clone();
        let verifier = Arc::new(ClientVerifier::new(trust.clone(), provider.clone()));
        let resolver = Arc::new(super::verifier::ServerKeys::new(certificates));
        let mut config = ServerConfig::builder_with_details(provider, time)
            .with_protocol_versions(&parameters.versions)
            .map_err(|error| fault(error.to_string()))?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(resolver);
        // Nothing is resumed: each handshake proves everything anew.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self {
            config: Arc::new(config),
            certificate: last.path.clone(),
            trust,
        })
    }

    pub(crate) fn config(&self) -> &Arc<ServerConfig> {
        &self.config
    }

    /// The file of the certificate.
    #[must_use]
    pub fn certificate(&self) -> &std::path::Path {
        &self.certificate
    }

    /// The authorities whose clients are believed.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls")
            .field("certificate", &self.certificate)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}
