//! The server's side, in memory.

use std::fmt;
use std::sync::Arc;

use countersign_core::identity::{MAX_NAME, UNMAPPED_DOMAIN};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{GSI, MethodName};
use countersign_core::trace::{MethodEvent, Verdict};
use countersign_core::wire::{Message, WireError};

use super::AssertedSubject;
use crate::failure::failed;

/// What the server's side reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GsiStubServerEvent {
    /// Both ends are in memory, so that it can be accepted.
    Offered,
    /// Both ends agree on this subject.
    Agreed(String),
    /// The client asserts another subject than was agreed on.
    AnotherSubject {
        /// The client's.
        asserted: String,
        /// This side's.
        agreed: String,
    },
}

impl fmt::Display for GsiStubServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be accepted, in memory only; it proves nothing"),
            Self::Agreed(subject) => write!(f, "both ends agree on {subject}, without proof"),
            Self::AnotherSubject { asserted, agreed } => write!(
                f,
                "the client asserts to be {asserted:?}, and this side has agreed on {agreed:?}"
            ),
        }
    }
}

impl MethodEvent for GsiStubServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Agreed(_) => Verdict::Noted,
            Self::AnotherSubject { .. } => Verdict::Failed,
        }
    }
}

/// The method, where both ends are in memory.
#[derive(Debug)]
pub(super) struct GsiStubServer(pub(super) AssertedSubject);

impl Named for GsiStubServer {
    fn name(&self) -> &'static MethodName {
        &GSI
    }
}

impl ServerMechanism for GsiStubServer {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(GsiStubServerEvent::Offered),
        })
    }

    fn accept(&self, _client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(AwaitSubject(self.0.clone()))
    }
}

/// The client is about to say its subject.
struct AwaitSubject(AssertedSubject);

fn read(message: &Message) -> Result<String, WireError> {
    let mut decoder = message.decoder();
    let subject = decoder.string("the subject", MAX_NAME)?.to_owned();
    decoder.finish()?;
    Ok(subject)
}

impl Exchange<ClientProof> for AwaitSubject {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let asserted = match read(&message) {
            Ok(asserted) => asserted,
            Err(error) => return error.into(),
        };
        let agreed = self.0.name();
        if asserted != agreed {
            let event = GsiStubServerEvent::AnotherSubject {
                asserted,
                agreed: agreed.to_owned(),
            };
            return ExchangeStep::say(cx.encoder().int(0).finish(), failed(event));
        }
        cx.event(GsiStubServerEvent::Agreed(asserted.clone()));
        // As HTCondor 9 set it where no mapfile line spoke of the subject.
        let proof = ClientProof {
            authenticated_name: Some(asserted),
            user: "gsi".to_owned(),
            domain: Some(UNMAPPED_DOMAIN.to_owned()),
            limits: None,
            attributes: Vec::new(),
            voucher: None,
            wrap: None,
        };
        ExchangeStep::say(cx.encoder().int(1).finish(), ExchangeNext::Succeeded(proof))
    }
}
