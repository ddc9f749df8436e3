//! What is to be contacted, and how it became known.

use countersign_core::sinful::Sinful;
use countersign_core::trace::AddressSource;

/// A daemon's address and who named it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address.
    pub address: Sinful,
    /// Who named it.
    pub source: AddressSource,
}

impl Target {
    /// An address that a person typed, or that the embedding program chose.
    #[must_use]
    pub fn typed(address: Sinful) -> Self {
        Self {
            address,
            source: AddressSource::Typed,
        }
    }
}
