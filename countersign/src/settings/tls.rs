//! AUTH_SSL_* and its kin: what SSL and SCITOKENS need of TLS.

use std::path::PathBuf;

use countersign_methods::ssl::{Bootstrap, SslSettings};

use super::{Host, Lookup, SettingsError, is_tool};
use crate::effects::tls::{
    AuthoritySources, CertificateSources, CipherList, ClientTlsSources, KnownHosts,
    ServerTlsSources,
};

/// Where a client's certificates are.
pub(super) fn client(lookup: &Lookup<'_>, host: &Host) -> Result<ClientTlsSources, SettingsError> {
    let proxy = if lookup.boolean("AUTH_SSL_USE_CLIENT_PROXY_ENV_VAR")? {
        std::env::var_os("X509_USER_PROXY").filter(|path| !path.is_empty())
    } else {
        None
    };
    let certificates = match proxy {
        None => certificates(lookup, "AUTH_SSL_CLIENT")?,
        Some(path) => CertificateSources {
            prefix: "AUTH_SSL_CLIENT".into(),
            certificates: vec![path.clone().into()],
            keys: vec![path.into()],
        },
    };
    Ok(ClientTlsSources {
        authorities: authorities(lookup, "AUTH_SSL_CLIENT")?,
        certificates,
        require_certificate: lookup.boolean("AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE")?,
        ciphers: ciphers(lookup)?,
        known_hosts: KnownHosts {
            path: known_hosts(lookup, host)?,
        },
    })
}

/// How a client checks servers. Nobody is asked here: that is for a program with a terminal.
pub(super) fn checks(lookup: &Lookup<'_>) -> Result<SslSettings, SettingsError> {
    Ok(SslSettings {
        skip_host_check: lookup.boolean("SSL_SKIP_HOST_CHECK")?,
        bootstrap: if lookup.boolean("BOOTSTRAP_SSL_SERVER_TRUST")? {
            Bootstrap::Believe
        } else {
            Bootstrap::Refuse
        },
    })
}

/// Whether a tool may ask its user about servers that nobody vouches for.
pub(super) fn may_ask(lookup: &Lookup<'_>, host: &Host) -> Result<bool, SettingsError> {
    Ok(is_tool(&host.subsystem) && lookup.boolean("BOOTSTRAP_SSL_SERVER_TRUST_PROMPT_USER")?)
}

/// Where a server's certificates are.
pub(super) fn server(lookup: &Lookup<'_>) -> Result<ServerTlsSources, SettingsError> {
    Ok(ServerTlsSources {
        authorities: authorities(lookup, "AUTH_SSL_SERVER")?,
        certificates: certificates(lookup, "AUTH_SSL_SERVER")?,
        proxies: proxies(lookup)?,
        ciphers: ciphers(lookup)?,
    })
}

/// AUTH_SSL_ALLOW_CLIENT_PROXY, without the VOMS attributes that HTCondor can map proxies by: to map them by their users
/// alone would give them other names than HTCondor does.
fn proxies(lookup: &Lookup<'_>) -> Result<bool, SettingsError> {
    let allowed = lookup.boolean("AUTH_SSL_ALLOW_CLIENT_PROXY")?;
    let by_attributes =
        lookup.boolean("USE_VOMS_ATTRIBUTES")? && lookup.boolean("AUTH_SSL_USE_VOMS_IDENTITY")?;
    match lookup.setting("USE_VOMS_ATTRIBUTES")? {
        Some(setting) if allowed && by_attributes => Err(SettingsError::value(
            &setting,
            "False here: Countersign reads no VOMS attributes, by which HTCondor would map the proxies that \
             AUTH_SSL_ALLOW_CLIENT_PROXY lets in",
        )),
        _ => Ok(allowed),
    }
}

fn authorities(lookup: &Lookup<'_>, prefix: &str) -> Result<AuthoritySources, SettingsError> {
    Ok(AuthoritySources {
        prefix: prefix.to_owned(),
        files: paths(lookup, &format!("{prefix}_CAFILE"))?,
        folder: lookup
            .path(&format!("{prefix}_CADIR"))?
            .filter(|path| !path.as_os_str().is_empty()),
        system: lookup.boolean(&format!("{prefix}_USE_DEFAULT_CAS"))?,
    })
}

fn certificates(lookup: &Lookup<'_>, prefix: &str) -> Result<CertificateSources, SettingsError> {
    Ok(CertificateSources {
        prefix: prefix.to_owned(),
        certificates: paths(lookup, &format!("{prefix}_CERTFILE"))?,
        keys: paths(lookup, &format!("{prefix}_KEYFILE"))?,
    })
}

/// A list of files, at commas alone.
fn paths(lookup: &Lookup<'_>, name: &str) -> Result<Vec<PathBuf>, SettingsError> {
    let text = lookup.text(name)?.unwrap_or_default();
    let parts = text.split(',').map(str::trim);
    Ok(parts
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect())
}

fn ciphers(lookup: &Lookup<'_>) -> Result<Option<CipherList>, SettingsError> {
    let text = lookup.text("AUTH_SSL_CIPHERLIST")?;
    Ok(text.filter(|text| !text.trim().is_empty()).map(CipherList))
}

/// Rule: `htcondor::get_known_hosts_filename`.
fn known_hosts(lookup: &Lookup<'_>, host: &Host) -> Result<Option<PathBuf>, SettingsError> {
    let set = |name| {
        lookup
            .path(name)
            .map(|path| path.filter(|path: &PathBuf| !path.as_os_str().is_empty()))
    };
    Ok(match (set("SEC_KNOWN_HOSTS")?, &host.home) {
        (Some(path), _) => Some(path),
        (None, _) if host.is_root => set("SEC_SYSTEM_KNOWN_HOSTS")?,
        (None, home) => home.as_ref().map(|home| home.join(".condor/known_hosts")),
    })
}
