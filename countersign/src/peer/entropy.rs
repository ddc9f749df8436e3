//! The randomness of one handshake on the server's side.

use std::sync::atomic::{AtomicBool, Ordering};

use countersign_core::crypto::{ExchangeError, KeyPair};
use countersign_core::effect::{Entropy, NoEntropy};
use zeroize::Zeroizing;

use crate::entropy::SystemEntropy;

/// What a handshake with a token needs: a nonce, a session's id, an IV.
const DRAWN: usize = 256 + 16 + 16;

/// Whether aws-lc-rs's generator was seeded.
static SEEDED: AtomicBool = AtomicBool::new(false);

/// Has aws-lc-rs seed its generator, once in this process. It takes 48 ms, so it is no work for a handshake; those that do
/// not wait for it draw their key from the system.
pub(super) fn seed() {
    if !SEEDED.load(Ordering::Acquire) && KeyPair::generate_inside().is_ok() {
        SEEDED.store(true, Ordering::Release);
    }
}

/// Asks the system once for all that a handshake needs. No byte is given out twice, and none is left behind.
pub(super) struct HandshakeEntropy {
    bytes: Zeroizing<[u8; DRAWN]>,
    /// How many of them, from the start, are still good.
    left: usize,
}

impl HandshakeEntropy {
    pub(super) fn new() -> Self {
        Self {
            bytes: Zeroizing::new([0; DRAWN]),
            left: 0,
        }
    }

    fn take(&mut self, out: &mut [u8]) -> Option<()> {
        let rest = self.left.checked_sub(out.len())?;
        let taken = self.bytes.get_mut(rest..self.left)?;
        out.copy_from_slice(taken);
        taken.fill(0);
        self.left = rest;
        Some(())
    }
}

impl Entropy for HandshakeEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        if self.take(out).is_some() {
            return Ok(());
        }
        self.left = 0;
        SystemEntropy.fill(self.bytes.as_mut())?;
        self.left = DRAWN;
        self.take(out)
            .map_or_else(|| SystemEntropy.fill(out), |()| Ok(()))
    }

    fn key_pair(&mut self) -> Result<KeyPair, ExchangeError> {
        if SEEDED.load(Ordering::Acquire) {
            KeyPair::generate_inside()
        } else {
            KeyPair::generate(&mut SystemEntropy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nothing_is_given_out_twice() {
        let mut entropy = HandshakeEntropy::new();
        let mut seen = HashSet::new();
        for len in [256, 16, 16, 16, 32, 256, DRAWN, DRAWN + 1, 1000, 16] {
            let mut out = vec![0; len];
            entropy.fill(&mut out).unwrap();
            for part in out.chunks_exact(16) {
                assert_ne!(part, [0; 16]);
                assert!(seen.insert(part.to_vec()), "after {len}");
            }
        }
    }

    #[test]
    fn a_key_before_and_after_seeding() {
        let mut entropy = HandshakeEntropy::new();
        let before = entropy.key_pair().unwrap();
        seed();
        assert!(SEEDED.load(Ordering::Acquire));
        let after = entropy.key_pair().unwrap();
        assert_eq!(
            before.agree(after.public_base64()).unwrap(),
            after.agree(before.public_base64()).unwrap()
        );
    }
}
