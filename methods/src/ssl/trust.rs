//! The authorities whose certificates are believed.

use std::fmt;

use rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

use super::chain::may_issue;

/// The most certificates that are sent along with one.
const MAX_ABOVE: usize = 10;

/// A set of certificates of authorities.
#[derive(Clone, Default)]
pub struct Trust {
    anchors: Vec<TrustAnchor<'static>>,
    /// The anchors' certificates, in the same order.
    authorities: Vec<CertificateDer<'static>>,
    /// Those that are no authority's: each is believed itself, and vouches for nobody else.
    alone: Vec<CertificateDer<'static>>,
    from: Vec<String>,
    proxies: bool,
}

impl Trust {
    /// Adds certificates that came `from` this place. One that is no authority's is believed itself, and vouches for
    /// nobody else. Those that cannot be read are passed over; how many there are is returned.
    pub fn add(
        &mut self,
        from: impl Into<String>,
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> usize {
        let mut passed_over = 0;
        for certificate in certificates {
            match anchor_from_trusted_cert(&certificate) {
                Ok(anchor) if may_issue(&certificate) => {
                    self.anchors.push(anchor.to_owned());
                    self.authorities.push(certificate);
                }
                Ok(_) => self.alone.push(certificate),
                Err(_) => passed_over += 1,
            }
        }
        self.from.push(from.into());
        passed_over
    }

    /// Believes proxies (RFC 3820) too that clients made of certificates which these vouch for.
    pub fn take_proxies(&mut self) {
        self.proxies = true;
    }

    pub(crate) fn takes_proxies(&self) -> bool {
        self.proxies
    }

    /// How many certificates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.authorities.len() + self.alone.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The certificates above this one, as far as they are among these, the topmost last.
    pub(crate) fn above(&self, certificate: &CertificateDer<'_>) -> Vec<CertificateDer<'static>> {
        let mut above: Vec<CertificateDer<'static>> = Vec::new();
        while above.len() < MAX_ABOVE {
            let Some(issuer) = self.issuer_of(above.last().unwrap_or(certificate)) else {
                break;
            };
            above.push(issuer.clone());
        }
        above
    }

    fn issuer_of(&self, certificate: &CertificateDer<'_>) -> Option<&CertificateDer<'static>> {
        let (_, child) = X509Certificate::from_der(certificate).ok()?;
        if child.subject().as_raw() == child.issuer().as_raw() {
            return None;
        }
        let wanted = key_id(&child, |extension| match extension {
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                id.key_identifier.as_ref().map(|id| id.0)
            }
            _ => None,
        });
        self.authorities.iter().find(|one| {
            let Ok((_, one)) = X509Certificate::from_der(one) else {
                return false;
            };
            let own = key_id(&one, |extension| match extension {
                ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0),
                _ => None,
            });
            one.subject().as_raw() == child.issuer().as_raw()
                && (wanted.is_none() || own.is_none() || wanted == own)
        })
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// The anchors' certificates, in the same order.
    pub(crate) fn authorities(&self) -> &[CertificateDer<'static>] {
        &self.authorities
    }

    /// Whether this very certificate is among them.
    pub(crate) fn holds(&self, certificate: &CertificateDer<'_>) -> bool {
        let mut all = self.alone.iter().chain(&self.authorities);
        all.any(|own| own == certificate)
    }
}

/// What an extension says of a key.
fn key_id<'a>(
    certificate: &'a X509Certificate<'a>,
    of: impl Fn(&'a ParsedExtension<'a>) -> Option<&'a [u8]>,
) -> Option<&'a [u8]> {
    let extensions = certificate.extensions().iter();
    extensions
        .map(|extension| extension.parsed_extension())
        .find_map(of)
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trust({self})")
    }
}

/// How many there are, and from where.
impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from.is_empty() {
            return f.write_str("none: no CA is configured");
        }
        write!(f, "the {} of {}", self.len(), self.from.join(" and "))
    }
}
