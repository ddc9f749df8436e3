//! Whether a method can be offered at all.

use std::fmt;
use std::sync::Arc;

use crate::effect::{EffectAnswer, EffectRequest};
use crate::trace::MethodEvent;

/// How a method's availability is found out.
pub enum Probe {
    /// It is known already.
    Known(Availability),
    /// An effect must be performed first; the function reads its answer.
    Needs(EffectRequest, fn(EffectAnswer) -> Availability),
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(availability) => f.debug_tuple("Known").field(availability).finish(),
            Self::Needs(request, _) => f.debug_tuple("Needs").field(request).finish(),
        }
    }
}

/// Whether a method can be offered.
#[derive(Debug, Clone)]
pub enum Availability {
    /// It is offered; `attributes` are added to the hello, or to the server's reply.
    Offered {
        /// Names and text values.
        attributes: Vec<(&'static str, String)>,
        /// What the probe saw.
        event: Arc<dyn MethodEvent>,
    },
    /// It stays in the list, and its bit is left out of the mask, as HTCondor leaves out a method whose
    /// library cannot be loaded.
    Unable {
        /// Why.
        event: Arc<dyn MethodEvent>,
    },
    /// It is struck from the list, as HTCondor strikes a method that cannot work here.
    Struck {
        /// Why.
        event: Arc<dyn MethodEvent>,
    },
}
