//! The client's side, in memory.

use std::fmt;
use std::sync::Arc;

use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{GSI, MethodName};
use countersign_core::trace::{MethodEvent, Verdict};

use super::AssertedSubject;
use crate::verdict::AwaitVerdict;

/// What the client's side reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GsiStubEvent {
    /// Both ends are in memory, so that it can be offered.
    Offered,
    /// This subject was asserted.
    Asserted(String),
    /// The server agreed on no subject, or on another one.
    Declined,
}

impl fmt::Display for GsiStubEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be offered, in memory only; it proves nothing"),
            Self::Asserted(subject) => write!(f, "asserted to be {subject}, without proof"),
            Self::Declined => f.write_str("the server has agreed on another subject"),
        }
    }
}

impl MethodEvent for GsiStubEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Asserted(_) => Verdict::Noted,
            Self::Declined => Verdict::Failed,
        }
    }
}

/// The method, where both ends are in memory.
#[derive(Debug)]
pub(super) struct GsiStub(pub(super) AssertedSubject);

impl Named for GsiStub {
    fn name(&self) -> &'static MethodName {
        &GSI
    }
}

impl Mechanism for GsiStub {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(GsiStubEvent::Offered),
        })
    }

    fn begin(&self, _peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Asserting(self.0.clone()))
    }
}

/// The subject is about to be said.
struct Asserting(AssertedSubject);

impl Exchange<Proof> for Asserting {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Start = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let subject = self.0.name();
        cx.event(GsiStubEvent::Asserted(subject.to_owned()));
        ExchangeStep::say(
            cx.encoder().string(subject).finish(),
            ExchangeNext::Await(Box::new(AwaitVerdict(GsiStubEvent::Declined))),
        )
    }
}
