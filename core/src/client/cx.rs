//! What every state of the client works with, and how it fails.

use std::sync::Arc;

use bytes::Bytes;

use super::established::Established;
use super::request::{ClientConfig, Request};
use crate::error_stack::{ErrorStack, secman};
use crate::failure::{Cause, Failure};
use crate::machine::{self, Interruption, Side};
use crate::names::SHARED_PORT_CONNECT;
use crate::stage::Stage;
use crate::trace::{Event, Trace};
use crate::wire::WireError;

/// The client's side.
pub(super) struct Client {
    pub(super) config: Arc<ClientConfig>,
    pub(super) request: Request,
    pub(super) stack: ErrorStack,
}

pub(super) type Cx<'a> = machine::Cx<'a, Client>;
pub(super) type Step = machine::Step<Client>;
pub(super) use crate::machine::{AwaitsAnswer, AwaitsMessage};

/// How it ends.
pub(super) enum Outcome {
    Established(Box<Established>),
    Failed(Box<Failure>),
}

impl Side for Client {
    type Stage = Stage;
    type Outcome = Outcome;

    fn interrupted(stage: Stage, by: Interruption, cx: &mut Cx<'_>) -> Step {
        let cause = match by {
            Interruption::Closed => Cause::Closed { stage },
            Interruption::Lost(problem) => Cause::Lost { stage, problem },
            Interruption::Deadline(seconds) => Cause::Deadline { stage, seconds },
            Interruption::Unreadable(error) => Cause::Wire(error),
        };
        cx.fail_reading(stage, cause)
    }

    fn unsendable(error: WireError, cx: &mut Cx<'_>) -> Step {
        cx.fail(Stage::Command, Cause::Wire(error))
    }

    fn ended(outcome: &Outcome, trace: &mut Trace) {
        if let Outcome::Failed(failure) = outcome {
            trace.push(Event::Failed {
                stage: failure.stage,
                cause: failure.cause.clone(),
            });
        }
    }
}

impl Cx<'_> {
    /// Ends the handshake. The error stack must already say what HTCondor would.
    pub(super) fn fail(&mut self, stage: Stage, cause: Cause) -> Step {
        Step::end(Outcome::Failed(Box::new(Failure {
            stage,
            cause: Arc::new(cause),
            stack: std::mem::take(&mut self.side.stack),
        })))
    }

    /// Ends the handshake because nothing could be read, with HTCondor's words for the stage.
    pub(super) fn fail_reading(&mut self, stage: Stage, cause: Cause) -> Step {
        let (code, text) = match (stage, &cause) {
            (Stage::Reply, Cause::Closed { .. }) => (
                secman::COMMAND_NOT_REGISTERED,
                "Connection closed during command authorization. Probably due to an unknown \
                 command.",
            ),
            (Stage::PostAuth, _) => (
                secman::COMMUNICATIONS_ERROR,
                "Failed to received post-auth ClassAd",
            ),
            (Stage::Resume, _) => (
                secman::COMMUNICATIONS_ERROR,
                "Failed to read resume session response classad from server.",
            ),
            (Stage::Reply, _) => (
                secman::COMMUNICATIONS_ERROR,
                "This service is running, but did not respond in a reasonable time. It may be \
                 overloaded. Please try again in a few minutes.  If the problem persists, contact \
                 your administrator.",
            ),
            (_, _) => {
                let text = cause.to_string();
                self.side
                    .stack
                    .push("SECMAN", secman::COMMUNICATIONS_ERROR, text);
                return self.fail(stage, cause);
            }
        };
        self.side.stack.push("SECMAN", code, text);
        self.fail(stage, cause)
    }

    /// The request that a shared port swallows. Both transcripts start after it, except for the
    /// port's own id, `self`, which sees it.
    pub(super) fn ask_shared_port(&mut self, id: &str) -> Result<Bytes, WireError> {
        let message = self
            .encoder()
            .int(i64::from(SHARED_PORT_CONNECT))
            .string(id)
            .string(&self.side.config.settings.subsystem)
            .int(-1)
            .int(0)
            .finish();
        let bytes = self.codec.encode(&message)?;
        if id != "self" {
            self.codec.reset_transcripts();
        }
        Ok(bytes)
    }
}
