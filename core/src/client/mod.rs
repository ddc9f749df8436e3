//! The client's handshake as a machine: bytes, answers and the peer's hang-up go in; bytes,
//! requests and finally an outcome come out.
//!
//! Read the states in the order in which they happen: [`probe`], [`hello`], [`authenticate`],
//! [`decision`], and [`resume`] beside them.

mod authenticate;
mod cx;
mod decision;
pub mod established;
mod hello;
mod probe;
mod resume;

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

pub use established::Established;

use crate::authz::List;
use crate::effect::{EffectAnswer, EffectRequest, Entropy};
use crate::failure::{Cause, Failure};
use crate::method::Registry;
use crate::policy::ClientSettings;
use crate::session::Session;
use crate::stage::Stage;
use crate::trace::{Event, Trace};
use crate::wire::{Codec, MAX_HANDSHAKE_BYTES};
use cx::{Cx, Input, State, Step};

/// Opens a negotiation.
pub const DC_AUTHENTICATE: i32 = 60010;
/// Asks whether another command would be authorized, without running it.
pub const DC_SEC_QUERY: i32 = 60040;
/// Asks a shared port to hand the connection on.
const SHARED_PORT_CONNECT: i64 = 75;

/// The identity that HTCondor gives a peer that proved nothing.
pub const UNAUTHENTICATED: &str = "unauthenticated@unmapped";

/// What stays the same over many handshakes of one client.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Its settings.
    pub settings: ClientSettings,
    /// The methods it can perform.
    pub registry: Registry,
    /// ALLOW_CLIENT: servers that this client accepts. `None` is no restriction.
    pub allow: Option<List>,
    /// DENY_CLIENT: servers that it does not.
    pub deny: Option<List>,
}

/// One connection's ends and what is wanted of it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The command to run: its number goes into the hello.
    pub command: i32,
    /// With [`DC_SEC_QUERY`]: the command asked about.
    pub auth_command: Option<i32>,
    /// The address as given, which the server is told.
    pub given_address: String,
    /// The shared-port id to ask for first.
    pub shared_port_id: Option<String>,
    /// The peer's end of the TCP connection.
    pub peer: SocketAddr,
    /// This end.
    pub local: SocketAddr,
    /// Names of servers at this address that this process has checked against its lists before:
    /// HTCondor then prints a shorter reason.
    pub servers_checked: BTreeSet<String>,
}

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
    state: Option<State>,
    outbox: VecDeque<Bytes>,
    effect: Option<EffectRequest>,
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
        if let Some(id) = cx.request.shared_port_id.clone() {
            outbox.extend(cx.ask_shared_port(&id));
        }
        let step = begin(&mut cx);
        let mut handshake = Self {
            cx,
            state: None,
            outbox,
            effect: None,
        };
        handshake.take(step);
        handshake
    }

    /// Bytes to send, if any. Send all of them before waiting for the peer.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.outbox.pop_front()
    }

    /// Hands over bytes from the peer.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.cx.codec.feed(bytes);
    }

    /// Hands over the answer to the last [`Progress::Perform`].
    pub fn answer(&mut self, answer: EffectAnswer) {
        self.input(Input::Effect(answer));
    }

    /// The peer closed its side.
    pub fn peer_closed(&mut self) {
        self.input(Input::Closed);
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
        !matches!(self.state, Some(State::Exchanging(_)))
    }

    /// Goes on as far as it can, and says what it waits for. After an outcome it says
    /// [`Progress::NeedsBytes`] for ever.
    pub fn poll(&mut self) -> Progress {
        loop {
            if let Some(effect) = self.effect.take() {
                return Progress::Perform(effect);
            }
            match self.state.take() {
                Some(State::Failed(failure)) => return Progress::Failed(*failure),
                Some(State::Done(established)) => return Progress::Established(established),
                None => return Progress::NeedsBytes,
                Some(state) if state.awaits_effect() => {
                    self.state = Some(state);
                    return Progress::NeedsBytes;
                }
                Some(state) => match self.cx.codec.next_message() {
                    Ok(None) => {
                        self.state = Some(state);
                        return Progress::NeedsBytes;
                    }
                    Ok(Some(message)) => {
                        let step = state.advance(Input::Message(message), &mut self.cx);
                        self.take(step);
                    }
                    Err(error) => {
                        let step = state.advance(Input::Garbled(error), &mut self.cx);
                        self.take(step);
                    }
                },
            }
        }
    }

    /// What happened so far. Taking it leaves an empty trace.
    pub fn take_trace(&mut self) -> Trace {
        std::mem::take(&mut self.cx.trace)
    }

    fn input(&mut self, input: Input) {
        match self.state.take() {
            Some(state @ (State::Failed(_) | State::Done(_))) => self.state = Some(state),
            Some(state) => {
                let step = state.advance(input, &mut self.cx);
                self.take(step);
            }
            None => {}
        }
    }

    fn fail(&mut self, cause: impl FnOnce(Stage) -> Cause) {
        match &self.state {
            Some(State::Failed(_) | State::Done(_)) | None => {}
            Some(state) => {
                let stage = state.stage();
                let step = self.cx.fail_reading(stage, cause(stage));
                self.take(step);
            }
        }
    }

    fn take(&mut self, step: Step) {
        let Step {
            send,
            state,
            effect,
        } = step;
        for message in send {
            match self.cx.codec.encode(&message) {
                Ok(bytes) => self.outbox.push_back(bytes),
                Err(error) => {
                    let stage = state.stage();
                    let failed = self.cx.fail(stage, Cause::Wire(error));
                    self.state = Some(failed.state);
                    return;
                }
            }
        }
        if let State::Failed(failure) = &state {
            self.cx.trace.push(Event::Failed {
                stage: failure.stage,
                cause: failure.cause.clone(),
            });
        }
        self.state = Some(state);
        self.effect = effect;
    }
}
