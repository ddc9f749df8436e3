//! Whether a chain of certificates leads to an authority that is believed.
//!
//! Rule: OpenSSL's verification, as HTCondor's `verify_callback` sees it: what nobody vouches for may still be believed
//! because a person said so before, while a certificate that has expired is never.

use std::cell::RefCell;
use std::fmt;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath, anchor_from_trusted_cert};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Version;

use super::name::one_line;
use super::{Trust, proxy};

/// The most certificates of a chain that are looked at.
const MAX_CHAIN: usize = 32;

/// What to think of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainVerdict {
    /// It leads to an authority that is believed.
    Trusted,
    /// Nobody who is believed vouches for it.
    Untrusted(Presented),
    /// It is not to be believed whoever vouches for it.
    Bad(CertificateDefect),
}

/// The certificate at which an untrusted chain ends: the one that a person would have to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// It, in DER.
    pub certificate: Vec<u8>,
    /// Its subject.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Whether it is, or stands below, an authority's, and not the server's own self-signed one.
    pub is_authority: bool,
    /// Whether it vouches for itself.
    pub self_signed: bool,
}

impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.self_signed && self.is_authority {
            write!(
                f,
                "its authority {} is not among those believed",
                self.subject
            )
        } else if self.self_signed {
            write!(
                f,
                "{} vouches for itself, and is not believed",
                self.subject
            )
        } else {
            write!(
                f,
                "{} was issued by {}, whose certificate is neither among those believed nor was it sent",
                self.subject, self.issuer
            )
        }
    }
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateDefect {
    /// Its time is over.
    #[error("{subject} expired on {on}")]
    Expired {
        /// Whose.
        subject: String,
        /// When.
        on: String,
    },
    /// Its time has not come.
    #[error("{subject} is not valid before {from}")]
    NotYetValid {
        /// Whose.
        subject: String,
        /// When it will be.
        from: String,
    },
    /// It is for something else.
    #[error("it is not for {0}")]
    WrongUse(&'static str),
    /// It is an authority's own, which is taken from a server only where that very certificate is believed.
    #[error("{subject} is marked as an authority's (CA:TRUE), not a server's or client's")]
    Authority {
        /// Whose.
        subject: String,
    },
    /// It, or one above it, was issued by one that may not issue any.
    #[error(
        "{subject} vouches for it, but is no authority's: it lacks CA:TRUE, or its key usage keyCertSign"
    )]
    NoAuthority {
        /// Whose.
        subject: String,
    },
    /// An authority above it may not have as many authorities below it.
    #[error(
        "{subject} vouches for it through more authorities than its certificate permits (pathlen)"
    )]
    TooDeep {
        /// Whose.
        subject: String,
    },
    /// An authority may vouch for some hosts alone, and its common name is none of them.
    #[error("{subject} may not vouch for a host called {name} (name constraints)")]
    OtherName {
        /// The authority.
        subject: String,
        /// The common name.
        name: String,
    },
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// What certificates are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Server,
    Client,
}

impl Use {
    fn key_usage(self) -> KeyUsage {
        match self {
            Self::Server => KeyUsage::server_auth(),
            Self::Client => KeyUsage::client_auth(),
        }
    }

    fn described(self) -> &'static str {
        match self {
            Self::Server => "servers (its extended key usage lacks serverAuth)",
            Self::Client => "clients (its extended key usage lacks clientAuth)",
        }
    }
}

/// What webpki found wrong, and what this found wrong with a path that webpki was content with.
struct Unverified {
    error: webpki::Error,
    of_path: Option<CertificateDefect>,
}

/// Authorities that are believed: for each anchor its certificate.
#[derive(Clone, Copy)]
struct Believed<'a> {
    anchors: &'a [TrustAnchor<'a>],
    certificates: &'a [CertificateDer<'a>],
}

