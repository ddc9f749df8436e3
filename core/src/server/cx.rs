//! What every state of the server works with, and how it fails.

use std::sync::Arc;

use super::Outcome;
use super::config::{Connection, ServerConfig};
use super::established::Established;
use super::failure::{ServerCause, ServerFailure, ServerStage};
use crate::machine::{self, Interruption, Side};
use crate::session::ServerSessions;
use crate::trace::{Event, ServerEvent, Trace};
use crate::wire::WireError;

/// The server's side.
pub(super) struct Server {
    pub(super) config: Arc<ServerConfig>,
    pub(super) connection: Connection,
    pub(super) sessions: Arc<ServerSessions>,
}

pub(super) type Cx<'a> = machine::Cx<'a, Server>;
pub(super) type Step = machine::Step<Server>;
pub(super) use crate::machine::{AwaitsAnswer, AwaitsMessage};

/// How it ends.
pub(super) enum End {
    Command(Box<Established>),
    Finished(Outcome),
}

impl Side for Server {
    type Stage = ServerStage;
    type Outcome = End;

    fn interrupted(stage: ServerStage, by: Interruption, cx: &mut Cx<'_>) -> Step {
        let cause = match by {
            Interruption::Closed => ServerCause::Closed { stage },
            Interruption::Lost(problem) => ServerCause::Lost { stage, problem },
            Interruption::Deadline(seconds) => ServerCause::Deadline { stage, seconds },
            Interruption::Unreadable(error) => ServerCause::Wire(error),
        };
        cx.fail(stage, cause)
    }

    fn unsendable(error: WireError, cx: &mut Cx<'_>) -> Step {
        cx.fail(ServerStage::Authorization, error)
    }

    fn ended(outcome: &End, trace: &mut Trace) {
        if let End::Finished(Outcome::Failed(failure)) = outcome {
            trace.server(ServerEvent::Failed {
                stage: failure.stage,
                cause: failure.cause.clone(),
            });
        }
    }
}

impl Cx<'_> {
    /// Records an event.
    pub(super) fn event(&mut self, event: ServerEvent) {
        self.trace.push(Event::Server(event));
    }

    /// Ends the handshake.
    pub(super) fn fail(&mut self, stage: ServerStage, cause: impl Into<ServerCause>) -> Step {
        Step::end(End::Finished(Outcome::Failed(ServerFailure {
            stage,
            cause: Arc::new(cause.into()),
        })))
    }
}
