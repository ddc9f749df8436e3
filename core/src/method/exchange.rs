//! A running exchange, whichever side it is on.

use std::sync::Arc;

use crate::effect::{EffectAnswer, EffectRequest, Entropy, NoEntropy};
use crate::error_stack::StackEntry;
use crate::names::MethodName;
use crate::trace::{MethodEvent, Trace};
use crate::wire::{Encoder, Message, StringForm, WireError};

/// A running exchange. Each call consumes it and says what comes next.
///
/// `P` is what it proves: [`Proof`](super::Proof) to a client, [`ClientProof`](super::ClientProof)
/// to a server.
pub trait Exchange<P>: Send {
    /// Takes one input.
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<P>;
}

/// One input of an exchange.
#[derive(Debug)]
pub enum ExchangeInput {
    /// The method was picked; nothing has been said yet.
    Start,
    /// A message from the peer.
    Message(Message),
    /// The answer to the effect asked for last.
    Effect(EffectAnswer),
}

/// What time, randomness and the trace are to an exchange.
pub struct ExchangeContext<'a> {
    /// Seconds since 1970.
    pub now: u64,
    /// Random bytes.
    pub entropy: &'a mut dyn Entropy,
    /// Where events go.
    pub trace: &'a mut Trace,
    /// The method that is running.
    pub method: &'static MethodName,
    /// How strings are encoded at this point.
    pub form: StringForm,
}

impl ExchangeContext<'_> {
    /// Starts a message.
    #[must_use]
    pub fn encoder(&self) -> Encoder {
        Encoder::new(self.form)
    }

    /// Records an event of the running method.
    pub fn event(&mut self, event: impl MethodEvent) {
        self.trace.method(self.method, Arc::new(event));
    }
}

/// What an exchange does in one step.
pub struct ExchangeStep<P> {
    /// Messages to send, in order, before anything else.
    pub send: Vec<Message>,
    /// What it waits for, or how it ended.
    pub next: ExchangeNext<P>,
}

/// What comes after a step.
pub enum ExchangeNext<P> {
    /// A message from the peer.
    Await(Box<dyn Exchange<P>>),
    /// The answer to an effect.
    Perform(EffectRequest, Box<dyn Exchange<P>>),
    /// Authenticated.
    Succeeded(P),
    /// Not authenticated; both sides know, and another method may be tried.
    Failed(MethodFailure),
    /// The peer's message makes no sense, so nothing more can be said on this connection.
    Broken(WireError),
    /// No random bytes are to be had.
    NoEntropy(NoEntropy),
}

impl<P> ExchangeStep<P> {
    /// Sends nothing.
    #[must_use]
    pub fn quiet(next: ExchangeNext<P>) -> Self {
        Self {
            send: Vec::new(),
            next,
        }
    }

    /// Sends one message.
    #[must_use]
    pub fn say(message: Message, next: ExchangeNext<P>) -> Self {
        Self {
            send: vec![message],
            next,
        }
    }
}

impl<P> From<WireError> for ExchangeStep<P> {
    fn from(error: WireError) -> Self {
        Self::quiet(ExchangeNext::Broken(error))
    }
}

/// How a method failed.
#[derive(Debug, Clone)]
pub struct MethodFailure {
    /// Entries that HTCondor's client pushes for this, below `Failed to authenticate using X`.
    /// A server has nobody to show them to and leaves them empty.
    pub stack: Vec<StackEntry>,
    /// The reason as data.
    pub event: Arc<dyn MethodEvent>,
    /// The other side believes that the method succeeded, so that no other can be tried: the connection ends.
    pub ends_connection: bool,
}

impl MethodFailure {
    /// A failure that both sides know of, for this reason: another method may be tried.
    #[must_use]
    pub fn new(event: impl MethodEvent) -> Self {
        Self {
            stack: Vec::new(),
            event: Arc::new(event),
            ends_connection: false,
        }
    }

    /// A failure of which the other side has heard that it is a success: the connection ends.
    #[must_use]
    pub fn after_success(event: impl MethodEvent) -> Self {
        Self {
            ends_connection: true,
            ..Self::new(event)
        }
    }
}

impl<P> From<MethodFailure> for ExchangeNext<P> {
    fn from(failure: MethodFailure) -> Self {
        Self::Failed(failure)
    }
}
