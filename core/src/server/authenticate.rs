//! The method loop: take the client's mask, pick, carry the method out, fall back.
//!
//! Rule: `Authentication::authenticate_continue`, `handshake_continue` and `exchangeKey`, and
//! `DaemonCommandProtocol::AuthenticateFinish`.

use super::cx::{AwaitsAnswer, AwaitsMessage, Cx, Server, Step};
use super::facts::{Attempt, Proven};
use super::failure::{ServerCause, ServerStage};
use super::protect;
use crate::crypto::{
    CHANNEL_KEY_LEN, ChannelKey, InClear, Protection, SentKey, SentKeyError, key_len,
};
use crate::effect::EffectAnswer;
use crate::identity::Identity;
use crate::method::{
    ClientProof, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep,
};
use crate::names::MethodName;
use crate::trace::ServerEvent;
use crate::wire::Message;
use zeroize::Zeroizing;

/// The client is to send its mask.
struct AwaitMask(Attempt);

/// A method runs and waits for the client.
struct Exchanging(Running);

/// A method runs and waits for the answer to an effect.
struct Performing(Running);

/// A method that runs.
struct Running {
    attempt: Attempt,
    method: &'static MethodName,
    exchange: Box<dyn Exchange<ClientProof>>,
}

/// Goes into the method loop.
pub(super) fn begin(attempt: Attempt) -> Step {
    Step::await_message(AwaitMask(attempt))
}

impl AwaitsMessage<Server> for AwaitMask {
    fn stage(&self) -> ServerStage {
        ServerStage::MethodChoice
    }

    fn work_ahead(&mut self) {
        self.0.derive_key();
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        let attempt = self.0;
        let mut decoder = message.decoder();
        let mask = decoder
            .int("the client's mask of methods")
            .and_then(|mask| decoder.finish().map(|()| mask));
        let mask = match mask {
            Ok(mask) => mask,
            Err(error) => return cx.fail(ServerStage::MethodChoice, error),
        };
        let picked = attempt
            .left
            .iter()
            .filter(|method| method.performed && mask & i64::from(method.name.bit) != 0)
            .find_map(|method| cx.side.config.registry.by_bit(method.name.bit).cloned());
        let method = picked.as_ref().map(|mechanism| mechanism.name());
        cx.event(ServerEvent::MethodPicked { mask, method });
        let bit = method.map_or(0, |method| method.bit);
        let message = cx.encoder().int(i64::from(bit)).finish();
        if let Err(error) = cx.send(&message) {
            return cx.fail(ServerStage::MethodChoice, error);
        }
        match picked {
            None => attempt.give_up(cx),
            Some(mechanism) => {
                let exchange = mechanism.accept(&attempt.hello.view);
                let running = Running {
                    method: mechanism.name(),
                    exchange,
                    attempt,
                };
                running.go_on(ExchangeInput::Start, cx)
            }
        }
    }
}

impl Attempt {
    /// Nothing is left to try: the end, unless nobody requires authentication.
    fn give_up(self, cx: &mut Cx<'_>) -> Step {
        if self.agreed.authentication_required {
            return cx.fail(ServerStage::MethodChoice, ServerCause::Unauthenticated);
        }
        cx.event(ServerEvent::WentOnUnauthenticated);
        let nobody = Proven {
            identity: Identity::unauthenticated(),
            by: None,
            tried: true,
        };
        protect::begin(self, nobody, cx)
    }

    /// A method succeeded: who is it, then?
    fn proven(mut self, method: &'static MethodName, proof: ClientProof, cx: &mut Cx<'_>) -> Step {
        let config = cx.side.config.clone();
        cx.event(ServerEvent::Authenticated {
            method,
            name: proof.shown_name(),
        });
        let identity = match Identity::of_proof(
            method,
            &proof,
            config.mapper.as_ref(),
            config.uid_domain.as_deref(),
        ) {
            Ok(identity) => identity,
            Err(error) => return cx.fail(ServerStage::Authorization, error),
        };
        if let Err(failed) = self.send_key(method, &proof, cx) {
            return failed;
        }
        if self.hello.command.forces_authentication && !identity.mapped {
            let cause = ServerCause::Unmapped {
                command: self.hello.command.number,
                user: identity.user,
            };
            return cx.fail(ServerStage::Authorization, cause);
        }
        let proven = Proven {
            identity,
            by: Some((method, proof)),
            tried: true,
        };
        protect::begin(self, proven, cx)
    }
}

