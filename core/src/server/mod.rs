//! The server's handshake as a machine: bytes, answers and the peer's hang-up go in; bytes,
//! requests and finally an outcome come out.
//!
//! Read the states in the order in which they happen: `hello`, `probe`, `reconcile`,
//! `authenticate`, `protect`, `authorize`, `finish`, and `bare` and `resume` beside them.

mod authenticate;
mod authorize;
mod bare;
mod config;
mod cx;
mod established;
mod facts;
mod failure;
mod finish;
mod hello;
mod probe;
mod protect;
mod reconcile;
mod resume;
mod resume_refusal;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

pub use config::{Connection, ServerConfig};
pub use established::{Caller, Established};
pub use failure::{ServerCause, ServerFailure, ServerStage};
pub use resume_refusal::ResumeRefusal;

use crate::effect::{EffectAnswer, EffectRequest, Entropy};
use crate::machine::{self, Interruption, Machine};
use crate::session::ServerSessions;
use crate::trace::Trace;
use cx::Server;

/// What a handshake waits for.
#[derive(Debug)]
pub enum Progress {
    /// Bytes from the client. While a request is being performed none are wanted: read no more
    /// than the driver's own buffer holds.
    NeedsBytes,
    /// The answer to this request.
    Perform(EffectRequest),
    /// A command is to be served.
    Command(Box<Established>),
    /// It is over. Send what there is to send, then close the connection.
    Finished(Outcome),
}

/// How a handshake ends without a command to serve.
#[derive(Debug)]
pub enum Outcome {
    /// DC_SEC_QUERY was answered: this caller may run that command.
    Answered {
        /// The command asked about.
        about: i32,
        /// Who asked.
        caller: Box<Caller>,
    },
    /// DC_AUTHENTICATE by itself: a session was made, and nothing else was wanted.
    SessionMade {
        /// Whose it is.
        caller: Box<Caller>,
    },
    /// It was refused, or it failed.
    Failed(ServerFailure),
}

/// One handshake on one connection.
pub struct Handshake<'a>(Machine<'a, Server>);

impl<'a> Handshake<'a> {
    /// Waits for the first message of a connection that was just accepted. `now` is in seconds
    /// since 1970.
    #[must_use]
    pub fn new(
        config: Arc<ServerConfig>,
        connection: Connection,
        sessions: Arc<ServerSessions>,
        now: u64,
        entropy: &'a mut dyn Entropy,
    ) -> Self {
        let side = Server {
            config,
            connection,
            sessions,
        };
        Self(Machine::start(side, now, entropy, |_| hello::begin()))
    }

    /// Tells the time, in seconds since 1970. Do it before every call that hands something over, as
    /// a handshake may last.
    pub fn set_now(&mut self, now: u64) {
        self.0.cx.now = now;
    }

    /// The next message to send, if any. Send all of them before waiting for the client, and before closing.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.0.transmit()
    }

    /// All that is to be sent: what a driver gives to the operating system in one call. Empty if there
    /// is nothing.
    pub fn transmit_all(&mut self) -> BytesMut {
        self.0.transmit_all()
    }

    /// Hands over bytes from the client.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.0.receive(bytes);
    }

    /// Hands over the answer to the last [`Progress::Perform`]. One that nobody asked for is
    /// dropped.
    pub fn answer(&mut self, answer: EffectAnswer) {
        self.0.answer(answer);
    }

    /// The client closed its side.
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

    /// Uses the time until the client answers: what its answer will need anyway is worked out now.
    /// Worth calling once everything was sent and before waiting; never needed.
    pub fn work_ahead(&mut self) {
        self.0.work_ahead();
    }

    /// Goes on as far as it can, and says what it waits for. After an outcome it says
    /// [`Progress::NeedsBytes`] for ever.
    pub fn poll(&mut self) -> Progress {
        match self.0.poll() {
            machine::Progress::NeedsBytes => Progress::NeedsBytes,
            machine::Progress::Perform(request) => Progress::Perform(request),
            machine::Progress::End(cx::End::Command(command)) => Progress::Command(command),
            machine::Progress::End(cx::End::Finished(outcome)) => Progress::Finished(outcome),
        }
    }

    /// What happened so far. Taking it leaves an empty trace.
    pub fn take_trace(&mut self) -> Trace {
        std::mem::take(&mut self.0.cx.trace)
    }
}
