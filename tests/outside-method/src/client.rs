//! The client's side.

use std::sync::Arc;

use countersign::core::Secret;
use countersign::core::effect::{EffectAnswer, EffectRequest};
use countersign::core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    MethodFailure, Named, PeerView, Probe, Proof,
};
use countersign::core::names::MethodName;
use countersign::core::wire::{Message, WireError};

use crate::events::WatchwordEvent;
use crate::name::WATCHWORD;
use crate::proof::{Challenge, LENGTH, Said, Side, challenge};
use crate::watchword::{FetchWatchword, NoWatchword, User};

/// The method WATCHWORD, for a client that is this user.
#[derive(Debug, Clone)]
pub struct Watchword(
    /// The user.
    pub User,
);

impl Named for Watchword {
    fn name(&self) -> &'static MethodName {
        &WATCHWORD
    }
}

impl Mechanism for Watchword {
    fn probe(&self) -> Probe {
        Probe::Needs(
            EffectRequest::new(FetchWatchword(self.0.clone())),
            |answer| match fetched(answer) {
                Ok(_) => Availability::Offered {
                    attributes: Vec::new(),
                    event: Arc::new(WatchwordEvent::Offered),
                },
                Err(why) => Availability::Struck {
                    event: Arc::new(WatchwordEvent::NoWatchword(why)),
                },
            },
        )
    }

    fn begin(&self, _peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(AwaitWatchword(self.0.clone()))
    }
}

/// What the performer answered, if there is one.
fn fetched(answer: EffectAnswer) -> Result<Secret, NoWatchword> {
    answer
        .into_output::<FetchWatchword>()
        .unwrap_or(Err(NoWatchword::Unperformed))
}

/// The watchword is being fetched.
struct AwaitWatchword(User);

impl Exchange<Proof> for AwaitWatchword {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let answer = match input {
            ExchangeInput::Start => {
                let request = EffectRequest::new(FetchWatchword(self.0.clone()));
                return ExchangeStep::quiet(ExchangeNext::Perform(request, self));
            }
            ExchangeInput::Effect(answer) => answer,
            // The server has nothing to say yet.
            ExchangeInput::Message(_) => return ExchangeStep::quiet(ExchangeNext::Await(self)),
        };
        match fetched(answer) {
            Err(why) => {
                // It was there when the method was offered. Without a user the server knows, too.
                let message = cx.encoder().string("").bytes(&[0; LENGTH]).finish();
                let failure = MethodFailure::new(WatchwordEvent::NoWatchword(why));
                ExchangeStep::say(message, failure.into())
            }
            Ok(word) => match challenge(cx.entropy) {
                Err(error) => ExchangeStep::quiet(ExchangeNext::NoEntropy(error)),
                Ok(own) => ExchangeStep::say(
                    cx.encoder().string(self.0.name()).bytes(&own).finish(),
                    ExchangeNext::Await(Box::new(AwaitChallenge {
                        user: self.0,
                        word,
                        own,
                    })),
                ),
            },
        }
    }
}

/// The server is to challenge.
struct AwaitChallenge {
    user: User,
    word: Secret,
    own: Challenge,
}

impl Exchange<Proof> for AwaitChallenge {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let theirs = match read_bytes(&message, "the server's challenge") {
            Ok(theirs) => theirs,
            Err(error) => return error.into(),
        };
        let said = Said {
            user: &self.user,
            by_client: &self.own,
            by_server: &theirs,
        };
        let answer = said.answer(&self.word, Side::Client);
        ExchangeStep::say(
            cx.encoder().bytes(&answer).finish(),
            ExchangeNext::Await(Box::new(AwaitVerdict {
                asked: *self,
                theirs,
            })),
        )
    }
}

/// The server is to say yes or no, and to answer in its turn.
struct AwaitVerdict {
    asked: AwaitChallenge,
    theirs: Vec<u8>,
}

impl Exchange<Proof> for AwaitVerdict {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let Self { asked, theirs } = *self;
        let (yes, answer) = match read_verdict(&message) {
            Ok(read) => read,
            Err(error) => return error.into(),
        };
        let said = Said {
            user: &asked.user,
            by_client: &asked.own,
            by_server: &theirs,
        };
        ExchangeStep::quiet(if !yes {
            let user = asked.user.name().to_owned();
            MethodFailure::new(WatchwordEvent::Declined { user }).into()
        } else if !said.is_answer(&asked.word, Side::Server, &answer) {
            // It believes that this went well: no other method can be tried.
            MethodFailure::after_success(WatchwordEvent::Impostor).into()
        } else {
            ExchangeNext::Succeeded(Proof {
                server_name: Some("condor@watchword".to_owned()),
                authenticated_name: None,
                wrap: None,
            })
        })
    }
}

/// Reads a challenge or an answer, and nothing behind it.
pub(crate) fn read_bytes(message: &Message, what: &'static str) -> Result<Vec<u8>, WireError> {
    let mut decoder = message.decoder();
    let bytes = decoder.bytes(what, LENGTH)?.to_vec();
    decoder.finish()?;
    Ok(bytes)
}

fn read_verdict(message: &Message) -> Result<(bool, Vec<u8>), WireError> {
    let mut decoder = message.decoder();
    let yes = decoder.int_in("the server's verdict", 0..=1)? == 1;
    let answer = decoder.bytes("the server's answer", LENGTH)?.to_vec();
    decoder.finish()?;
    Ok((yes, answer))
}
