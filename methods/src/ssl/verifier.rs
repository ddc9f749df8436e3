//! What rustls asks about the other side's certificate.
//!
//! A chain is judged while TLS runs, with what was loaded before. Whether a certificate that nobody vouches for is to be
//! believed may have to be asked of a person: that comes after the TLS flight, and before any secret is sent.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureAlgorithm,
    SignatureScheme,
};

use super::chain::{self, Use};
use super::proxy;
use super::{Bootstrap, Certificate, CertificateDefect, ChainVerdict, KnownHost, Presented, Trust};

/// What was made of a server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judged {
    /// An authority that is believed vouches for it.
    Trusted,
    /// It is the one that was noted down for this host.
    Pinned(KnownHost),
    /// Nobody knows it, and somebody is to be asked.
    Unknown(Presented),
    /// It is refused.
    Refused(Refused),
}

/// Why a server's certificate is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Nobody vouches for it, and nothing is known of the host.
    Untrusted(Presented),
    /// `known_hosts` says otherwise.
    Known(Presented, KnownHost),
    /// It is bad.
    Bad(CertificateDefect),
}

/// Judges one server's certificate.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    trust: Arc<Trust>,
    provider: Arc<CryptoProvider>,
    known: Option<KnownHost>,
    bootstrap: Bootstrap,
    now: UnixTime,
    judged: OnceLock<Judged>,
}

impl ServerVerifier {
    pub(crate) fn new(
        trust: Arc<Trust>,
        provider: Arc<CryptoProvider>,
        known: Option<KnownHost>,
        bootstrap: Bootstrap,
        now: u64,
    ) -> Self {
        Self {
            trust,
            provider,
            known,
            bootstrap,
            now: UnixTime::since_unix_epoch(std::time::Duration::from_secs(now)),
            judged: OnceLock::new(),
        }
    }

    /// What was made of it, once it was seen.
    pub(crate) fn judged(&self) -> Option<&Judged> {
        self.judged.get()
    }

    fn judge(&self, leaf: &CertificateDer<'_>, sent: &[CertificateDer<'_>]) -> Judged {
        let verdict = chain::judge(
            leaf,
            sent,
            &self.trust,
            &self.provider,
            Use::Server,
            self.now,
        );
        let presented = match verdict {
            ChainVerdict::Trusted => return Judged::Trusted,
            ChainVerdict::Bad(defect) => return Judged::Refused(Refused::Bad(defect)),
            ChainVerdict::Untrusted(presented) => presented,
        };
        let unknown = match &self.known {
            None if self.bootstrap == Bootstrap::Refuse => {
                return Judged::Refused(Refused::Untrusted(presented));
            }
            None => true,
            Some(known) => {
                if !is_pinned(known, &presented.certificate) {
                    return Judged::Refused(Refused::Known(presented, known.clone()));
                }
                false
            }
        };
        // Whoever is believed, the rest of the chain must hold.
        let held = chain::judge_pinned(
            leaf,
            sent,
            &presented,
            &self.provider,
            Use::Server,
            self.now,
        );
        match (held, &self.known) {
            (Err(defect), _) => Judged::Refused(Refused::Bad(defect)),
            (Ok(()), Some(known)) if !unknown => Judged::Pinned(known.clone()),
            (Ok(()), _) => Judged::Unknown(presented),
        }
    }
}

/// Whether a line notes down this very certificate.
fn is_pinned(known: &KnownHost, certificate: &[u8]) -> bool {
    use base64::Engine as _;
    known.permitted
        && known.method.eq_ignore_ascii_case("SSL")
        && known.info == base64::engine::general_purpose::STANDARD.encode(certificate)
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self
            .judged
            .get_or_init(|| self.judge(end_entity, intermediates))
        {
            Judged::Refused(refused) => Err(Error::InvalidCertificate(match refused {
                Refused::Untrusted(_) | Refused::Known(..) => CertificateError::UnknownIssuer,
                Refused::Bad(CertificateDefect::Expired { .. }) => CertificateError::Expired,
                Refused::Bad(CertificateDefect::NotYetValid { .. }) => {
                    CertificateError::NotValidYet
                }
                Refused::Bad(CertificateDefect::WrongUse(_)) => CertificateError::InvalidPurpose,
                Refused::Bad(_) => CertificateError::BadEncoding,
            })),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// Judges clients' certificates: one is asked for, and if one comes it must be vouched for.
#[derive(Debug)]
pub(crate) struct ClientVerifier {
    trust: Arc<Trust>,
    provider: Arc<CryptoProvider>,
}

impl ClientVerifier {
    pub(crate) fn new(trust: Arc<Trust>, provider: Arc<CryptoProvider>) -> Self {
        Self { trust, provider }
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verdict =
            chain::judge_client(end_entity, intermediates, &self.trust, &self.provider, now);
        match verdict {
            ChainVerdict::Trusted => Ok(ClientCertVerified::assertion()),
            ChainVerdict::Untrusted(presented) => {
                Err(refusal(ClientRefused(presented.to_string())))
            }
            ChainVerdict::Bad(defect) => Err(refusal(ClientRefused(defect.to_string()))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if proxy::is_proxy(cert) {
            return proxy::verify_handshake(message, cert, dss, &self.provider, false)
                .map(|()| HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if proxy::is_proxy(cert) {
            return proxy::verify_handshake(message, cert, dss, &self.provider, true)
                .map(|()| HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// Why a client's certificate is refused, for the server's own trace.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ClientRefused(pub(crate) String);

fn refusal(refused: ClientRefused) -> Error {
    Error::InvalidCertificate(CertificateError::Other(rustls::OtherError(Arc::new(
        refused,
    ))))
}

/// A server's certificates: of each kind of key the last one.
#[derive(Debug)]
pub(crate) struct ServerKeys(Vec<Arc<CertifiedKey>>);

impl ServerKeys {
    pub(crate) fn new(certificates: &[Certificate]) -> Self {
        Self(
            certificates
                .iter()
                .rev()
                .map(|one| one.key.clone())
                .collect(),
        )
    }
}

impl ResolvesServerCert for ServerKeys {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let usable =
            |key: &&Arc<CertifiedKey>| key.key.choose_scheme(hello.signature_schemes()).is_some();
        // As OpenSSL does by default, an elliptic curve before RSA.
        let is_rsa = |key: &&Arc<CertifiedKey>| key.key.algorithm() == SignatureAlgorithm::RSA;
        let mut found = self.0.iter().filter(usable);
        self.0
            .iter()
            .filter(usable)
            .find(|key| !is_rsa(key))
            .or_else(|| found.next())
            .cloned()
    }
}
