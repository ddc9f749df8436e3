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

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

pub use established::Established;
pub use request::{ClientConfig, DC_AUTHENTICATE, DC_SEC_QUERY, Request, UNAUTHENTICATED};

use crate::effect::{EffectAnswer, EffectRequest, Entropy};
use crate::error_stack::ErrorStack;
use crate::failure::{Cause, Failure};
use crate::machine::{self, Interruption, Machine};
use crate::session::Session;
use crate::stage::Stage;
use crate::trace::Trace;
use cx::{Client, Cx, Outcome, Step};

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
pub struct Handshake<'a>(Machine<'a, Client>);

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
        let side = Client {
            config,
            request,
            stack: ErrorStack::default(),
        };
        Self(Machine::start(side, now, entropy, |cx| {
            let asked = match cx.side.request.shared_port_id.clone() {
                None => Ok(()),
                Some(id) => cx.ask_shared_port(&id).map(|bytes| cx.send_bytes(&bytes)),
            };
            match asked {
                Ok(()) => begin(cx),
                Err(error) => cx.fail(Stage::Connect, Cause::Wire(error)),
            }
        }))
    }

    /// The next message to send, if any. Send all of them before waiting for the peer.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.0.transmit()
    }

    /// All that is to be sent: what a driver gives to the operating system in one call. Empty if there
    /// is nothing.
    pub fn transmit_all(&mut self) -> BytesMut {
        self.0.transmit_all()
    }

    /// The fewest bytes that anything can be done with: a driver that is woken by the operating
    /// system need not be for less, unless the peer closes its side.
    #[must_use]
    pub fn awaits(&self) -> usize {
        self.0.awaits()
    }

    /// Uses the time until the peer answers: what its answer will need anyway is worked out now.
    /// Worth calling once everything was sent and before waiting; never needed.
    pub fn work_ahead(&mut self) {
        self.0.work_ahead();
    }

    /// Hands over bytes from the peer.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.0.receive(bytes);
    }

    /// Hands over the answer to the last [`Progress::Perform`]. One that nobody asked for is
    /// dropped.
    pub fn answer(&mut self, answer: EffectAnswer) {
        self.0.answer(answer);
    }

    /// The peer closed its side.
    pub fn peer_closed(&mut self) {
        self.0.peer_closed();
    }

    /// The connection broke, in the operating system's words.
    pub fn connection_lost(&mut self, problem: String) {
        self.0.interrupt(Interruption::Lost(problem));
    }

    /// The time allowed, `seconds`, is over.
    pub fn deadline(&mut self, seconds: u64) {
        self.0.interrupt(Interruption::Deadline(seconds));
    }

    /// True while no method's exchange is running: what an exchange left behind may go now.
    #[must_use]
    pub fn is_between_methods(&self) -> bool {
        self.0.is_between_methods()
    }

    /// Goes on as far as it can, and says what it waits for. After an outcome it says
    /// [`Progress::NeedsBytes`] for ever.
    pub fn poll(&mut self) -> Progress {
        match self.0.poll() {
            machine::Progress::NeedsBytes => Progress::NeedsBytes,
            machine::Progress::Perform(request) => Progress::Perform(request),
            machine::Progress::End(Outcome::Established(end)) => Progress::Established(end),
            machine::Progress::End(Outcome::Failed(failure)) => Progress::Failed(*failure),
        }
    }

    /// What happened so far. Taking it leaves an empty trace.
    pub fn take_trace(&mut self) -> Trace {
        std::mem::take(&mut self.0.cx.trace)
    }
}