/// Judges the chain of `leaf`, with what else was `sent`.
pub(crate) fn judge(
    leaf: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    trust: &Trust,
    provider: &CryptoProvider,
    wanted: Use,
    now: UnixTime,
) -> ChainVerdict {
    let sent = sent.get(..MAX_CHAIN).unwrap_or(sent);
    let believed = Believed {
        anchors: trust.anchors(),
        certificates: trust.authorities(),
    };
    let Err(unverified) = verify(leaf, sent, believed, provider, wanted, now) else {
        return ChainVerdict::Trusted;
    };
    match unverified.error {
        webpki::Error::UnknownIssuer | webpki::Error::CaUsedAsEndEntity if trust.holds(leaf) => {
            match believed_itself(leaf, wanted, now) {
                Ok(()) => ChainVerdict::Trusted,
                Err(defect) => ChainVerdict::Bad(defect),
            }
        }
        webpki::Error::UnknownIssuer => untrusted(leaf, sent),
        // One that vouches for itself is as unknown whether it is marked as an authority's or not.
        webpki::Error::CaUsedAsEndEntity if vouches_for_itself(leaf) => untrusted(leaf, sent),
        _ => ChainVerdict::Bad(unverified.defect(leaf, sent, wanted, now)),
    }
}

/// Judges a client's chain, which may begin with proxies where those are taken.
pub(crate) fn judge_client(
    leaf: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    trust: &Trust,
    provider: &CryptoProvider,
    now: UnixTime,
) -> ChainVerdict {
    if !proxy::is_proxy(leaf) {
        return judge(leaf, sent, trust, provider, Use::Client, now);
    }
    if !trust.takes_proxies() {
        return ChainVerdict::Bad(CertificateDefect::Other(
            "it is a proxy (RFC 3820), and AUTH_SSL_ALLOW_CLIENT_PROXY is not true".into(),
        ));
    }
    let sent = sent.get(..MAX_CHAIN).unwrap_or(sent);
    match proxy::user(leaf, sent, now) {
        Ok(user) => judge(user, sent, trust, provider, Use::Client, now),
        Err(defect) => ChainVerdict::Bad(defect),
    }
}

/// Judges a chain whose end, the one that is `presented`, is believed.
pub(crate) fn judge_pinned(
    leaf: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    presented: &Presented,
    provider: &CryptoProvider,
    wanted: Use,
    now: UnixTime,
) -> Result<(), CertificateDefect> {
    let pinned = CertificateDer::from(presented.certificate.as_slice());
    if pinned == *leaf {
        return believed_itself(leaf, wanted, now);
    }
    let anchor = anchor_from_trusted_cert(&pinned)
        .map_err(|error| CertificateDefect::Other(error.to_string()))?;
    let sent = sent.get(..MAX_CHAIN).unwrap_or(sent);
    let believed = Believed {
        anchors: &[anchor],
        certificates: std::slice::from_ref(&pinned),
    };
    verify(leaf, sent, believed, provider, wanted, now)
        .map_err(|unverified| unverified.defect(leaf, sent, wanted, now))
}

fn verify(
    leaf: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    believed: Believed<'_>,
    provider: &CryptoProvider,
    wanted: Use,
    now: UnixTime,
) -> Result<(), Unverified> {
    let of_path = RefCell::new(None);
    // webpki takes an anchor as it is. OpenSSL looks at its certificate as at any other.
    let look_at_path = |path: &VerifiedPath<'_>| {
        path_holds(path, leaf, believed, wanted, now).map_err(|defect| {
            of_path.replace(Some(defect));
            webpki::Error::CertDistrusted
        })
    };
    let algorithms = provider.signature_verification_algorithms.all;
    let verified = EndEntityCert::try_from(leaf).and_then(|leaf| {
        leaf.verify_for_usage(
            algorithms,
            believed.anchors,
            sent,
            now,
            wanted.key_usage(),
            None,
            Some(&look_at_path),
        )
        .map(|_| ())
    });
    verified.map_err(|error| Unverified {
        of_path: of_path
            .take()
            .filter(|_| error == webpki::Error::CertDistrusted),
        error,
    })
}

