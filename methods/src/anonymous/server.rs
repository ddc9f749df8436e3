//! The server's side: it says yes.
//!
//! Rule: `Condor_Auth_Anonymous::authenticate` in HTCondor 25.14.

use std::fmt;
use std::sync::Arc;

use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{ANONYMOUS, MethodName};
use countersign_core::trace::{MethodEvent, Verdict};

/// Who a client is by this method, unless a mapfile says otherwise.
pub const ANONYMOUS_USER: &str = "CONDOR_ANONYMOUS_USER";

/// The method ANONYMOUS, for a server.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnonymousServer;

/// What a server's ANONYMOUS reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnonymousServerEvent {
    /// It can always be accepted.
    Offered,
    /// A client was taken.
    Taken,
}

impl fmt::Display for AnonymousServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offered => "can be accepted; it needs nothing and proves nothing",
            Self::Taken => "took the client as CONDOR_ANONYMOUS_USER, without proof",
        })
    }
}

impl MethodEvent for AnonymousServerEvent {
    fn verdict(&self) -> Verdict {
        Verdict::Noted
    }
}

impl Named for AnonymousServer {
    fn name(&self) -> &'static MethodName {
        &ANONYMOUS
    }
}

impl ServerMechanism for AnonymousServer {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(AnonymousServerEvent::Offered),
        })
    }

    fn accept(&self, _client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(Answering)
    }
}

/// The client waits for this side's word.
struct Answering;

impl Exchange<ClientProof> for Answering {
    fn advance(
        self: Box<Self>,
        _input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        cx.event(AnonymousServerEvent::Taken);
        ExchangeStep::say(
            cx.encoder().int(1).finish(),
            ExchangeNext::Succeeded(ClientProof {
                authenticated_name: Some(ANONYMOUS_USER.to_owned()),
                user: ANONYMOUS_USER.to_owned(),
                domain: None,
                limits: None,
                attributes: Vec::new(),
                voucher: None,
                wrap: None,
            }),
        )
    }
}
