//! What the two sides prove to each other.

use countersign::core::Secret;
use countersign::core::effect::{Entropy, NoEntropy};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::watchword::User;

/// The length of a challenge and of an answer, in bytes.
pub(crate) const LENGTH: usize = 32;

/// Random bytes that are used once.
pub(crate) type Challenge = [u8; LENGTH];

/// A fresh challenge.
pub(crate) fn challenge(entropy: &mut dyn Entropy) -> Result<Challenge, NoEntropy> {
    let mut challenge = [0; LENGTH];
    entropy.fill(&mut challenge)?;
    Ok(challenge)
}

/// Which side answers. Neither side's answer can be sent back as the other's.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Client,
    Server,
}

/// What an answer is made of, the watchword aside.
pub(crate) struct Said<'a> {
    pub(crate) user: &'a User,
    pub(crate) by_client: &'a [u8],
    pub(crate) by_server: &'a [u8],
}

impl Said<'_> {
    fn mac(&self, word: &Secret, side: Side) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(word.expose()).ok()?;
        mac.update(match side {
            Side::Client => b"WATCHWORD client\0",
            Side::Server => b"WATCHWORD server\0",
        });
        // Of fixed length but for the name, which stands last.
        mac.update(self.by_client);
        mac.update(self.by_server);
        mac.update(self.user.name().as_bytes());
        Some(mac)
    }

    /// The answer of one side.
    pub(crate) fn answer(&self, word: &Secret, side: Side) -> Vec<u8> {
        let mac = self.mac(word, side);
        mac.map_or_else(Vec::new, |mac| mac.finalize().into_bytes().to_vec())
    }

    /// Whether an answer is right, in constant time.
    pub(crate) fn is_answer(&self, word: &Secret, side: Side, answer: &[u8]) -> bool {
        self.mac(word, side)
            .is_some_and(|mac| mac.verify_slice(answer).is_ok())
    }
}