/// What webpki does not look at: an anchor's own time, use and depth; that a key that signs certificates may; and
/// whether the common name, which counts as a host's here, is one that the authorities above may vouch for.
fn path_holds(
    path: &VerifiedPath<'_>,
    leaf: &CertificateDer<'_>,
    believed: Believed<'_>,
    wanted: Use,
    now: UnixTime,
) -> Result<(), CertificateDefect> {
    let unreadable = || CertificateDefect::Other("it cannot be read".into());
    let leaf = parse(leaf).ok_or_else(unreadable)?.0;
    let name = match wanted {
        Use::Server => host_in_common_name(&leaf),
        Use::Client => None,
    };
    let (mut below, mut unnamed) = (0, 0);
    for certificate in path.intermediate_certificates() {
        let der = certificate.der();
        let read = parse(&der).ok_or_else(unreadable)?.0;
        authority_holds(&read, name)?;
        below += 1;
        unnamed += u32::from(read.subject().as_raw() == read.issuer().as_raw());
    }
    let mut problem = CertificateDefect::Other("its authority is not there".into());
    // Authorities renew their certificates: one that holds is enough.
    for (anchor, der) in believed.anchors.iter().zip(believed.certificates) {
        if anchor != path.anchor() {
            continue;
        }
        let read = parse(der).ok_or_else(unreadable)?.0;
        let subject = || one_line(read.subject());
        let held = match out_of_time(&read, now) {
            Some(defect) => Err(defect),
            None if depth(&read).is_some_and(|most| below - unnamed > most) => {
                Err(CertificateDefect::TooDeep { subject: subject() })
            }
            None => authority_holds(&read, name),
        };
        match held {
            Ok(()) => return Ok(()),
            Err(defect) => problem = defect,
        }
    }
    Err(problem)
}

