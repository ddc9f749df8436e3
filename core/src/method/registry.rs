//! The methods that a program can perform.

use std::fmt;
use std::sync::Arc;

use super::{Mechanism, ServerMechanism};
use crate::names::MethodName;

/// What every method has, in either role.
pub trait Named: Send + Sync + fmt::Debug {
    /// Its names and bit.
    fn name(&self) -> &'static MethodName;
}

/// The methods that this program can perform in one role.
#[derive(Debug)]
pub struct Registry<M: Named + ?Sized = dyn Mechanism>(Vec<Arc<M>>);

impl<M: Named + ?Sized> Clone for Registry<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M: Named + ?Sized> Default for Registry<M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Registry<dyn Mechanism> {
    /// Adds a method. A later one of the same bit takes the place of an earlier one.
    #[must_use]
    pub fn with(self, mechanism: impl Mechanism + 'static) -> Self {
        self.with_shared(Arc::new(mechanism))
    }
}

impl Registry<dyn ServerMechanism> {
    /// Adds a method. A later one of the same bit takes the place of an earlier one.
    #[must_use]
    pub fn accepting(self, mechanism: impl ServerMechanism + 'static) -> Self {
        self.with_shared(Arc::new(mechanism))
    }
}

impl<M: Named + ?Sized> Registry<M> {
    fn with_shared(mut self, mechanism: Arc<M>) -> Self {
        let bit = mechanism.name().bit;
        self.0.retain(|known| known.name().bit != bit);
        self.0.push(mechanism);
        self
    }

    /// These and others; of two of the same bit the other one stays.
    #[must_use]
    pub fn and(self, others: &Self) -> Self {
        others.iter().cloned().fold(self, Self::with_shared)
    }

    /// The method of that spelling.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&Arc<M>> {
        self.0.iter().find(|mechanism| mechanism.name().is(text))
    }

    /// The method of that bit.
    #[must_use]
    pub fn by_bit(&self, bit: u32) -> Option<&Arc<M>> {
        self.0.iter().find(|mechanism| mechanism.name().bit == bit)
    }

    /// Every method, in the order added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<M>> {
        self.0.iter()
    }
}
