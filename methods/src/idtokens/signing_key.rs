//! From a signing key's file to the key that signs tokens.
//!
//! Rule: `getTokenSigningKey` in HTCondor's `store_cred.cpp`: the file is scrambled with a fixed
//! pattern; the key POOL is used twice over, and with SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD it
//! ends at its first NUL. HKDF makes the JWT key of it.

use countersign_core::Secret;
use countersign_core::method::Voucher;
use hkdf::Hkdf;
use sha2::Sha256;

use super::jwt;
use crate::scramble;

/// The key that HTCondor treats as the pool's.
pub(super) const POOL: &str = "POOL";

/// The key that signs tokens, from the file's bytes.
pub(super) fn jwt_key(name: &str, file: &Secret, pool_key_is_password: bool) -> Option<Secret> {
    let is_pool = name.is_empty() || name == POOL;
    let key = match (is_pool, pool_key_is_password) {
        (true, true) => scramble::password_twice(file),
        (true, false) => scramble::key_twice(file),
        (false, _) => scramble::scrambled(file.expose()),
    };
    let mut out = vec![0; 32];
    Hkdf::<Sha256>::new(Some(b"htcondor"), key.expose())
        .expand(b"master jwt", &mut out)
        .ok()?;
    Some(Secret::new(out))
}

/// What tells sessions of this key's tokens from those of another key of the same name.
pub(super) fn voucher(name: &str, jwt_key: &Secret) -> Option<Voucher> {
    // No token's text: that has a dot in it.
    let mark = jwt::signature("the key itself", jwt_key)?;
    Some(Voucher::new(name, mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pool_is_doubled_and_may_be_a_password() {
        let file = Secret::new(vec![0xdf, 0xaf, 0xbd, 0, 0xdb]);
        let pool = jwt_key("POOL", &file, false).unwrap();
        assert_ne!(pool, jwt_key("OTHER", &file, false).unwrap());
        assert_ne!(pool, jwt_key("POOL", &file, true).unwrap());
        let truncated = Secret::new(vec![0xdf, 0xaf, 0xbd]);
        assert_eq!(
            jwt_key("POOL", &file, true),
            jwt_key("POOL", &truncated, false)
        );
        assert_eq!(
            jwt_key("OTHER", &file, true),
            jwt_key("OTHER", &file, false),
            "only POOL is ever a password"
        );
    }
}
