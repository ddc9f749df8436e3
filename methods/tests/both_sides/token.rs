//! Tokens of every kind, signed here by other code than the library's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::Secret;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A signing key's file: 32 bytes, scrambled.
pub(crate) fn key_file(seed: u8) -> Secret {
    Secret::new((seed..seed + 32).collect())
}

/// The key that a file called POOL, or otherwise, holds.
fn jwt_key(name: &str, file: &Secret) -> [u8; 32] {
    let mut key: Vec<u8> = file
        .expose()
        .iter()
        .zip([0xde, 0xad, 0xbe, 0xef].iter().cycle())
        .map(|(byte, mask)| byte ^ mask)
        .collect();
    if name == "POOL" {
        key = [key.clone(), key].concat();
    }
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(Some(b"htcondor"), &key)
        .expand(b"master jwt", &mut out)
        .unwrap();
    out
}

/// A token of this header and payload, signed with a key.
pub(crate) fn signed(header: &str, payload: &str, name: &str, file: &Secret) -> String {
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(&jwt_key(name, file)).unwrap();
    mac.update(text.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{text}.{signature}")
}

/// The header of an ordinary token.
pub(crate) const HEADER: &str = r#"{"alg":"HS256","kid":"POOL"}"#;

/// An ordinary payload, with more claims at its end.
pub(crate) fn payload(more: &str) -> String {
    format!(
        r#"{{"iat":1799999000,"iss":"pool.example","jti":"0123456789abcdef","sub":"alice@Pool.Example"{more}}}"#
    )
}