impl Attempt {
    /// Says whether a key follows, and sends it. Where both sides make one by ECDH, or no cipher is in common, none does.
    fn send_key(
        &mut self,
        method: &'static MethodName,
        proof: &ClientProof,
        cx: &mut Cx<'_>,
    ) -> Result<(), Step> {
        let stage = ServerStage::KeyExchange;
        let protection = self.agreed.protection().filter(|_| self.keys.is_none());
        let wrap = proof.wrap.as_deref().unwrap_or(&InClear);
        if protection.is_some() && self.agreed.protection_required && !wrap.hides() {
            let method = method.canonical;
            return Err(cx.fail(stage, SentKeyError::InClear { method }));
        }
        let flag = cx.encoder().int(i64::from(protection.is_some())).finish();
        cx.send(&flag).map_err(|error| cx.fail(stage, error))?;
        let Some(Protection { cipher, .. }) = protection else {
            return Ok(());
        };
        let mut random = Zeroizing::new([0; CHANNEL_KEY_LEN]);
        cx.entropy
            .fill(random.as_mut())
            .map_err(|error| cx.fail(stage, error))?;
        let key = ChannelKey::from_bytes(*random).shortened(key_len(cipher));
        let wrapped = wrap
            .wrap(key.expose())
            .map_err(|error| cx.fail(stage, SentKeyError::from(error)))?;
        let sent = SentKey::new(cipher, &wrapped);
        let message = cx
            .encoder()
            .int(sent.len)
            .int(sent.cipher)
            .int(0)
            .counted(sent.wrapped)
            .finish();
        cx.send(&message).map_err(|error| cx.fail(stage, error))?;
        self.sent = Some(key);
        Ok(())
    }
}

impl Running {
    fn go_on(self, input: ExchangeInput, cx: &mut Cx<'_>) -> Step {
        let Self {
            mut attempt,
            method,
            exchange,
        } = self;
        let form = cx.codec.string_form();
        let ExchangeStep { send, next } = exchange.advance(
            input,
            &mut ExchangeContext {
                now: cx.now,
                entropy: &mut *cx.entropy,
                trace: &mut cx.trace,
                method,
                form,
            },
        );
        for message in &send {
            if let Err(error) = cx.send(message) {
                return cx.fail(ServerStage::Method, error);
            }
        }
        let running = |attempt, exchange| Running {
            attempt,
            method,
            exchange,
        };
        match next {
            ExchangeNext::Await(exchange) => {
                Step::await_message(Exchanging(running(attempt, exchange)))
            }
            ExchangeNext::Perform(effect, exchange) => {
                Step::perform(effect, Performing(running(attempt, exchange)))
            }
            ExchangeNext::Succeeded(proof) => attempt.proven(method, proof, cx),
            ExchangeNext::Failed(failure) => {
                cx.trace.method(method, failure.event);
                if failure.ends_connection {
                    return cx.fail(ServerStage::Method, ServerCause::MethodFailed { method });
                }
                // HTCondor leaves it to the client not to offer the method again; a client that
                // does is kept from guessing here.
                attempt.left.retain(|other| other.name.bit != method.bit);
                begin(attempt)
            }
            ExchangeNext::Broken(error) => cx.fail(ServerStage::Method, error),
            ExchangeNext::NoEntropy(error) => cx.fail(ServerStage::Method, error),
        }
    }
}

impl AwaitsMessage<Server> for Exchanging {
    fn stage(&self) -> ServerStage {
        ServerStage::Method
    }

    fn runs_method(&self) -> bool {
        true
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        self.0.go_on(ExchangeInput::Message(message), cx)
    }
}

impl AwaitsAnswer<Server> for Performing {
    fn stage(&self) -> ServerStage {
        ServerStage::Method
    }

    fn runs_method(&self) -> bool {
        true
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        self.0.go_on(ExchangeInput::Effect(answer), cx)
    }
}
