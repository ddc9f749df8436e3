//! How a principal without slashes is read.

/// What a principal is that does not stand between slashes: CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS.
///
/// Two files with the same text can map differently under the two readings, so nothing here has a
/// default: HTCondor's own is [`Patterns`](Self::Patterns) for CERTIFICATE_MAPFILE, and
/// [`Literals`](Self::Literals) for the maps of the ClassAd function `userMap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BareKeys {
    /// Every principal is a pattern; slashes have no meaning. ASSUME_HASH_KEYS is False.
    Patterns,
    /// A principal is literal, unless it begins with a slash. ASSUME_HASH_KEYS is True.
    Literals,
}

impl BareKeys {
    /// The reading for a value of CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS.
    #[must_use]
    pub fn from_assume_hash_keys(assume: bool) -> Self {
        if assume {
            Self::Literals
        } else {
            Self::Patterns
        }
    }

    /// The value of CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS for this reading.
    #[must_use]
    pub fn assume_hash_keys(self) -> bool {
        self == Self::Literals
    }
}
