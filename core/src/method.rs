//! What an authentication method is to the engine: names, a probe, and an exchange.
//!
//! The engine names no method. Another crate adds one by implementing [`Mechanism`] and putting
//! it into a [`Registry`].

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::effect::{EffectAnswer, EffectRequest, Entropy, NoEntropy};
use crate::error_stack::StackEntry;
use crate::names::MethodName;
use crate::trace::{MethodEvent, Trace};
use crate::version::CondorVersion;
use crate::wire::{Encoder, Message, StringForm, WireError};

/// An authentication method, client side.
pub trait Mechanism: Send + Sync + fmt::Debug {
    /// Its names and bit.
    fn name(&self) -> &'static MethodName;

    /// Finds out whether it can be offered at all, before the hello.
    fn probe(&self) -> Probe;

    /// Starts one exchange with `peer`.
    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn ClientExchange>;
}

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
    /// It is offered; `attributes` are added to the hello.
    Offered {
        /// Names and text values.
        attributes: Vec<(&'static str, String)>,
        /// What the probe saw.
        event: Arc<dyn MethodEvent>,
    },
    /// It is struck from the list, as HTCondor strikes a method that cannot work here.
    Struck {
        /// Why.
        event: Arc<dyn MethodEvent>,
    },
}

/// What is known of the peer when a method starts.
#[derive(Debug, Clone)]
pub struct PeerView {
    /// The peer's end of the TCP connection.
    pub address: SocketAddr,
    /// The address as it was given, parameters included.
    pub given_address: String,
    /// The shared-port id dialled through, if any.
    pub shared_port_id: Option<String>,
    /// The trust domain it advertised.
    pub trust_domain: Option<String>,
    /// The signing keys it advertised.
    pub issuer_keys: Vec<String>,
    /// The version it advertised.
    pub version: Option<CondorVersion>,
}

/// A running exchange. Each call consumes it and says what comes next.
pub trait ClientExchange: Send {
    /// Takes one input.
    fn advance(self: Box<Self>, input: ExchangeInput, cx: &mut ExchangeContext<'_>)
    -> ExchangeStep;
}

/// One input of an exchange.
#[derive(Debug)]
pub enum ExchangeInput {
    /// The server picked this method; nothing has been said yet.
    Start,
    /// A message from the server.
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
pub struct ExchangeStep {
    /// Messages to send, in order, before anything else.
    pub send: Vec<Message>,
    /// What it waits for, or how it ended.
    pub next: ExchangeNext,
}

/// What comes after a step.
pub enum ExchangeNext {
    /// A message from the server.
    Await(Box<dyn ClientExchange>),
    /// The answer to an effect.
    Perform(EffectRequest, Box<dyn ClientExchange>),
    /// Authenticated.
    Succeeded(Proof),
    /// Not authenticated; both sides know, and another method may be tried.
    Failed(MethodFailure),
    /// The server's message makes no sense, so nothing more can be said on this connection.
    Broken(WireError),
    /// No random bytes are to be had.
    NoEntropy(NoEntropy),
}

impl ExchangeStep {
    /// Sends nothing.
    #[must_use]
    pub fn quiet(next: ExchangeNext) -> Self {
        Self {
            send: Vec::new(),
            next,
        }
    }

    /// Sends one message.
    #[must_use]
    pub fn say(message: Message, next: ExchangeNext) -> Self {
        Self {
            send: vec![message],
            next,
        }
    }
}

impl From<WireError> for ExchangeStep {
    fn from(error: WireError) -> Self {
        Self::quiet(ExchangeNext::Broken(error))
    }
}

/// What a method proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The server's own name, where the method authenticates it: `condor@password` for IDTOKENS.
    /// ALLOW_CLIENT and DENY_CLIENT see it.
    pub server_name: Option<String>,
}

/// How a method failed.
#[derive(Debug, Clone)]
pub struct MethodFailure {
    /// Entries that HTCondor's client pushes for this, below `Failed to authenticate using X`.
    pub stack: Vec<StackEntry>,
    /// The reason as data.
    pub event: Arc<dyn MethodEvent>,
}

/// The methods that this build can perform.
#[derive(Debug, Clone, Default)]
pub struct Registry(Vec<Arc<dyn Mechanism>>);

impl Registry {
    /// Adds a method. A later one of the same bit takes the place of an earlier one.
    #[must_use]
    pub fn with(mut self, mechanism: impl Mechanism + 'static) -> Self {
        let bit = mechanism.name().bit;
        self.0.retain(|known| known.name().bit != bit);
        self.0.push(Arc::new(mechanism));
        self
    }

    /// The method of that spelling.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&Arc<dyn Mechanism>> {
        self.0.iter().find(|mechanism| mechanism.name().is(text))
    }

    /// The method of that bit.
    #[must_use]
    pub fn by_bit(&self, bit: u32) -> Option<&Arc<dyn Mechanism>> {
        self.0.iter().find(|mechanism| mechanism.name().bit == bit)
    }

    /// Every method, in the order added.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Mechanism>> {
        self.0.iter()
    }
}
