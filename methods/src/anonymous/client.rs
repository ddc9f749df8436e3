//! The client's side: it waits for the server's word.

use std::fmt;
use std::sync::Arc;

use countersign_core::method::{
    Availability, ClientExchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep,
    Mechanism, PeerView, Probe, Proof,
};
use countersign_core::names::{ANONYMOUS, MethodName};
use countersign_core::trace::{MethodEvent, Verdict};

use crate::failure::failed;

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

impl Mechanism for Anonymous {
    fn name(&self) -> &'static MethodName {
        &ANONYMOUS
    }

    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(AnonymousEvent::Offered),
        })
    }

    fn begin(&self, _peer: &Arc<PeerView>) -> Box<dyn ClientExchange> {
        Box::new(Waiting)
    }
}

struct Waiting;

impl ClientExchange for Waiting {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let mut decoder = message.decoder();
        let answer = decoder
            .int("the server's answer")
            .and_then(|answer| decoder.finish().map(|()| answer));
        ExchangeStep::quiet(match answer {
            Err(error) => ExchangeNext::Broken(error),
            Ok(1) => ExchangeNext::Succeeded(Proof { server_name: None }),
            Ok(_) => failed(AnonymousEvent::Declined),
        })
    }
}
