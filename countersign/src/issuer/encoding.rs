//! base64url, and PEM.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign_core::Secret;
use zeroize::Zeroizing;

/// Characters of a PEM line. Rule: RFC 7468 section 2.
const PEM_LINE: usize = 64;

/// base64url without padding. Rule: RFC 7515 section 2.
pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url. Padding is no part of it, and scitokens-admin-create-key writes it all the same.
pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// PKCS#8 as a PEM file.
pub(super) fn private_pem(pkcs8: &[u8]) -> Secret {
    let body = Zeroizing::new(STANDARD.encode(pkcs8));
    // Never grows: that would leave copies behind.
    let mut pem = Vec::with_capacity(body.len() + body.len() / PEM_LINE + 64);
    pem.extend_from_slice(b"-----BEGIN PRIVATE KEY-----\n");
    for line in body.as_bytes().chunks(PEM_LINE) {
        pem.extend_from_slice(line);
        pem.push(b'\n');
    }
    pem.extend_from_slice(b"-----END PRIVATE KEY-----\n");
    Secret::new(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_taken_and_not_written() {
        assert_eq!(base64url(&[1]), "AQ");
        assert_eq!(from_base64url("AQ"), Some(vec![1]));
        assert_eq!(from_base64url("AQ=="), Some(vec![1]));
        for wrong in ["A", "A+", "A/", "A Q", "AR"] {
            assert_eq!(from_base64url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lines() {
        let pem = private_pem(&[7; 100]);
        let text = std::str::from_utf8(pem.expose()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[1].len(), PEM_LINE);
    }
}
