//! What the client's and the server's handshakes have in common: a state that takes one input and
//! gives messages, at most one request, and the next state.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::crypto::{ChannelKey, Protection, SentKeyError, key_len};
use crate::effect::{EffectAnswer, EffectRequest, Entropy, NoEntropy};
use crate::trace::Trace;
use crate::wire::{Codec, Encoder, LegacyProtection, MAX_HANDSHAKE_BYTES, Message, WireError};

/// A side of the connection: what its states work with, and how it ends.
pub(crate) trait Side: Sized {
    /// Its steps.
    type Stage: Copy;
    /// How it ends.
    type Outcome;

    /// What stopped it from outside, as an outcome.
    fn interrupted(stage: Self::Stage, by: Interruption, cx: &mut Cx<'_, Self>) -> Step<Self>;

    /// A message of this side cannot be sent.
    fn unsendable(error: WireError, cx: &mut Cx<'_, Self>) -> Step<Self>;

    /// Called once with the outcome.
    fn ended(outcome: &Self::Outcome, trace: &mut Trace);
}

/// What can stop a handshake from outside.
pub(crate) enum Interruption {
    /// The peer closed the connection.
    Closed,
    /// The connection broke, in the operating system's words.
    Lost(String),
    /// This many seconds were allowed.
    Deadline(u64),
    /// The peer's bytes are no message.
    Unreadable(WireError),
}

/// Why a channel cannot be protected.
pub(crate) enum Unprotected {
    /// No random bytes are to be had.
    Entropy(NoEntropy),
    /// The key is of no use.
    Key(SentKeyError),
}

/// What every state works with.
pub(crate) struct Cx<'a, S: Side> {
    pub(crate) side: S,
    pub(crate) now: u64,
    pub(crate) entropy: &'a mut dyn Entropy,
    pub(crate) codec: Codec,
    pub(crate) trace: Trace,
    /// What waits to be sent, and how long each message in it is.
    outbox: BytesMut,
    unsent: VecDeque<usize>,
}

impl<S: Side> Cx<'_, S> {
    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.outbox.extend_from_slice(bytes);
        self.unsent.push_back(bytes.len());
    }

    /// Sends a message before whatever the step sends, protected if the channel is by now.
    pub(crate) fn send(&mut self, message: &Message) -> Result<(), WireError> {
        let before = self.outbox.len();
        self.codec.encode_to(message, &mut self.outbox)?;
        self.unsent.push_back(self.outbox.len() - before);
        Ok(())
    }

    /// Protects the channel from here on.
    pub(crate) fn protect_channel(
        &mut self,
        key: &ChannelKey,
        protection: Protection,
    ) -> Result<(), Unprotected> {
        let Some(cipher) = protection.cipher.legacy() else {
            let mut iv = [0; 16];
            self.entropy.fill(&mut iv).map_err(Unprotected::Entropy)?;
            self.codec.protect(key, iv);
            return Ok(());
        };
        let legacy = LegacyProtection {
            encrypts: protection.encrypts().then_some(cipher),
            verifies: protection.verifies(),
        };
        let key = key.shortened(key_len(protection.cipher));
        self.codec.protect_legacy(&key, legacy).map_err(|_| {
            Unprotected::Key(SentKeyError::Length {
                len: key.expose().len(),
                cipher: protection.cipher.name(),
                takes: key_len(protection.cipher),
            })
        })
    }

    /// Starts a message in the channel's present string form.
    pub(crate) fn encoder(&self) -> Encoder {
        Encoder::new(self.codec.string_form())
    }
}

/// A state that waits for the peer. Each is a type of its own; what cannot happen in it has no
/// method.
pub(crate) trait AwaitsMessage<S: Side>: Send {
    /// Where a failure at this point belongs.
    fn stage(&self) -> S::Stage;

    /// True while a method's exchange runs.
    fn runs_method(&self) -> bool {
        false
    }

    /// The fewest bytes of the peer's that anything can be done with.
    fn awaits(&self) -> usize {
        1
    }

    /// Nothing is left to send, and the peer has yet to answer: does what its answer will need
    /// anyway, while it is at work.
    fn work_ahead(&mut self) {}

    /// Takes the peer's message.
    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_, S>) -> Step<S>;

    /// The peer closed the connection instead.
    fn on_closed(self: Box<Self>, cx: &mut Cx<'_, S>) -> Step<S> {
        S::interrupted(self.stage(), Interruption::Closed, cx)
    }
}

/// A state that waits for the answer to an effect; what the peer says meanwhile is left unread.
pub(crate) trait AwaitsAnswer<S: Side>: Send {
    /// Where a failure at this point belongs.
    fn stage(&self) -> S::Stage;

    /// True while a method's exchange runs.
    fn runs_method(&self) -> bool {
        false
    }

    /// Takes the answer.
    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_, S>) -> Step<S>;
}

/// What the handshake waits for, or how it ended.
pub(crate) enum Next<S: Side> {
    Message(Box<dyn AwaitsMessage<S>>),
    Answer(Option<EffectRequest>, Box<dyn AwaitsAnswer<S>>),
    End(S::Outcome),
}

/// What a state does with an input.
pub(crate) struct Step<S: Side> {
    pub(crate) send: Vec<Message>,
    pub(crate) next: Next<S>,
}

impl<S: Side> From<Next<S>> for Step<S> {
    fn from(next: Next<S>) -> Self {
        Self {
            send: Vec::new(),
            next,
        }
    }
}

