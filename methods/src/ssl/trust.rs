//! The authorities whose certificates are believed.

use std::fmt;

use rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;

/// A set of certificates of authorities.
#[derive(Clone, Default)]
pub struct Trust {
    anchors: Vec<TrustAnchor<'static>>,
    certificates: Vec<CertificateDer<'static>>,
    from: Vec<String>,
    proxies: bool,
}

impl Trust {
    /// Adds certificates that came `from` this place. Those that cannot be an authority's are passed over, as OpenSSL
    /// does; how many there are is returned.
    pub fn add(
        &mut self,
        from: impl Into<String>,
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> usize {
        let mut passed_over = 0;
        for certificate in certificates {
            match anchor_from_trusted_cert(&certificate) {
                Ok(anchor) => {
                    self.anchors.push(anchor.to_owned());
                    self.certificates.push(certificate);
                }
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

    /// How many authorities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.anchors.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// Whether this very certificate is among them.
    pub(crate) fn holds(&self, certificate: &CertificateDer<'_>) -> bool {
        self.certificates.iter().any(|own| own == certificate)
    }
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
