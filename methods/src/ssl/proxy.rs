//! Proxy certificates: a user's certificate signs another one, with which a job acts for the user.
//!
//! Rule: RFC 3820, section 4, as OpenSSL has it with `X509_V_FLAG_ALLOW_PROXY_CERTS`; HTCondor takes a client for whoever
//! signed the first proxy (`get_peer_identity`). Stricter: a proxy must inherit its signer's rights, wholly or limited as
//! Globus has it; one of any other policy is refused, since nobody here would apply that policy.

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error};
use webpki::RawPublicKeyEntity;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::{Any, FromDer as _, Oid, Sequence};

use super::CertificateDefect;
use super::chain::out_of_time;
use super::name::one_line;

/// `proxyCertInfo`.
const PROXY: &str = "1.3.6.1.5.5.7.1.14";

/// The policies of a proxy that may do what its signer may (`id-ppl-inheritAll`), or what a limited one may (Globus).
const POLICIES: [&str; 2] = ["1.3.6.1.5.5.7.21.1", "1.3.6.1.4.1.3536.1.1.1.9"];

/// The most proxies in a chain.
const MAX_PROXIES: usize = 16;

/// Whether a certificate is a proxy.
pub(crate) fn is_proxy(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(_, read)| info(&read).is_some())
}

/// The value of `proxyCertInfo`.
fn info<'a>(read: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    let found = read
        .extensions()
        .iter()
        .find(|extension| extension.oid.to_id_string() == PROXY)?;
    Some(found.value)
}

/// The certificate of the user that a chain of proxies ends in, with what else was sent. Every proxy was signed by the next,
/// and is what a proxy must be; the user's own certificate is not judged here.
pub(crate) fn user<'a>(
    leaf: &'a CertificateDer<'a>,
    sent: &'a [CertificateDer<'a>],
    now: UnixTime,
) -> Result<&'a CertificateDer<'a>, CertificateDefect> {
    let other = |problem: &str| CertificateDefect::Other(problem.to_owned());
    let parse = |certificate: &'a CertificateDer<'a>| {
        X509Certificate::from_der(certificate)
            .map(|(_, read)| read)
            .map_err(|_| other("a certificate of the chain cannot be read"))
    };
    let mut current = leaf;
    for depth in 0..=MAX_PROXIES {
        let read = parse(current)?;
        let Some(value) = info(&read) else {
            return Ok(current);
        };
        let signer = sent
            .iter()
            .filter_map(|one| Some((one, parse(one).ok()?)))
            .find(|(_, signer)| signer.subject().as_raw() == read.issuer().as_raw());
        let Some((certificate, signer)) = signer else {
            return Err(CertificateDefect::Other(format!(
                "the certificate of {}, which signed the proxy {}, was not sent",
                one_line(read.issuer()),
                one_line(read.subject())
            )));
        };
        check(&read, &signer, value, depth)?;
        if let Some(defect) = out_of_time(&read, now) {
            return Err(defect);
        }
        read.verify_signature(Some(signer.public_key()))
            .map_err(|_| other("a proxy was not signed by whom it names"))?;
        current = certificate;
    }
    Err(other("there are too many proxies"))
}

/// The certificate of the user in a chain that was judged before: the first that is no proxy.
pub(crate) fn holder<'a>(
    leaf: &'a CertificateDer<'a>,
    sent: &'a [CertificateDer<'a>],
) -> Option<&'a CertificateDer<'a>> {
    let mut current = leaf;
    for _ in 0..=MAX_PROXIES {
        let (_, read) = X509Certificate::from_der(current).ok()?;
        if info(&read).is_none() {
            return Some(current);
        }
        let issuer = read.issuer().as_raw();
        current = sent.iter().find(|one| {
            X509Certificate::from_der(one)
                .is_ok_and(|(_, signer)| signer.subject().as_raw() == issuer)
        })?;
    }
    None
}

