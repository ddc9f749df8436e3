//! The client's side: it waits for the server's word.

use std::fmt;
use std::sync::Arc;

use countersign_core::method::{Availability, Exchange, Mechanism, Named, PeerView, Probe, Proof};
use countersign_core::names::{ANONYMOUS, MethodName};
use countersign_core::trace::{MethodEvent, Verdict};

use crate::verdict::AwaitVerdict;

/// The method ANONYMOUS.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

/// What ANONYMOUS reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnonymousEvent {
    /// It can always be offered.
    Offered,
    /// The server declined.
    Declined,
}

impl fmt::Display for AnonymousEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offered => "can be offered; it needs nothing and proves nothing",
            Self::Declined => "the server declined to take this side anonymously",
        })
    }
}

impl MethodEvent for AnonymousEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered => Verdict::Noted,
            Self::Declined => Verdict::Failed,
        }
    }
}

impl Named for Anonymous {
    fn name(&self) -> &'static MethodName {
        &ANONYMOUS
    }
}

impl Mechanism for Anonymous {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(AnonymousEvent::Offered),
        })
    }

    fn begin(&self, _peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(AwaitVerdict(AnonymousEvent::Declined))
    }
}
