//! A transport in memory: the one place where GSI's bit is offered.

use std::fmt;
use std::sync::Arc;

use countersign_core::Failure;
use countersign_core::client::{self, ClientConfig, Request};
use countersign_core::effect::{EffectAnswer, EffectRequest, Entropy};
use countersign_core::server::{self, Connection, Outcome, ServerConfig};
use countersign_core::session::ServerSessions;
use countersign_core::trace::Trace;

use super::AssertedSubject;
use super::client::GsiStub;
use super::server::GsiStubServer;

/// Seconds after which a side that still waits is told that its time is over; no clock runs.
const PATIENCE: u64 = 20;

/// The two sides, and what they meet with.
pub struct Sides<'a> {
    /// The client's settings and its other methods.
    pub client: ClientConfig,
    /// The server's.
    pub server: ServerConfig,
    /// What the client wants, and the addresses that both sides are told.
    pub request: Request,
    /// The subject that the client asserts, and the one that the server has agreed on.
    pub subjects: (AssertedSubject, AssertedSubject),
    /// Seconds since 1970.
    pub now: u64,
    /// Random bytes of the client and of the server.
    pub entropy: (&'a mut dyn Entropy, &'a mut dyn Entropy),
    /// Performs the client's effects.
    pub client_effects: &'a mut dyn FnMut(EffectRequest) -> EffectAnswer,
    /// Performs the server's.
    pub server_effects: &'a mut dyn FnMut(EffectRequest) -> EffectAnswer,
}

impl fmt::Debug for Sides<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sides")
            .field("subjects", &self.subjects)
            .finish_non_exhaustive()
    }
}

/// How the server's side ended.
#[derive(Debug)]
pub enum ServerEnd {
    /// With a command to serve.
    Command(Box<server::Established>),
    /// Otherwise.
    Finished(Outcome),
}

/// What came of it.
#[derive(Debug)]
pub struct Met {
    /// How the client ended.
    pub client: Result<Box<client::Established>, Failure>,
    /// How the server ended.
    pub server: ServerEnd,
    /// What happened at the client.
    pub client_trace: Trace,
    /// What happened at the server.
    pub server_trace: Trace,
}

impl Met {
    /// Who the client is to the server, if the server let it do what it asked for.
    #[must_use]
    pub fn caller(&self) -> Option<&server::Caller> {
        match &self.server {
            ServerEnd::Command(command) => Some(command.caller()),
            ServerEnd::Finished(
                Outcome::Answered { caller, .. } | Outcome::SessionMade { caller },
            ) => Some(caller),
            ServerEnd::Finished(Outcome::Failed(_)) => None,
        }
    }
}

/// Lets the two sides negotiate in memory, GSI among the methods of both. It ends: a side that waits
/// for what nobody will say is told that its time is over.
#[must_use]
pub fn meet(sides: Sides<'_>) -> Met {
    let Sides {
        mut client,
        mut server,
        request,
        subjects,
        now,
        entropy,
        client_effects,
        server_effects,
    } = sides;
    client.registry = client.registry.with(GsiStub(subjects.0));
    server.registry = server.registry.accepting(GsiStubServer(subjects.1));
    let connection = Connection {
        peer: request.local,
        local: request.peer,
    };
    let sessions = Arc::<ServerSessions>::default();
    let mut client = client::Handshake::new(Arc::new(client), request, now, entropy.0);
    let mut server = server::Handshake::new(Arc::new(server), connection, sessions, now, entropy.1);
    let mut client_end: Option<Result<Box<client::Established>, Failure>> = None;
    let mut server_end = None;
    // What each side is told when nothing moves any more: first that the other one is gone, if it
    // is, and then that its time is over.
    let mut quiet = 0;
    loop {
        (client_end, server_end) = match (client_end, server_end) {
            (Some(client_end), Some(server_end)) => {
                return Met {
                    client: client_end,
                    server: server_end,
                    client_trace: client.take_trace(),
                    server_trace: server.take_trace(),
                };
            }
            ends => ends,
        };
        let mut moved = false;
        if client_end.is_none() {
            match client.poll() {
                client::Progress::NeedsBytes => {}
                client::Progress::Perform(request) => {
                    client.answer(client_effects(request));
                    moved = true;
                }
                client::Progress::Established(established) => client_end = Some(Ok(established)),
                client::Progress::Failed(failure) => client_end = Some(Err(failure)),
            }
        }
        while let Some(bytes) = client.transmit() {
            server.receive(&bytes);
            moved = true;
        }
        if server_end.is_none() {
            match server.poll() {
                server::Progress::NeedsBytes => {}
                server::Progress::Perform(request) => {
                    server.answer(server_effects(request));
                    moved = true;
                }
                server::Progress::Command(command) => {
                    server_end = Some(ServerEnd::Command(command));
                }
                server::Progress::Finished(outcome) => {
                    server_end = Some(ServerEnd::Finished(outcome));
                }
            }
        }
        while let Some(bytes) = server.transmit() {
            match &mut client_end {
                Some(Ok(established)) => established.receive(&bytes),
                _ => client.receive(&bytes),
            }
            moved = true;
        }
        if moved {
            quiet = 0;
            continue;
        }
        quiet += 1;
        match quiet {
            1 => {}
            2 if client_end.is_some() => server.peer_closed(),
            2 if server_end.is_some() => client.peer_closed(),
            _ => {
                client.deadline(PATIENCE);
                server.deadline(PATIENCE);
            }
        }
    }
}
