//! The client's handshake as a machine: bytes, answers and the peer's hang-up go in; bytes,
//! requests and finally an outcome come out.
//!
//! Read the states in the order in which they happen: `probe`, `hello`, `authenticate`,
//! `decision`, and `resume` beside them.

mod authenticate;
mod cx;
mod decision;
pub mod established;
mod facts;
mod hello;
mod probe;
mod request;
mod resume;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

pub use established::Established;
pub use request::{ClientConfig, DC_AUTHENTICATE, DC_SEC_QUERY, Request, UNAUTHENTICATED};

use crate::effect::{EffectAnswer, EffectRequest, Entropy};
use crate::failure::{Cause, Failure};
use crate::session::Session;
use crate::stage::Stage;
use crate::trace::{Event, Trace};
use crate::wire::{Codec, MAX_HANDSHAKE_BYTES};
use cx::{Cx, Next, Step};

/// What a handshake waits for.
#[derive(Debug)]
pub enum Progress {
    /// Bytes from the peer.
    NeedsBytes,
    /// The answer to this request.
    Perform(EffectRequest),
    /// It succeeded.
    Established(Box<Established>),
    /// It ended otherwise.
    Failed(Failure),
}

/// One handshake on one connection.
pub struct Handshake<'a> {
    cx: Cx<'a>,
    /// What is waited for; `None` once the outcome was handed out.
    next: Option<Next>,
    outbox: VecDeque<Bytes>,
}

impl<'a> Handshake<'a> {
    /// A full handshake.
    #[must_use]
    pub fn new(
        config: Arc<ClientConfig>,
        request: Request,
        now: u64,
        entropy: &'a mut dyn Entropy,
    ) -> Self {
        Self::start(config, request, now, entropy, probe::begin)
    }

    /// A resumption of `session`.
    #[must_use]
    pub fn resume(
        config: Arc<ClientConfig>,
        request: Request,
        session: Session,
        now: u64,
        entropy: &'a mut dyn Entropy,
    ) -> Self {
        Self::start(config, request, now, entropy, |cx| {
            resume::begin(session, cx)
        })
    }

    fn start(
        config: Arc<ClientConfig>,
        request: Request,
        now: u64,
        entropy: &'a mut dyn Entropy,
        begin: impl FnOnce(&mut Cx<'_>) -> Step,
    ) -> Self {
        let mut cx = Cx {
            config,
            request,
            now,
            entropy,
            codec: Codec::new(MAX_HANDSHAKE_BYTES),
            trace: Trace::default(),
            stack: crate::error_stack::ErrorStack::default(),
        };
        let mut outbox = VecDeque::new();
        let asked = match cx.request.shared_port_id.clone() {
            None => Ok(()),
            Some(id) => cx.ask_shared_port(&id).map(|bytes| outbox.push_back(bytes)),
        };
        let step = match asked {
            Ok(()) => begin(&mut cx),
            Err(error) => cx.fail(Stage::Connect, Cause::Wire(error)),
        };
        let mut handshake = Self {
            cx,
            next: None,
            outbox,
        };
        handshake.take(step);
        handshake
    }

    /// Bytes to send, if any. Send all of them before waiting for the peer.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.outbox.pop_front()
    }

    /// The fewest bytes that anything can be done with: a driver that is woken by the operating
    /// system need not be for less, unless the peer closes its side.
    #[must_use]
    pub fn awaits(&self) -> usize {
        match &self.next {
            Some(Next::Message(state)) => state.awaits(),
            _ => 1,
        }
        .saturating_sub(self.cx.codec.waiting())
        .max(1)
    }

    /// Uses the time until the peer answers: what its answer will need anyway is worked out now.
    /// Worth calling once everything was sent and before waiting; never needed.
    pub fn work_ahead(&mut self) {
        if let Some(Next::Message(state)) = &mut self.next {
            state.work_ahead();
        }
    }

    /// Hands over bytes from the peer.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.cx.codec.feed(bytes);
    }

    /// Hands over the answer to the last [`Progress::Perform`]. One that nobody asked for is
    /// dropped.
    pub fn answer(&mut self, answer: EffectAnswer) {
        match self.next.take() {
            Some(Next::Answer(None, state)) => {
                let step = state.on_answer(answer, &mut self.cx);
                self.take(step);
            }
            other => self.next = other,
        }
    }

    /// The peer closed its side.
    pub fn peer_closed(&mut self) {
        match self.next.take() {
            Some(Next::Message(state)) => {
                let step = state.on_closed(&mut self.cx);
                self.take(step);
            }
            other => self.next = other,
        }
    }

    /// The connection broke, in the operating system's words.
    pub fn connection_lost(&mut self, problem: String) {
        self.fail(|stage| Cause::Lost { stage, problem });
    }

    /// The time allowed, `seconds`, is over.
    pub fn deadline(&mut self, seconds: u64) {
        self.fail(|stage| Cause::Deadline { stage, seconds });
    }

    /// True while no method's exchange is running: what an exchange left behind may go now.
    #[must_use]
    pub fn is_between_methods(&self) -> bool {
        match &self.next {
            Some(Next::Message(state)) => !state.runs_method(),
            Some(Next::Answer(_, state)) => !state.runs_method(),
            _ => true,
        }
    }

    /// Goes on as far as it can, and says what it waits for. After an outcome it says
    /// [`Progress::NeedsBytes`] for ever.
    pub fn poll(&mut self) -> Progress {
        loop {
            match self.next.take() {
                None => return Progress::NeedsBytes,
                Some(Next::Failed(failure)) => return Progress::Failed(*failure),
                Some(Next::Established(established)) => {
                    return Progress::Established(established);
                }
                Some(Next::Answer(request, state)) => {
                    self.next = Some(Next::Answer(None, state));
                    return request.map_or(Progress::NeedsBytes, Progress::Perform);
                }
                Some(Next::Message(state)) => {
                    let step = match self.cx.codec.next_message() {
                        Ok(Some(message)) => state.on_message(message, &mut self.cx),
                        Err(error) => self.cx.fail_reading(state.stage(), Cause::Wire(error)),
                        Ok(None) => {
                            self.next = Some(Next::Message(state));
                            return Progress::NeedsBytes;
                        }
                    };
                    self.take(step);
                }
            }
        }
    }

    /// What happened so far. Taking it leaves an empty trace.
    pub fn take_trace(&mut self) -> Trace {
        std::mem::take(&mut self.cx.trace)
    }

    fn fail(&mut self, cause: impl FnOnce(Stage) -> Cause) {
        let stage = match &self.next {
            Some(Next::Message(state)) => state.stage(),
            Some(Next::Answer(_, state)) => state.stage(),
            _ => return,
        };
        let step = self.cx.fail_reading(stage, cause(stage));
        self.take(step);
    }

    fn take(&mut self, step: Step) {
        let Step { send, mut next } = step;
        for message in send {
            match self.cx.codec.encode(&message) {
                Ok(bytes) => self.outbox.push_back(bytes),
                Err(error) => next = self.cx.fail(Stage::Command, Cause::Wire(error)).next,
            }
        }
        if let Next::Failed(failure) = &next {
            self.cx.trace.push(Event::Failed {
                stage: failure.stage,
                cause: failure.cause.clone(),
            });
        }
        self.next = Some(next);
    }
}
