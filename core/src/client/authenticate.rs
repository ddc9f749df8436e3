//! The method loop: offer a mask, take the server's pick, carry the method out, fall back.

use std::sync::Arc;

use super::cx::{AwaitsAnswer, AwaitsMessage, Client, Cx, Step};
use super::decision;
use super::facts::{Attempt, Hello, Outcome};
use crate::crypto::{ChannelKey, InClear, SentKey};
use crate::effect::EffectAnswer;
use crate::error_stack::authenticate as code;
use crate::failure::Cause;
use crate::identity::Identity;
use crate::method::{
    Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, PeerView, Proof,
};
use crate::names::{MethodName, attrs};
use crate::policy::{Agreed, ServerReply, split};
use crate::stage::Stage;
use crate::trace::Event;
use crate::wire::{HEADER_LEN, Message, WireError};

/// The longest wrapped key that a server may send.
const MAX_WRAPPED_KEY: usize = 4096;

/// Bytes of the message that says whether there is a wrapped key: one number.
const KEY_FLAG_FRAME: usize = HEADER_LEN + 8;

/// A mask is out.
struct AwaitChoice {
    attempt: Attempt,
    mask: u32,
}

/// A method runs and waits for the server.
struct Exchanging(Running);

/// A method runs and waits for the answer to an effect.
struct Performing(Running);

/// A method that runs.
struct Running {
    attempt: Attempt,
    method: &'static MethodName,
    exchange: Box<dyn Exchange<Proof>>,
}

/// A method succeeded; the server now says whether it has a wrapped key to give.
struct AwaitKeyFlag {
    attempt: Attempt,
    outcome: Outcome,
}

/// It has one.
struct AwaitWrappedKey {
    attempt: Attempt,
    outcome: Outcome,
}

/// Goes into the method loop, or past it.
pub(super) fn begin(hello: Hello, reply: ServerReply, mut agreed: Agreed, cx: &mut Cx<'_>) -> Step {
    let methods = agreed.methods.take();
    let attempt = Attempt {
        peer: Arc::new(PeerView {
            address: cx.side.request.peer,
            given_address: cx.side.request.given_address.clone(),
            named_by: cx.side.request.named_by.clone(),
            shared_port_id: cx.side.request.shared_port_id.clone(),
            // HTCondor's client starts from its own values and lets the reply override them.
            trust_domain: reply
                .trust_domain
                .clone()
                .or_else(|| hello.ad.get_str(attrs::TRUST_DOMAIN).map(str::to_owned)),
            issuer_keys: if reply.ad.contains(attrs::ISSUER_KEYS) {
                reply.issuer_keys.clone()
            } else {
                split(hello.ad.get_str(attrs::ISSUER_KEYS).unwrap_or_default())
                    .map(str::to_owned)
                    .collect()
            },
            version: reply.version,
        }),
        left: methods.clone().unwrap_or_default(),
        hello,
        reply,
        agreed,
        derived: None,
    };
    match methods {
        None => decision::protect(attempt, Outcome::default(), cx),
        Some(_) => attempt.offer(cx),
    }
}

impl Attempt {
    /// Sends the mask of what is left, be it 0: the server answers that too.
    fn offer(self, cx: &mut Cx<'_>) -> Step {
        let mask = self
            .left
            .iter()
            .filter(|method| method.performed)
            .fold(0, |mask, method| mask | method.name.bit);
        cx.trace.push(Event::MaskSent { mask });
        let message = cx.encoder().int(i64::from(mask)).finish();
        Step::say(
            message,
            AwaitChoice {
                attempt: self,
                mask,
            },
        )
    }

    /// No method is left: the end, unless nobody requires authentication.
    fn give_up(self, cx: &mut Cx<'_>) -> Step {
        cx.trace.push(Event::MethodChosen { method: None });
        cx.side.stack.push(
            "AUTHENTICATE",
            code::OUT_OF_METHODS,
            "Failed to authenticate with any method",
        );
        if self.agreed.authentication_required {
            return cx.fail(Stage::MethodChoice, Cause::Unauthenticated);
        }
        cx.trace.push(Event::WentOnUnauthenticated);
        decision::protect(self, Outcome::default(), cx)
    }

    /// The server closed the connection. Where authentication is not required, HTCondor's client
    /// notices only when it waits for the decision, and says so.
    fn hung_up(self, stage: Stage, cx: &mut Cx<'_>) -> Step {
        if self.agreed.authentication_required {
            cx.side.stack.push(
                "AUTHENTICATE",
                code::OUT_OF_METHODS,
                "Failed to authenticate with any method",
            );
            cx.fail(stage, Cause::Closed { stage })
        } else {
            cx.side.stack.clear();
            cx.fail_reading(Stage::PostAuth, Cause::Closed { stage })
        }
    }

