//! The running digest of what one side said before the channel was protected.

use sha2::{Digest, Sha256};

/// SHA-256 over the clear frames of one direction, headers included. With no frame at all the
/// digest is 32 zero bytes, as in HTCondor.
#[derive(Debug, Clone, Default)]
pub(super) struct Transcript(Option<Sha256>);

impl Transcript {
    /// Adds bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.get_or_insert_with(Sha256::new).update(bytes);
    }

    /// The digest, leaving the transcript empty.
    pub(super) fn finish(&mut self) -> [u8; 32] {
        self.0
            .take()
            .map_or([0; 32], |hasher| hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_zeros() {
        assert_eq!(Transcript::default().finish(), [0; 32]);
    }
}