impl<S: Side> Step<S> {
    /// Waits for a message in `state`.
    pub(crate) fn await_message(state: impl AwaitsMessage<S> + 'static) -> Self {
        Next::Message(Box::new(state)).into()
    }

    /// Sends a message and waits for one in `state`.
    pub(crate) fn say(message: Message, state: impl AwaitsMessage<S> + 'static) -> Self {
        Self {
            send: vec![message],
            ..Self::await_message(state)
        }
    }

    /// Asks for an effect and waits for its answer in `state`.
    pub(crate) fn perform(request: EffectRequest, state: impl AwaitsAnswer<S> + 'static) -> Self {
        Next::Answer(Some(request), Box::new(state)).into()
    }

    /// Ends the handshake.
    pub(crate) fn end(outcome: S::Outcome) -> Self {
        Next::End(outcome).into()
    }

    /// Sends `first` before whatever this step sends.
    pub(crate) fn after(mut self, mut first: Vec<Message>) -> Self {
        first.append(&mut self.send);
        self.send = first;
        self
    }
}

/// What a machine waits for.
pub(crate) enum Progress<S: Side> {
    NeedsBytes,
    Perform(EffectRequest),
    End(S::Outcome),
}

/// One side's handshake on one connection.
pub(crate) struct Machine<'a, S: Side> {
    pub(crate) cx: Cx<'a, S>,
    /// What is waited for; `None` once the outcome was handed out.
    next: Option<Next<S>>,
}

impl<'a, S: Side> Machine<'a, S> {
    /// A machine whose first step is `begin`'s.
    pub(crate) fn start(
        side: S,
        now: u64,
        entropy: &'a mut dyn Entropy,
        begin: impl FnOnce(&mut Cx<'a, S>) -> Step<S>,
    ) -> Self {
        let mut cx = Cx {
            side,
            now,
            entropy,
            codec: Codec::new(MAX_HANDSHAKE_BYTES),
            trace: Trace::default(),
            outbox: BytesMut::new(),
            unsent: VecDeque::new(),
        };
        let step = begin(&mut cx);
        let mut machine = Self { cx, next: None };
        machine.take(step);
        machine
    }

    pub(crate) fn transmit(&mut self) -> Option<Bytes> {
        let len = self.cx.unsent.pop_front()?;
        Some(self.cx.outbox.split_to(len).freeze())
    }

    pub(crate) fn transmit_all(&mut self) -> BytesMut {
        self.cx.unsent.clear();
        // What is left of the buffer is used for what is sent next.
        self.cx.outbox.split()
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.cx.codec.feed(bytes);
    }

    /// An answer that nobody asked for is dropped.
    pub(crate) fn answer(&mut self, answer: EffectAnswer) {
        match self.next.take() {
            Some(Next::Answer(None, state)) => {
                let step = state.on_answer(answer, &mut self.cx);
                self.take(step);
            }
            other => self.next = other,
        }
    }

    pub(crate) fn peer_closed(&mut self) {
        match self.next.take() {
            Some(Next::Message(state)) => {
                let step = state.on_closed(&mut self.cx);
                self.take(step);
            }
            other => self.next = other,
        }
    }

    /// Stops it, unless it has ended.
    pub(crate) fn interrupt(&mut self, by: Interruption) {
        let stage = match &self.next {
            Some(Next::Message(state)) => state.stage(),
            Some(Next::Answer(_, state)) => state.stage(),
            _ => return,
        };
        let step = S::interrupted(stage, by, &mut self.cx);
        self.take(step);
    }

    pub(crate) fn is_between_methods(&self) -> bool {
        match &self.next {
            Some(Next::Message(state)) => !state.runs_method(),
            Some(Next::Answer(_, state)) => !state.runs_method(),
            _ => true,
        }
    }

    pub(crate) fn awaits(&self) -> usize {
        match &self.next {
            Some(Next::Message(state)) => state.awaits(),
            _ => 1,
        }
        .saturating_sub(self.cx.codec.waiting())
        .max(1)
    }

    pub(crate) fn work_ahead(&mut self) {
        if let Some(Next::Message(state)) = &mut self.next {
            state.work_ahead();
        }
    }

    /// Goes on as far as it can. After an outcome it needs bytes for ever.
    pub(crate) fn poll(&mut self) -> Progress<S> {
        loop {
            match self.next.take() {
                None => return Progress::NeedsBytes,
                Some(Next::End(outcome)) => return Progress::End(outcome),
                Some(Next::Answer(request, state)) => {
                    self.next = Some(Next::Answer(None, state));
                    return request.map_or(Progress::NeedsBytes, Progress::Perform);
                }
                Some(Next::Message(state)) => {
                    let step = match self.cx.codec.next_message() {
                        Ok(Some(message)) => state.on_message(message, &mut self.cx),
                        Err(error) => {
                            let by = Interruption::Unreadable(error);
                            S::interrupted(state.stage(), by, &mut self.cx)
                        }
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

    fn take(&mut self, step: Step<S>) {
        let Step { send, mut next } = step;
        for message in send {
            if let Err(error) = self.cx.send(&message) {
                next = S::unsendable(error, &mut self.cx).next;
                break;
            }
        }
        if let Next::End(outcome) = &next {
            S::ended(outcome, &mut self.cx.trace);
        }
        self.next = Some(next);
    }
}