    /// A method failed; the next mask goes without it.
    fn fall_back(mut self, method: &'static MethodName, cx: &mut Cx<'_>) -> Step {
        push_method_failed(method, cx);
        self.left.retain(|other| other.name.bit != method.bit);
        self.offer(cx)
    }

    fn run(
        self,
        method: &'static MethodName,
        exchange: Box<dyn Exchange<Proof>>,
        input: ExchangeInput,
        cx: &mut Cx<'_>,
    ) -> Step {
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
        let running = |attempt, exchange| Running {
            attempt,
            method,
            exchange,
        };
        let step = match next {
            ExchangeNext::Await(exchange) => {
                Step::await_message(Exchanging(running(self, exchange)))
            }
            ExchangeNext::Perform(effect, exchange) => {
                Step::perform(effect, Performing(running(self, exchange)))
            }
            ExchangeNext::Succeeded(proof) => self.succeeded(method, proof, cx),
            ExchangeNext::Failed(failure) => {
                for entry in failure.stack {
                    cx.side
                        .stack
                        .push(entry.subsystem, entry.code, entry.message);
                }
                cx.trace.method(method, failure.event);
                self.fall_back(method, cx)
            }
            ExchangeNext::Broken(error) => {
                push_method_failed(method, cx);
                cx.fail(Stage::Method, Cause::Wire(error))
            }
            ExchangeNext::NoEntropy(error) => cx.fail(Stage::Method, error.into()),
        };
        step.after(send)
    }

    /// A method succeeded: who is the server, then?
    fn succeeded(self, method: &'static MethodName, proof: Proof, cx: &mut Cx<'_>) -> Step {
        cx.trace.push(Event::Authenticated {
            method,
            server_name: proof.server_name.clone(),
        });
        let config = cx.side.config.clone();
        let mapper = config.mapper.as_ref();
        let mapped = match Identity::of_server(method, &proof, mapper, config.uid_domain.as_deref())
        {
            Ok(mapped) => mapped,
            Err(error) => return cx.fail(Stage::Method, error.into()),
        };
        let server_name = match mapped {
            Some(identity) => {
                let user = identity.user.clone();
                cx.trace.push(Event::ServerMapped(identity));
                Some(user)
            }
            None => proof.server_name,
        };
        Step::await_message(AwaitKeyFlag {
            attempt: self,
            outcome: Outcome {
                method: Some(method),
                server_name,
                wrap: proof.wrap,
                sent: None,
            },
        })
    }
}

impl AwaitsMessage<Client> for AwaitChoice {
    fn stage(&self) -> Stage {
        Stage::MethodChoice
    }

    fn work_ahead(&mut self) {
        self.attempt.derive_key();
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        let Self { attempt, mask } = *self;
        let mut decoder = message.decoder();
        let bit = decoder
            .int("the server's choice of method")
            .and_then(|bit| decoder.finish().map(|()| bit));
        let bit = match bit {
            Ok(bit) => bit,
            Err(error) => return cx.fail_reading(Stage::MethodChoice, Cause::Wire(error)),
        };
        if bit == 0 {
            return attempt.give_up(cx);
        }
        let picked = u32::try_from(bit)
            .ok()
            .filter(|bit| bit.count_ones() == 1 && mask & bit != 0)
            .and_then(|bit| cx.side.config.registry.by_bit(bit).cloned());
        let Some(mechanism) = picked else {
            cx.side.stack.push(
                "AUTHENTICATE",
                code::OUT_OF_METHODS,
                format!("Failure.  Unsupported method: {bit}"),
            );
            return cx.fail(Stage::MethodChoice, Cause::PickedUnoffered { bit, mask });
        };
        let method = mechanism.name();
        cx.trace.push(Event::MethodChosen {
            method: Some(method),
        });
        let exchange = mechanism.begin(&attempt.peer);
        attempt.run(method, exchange, ExchangeInput::Start, cx)
    }

    /// HTCondor's client takes a hang-up here for "no method found".
    fn on_closed(self: Box<Self>, cx: &mut Cx<'_>) -> Step {
        self.attempt.hung_up(Stage::MethodChoice, cx)
    }
}

impl AwaitsMessage<Client> for Exchanging {
    fn stage(&self) -> Stage {
        Stage::Method
    }

    fn runs_method(&self) -> bool {
        true
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        self.0.go_on(ExchangeInput::Message(message), cx)
    }

