//! Drives two exchanges against each other, with somebody in between who may change what they say.

use std::sync::Arc;

use bytes::Bytes;
use countersign_core::CondorVersion;
use countersign_core::effect::{EffectAnswer, EffectRequest, Entropy, NoEntropy};
use countersign_core::method::{
    ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, Mechanism,
    PeerView, Proof, ServerMechanism,
};
use countersign_core::names::MethodName;
use countersign_core::trace::{MethodEvent, Trace};
use countersign_core::wire::{Message, StringForm, WireError};

/// The time of every test.
pub(crate) const NOW: u64 = 1_800_000_000;
/// The server's end.
pub(crate) const SERVER: &str = "127.0.0.1:39618";

/// Bytes that a test can foresee, and that never repeat.
pub(crate) struct Counting(pub(crate) u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(17);
            *byte = self.0;
        }
        Ok(())
    }
}

/// How a side ended.
#[derive(Debug)]
pub(crate) enum End<P> {
    Proven(P),
    Failed(Arc<dyn MethodEvent>),
    Broken(WireError),
    /// It waits for a message that never comes.
    Waiting,
}

impl<P> End<P> {
    pub(crate) fn proven(self) -> Option<P> {
        match self {
            Self::Proven(proof) => Some(proof),
            Self::Broken(error) => {
                assert!(!error.to_string().is_empty());
                None
            }
            Self::Failed(_) | Self::Waiting => None,
        }
    }

    /// The event of a failure, if it is an `E`.
    pub(crate) fn event<E: MethodEvent + Clone>(&self) -> Option<E> {
        match self {
            Self::Failed(event) => {
                let event: &dyn std::any::Any = &**event;
                event.downcast_ref::<E>().cloned()
            }
            _ => None,
        }
    }
}

type Answers<'a> = &'a mut dyn FnMut(EffectRequest) -> EffectAnswer;

struct Side<'a, P> {
    exchange: Option<Box<dyn Exchange<P>>>,
    end: End<P>,
    name: &'static MethodName,
    entropy: Counting,
    trace: Trace,
    answers: Answers<'a>,
}

impl<P> Side<'_, P> {
    fn step(&mut self, mut input: ExchangeInput) -> Vec<Message> {
        let mut sent = Vec::new();
        while let Some(exchange) = self.exchange.take() {
            let mut cx = ExchangeContext {
                now: NOW,
                entropy: &mut self.entropy,
                trace: &mut self.trace,
                method: self.name,
                form: StringForm::Terminated,
            };
            let step = exchange.advance(input, &mut cx);
            sent.extend(step.send);
            match step.next {
                ExchangeNext::Await(next) => {
                    self.exchange = Some(next);
                    break;
                }
                ExchangeNext::Perform(request, next) => {
                    input = ExchangeInput::Effect((self.answers)(request));
                    self.exchange = Some(next);
                    continue;
                }
                ExchangeNext::Succeeded(proof) => self.end = End::Proven(proof),
                ExchangeNext::Failed(failure) => self.end = End::Failed(failure.event),
                ExchangeNext::Broken(error) => self.end = End::Broken(error),
                ExchangeNext::NoEntropy(error) => panic!("{error}"),
            }
            break;
        }
        sent
    }
}

/// Somebody between the two: gets each message's number, from 0, and may change its bytes.
pub(crate) type Between<'a> = &'a mut dyn FnMut(usize, &mut Vec<u8>);

/// What became of a pair.
pub(crate) struct Outcome {
    pub(crate) client: End<Proof>,
    pub(crate) server: End<ClientProof>,
    /// Each message that was sent, before it was changed.
    pub(crate) messages: Vec<Vec<u8>>,
    /// What each side traced, as text.
    pub(crate) client_trace: String,
    pub(crate) server_trace: String,
}

pub(crate) fn peer_view() -> Arc<PeerView> {
    Arc::new(PeerView {
        address: SERVER.parse().unwrap(),
        given_address: format!("<{SERVER}>"),
        named_by: countersign_core::trace::AddressSource::Typed,
        shared_port_id: None,
        trust_domain: Some("pool.example".into()),
        issuer_keys: vec!["POOL".into()],
        version: CondorVersion::parse("$CondorVersion: 25.14.1 x $"),
    })
}

pub(crate) fn client_view() -> Arc<ClientView> {
    Arc::new(ClientView {
        address: "127.0.0.1:40000".parse().unwrap(),
        local: SERVER.parse().unwrap(),
        dialled: Some(format!("<{SERVER}>")),
        version: CondorVersion::parse("$CondorVersion: 25.14.1 x $"),
        trust_domain: Some("pool.example".into()),
    })
}

/// Runs the two sides of a method.
pub(crate) fn run(
    client: &dyn Mechanism,
    server: &dyn ServerMechanism,
    client_answers: Answers<'_>,
    server_answers: Answers<'_>,
    between: Between<'_>,
) -> Outcome {
    let client_exchange = client.begin(&peer_view());
    run_exchange(
        client_exchange,
        server,
        client_answers,
        server_answers,
        between,
    )
}

/// Runs any client against a server.
pub(crate) fn run_exchange(
    client: Box<dyn Exchange<Proof>>,
    server: &dyn ServerMechanism,
    client_answers: Answers<'_>,
    server_answers: Answers<'_>,
    between: Between<'_>,
) -> Outcome {
    let name = server.name();
    let mut client = Side {
        exchange: Some(client),
        end: End::Waiting,
        name,
        entropy: Counting(3),
        trace: Trace::default(),
        answers: client_answers,
    };
    let mut server = Side {
        exchange: Some(server.accept(&client_view())),
        end: End::Waiting,
        name,
        entropy: Counting(4),
        trace: Trace::default(),
        answers: server_answers,
    };
    let mut messages = Vec::new();
    let mut pass = |sent: Vec<Message>| -> Vec<Message> {
        let pass_one = |message: Message| {
            let mut bytes = message.payload().to_vec();
            messages.push(bytes.clone());
            between(messages.len() - 1, &mut bytes);
            Message::new(Bytes::from(bytes), message.form())
        };
        sent.into_iter().map(pass_one).collect()
    };
    let mut to_server = pass(client.step(ExchangeInput::Start));
    let mut to_client = pass(server.step(ExchangeInput::Start));
    while !to_server.is_empty() || !to_client.is_empty() {
        let mut answers = Vec::new();
        for message in to_server.drain(..) {
            answers.extend(server.step(ExchangeInput::Message(message)));
        }
        let mut replies = Vec::new();
        for message in to_client.drain(..) {
            replies.extend(client.step(ExchangeInput::Message(message)));
        }
        to_client = pass(answers);
        to_server = pass(replies);
    }
    let text = |trace: &Trace| trace.iter().map(|event| format!("{event}\n")).collect();
    Outcome {
        client_trace: text(&client.trace),
        server_trace: text(&server.trace),
        client: client.end,
        server: server.end,
        messages,
    }
}

/// Nobody is in between.
pub(crate) fn nobody(_: usize, _: &mut Vec<u8>) {}

/// Nothing is performed.
pub(crate) fn nothing(_: EffectRequest) -> EffectAnswer {
    EffectAnswer::unperformed()
}
