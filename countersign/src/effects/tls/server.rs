//! What a server's TLS needs.

use std::path::PathBuf;
use std::sync::Arc;

use countersign_methods::ssl::{ServerTls, TlsFault};
use rustls::time_provider::DefaultTimeProvider;

use super::ciphers::parameters;
use super::client::made;
use super::{AuthoritySources, CertificateSources, CipherList};
use crate::effects::remembered::Remembered;

/// Where a server's certificates are, from the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerTlsSources {
    /// The authorities that vouch for clients.
    pub authorities: AuthoritySources,
    /// The server's own certificates.
    pub certificates: CertificateSources,
    /// AUTH_SSL_ALLOW_CLIENT_PROXY.
    pub proxies: bool,
    /// AUTH_SSL_CIPHERLIST.
    pub ciphers: Option<CipherList>,
}

/// What was loaded before.
#[derive(Debug, Default)]
pub struct ServerTlsMemory(Remembered<ServerTls>);

/// Loads it. One memory is for one set of sources.
///
/// # Errors
/// [`TlsFault`] names the setting and the file.
pub fn load_server_tls(
    sources: &ServerTlsSources,
    memory: &ServerTlsMemory,
) -> Result<Arc<ServerTls>, TlsFault> {
    let mut paths = sources.authorities.paths();
    paths.extend(sources.certificates.paths().collect::<Vec<PathBuf>>());
    memory.0.of_all(&paths, || {
        let parameters = parameters(sources.ciphers.as_ref());
        let own = sources.certificates.load(&parameters.provider)?;
        if own.is_empty() {
            return Err(sources.certificates.none());
        }
        let mut trust = sources.authorities.load()?;
        if sources.proxies {
            trust.take_proxies();
        }
        let trust = Arc::new(trust);
        let own: Vec<_> = own.into_iter().map(|one| one.completed(&trust)).collect();
        ServerTls::new(&own, trust, &parameters, Arc::new(DefaultTimeProvider)).map(made)
    })
}
