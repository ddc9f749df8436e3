//! ECDH on P-256 and the derivation of the channel key.
//!
//! Rule: HTCondor's `SecMan::FinishKeyExchange`: the raw shared secret goes through
//! HKDF-SHA256 with salt `htcondor` and info `keygen`. Public keys are 65-byte uncompressed
//! points in base64. Nothing of the authentication enters the key: whoever replaces both public
//! keys can relay an authentication, and no text of ours may claim otherwise.

use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::ChannelKey;
use crate::effect::Entropy;

/// Bytes of an uncompressed P-256 point.
const POINT_LEN: usize = 65;

/// How many random scalars are tried before the source of randomness is taken for broken.
const ATTEMPTS: usize = 8;

/// Why no key could be agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// This side could not make its key pair.
    #[error("no key pair could be generated")]
    Generate,
    /// The peer's key is not base64.
    #[error("the peer's public key is not valid base64")]
    NotBase64,
    /// The peer's key is not a point of P-256.
    #[error("the peer's public key is not a point of the curve P-256")]
    NotAPoint,
}

/// This side's ephemeral key pair, for one handshake.
pub struct KeyPair {
    private: PrivateKey,
    public: String,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl KeyPair {
    /// A fresh pair. The randomness comes from outside, and not only for tests: see
    /// [`generate_inside`](Self::generate_inside).
    ///
    /// # Errors
    /// [`ExchangeError::Generate`] if there is no randomness.
    pub fn generate(entropy: &mut (impl Entropy + ?Sized)) -> Result<Self, ExchangeError> {
        // One scalar in four thousand million is not below the order of the curve.
        for _ in 0..ATTEMPTS {
            let mut scalar = Zeroizing::new([0; 32]);
            entropy
                .fill(scalar.as_mut())
                .map_err(|_| ExchangeError::Generate)?;
            if let Ok(pair) = Self::from_scalar(&scalar) {
                return Ok(pair);
            }
        }
        Err(ExchangeError::Generate)
    }

    /// A fresh pair, with the randomness of aws-lc-rs's own generator. Seeding that takes 48 ms of
    /// CPU, once in a process; each pair costs a third less then, since a scalar from outside is
    /// multiplied with the base point a second time, to check it.
    ///
    /// # Errors
    /// [`ExchangeError::Generate`].
    pub fn generate_inside() -> Result<Self, ExchangeError> {
        let private = PrivateKey::generate(&ECDH_P256).map_err(|_| ExchangeError::Generate)?;
        Self::from_private(private)
    }

    /// A pair from a private scalar.
    ///
    /// # Errors
    /// [`ExchangeError::Generate`] if `scalar` is no private key.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, ExchangeError> {
        let private = PrivateKey::from_private_key(&ECDH_P256, scalar)
            .map_err(|_| ExchangeError::Generate)?;
        Self::from_private(private)
    }

    fn from_private(private: PrivateKey) -> Result<Self, ExchangeError> {
        let point = private
            .compute_public_key()
            .map_err(|_| ExchangeError::Generate)?;
        Ok(Self {
            public: STANDARD.encode(point.as_ref()),
            private,
        })
    }

    /// The public key as the policy ad carries it.
    #[must_use]
    pub fn public_base64(&self) -> &str {
        &self.public
    }

    /// The channel key that both sides derive.
    ///
    /// # Errors
    /// [`ExchangeError::NotBase64`] or [`ExchangeError::NotAPoint`] for a bad peer key.
    pub fn agree(&self, peer_base64: &str) -> Result<ChannelKey, ExchangeError> {
        let point = STANDARD
            .decode(peer_base64)
            .map_err(|_| ExchangeError::NotBase64)?;
        if point.len() != POINT_LEN || point.first() != Some(&4) {
            return Err(ExchangeError::NotAPoint);
        }
        agreement::agree(
            &self.private,
            UnparsedPublicKey::new(&ECDH_P256, &point),
            ExchangeError::NotAPoint,
            |shared| Ok(ChannelKey::derive(shared)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::NoEntropy;

    /// Fills with one byte, and with the next one the next time.
    struct Counting(u8);

    impl Entropy for Counting {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
            out.fill(self.0);
            self.0 = self.0.wrapping_add(1);
            Ok(())
        }
    }

    struct Broken;

    impl Entropy for Broken {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), NoEntropy> {
            Err(NoEntropy)
        }
    }

    #[test]
    fn a_scalar_that_is_no_key_is_drawn_again() {
        // All ones is above the order, zero is no key; the third is one.
        let pair = KeyPair::generate(&mut Counting(0xff)).unwrap();
        let third = KeyPair::from_scalar(&[1; 32]).unwrap();
        assert_eq!(pair.public_base64(), third.public_base64());
        assert_eq!(
            KeyPair::generate(&mut Broken).unwrap_err(),
            ExchangeError::Generate
        );
    }

    #[test]
    fn both_sides_agree() {
        let a = KeyPair::generate(&mut Counting(1)).unwrap();
        let b = KeyPair::generate(&mut Counting(2)).unwrap();
        assert_eq!(
            a.agree(b.public_base64()).unwrap(),
            b.agree(a.public_base64()).unwrap()
        );
        let c = KeyPair::generate_inside().unwrap();
        assert_eq!(
            a.agree(c.public_base64()).unwrap(),
            c.agree(a.public_base64()).unwrap()
        );
        let other = KeyPair::generate_inside().unwrap();
        assert_ne!(c.public_base64(), other.public_base64());
    }

    #[test]
    fn bad_keys_are_refused() {
        let pair = KeyPair::from_scalar(&[3; 32]).unwrap();
        assert_eq!(pair.agree("!"), Err(ExchangeError::NotBase64));
        assert_eq!(pair.agree(""), Err(ExchangeError::NotAPoint));
        let mut off_curve = [1u8; POINT_LEN];
        off_curve[0] = 4;
        assert_eq!(
            pair.agree(&STANDARD.encode(off_curve)),
            Err(ExchangeError::NotAPoint)
        );
        assert_eq!(
            pair.agree(&STANDARD.encode([0u8; 1])),
            Err(ExchangeError::NotAPoint)
        );
    }
}
