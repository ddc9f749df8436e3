//! The server's side.

use std::sync::Arc;

use countersign::core::effect::{EffectAnswer, EffectRequest};
use countersign::core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, MethodFailure, Named, Probe, ServerMechanism,
};
use countersign::core::names::MethodName;
use countersign::core::wire::{Message, WireError};

use crate::client::read_bytes;
use crate::events::WatchwordServerEvent;
use crate::name::WATCHWORD;
use crate::proof::{Challenge, LENGTH, Said, Side, challenge};
use crate::watchword::{FetchWatchword, NoWatchword, User};

/// The method WATCHWORD, for a server whose users are of this domain where no mapping says
/// otherwise.
#[derive(Debug, Clone)]
pub struct WatchwordServer {
    /// UID_DOMAIN.
    pub domain: String,
}

impl Named for WatchwordServer {
    fn name(&self) -> &'static MethodName {
        &WATCHWORD
    }
}

impl ServerMechanism for WatchwordServer {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(WatchwordServerEvent::Offered),
        })
    }

    fn accept(&self, _client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(AwaitClaim {
            domain: self.domain.clone(),
        })
    }
}

/// The client is to say who it is, and to challenge.
struct AwaitClaim {
    domain: String,
}

fn read_claim(message: &Message) -> Result<(Option<User>, Vec<u8>), WireError> {
    let mut decoder = message.decoder();
    let user = User::new(decoder.string("the user", User::MAX)?);
    let challenge = decoder.bytes("the client's challenge", LENGTH)?.to_vec();
    decoder.finish()?;
    Ok((user, challenge))
}

impl Exchange<ClientProof> for AwaitClaim {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let (user, theirs) = match read_claim(&message) {
            Ok((Some(user), theirs)) => (user, theirs),
            // A client without a user waits for nothing more.
            Ok((None, _)) => {
                return ExchangeStep::quiet(
                    MethodFailure::new(WatchwordServerEvent::NoUser).into(),
                );
            }
            Err(error) => return error.into(),
        };
        match challenge(cx.entropy) {
            Err(error) => ExchangeStep::quiet(ExchangeNext::NoEntropy(error)),
            // Whether there is such a user is told to nobody who does not know the watchword.
            Ok(own) => ExchangeStep::say(
                cx.encoder().bytes(&own).finish(),
                ExchangeNext::Await(Box::new(AwaitAnswer {
                    domain: self.domain,
                    user,
                    theirs,
                    own,
                })),
            ),
        }
    }
}

/// The client is to answer.
struct AwaitAnswer {
    domain: String,
    user: User,
    theirs: Vec<u8>,
    own: Challenge,
}

impl Exchange<ClientProof> for AwaitAnswer {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let answer = match read_bytes(&message, "the client's answer") {
            Ok(answer) => answer,
            Err(error) => return error.into(),
        };
        let request = EffectRequest::new(FetchWatchword(self.user.clone()));
        let next = Box::new(AwaitWatchword {
            asked: *self,
            answer,
        });
        ExchangeStep::quiet(ExchangeNext::Perform(request, next))
    }
}

/// The watchword is being fetched.
struct AwaitWatchword {
    asked: AwaitAnswer,
    answer: Vec<u8>,
}

impl AwaitWatchword {
    /// This side's own answer, or why the client gets none.
    fn judge(&self, answer: EffectAnswer) -> Result<Vec<u8>, WatchwordServerEvent> {
        let AwaitAnswer {
            user, theirs, own, ..
        } = &self.asked;
        let name = || user.name().to_owned();
        let word = answer
            .into_output::<FetchWatchword>()
            .unwrap_or(Err(NoWatchword::Unperformed))
            .map_err(|why| WatchwordServerEvent::NoWatchword { user: name(), why })?;
        let said = Said {
            user,
            by_client: theirs,
            by_server: own,
        };
        if !said.is_answer(&word, Side::Client, &self.answer) {
            return Err(WatchwordServerEvent::WrongAnswer { user: name() });
        }
        Ok(said.answer(&word, Side::Server))
    }
}

impl Exchange<ClientProof> for AwaitWatchword {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match self.judge(answer) {
            Err(event) => ExchangeStep::say(
                cx.encoder().int(0).bytes(&[0; LENGTH]).finish(),
                MethodFailure::new(event).into(),
            ),
            Ok(own) => {
                let user = self.asked.user.name().to_owned();
                cx.event(WatchwordServerEvent::Proven { user: user.clone() });
                let proof = ClientProof {
                    authenticated_name: Some(user.clone()),
                    user,
                    domain: Some(self.asked.domain),
                    limits: None,
                    attributes: Vec::new(),
                    voucher: None,
                    wrap: None,
                };
                ExchangeStep::say(
                    cx.encoder().int(1).bytes(&own).finish(),
                    ExchangeNext::Succeeded(proof),
                )
            }
        }
    }
}
