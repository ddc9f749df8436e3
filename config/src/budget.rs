//! A bound on work, so that a hostile or mistaken configuration ends in an error and not in a stuck process.

use crate::error::ExpandError;

/// What expanding one value may cost.
pub(crate) const LOOKUP: u64 = 16 << 20;
/// What loading a whole configuration may cost.
pub(crate) const LOAD: u64 = 1 << 30;

/// Bytes that may still be looked at or moved.
pub(crate) struct Budget(u64);

impl Budget {
    pub(crate) fn new(bytes: u64) -> Self {
        Budget(bytes)
    }

    /// Takes `bytes` off; an error when nothing is left.
    pub(crate) fn spend(&mut self, bytes: usize) -> Result<(), ExpandError> {
        let cost = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.0 = self.0.checked_sub(cost).ok_or(ExpandError::Endless)?;
        Ok(())
    }

    /// Does something that may cost no more than one value.
    pub(crate) fn one_value<T>(&mut self, work: impl FnOnce(&mut Budget) -> T) -> T {
        let mut part = Budget(self.0.min(LOOKUP));
        let before = part.0;
        let result = work(&mut part);
        self.0 -= before - part.0;
        result
    }
}