/// Whether one that vouches for others may.
fn authority_holds(
    read: &X509Certificate<'_>,
    name: Option<&str>,
) -> Result<(), CertificateDefect> {
    let subject = || one_line(read.subject());
    if !is_authority(read) {
        return Err(CertificateDefect::NoAuthority { subject: subject() });
    }
    match name {
        Some(name) if !permits(read, name) => Err(CertificateDefect::OtherName {
            subject: subject(),
            name: name.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Whether a certificate's key may sign others' certificates.
///
/// Rule: OpenSSL's `check_ca`.
pub(crate) fn may_issue(certificate: &CertificateDer<'_>) -> bool {
    parse(certificate).is_some_and(|(read, _)| is_authority(&read))
}

fn is_authority(read: &X509Certificate<'_>) -> bool {
    let usage = read.key_usage().ok().flatten();
    let may_sign = usage.map(|usage| usage.value.key_cert_sign());
    match read.basic_constraints() {
        Ok(Some(constraints)) => constraints.value.ca && may_sign.unwrap_or(true),
        Ok(None) if read.version() == X509Version::V1 => {
            read.subject().as_raw() == read.issuer().as_raw()
        }
        Ok(None) => may_sign.unwrap_or(false),
        Err(_) => false,
    }
}

fn depth(read: &X509Certificate<'_>) -> Option<u32> {
    let constraints = read.basic_constraints().ok().flatten()?;
    constraints.value.path_len_constraint
}

/// The common name, where it may be a host's.
///
/// Rule: OpenSSL's `cn2dnsid`: it has a dot in it, and nothing that a host's name has not.
fn host_in_common_name<'a>(read: &'a X509Certificate<'_>) -> Option<&'a str> {
    let name = read.subject().iter_common_name().next()?.as_str().ok()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (name.contains('.') && name.bytes().all(fits)).then_some(name)
}

/// Whether an authority's name constraints leave it this host.
fn permits(authority: &X509Certificate<'_>, name: &str) -> bool {
    let constraints = match authority.name_constraints() {
        Ok(None) => return true,
        Ok(Some(constraints)) => constraints.value,
        Err(_) => return false,
    };
    let name = name.to_ascii_lowercase();
    let among = |trees: &[x509_parser::extensions::GeneralSubtree<'_>]| {
        let mut any = false;
        let mut found = false;
        for tree in trees {
            if let GeneralName::DNSName(base) = &tree.base {
                let base = base.to_ascii_lowercase();
                any = true;
                found |= base.is_empty()
                    || name == base
                    || name
                        .strip_suffix(&base)
                        .is_some_and(|rest| base.starts_with('.') || rest.ends_with('.'));
            }
        }
        (any, found)
    };
    let permitted = constraints.permitted_subtrees.as_deref().map(among);
    let excluded = constraints.excluded_subtrees.as_deref().map(among);
    !matches!(permitted, Some((true, false))) && !matches!(excluded, Some((_, true)))
}

/// Whether a certificate that is believed as it is may be used for this.
fn believed_itself(
    certificate: &CertificateDer<'_>,
    wanted: Use,
    now: UnixTime,
) -> Result<(), CertificateDefect> {
    let Some((read, _)) = parse(certificate) else {
        return Err(CertificateDefect::Other("it cannot be read".into()));
    };
    if let Some(defect) = out_of_time(&read, now) {
        return Err(defect);
    }
    let fits = match read.extended_key_usage() {
        Ok(None) => true,
        Ok(Some(usage)) => match wanted {
            Use::Server => usage.value.server_auth,
            Use::Client => usage.value.client_auth,
        },
        Err(_) => false,
    };
    fits.then_some(())
        .ok_or(CertificateDefect::WrongUse(wanted.described()))
}

/// Where the chain ends, as it was sent.
fn untrusted(leaf: &CertificateDer<'_>, sent: &[CertificateDer<'_>]) -> ChainVerdict {
    let others: Vec<_> = sent.iter().filter_map(parse).collect();
    let Some(leaf) = parse(leaf) else {
        return ChainVerdict::Bad(CertificateDefect::Other("it cannot be read".into()));
    };
    let (mut end, mut depth) = (&leaf, 0);
    while end.0.subject().as_raw() != end.0.issuer().as_raw() && depth <= others.len() {
        let issuer = end.0.issuer().as_raw();
        let Some(next) = others.iter().find(|one| one.0.subject().as_raw() == issuer) else {
            break;
        };
        (end, depth) = (next, depth + 1);
    }
    let self_signed = end.0.subject().as_raw() == end.0.issuer().as_raw();
    ChainVerdict::Untrusted(Presented {
        certificate: end.1.to_vec(),
        subject: one_line(end.0.subject()),
        issuer: one_line(end.0.issuer()),
        is_authority: !self_signed || depth > 0,
        self_signed,
    })
}

/// A certificate, read and in DER.
fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<(X509Certificate<'a>, &'a [u8])> {
    let (_, read) = X509Certificate::from_der(der).ok()?;
    Some((read, der.as_ref()))
}

fn vouches_for_itself(certificate: &CertificateDer<'_>) -> bool {
    parse(certificate).is_some_and(|(read, _)| read.subject().as_raw() == read.issuer().as_raw())
}

pub(crate) fn out_of_time(read: &X509Certificate<'_>, now: UnixTime) -> Option<CertificateDefect> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let subject = || one_line(read.subject());
    let validity = read.validity();
    if now > validity.not_after.timestamp() {
        let (subject, on) = (subject(), date(validity.not_after));
        return Some(CertificateDefect::Expired { subject, on });
    }
    if now < validity.not_before.timestamp() {
        let (subject, from) = (subject(), date(validity.not_before));
        return Some(CertificateDefect::NotYetValid { subject, from });
    }
    None
}

fn date(time: ASN1Time) -> String {
    time.to_string()
}

impl Unverified {
    fn defect(
        self,
        leaf: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        wanted: Use,
        now: UnixTime,
    ) -> CertificateDefect {
        if let Some(defect) = self.of_path {
            return defect;
        }
        let error = self.error;
        match error {
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
            std::iter::once(leaf)
                .chain(sent)
                .filter_map(parse)
                .find_map(|(read, _)| out_of_time(&read, now))
                .unwrap_or_else(|| CertificateDefect::Other(error.to_string()))
        }
        webpki::Error::RequiredEkuNotFoundContext(_) => CertificateDefect::WrongUse(wanted.described()),
        webpki::Error::CaUsedAsEndEntity => CertificateDefect::Authority {
            subject: parse(leaf)
                .map(|(read, _)| one_line(read.subject()))
                .unwrap_or_default(),
        },
        webpki::Error::UnsupportedCertVersion => CertificateDefect::Other(
            "it is of version 1, which lacks what tells an authority from a server; make one of version 3".into(),
        ),
        other => CertificateDefect::Other(other.to_string()),
    }
    }
}