/// What one proxy must be. `depth` is how many stand below it.
fn check(
    proxy: &X509Certificate<'_>,
    signer: &X509Certificate<'_>,
    info: &[u8],
    depth: usize,
) -> Result<(), CertificateDefect> {
    let refuse = |problem: &str| {
        Err(CertificateDefect::Other(format!(
            "the proxy {} {problem}",
            one_line(proxy.subject())
        )))
    };
    if proxy.is_ca() || signer.is_ca() {
        return refuse("is an authority's, or signed by one");
    }
    // RFC 3820, section 3.4: the signer's subject, and one common name behind it.
    let own: Vec<_> = proxy.subject().iter_rdn().collect();
    let signers: Vec<_> = signer.subject().iter_rdn().collect();
    let extends = match own.split_last() {
        Some((last, before)) => {
            before.len() == signers.len()
                && before.iter().zip(&signers).all(|(one, other)| one == other)
                && last.iter().count() == 1
                && last
                    .iter()
                    .all(|part| part.attr_type().to_id_string() == "2.5.4.3")
        }
        None => false,
    };
    if !extends {
        return refuse("does not bear its signer's name with one more CN");
    }
    // Section 3.5 and 3.6: neither has another name.
    if !matches!(proxy.subject_alternative_name(), Ok(None)) {
        return refuse("has a name beside its subject");
    }
    let signs = |usage: &X509Certificate<'_>| match usage.key_usage() {
        Ok(Some(usage)) => usage.value.digital_signature(),
        Ok(None) => true,
        Err(_) => false,
    };
    if !signs(signer) {
        return refuse("was signed by a key that is not for signatures");
    }
    let critical = proxy
        .extensions()
        .iter()
        .filter(|extension| extension.critical)
        .map(|extension| extension.oid.to_id_string());
    // Those that are looked at, key usages among them.
    let known = [PROXY, "2.5.29.15", "2.5.29.19", "2.5.29.37"];
    for oid in critical {
        if !known.contains(&oid.as_str()) {
            return refuse("has a critical extension that nobody here knows");
        }
    }
    match policy(info) {
        None => refuse("has a proxyCertInfo that cannot be read"),
        Some((Some(limit), _)) if depth > limit => refuse("signed more proxies than it may"),
        Some((_, policy)) if !POLICIES.contains(&policy.as_str()) => {
            refuse("does not inherit its signer's rights, but has a policy of its own")
        }
        Some(_) => Ok(()),
    }
}

/// How many proxies may stand below, and the policy's language.
fn policy(info: &[u8]) -> Option<(Option<usize>, String)> {
    let (rest, sequence) = Sequence::from_der(info).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let content: &[u8] = &sequence.content;
    let (rest, first) = Any::from_der(content).ok()?;
    let (limit, policy) = match first.as_u32() {
        Ok(limit) => (
            Some(usize::try_from(limit).ok()?),
            Any::from_der(rest).ok()?.1,
        ),
        Err(_) => (None, first),
    };
    let (_, language) = Oid::from_der(policy.data).ok()?;
    Some((limit, language.to_id_string()))
}