    fn on_closed(self: Box<Self>, cx: &mut Cx<'_>) -> Step {
        push_method_failed(self.0.method, cx);
        self.0.attempt.hung_up(Stage::Method, cx)
    }
}

impl AwaitsAnswer<Client> for Performing {
    fn stage(&self) -> Stage {
        Stage::Method
    }

    fn runs_method(&self) -> bool {
        true
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        self.0.go_on(ExchangeInput::Effect(answer), cx)
    }
}

impl Running {
    fn go_on(self, input: ExchangeInput, cx: &mut Cx<'_>) -> Step {
        self.attempt.run(self.method, self.exchange, input, cx)
    }
}

/// What HTCondor's client says of a method that failed.
fn push_method_failed(method: &MethodName, cx: &mut Cx<'_>) {
    cx.side.stack.push(
        "AUTHENTICATE",
        code::METHOD_FAILED,
        format!("Failed to authenticate using {}", method.canonical),
    );
}

impl AwaitsMessage<Client> for AwaitKeyFlag {
    fn stage(&self) -> Stage {
        Stage::KeyExchange
    }

    /// The flag decides nothing: a key or the server's decision always comes after it.
    fn awaits(&self) -> usize {
        KEY_FLAG_FRAME + 1
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        let Self { attempt, outcome } = *self;
        match read_key_flag(&message) {
            Ok(true) => Step::await_message(AwaitWrappedKey { attempt, outcome }),
            Ok(false) => decision::protect(attempt, outcome, cx),
            Err(error) => key_exchange_failed(error.into(), cx),
        }
    }

    fn on_closed(self: Box<Self>, cx: &mut Cx<'_>) -> Step {
        no_key_came(&self.attempt, cx)
    }
}

impl AwaitsMessage<Client> for AwaitWrappedKey {
    fn stage(&self) -> Stage {
        Stage::KeyExchange
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        let Self {
            attempt,
            mut outcome,
        } = *self;
        match take_key(&message, &attempt, &outcome) {
            Ok(sent) => outcome.sent = sent,
            Err(cause) => return key_exchange_failed(*cause, cx),
        }
        decision::protect(attempt, outcome, cx)
    }

    fn on_closed(self: Box<Self>, cx: &mut Cx<'_>) -> Step {
        no_key_came(&self.attempt, cx)
    }
}

/// The server closed the connection instead of saying whether there is a key. Where authentication is not required,
/// HTCondor's client notices only when it waits for the decision.
fn no_key_came(attempt: &Attempt, cx: &mut Cx<'_>) -> Step {
    let stage = Stage::KeyExchange;
    if attempt.agreed.authentication_required {
        return key_exchange_failed(Cause::Closed { stage }, cx);
    }
    cx.side.stack.clear();
    cx.fail_reading(Stage::PostAuth, Cause::Closed { stage })
}

fn read_key_flag(message: &Message) -> Result<bool, WireError> {
    let mut decoder = message.decoder();
    let flag = decoder.int_in("the key flag", 0..=1)?;
    decoder.finish()?;
    Ok(flag == 1)
}

/// Reads the key that the server sent. Where both sides made one by ECDH, that counts, as in HTCondor, and whatever was
/// sent is not looked at.
fn take_key(
    message: &Message,
    attempt: &Attempt,
    outcome: &Outcome,
) -> Result<Option<ChannelKey>, Box<Cause>> {
    let sent = read_sent(message).map_err(|error| Box::new(error.into()))?;
    if attempt.reply.public_key.is_some() {
        return Ok(None);
    }
    let Some(agreed) = attempt.agreed.cipher else {
        return Ok(None);
    };
    let wrap = outcome.wrap.as_deref().unwrap_or(&InClear);
    let key = sent.open(wrap, agreed);
    key.map(Some).map_err(|error| Box::new(error.into()))
}

fn read_sent(message: &Message) -> Result<SentKey<'_>, WireError> {
    let mut decoder = message.decoder();
    let len = decoder.int("the key's length")?;
    let cipher = decoder.int("the key's cipher")?;
    decoder.int("the key's lifetime")?;
    let wrapped = decoder.counted("the wrapped key", MAX_WRAPPED_KEY)?;
    decoder.finish()?;
    Ok(SentKey {
        len,
        cipher,
        wrapped,
    })
}

fn key_exchange_failed(cause: Cause, cx: &mut Cx<'_>) -> Step {
    cx.side.stack.push(
        "AUTHENTICATE",
        code::KEY_EXCHANGE_FAILED,
        "Failed to securely exchange session key",
    );
    cx.fail(Stage::KeyExchange, cause)
}
