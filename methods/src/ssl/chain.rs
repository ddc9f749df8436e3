//! Whether a chain of certificates leads to an authority that is believed.
//!
//! Rule: OpenSSL's verification, as HTCondor's `verify_callback` sees it: what nobody vouches for may still be believed
//! because a person said so before, while a certificate that has expired is never.

use std::fmt;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::time::ASN1Time;

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
    match verify(leaf, sent, trust.anchors(), provider, wanted, now) {
        Ok(()) => ChainVerdict::Trusted,
        Err(webpki::Error::UnknownIssuer | webpki::Error::CaUsedAsEndEntity)
            if trust.holds(leaf) =>
        {
            match in_time(leaf, now) {
                Ok(()) => ChainVerdict::Trusted,
                Err(defect) => ChainVerdict::Bad(defect),
            }
        }
        Err(webpki::Error::UnknownIssuer) => untrusted(leaf, sent),
        // One that vouches for itself is as unknown whether it is marked as an authority's or not.
        Err(webpki::Error::CaUsedAsEndEntity) if vouches_for_itself(leaf) => untrusted(leaf, sent),
        Err(error) => ChainVerdict::Bad(defect(&error, leaf, sent, wanted, now)),
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
        return in_time(leaf, now);
    }
    in_time(&pinned, now)?;
    let anchor = anchor_from_trusted_cert(&pinned)
        .map_err(|error| CertificateDefect::Other(error.to_string()))?;
    let sent = sent.get(..MAX_CHAIN).unwrap_or(sent);
    verify(leaf, sent, &[anchor], provider, wanted, now)
        .map_err(|error| defect(&error, leaf, sent, wanted, now))
}

fn verify(
    leaf: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    anchors: &[rustls::pki_types::TrustAnchor<'_>],
    provider: &CryptoProvider,
    wanted: Use,
    now: UnixTime,
) -> Result<(), webpki::Error> {
    let algorithms = provider.signature_verification_algorithms.all;
    EndEntityCert::try_from(leaf)?
        .verify_for_usage(
            algorithms,
            anchors,
            sent,
            now,
            wanted.key_usage(),
            None,
            None,
        )
        .map(|_| ())
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

fn in_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateDefect> {
    let Some((read, _)) = parse(certificate) else {
        return Err(CertificateDefect::Other("it cannot be read".into()));
    };
    out_of_time(&read, now).map_or(Ok(()), Err)
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

fn defect(
    error: &webpki::Error,
    leaf: &CertificateDer<'_>,
    sent: &[CertificateDer<'_>],
    wanted: Use,
    now: UnixTime,
) -> CertificateDefect {
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
