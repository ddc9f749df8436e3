//! What a client's TLS needs.

use std::path::PathBuf;
use std::sync::OnceLock;

use countersign_methods::ssl::{
    Certificate, ClientTls, LoadClientTls, TlsFault, TlsParameters, Trust,
};

use super::ciphers::parameters;
use super::{AuthoritySources, CertificateSources, CipherList, KnownHosts};
use crate::effects::remembered::{Made, Remembered, is_local};

/// Where a client's certificates are, from the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientTlsSources {
    /// The authorities.
    pub authorities: AuthoritySources,
    /// The client's own certificate; empty where none is set.
    pub certificates: CertificateSources,
    /// AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE, which on a client means that both files must be set.
    pub require_certificate: bool,
    /// AUTH_SSL_CIPHERLIST.
    pub ciphers: Option<CipherList>,
    /// What is known of hosts.
    pub known_hosts: KnownHosts,
}

impl ClientTlsSources {
    /// Whether everything is on file systems that never wait for another machine, as far as that can be told now.
    #[must_use]
    pub fn are_local(&self) -> bool {
        let mut paths = self.authorities.paths();
        paths.extend(self.certificates.paths());
        paths.extend(self.known_hosts.path.clone());
        paths.iter().all(|path| is_local(path))
    }
}

/// What was loaded before.
#[derive(Debug, Default)]
pub struct ClientTlsMemory {
    parameters: OnceLock<TlsParameters>,
    trust: Remembered<Trust>,
    certificates: Remembered<Vec<Certificate>>,
}

/// Loads it. One memory is for one set of sources.
///
/// # Errors
/// [`TlsFault`] names the setting and the file.
pub fn load_client_tls(
    sources: &ClientTlsSources,
    request: &LoadClientTls,
    memory: &ClientTlsMemory,
) -> Result<ClientTls, TlsFault> {
    let parameters = memory
        .parameters
        .get_or_init(|| parameters(sources.ciphers.as_ref()))
        .clone();
    let trust = memory.trust.of_all(&sources.authorities.paths(), || {
        sources.authorities.load().map(made)
    })?;
    let mut certificate = None;
    if request.with_certificate {
        let own = &sources.certificates;
        let is_set = !own.certificates.is_empty() && !own.keys.is_empty();
        if !is_set && sources.require_certificate {
            return Err(TlsFault {
                setting: "AUTH_SSL_CLIENT_CERTFILE and AUTH_SSL_CLIENT_KEYFILE".into(),
                problem: "AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE is true, but not both are set".into(),
            });
        }
        let mut paths: Vec<PathBuf> = own.paths().collect();
        paths.extend(sources.authorities.paths());
        let loaded = memory.certificates.of_all(&paths, || {
            let loaded = own.load(&parameters.provider)?.into_iter();
            Ok(made(loaded.map(|one| one.completed(&trust)).collect()))
        })?;
        certificate = loaded.last().cloned();
    }
    Ok(ClientTls {
        trust,
        certificate,
        known: request
            .host
            .as_deref()
            .and_then(|host| sources.known_hosts.first(host)),
        parameters,
    })
}

pub(super) fn made<T>(it: T) -> Made<T> {
    Made {
        it,
        follows_from_names: true,
    }
}
