//! What the server shows: a certificate of its own CA, or the embedder's.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::Secret;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::IssuerError;
use super::handle::now;

/// Seconds for which a certificate is good that is made here; some clients take none that is good for more
/// than 398 days.
const GOOD_FOR: u64 = 397 * 86_400;

/// Seconds that clocks may be apart.
const CLOCKS: u64 = 86_400;

/// A certificate with all above it, and its key.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    /// The CA that was made for it.
    pub(super) ca_pem: Option<String>,
}

/// A server's certificate from a CA that was made for it alone.
///
/// The CA's key is gone, and the CA is good for the certificate's names alone: whoever trusts it trusts nothing else by it.
#[derive(Debug)]
pub struct OwnCertificate {
    /// The CA in PEM, for those who are to believe the certificate.
    pub ca_pem: String,
    /// The certificate in PEM.
    pub certificate_pem: String,
    /// Its private key in PEM (PKCS #8).
    pub key_pem: Secret,
    pub(super) shown: Shown,
}

impl OwnCertificate {
    /// Makes one for these names and addresses.
    ///
    /// # Errors
    /// [`IssuerError::Certificate`].
    pub fn make(names: &[&str]) -> Result<Self, IssuerError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        make(&names, now())
    }
}

/// Makes a CA and, with it, a certificate for these names and addresses.
pub(super) fn make(names: &[String], now: u64) -> Result<OwnCertificate, IssuerError> {
    let failed = |error: rcgen::Error| IssuerError::Certificate(error.to_string());
    let not_before = now.saturating_sub(CLOCKS).min(u64::from(u32::MAX));
    let set = |params: &mut CertificateParams, name: &str| {
        params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(not_before);
        params.not_after = params.not_before + Duration::from_secs(GOOD_FOR);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
    };
    let mut ca = CertificateParams::default();
    set(&mut ca, "Countersign issuer's own CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.iter().map(|name| subtree(name)).collect(),
        excluded_subtrees: Vec::new(),
    });
    let ca =
        CertifiedIssuer::self_signed(ca, KeyPair::generate().map_err(failed)?).map_err(failed)?;

    let mut leaf = CertificateParams::new(names.to_vec()).map_err(failed)?;
    set(&mut leaf, "Countersign issuer");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(failed)?;
    let leaf = leaf.signed_by(&key, &ca).map_err(failed)?;
    Ok(OwnCertificate {
        ca_pem: ca.pem(),
        certificate_pem: leaf.pem(),
        key_pem: Secret::new(key.serialize_pem().into_bytes()),
        shown: Shown {
            chain: vec![leaf.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            ca_pem: Some(ca.pem()),
        },
    })
}

fn subtree(name: &str) -> GeneralSubtree {
    match name.parse::<IpAddr>() {
        Ok(address) => {
            let all = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, all))
        }
        Err(_) => GeneralSubtree::DnsName(name.to_owned()),
    }
}

/// Reads a chain and its key, in PEM.
pub(super) fn read(chain: &[u8], key: &Secret) -> Result<Shown, IssuerError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|error| IssuerError::Certificate(format!("it is no PEM: {error}")))?;
    if chain.is_empty() {
        return Err(IssuerError::Certificate("its file has none".into()));
    }
    // The words of this error could have some of the key in them.
    let key = PrivateKeyDer::from_pem_slice(key.expose())
        .map_err(|_| IssuerError::Certificate("its key's file has no private key in PEM".into()))?;
    Ok(Shown {
        chain,
        key,
        ca_pem: None,
    })
}

/// The settings of TLS.
pub(super) fn settings(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, IssuerError> {
    let failed = |error: rustls::Error| IssuerError::Certificate(error.to_string());
    // Named, since the process may have chosen none or two.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(failed)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
