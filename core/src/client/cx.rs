//! What every state works with, what it gives, and the two ways to wait.

use std::sync::Arc;

use bytes::Bytes;

use super::established::Established;
use super::request::{ClientConfig, Request, SHARED_PORT_CONNECT};
use crate::effect::{EffectAnswer, EffectRequest, Entropy};
use crate::error_stack::{ErrorStack, secman};
use crate::failure::{Cause, Failure};
use crate::stage::Stage;
use crate::trace::Trace;
use crate::wire::{Codec, Encoder, Message, WireError};

/// What every state works with.
pub(super) struct Cx<'a> {
    pub(super) config: Arc<ClientConfig>,
    pub(super) request: Request,
    pub(super) now: u64,
    pub(super) entropy: &'a mut dyn Entropy,
    pub(super) codec: Codec,
    pub(super) trace: Trace,
    pub(super) stack: ErrorStack,
}

/// A state that waits for the server. Each is a type of its own; what cannot happen in it has no
/// method.
pub(super) trait AwaitsMessage: Send {
    /// Where a failure at this point belongs.
    fn stage(&self) -> Stage;

    /// True while a method's exchange runs.
    fn runs_method(&self) -> bool {
        false
    }

    /// The fewest bytes of the server's that anything can be done with.
    fn awaits(&self) -> usize {
        1
    }

    /// Nothing is left to send, and the server has yet to answer: does what its answer will need
    /// anyway, while it is at work.
    fn work_ahead(&mut self) {}

    /// Takes the server's message.
    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step;

    /// The server closed the connection instead.
    fn on_closed(self: Box<Self>, cx: &mut Cx<'_>) -> Step {
        let stage = self.stage();
        cx.fail_reading(stage, Cause::Closed { stage })
    }
}

/// A state that waits for the answer to an effect; what the server says meanwhile is left unread.
pub(super) trait AwaitsAnswer: Send {
    /// Where a failure at this point belongs.
    fn stage(&self) -> Stage;

    /// True while a method's exchange runs.
    fn runs_method(&self) -> bool {
        false
    }

    /// Takes the answer.
    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step;
}

/// What the handshake waits for, or how it ended.
pub(super) enum Next {
    Message(Box<dyn AwaitsMessage>),
    Answer(Option<EffectRequest>, Box<dyn AwaitsAnswer>),
    Established(Box<Established>),
    Failed(Box<Failure>),
}

/// What a state does with an input.
pub(super) struct Step {
    pub(super) send: Vec<Message>,
    pub(super) next: Next,
}

impl From<Next> for Step {
    fn from(next: Next) -> Self {
        Self {
            send: Vec::new(),
            next,
        }
    }
}

impl Step {
    /// Waits for a message in `state`.
    pub(super) fn await_message(state: impl AwaitsMessage + 'static) -> Self {
        Next::Message(Box::new(state)).into()
    }

    /// Sends a message and waits for one in `state`.
    pub(super) fn say(message: Message, state: impl AwaitsMessage + 'static) -> Self {
        Self {
            send: vec![message],
            ..Self::await_message(state)
        }
    }

    /// Asks for an effect and waits for its answer in `state`.
    pub(super) fn perform(request: EffectRequest, state: impl AwaitsAnswer + 'static) -> Self {
        Next::Answer(Some(request), Box::new(state)).into()
    }

    /// Sends `first` before whatever this step sends.
    pub(super) fn after(mut self, mut first: Vec<Message>) -> Self {
        first.append(&mut self.send);
        self.send = first;
        self
    }
}

impl Cx<'_> {
    /// Starts a message in the channel's present string form.
    pub(super) fn encoder(&self) -> Encoder {
        Encoder::new(self.codec.string_form())
    }

    /// Ends the handshake. The error stack must already say what HTCondor would.
    pub(super) fn fail(&mut self, stage: Stage, cause: Cause) -> Step {
        Next::Failed(Box::new(Failure {
            stage,
            cause: Arc::new(cause),
            stack: std::mem::take(&mut self.stack),
        }))
        .into()
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
                self.stack
                    .push("SECMAN", secman::COMMUNICATIONS_ERROR, text);
                return self.fail(stage, cause);
            }
        };
        self.stack.push("SECMAN", code, text);
        self.fail(stage, cause)
    }

    /// The request that a shared port swallows. Both transcripts start after it, except for the
    /// port's own id, `self`, which sees it.
    pub(super) fn ask_shared_port(&mut self, id: &str) -> Result<Bytes, WireError> {
        let message = self
            .encoder()
            .int(SHARED_PORT_CONNECT)
            .string(id)
            .string(&self.config.settings.subsystem)
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
