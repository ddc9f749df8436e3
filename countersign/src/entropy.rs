//! Random bytes from the operating system.

use countersign_core::effect::{Entropy, NoEntropy};
use rustix::rand::{GetRandomFlags, getrandom};

/// `getrandom(2)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        let mut rest = out;
        while !rest.is_empty() {
            match getrandom(&mut *rest, GetRandomFlags::empty()) {
                Ok(filled) => rest = rest.get_mut(filled..).ok_or(NoEntropy)?,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return Err(NoEntropy),
            }
        }
        Ok(())
    }
}
