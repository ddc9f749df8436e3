//! The names in a certificate, and whether one of them is the host's.
//!
//! Rule: `post_connection_check`, `hostname_match` and `get_peer_identity` in HTCondor, and OpenSSL's
//! `X509_NAME_oneline` for a subject's form.

use std::fmt::Write as _;

use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

/// The longest name that is compared, in bytes.
const MAX_NAME: usize = 255;

/// The longest subject, in bytes: HTCondor's buffer.
const MAX_SUBJECT: usize = 1023;

/// The names that a server's certificate is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerNames {
    /// The DNS names among its alternative names.
    pub dns: Vec<String>,
    /// The common name of its subject.
    pub common_name: Option<String>,
}

impl ServerNames {
    /// Reads them from a certificate; `None` if it cannot be read.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let dns = match certificate.subject_alternative_name() {
            Ok(Some(names)) => names
                .value
                .general_names
                .iter()
                .filter_map(|name| match name {
                    GeneralName::DNSName(name) => Some((*name).to_owned()),
                    _ => None,
                })
                .filter(|name| name.len() <= MAX_NAME && !name.contains('\0'))
                .collect(),
            _ => Vec::new(),
        };
        let common_name = certificate
            .subject()
            .iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok())
            .map(str::to_owned);
        Some(Self { dns, common_name })
    }

    /// Whether `host` is among them: a DNS name, or else the common name, which must be equal.
    #[must_use]
    pub fn include(&self, host: &str) -> bool {
        self.dns.iter().any(|name| matches(name, host))
            || self
                .common_name
                .as_ref()
                .is_some_and(|name| name.eq_ignore_ascii_case(host))
    }
}

impl std::fmt::Display for ServerNames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let common = self
            .common_name
            .iter()
            .filter(|name| !self.dns.contains(name));
        let names: Vec<String> = self
            .dns
            .iter()
            .chain(common)
            .map(|name| name.escape_debug().to_string())
            .collect();
        if names.is_empty() {
            return f.write_str("no host at all");
        }
        f.write_str(&names.join(", "))
    }
}

/// Whether a pattern matches a host, label by label. A `*` stands for the rest of its label, and may be in any of them.
fn matches(pattern: &str, host: &str) -> bool {
    if pattern.len() > MAX_NAME || host.len() > MAX_NAME {
        return false;
    }
    let (pattern, host) = (pattern.to_ascii_lowercase(), host.to_ascii_lowercase());
    let labels = |name: &'_ str| -> Vec<String> {
        let labels = name.split('.').filter(|label| !label.is_empty());
        labels.map(str::to_owned).collect()
    };
    let (pattern, host) = (labels(&pattern), labels(&host));
    !pattern.is_empty()
        && pattern.len() == host.len()
        && pattern
            .iter()
            .zip(&host)
            .all(|(pattern, label)| label_matches(pattern, label))
}

fn label_matches(pattern: &str, label: &str) -> bool {
    if label.contains('*') {
        return false;
    }
    match pattern.split_once('*') {
        None => pattern == label,
        Some((start, "")) => label.starts_with(start),
        Some(_) => false,
    }
}

/// The subject of a certificate in one line, `/C=US/O=Org/CN=Name`, as OpenSSL writes it and HTCondor maps it.
#[must_use]
pub fn subject_of(certificate: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(one_line(certificate.subject()))
}

/// A name in one line.
pub(crate) fn one_line(name: &X509Name<'_>) -> String {
    let mut line = String::new();
    for attribute in name.iter_attributes() {
        let value = attribute.attr_value();
        let mut bytes = value.data;
        let squeezed: Vec<u8>;
        // Characters of two or four bytes whose first ones are zero, OpenSSL writes as their last one.
        if let Some(width) = match value.tag() {
            Tag::BmpString => Some(2),
            Tag::UniversalString => Some(4),
            _ => None,
        } && bytes.len().is_multiple_of(width)
        {
            let leading_zeros =
                |character: &[u8]| character.iter().rev().skip(1).all(|byte| *byte == 0);
            if bytes.chunks(width).all(leading_zeros) {
                squeezed = bytes
                    .chunks(width)
                    .filter_map(<[u8]>::last)
                    .copied()
                    .collect();
                bytes = &squeezed;
            }
        }
        let mut part = format!("/{}=", short_name(attribute.attr_type()));
        for byte in bytes {
            if (b' '..=b'~').contains(byte) {
                part.push(char::from(*byte));
            } else {
                let _ = write!(part, "\\x{byte:02X}");
            }
        }
        line.push_str(&part);
    }
    line.truncate(MAX_SUBJECT);
    line
}

/// OpenSSL's short name of an attribute's type, or its number.
fn short_name(oid: &Oid<'_>) -> String {
    let number = oid.to_id_string();
    let known = match number.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.13" => "description",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.41" => "name",
        "2.5.4.42" => "GN",
        "2.5.4.43" => "initials",
        "2.5.4.44" => "generationQualifier",
        "2.5.4.46" => "dnQualifier",
        "2.5.4.65" => "pseudonym",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return number,
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_htcondor_compares_hosts() {
        for (pattern, host, expected) in [
            ("h.example", "H.Example", true),
            ("h.example", "h.example.", true),
            ("h.example", "g.example", false),
            ("h.example", "h.example.org", false),
            ("*.example", "h.example", true),
            ("*.example", "a.h.example", false),
            ("h*.example", "host.example", true),
            ("h*.example", "h.example", true),
            ("*h.example", "h.example", false),
            ("h*t.example", "host.example", false),
            ("h.*", "h.example", true),
            ("*", "h", true),
            ("", "", false),
            ("h.example", "*.example", false),
        ] {
            assert_eq!(matches(pattern, host), expected, "{pattern} and {host}");
        }
    }

    #[test]
    fn the_common_name_has_no_wildcards() {
        let names = ServerNames {
            dns: vec!["a.example".into()],
            common_name: Some("*.example".into()),
        };
        assert!(names.include("a.example"));
        assert!(!names.include("b.example"));
        let names = ServerNames {
            common_name: Some("B.example".into()),
            ..names
        };
        assert!(
            names.include("b.example"),
            "also where there are other names"
        );
        assert_eq!(names.to_string(), "a.example, B.example");
    }
}
