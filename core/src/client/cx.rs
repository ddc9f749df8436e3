//! What every state works with, and what a step gives.

use std::sync::Arc;

use bytes::Bytes;

use super::authenticate::{AwaitChoice, Exchanging, KeyExchange};
use super::decision::{AwaitDecision, CheckingServer};
use super::hello::AwaitReply;
use super::probe::Probing;
use super::resume::Resuming;
use super::{ClientConfig, Established, Request, SHARED_PORT_CONNECT};
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

/// One input of a state.
pub(super) enum Input {
    Message(Message),
    Effect(EffectAnswer),
    Garbled(WireError),
    Closed,
}

/// A state of the handshake. Each is a type of its own; what cannot happen in it has no method.
pub(super) enum State {
    Probing(Box<Probing>),
    AwaitReply(Box<AwaitReply>),
    AwaitChoice(Box<AwaitChoice>),
    Exchanging(Box<Exchanging>),
    KeyExchange(Box<KeyExchange>),
    AwaitDecision(Box<AwaitDecision>),
    CheckingServer(Box<CheckingServer>),
    Resuming(Box<Resuming>),
    Done(Box<Established>),
    Failed(Box<Failure>),
}

impl State {
    /// Where a failure at this point belongs.
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::Probing(_) => Stage::Policy,
            Self::AwaitReply(_) => Stage::Reply,
            Self::AwaitChoice(_) => Stage::MethodChoice,
            Self::Exchanging(_) => Stage::Method,
            Self::KeyExchange(_) => Stage::KeyExchange,
            Self::AwaitDecision(_) => Stage::PostAuth,
            Self::CheckingServer(_) => Stage::ServerCheck,
            Self::Resuming(_) => Stage::Resume,
            Self::Done(_) => Stage::Command,
            Self::Failed(failure) => failure.stage,
        }
    }

    /// True if bytes from the peer do not concern this state yet.
    pub(super) fn awaits_effect(&self) -> bool {
        match self {
            Self::Probing(_) | Self::CheckingServer(_) => true,
            Self::Exchanging(exchanging) => exchanging.awaits_effect(),
            _ => false,
        }
    }

    /// Takes one input.
    pub(super) fn advance(self, input: Input, cx: &mut Cx<'_>) -> Step {
        let stage = self.stage();
        match (self, input) {
            (Self::Probing(state), Input::Effect(answer)) => state.on_answer(answer, cx),
            (Self::CheckingServer(state), Input::Effect(answer)) => state.on_answer(answer, cx),
            (Self::Exchanging(state), Input::Effect(answer)) => state.on_answer(answer, cx),
            (Self::AwaitReply(state), Input::Message(message)) => state.on_message(&message, cx),
            (Self::AwaitChoice(state), Input::Message(message)) => state.on_message(&message, cx),
            (Self::Exchanging(state), Input::Message(message)) => state.on_message(message, cx),
            (Self::KeyExchange(state), Input::Message(message)) => state.on_message(&message, cx),
            (Self::AwaitDecision(state), Input::Message(message)) => state.on_message(&message, cx),
            (Self::Resuming(state), Input::Message(message)) => state.on_message(&message, cx),
            (state, Input::Garbled(error)) => {
                drop(state);
                cx.fail_reading(stage, Cause::Wire(error))
            }
            // A server hangs up here where it finds no method; HTCondor's client takes it so.
            (Self::AwaitChoice(state), Input::Closed) => state.on_closed(cx),
            (Self::Exchanging(state), Input::Closed) => state.on_closed(cx),
            (state, Input::Closed) => {
                drop(state);
                cx.fail_reading(stage, Cause::Closed { stage })
            }
            // An answer or a message that nobody asked for changes nothing.
            (state, Input::Effect(_) | Input::Message(_)) => Step::wait(state),
        }
    }
}

/// What a state does with an input.
pub(super) struct Step {
    pub(super) send: Vec<Message>,
    pub(super) state: State,
    pub(super) effect: Option<EffectRequest>,
}

impl Step {
    /// Waits in `state`.
    pub(super) fn wait(state: State) -> Self {
        Self {
            send: Vec::new(),
            state,
            effect: None,
        }
    }

    /// Sends a message and waits in `state`.
    pub(super) fn say(message: Message, state: State) -> Self {
        Self {
            send: vec![message],
            ..Self::wait(state)
        }
    }

    /// Asks for an effect and waits for its answer in `state`.
    pub(super) fn perform(effect: EffectRequest, state: State) -> Self {
        Self {
            effect: Some(effect),
            ..Self::wait(state)
        }
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
        Step::wait(State::Failed(Box::new(Failure {
            stage,
            cause: Arc::new(cause),
            stack: std::mem::take(&mut self.stack),
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
    pub(super) fn ask_shared_port(&mut self, id: &str) -> Option<Bytes> {
        let message = self
            .encoder()
            .int(SHARED_PORT_CONNECT)
            .string(id)
            .string(&self.config.settings.subsystem)
            .int(-1)
            .int(0)
            .finish();
        let bytes = self.codec.encode(&message).ok();
        if id != "self" {
            self.codec.reset_transcripts();
        }
        bytes
    }
}