/// Verifies a signature of the TLS handshake by a certificate's key, whatever else is in the certificate: that was judged
/// before.
pub(crate) fn verify_handshake(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
    provider: &CryptoProvider,
    only_first: bool,
) -> Result<(), Error> {
    let bad = || Error::InvalidCertificate(CertificateError::BadSignature);
    let (_, read) = X509Certificate::from_der(certificate)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let key = SubjectPublicKeyInfoDer::from(read.public_key().raw);
    let key = RawPublicKeyEntity::try_from(&key).map_err(|_| bad())?;
    let algorithms = provider
        .signature_verification_algorithms
        .mapping
        .iter()
        .find(|(scheme, _)| *scheme == signed.scheme)
        .map(|(_, algorithms)| *algorithms)
        .unwrap_or_default();
    // TLS 1.3 binds a scheme to a curve, and the first is that one.
    let usable = if only_first { 1 } else { algorithms.len() };
    algorithms
        .iter()
        .take(usable)
        .find(|algorithm| {
            key.verify_signature(**algorithm, message, signed.signature())
                .is_ok()
        })
        .map(|_| ())
        .ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::super::Trust;
    use super::super::chain::{ChainVerdict, judge_client};
    use super::super::name::subject_of;
    use super::*;
    use rcgen::{
        BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    };
    use std::time::Duration;

    /// `SEQUENCE { policy SEQUENCE { language } }`, with a limit before it if there is one.
    fn info(language: &[u8], limit: Option<u8>) -> Vec<u8> {
        let mut policy = vec![0x30, language.len() as u8 + 2, 0x06, language.len() as u8];
        policy.extend(language);
        let mut content = limit.map_or(Vec::new(), |limit| vec![0x02, 1, limit]);
        content.extend(policy);
        let mut info = vec![0x30, content.len() as u8];
        info.extend(content);
        info
    }

    const INHERIT_ALL: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 21, 1];
    const INDEPENDENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 21, 2];

    struct Made {
        der: CertificateDer<'static>,
        params: CertificateParams,
        key: KeyPair,
    }

    /// A certificate of these common names, in this order.
    fn make(names: &[&str], proxy: Option<Vec<u8>>, ca: bool, signer: Option<&Made>) -> Made {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (at, name) in names.iter().enumerate() {
            // The library keeps one of each type; the others get the type's own number.
            let kind = if at == 0 {
                DnType::OrganizationName
            } else if at == 1 {
                DnType::CommonName
            } else {
                DnType::CustomDnType(vec![2, 5, 4, 3])
            };
            params.distinguished_name.push(kind, *name);
        }
        if ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        if let Some(info) = proxy {
            let mut extension =
                CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 14], info);
            extension.set_criticality(true);
            params.custom_extensions.push(extension);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = match signer {
            None => params.self_signed(&key).unwrap(),
            Some(signer) => {
                let issuer = Issuer::from_params(&signer.params, &signer.key);
                params.signed_by(&key, &issuer).unwrap()
            }
        };
        Made {
            der: certificate.der().clone(),
            params,
            key,
        }
    }

    fn now() -> UnixTime {
        // 2030, within the library's usual validity.
        UnixTime::since_unix_epoch(Duration::from_secs(1_900_000_000))
    }

    fn judge(leaf: &Made, sent: &[&Made], ca: &Made, takes: bool) -> Result<String, String> {
        let mut trust = Trust::default();
        trust.add("here", [ca.der.clone()]);
        if takes {
            trust.take_proxies();
        }
        let sent: Vec<_> = sent.iter().map(|one| one.der.clone()).collect();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        match judge_client(&leaf.der, &sent, &trust, &provider, now()) {
            ChainVerdict::Trusted => {
                let holder = holder(&leaf.der, &sent).unwrap();
                Ok(subject_of(holder).unwrap())
            }
            ChainVerdict::Untrusted(presented) => Err(presented.to_string()),
            ChainVerdict::Bad(defect) => Err(defect.to_string()),
        }
    }

    #[test]
    fn who_stands_behind_a_proxy() {
        let ca = make(&["Test", "CA"], None, true, None);
        let user = make(&["Alice"], None, false, Some(&ca));
        let proxy = make(
            &["Alice", "1"],
            Some(info(INHERIT_ALL, None)),
            false,
            Some(&user),
        );
        let alice = Ok("/O=Alice".to_owned());
        assert_eq!(judge(&user, &[], &ca, false), alice);
        assert_eq!(judge(&proxy, &[&user], &ca, true), alice);
        let refused = judge(&proxy, &[&user], &ca, false).unwrap_err();
        assert!(refused.contains("AUTH_SSL_ALLOW_CLIENT_PROXY"), "{refused}");
        assert!(
            judge(&proxy, &[], &ca, true)
                .unwrap_err()
                .contains("was not sent")
        );
        let stranger = make(&["Test", "Stranger CA"], None, true, None);
        assert!(judge(&proxy, &[&user], &stranger, true).is_err());
    }

    #[test]
    fn what_no_proxy_is() {
        let ca = make(&["Test", "CA"], None, true, None);
        let user = make(&["Alice"], None, false, Some(&ca));
        let all = || Some(info(INHERIT_ALL, None));
        let refused = |leaf: &Made, sent: &[&Made], words: &str| {
            let error = judge(leaf, sent, &ca, true).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        let other_name = make(&["Root", "1"], all(), false, Some(&user));
        refused(&other_name, &[&user], "signer's name");
        let two_more = make(&["Alice", "1", "2"], all(), false, Some(&user));
        refused(&two_more, &[&user], "signer's name");
        let independent = Some(info(INDEPENDENT, None));
        let own_policy = make(&["Alice", "1"], independent, false, Some(&user));
        refused(&own_policy, &[&user], "policy of its own");
        let garbage = make(&["Alice", "1"], Some(vec![0x30, 9]), false, Some(&user));
        refused(&garbage, &[&user], "cannot be read");
        let authority = make(&["Test", "CA", "1"], all(), false, Some(&ca));
        refused(&authority, &[&ca], "authority");
        // Somebody who calls himself Alice signed it.
        let mallory = make(&["Alice"], None, false, None);
        let forged = make(&["Alice", "1"], all(), false, Some(&mallory));
        refused(&forged, &[&user], "not signed by whom it names");
        assert!(judge(&forged, &[&mallory], &ca, true).is_err());
        let limit = Some(info(INHERIT_ALL, Some(0)));
        let ends_here = make(&["Alice", "1"], limit, false, Some(&user));
        assert!(judge(&ends_here, &[&user], &ca, true).is_ok());
        let one_more = make(&["Alice", "1", "2"], all(), false, Some(&ends_here));
        refused(&one_more, &[&ends_here, &user], "more proxies than it may");
    }
}
