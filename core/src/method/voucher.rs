//! What vouches for a credential.

use std::fmt;

use crate::Secret;

/// What vouches for a credential, such as a token's signing key: a name for people, and a mark by
/// which another one that took its place under the same name is told from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Voucher {
    name: String,
    mark: Secret,
}

impl Voucher {
    /// The mark is made of a secret, and so never shown.
    #[must_use]
    pub fn new(name: impl Into<String>, mark: Secret) -> Self {
        let name = name.into();
        Self { name, mark }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Voucher").field(&self.name).finish()
    }
}
