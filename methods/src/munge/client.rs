//! The client's side: a credential with a random payload, and the server's word.
//!
//! Rule: `Condor_Auth_MUNGE::authenticate` in HTCondor 25.14. Its messages: 0 and the credential, or -1 and why there is
//! none, upon which no answer comes; then 0 from the server, or anything else for no.

use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{MUNGE, MethodName};
use countersign_core::{Secret, StackEntry};

use super::credential::{Claim, key_wrap};
use super::{FindMunge, MakeCredential, MungeEvent, MungeFailure, PAYLOAD_LEN};
use crate::failure::{failed, failed_with};

/// The method MUNGE.
#[derive(Debug, Clone, Copy, Default)]
pub struct Munge;

impl Named for Munge {
    fn name(&self) -> &'static MethodName {
        &MUNGE
    }
}

impl Mechanism for Munge {
    fn probe(&self) -> Probe {
        Probe::Needs(EffectRequest::new(FindMunge), found)
    }

    fn begin(&self, _peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Making {
            payload: Secret::new(Vec::new()),
        })
    }
}

fn found(answer: EffectAnswer) -> Availability {
    match answer.into_output::<FindMunge>() {
        Some(Ok(())) => Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(MungeEvent::Offered),
        },
        other => {
            let failure = match other {
                Some(Err(failure)) => failure,
                _ => MungeFailure::Unperformed,
            };
            Availability::Unable {
                event: Arc::new(MungeEvent::Unable(failure)),
            }
        }
    }
}

/// The credential is being made.
struct Making {
    payload: Secret,
}

/// The server has it.
struct AwaitAnswer {
    payload: Secret,
}

impl Exchange<Proof> for Making {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let answer = match input {
            ExchangeInput::Start => {
                let mut payload = vec![0; PAYLOAD_LEN];
                let filled = cx.entropy.fill(&mut payload);
                let payload = Secret::new(payload);
                return ExchangeStep::quiet(match filled {
                    Ok(()) => ExchangeNext::Perform(
                        EffectRequest::new(MakeCredential(payload.clone())),
                        Box::new(Self { payload }),
                    ),
                    Err(error) => ExchangeNext::NoEntropy(error),
                });
            }
            ExchangeInput::Message(_) => return ExchangeStep::quiet(ExchangeNext::Await(self)),
            ExchangeInput::Effect(answer) => answer,
        };
        let made = answer
            .into_output::<MakeCredential>()
            .unwrap_or(Err(MungeFailure::Unperformed));
        match made {
            Ok(credential) => {
                cx.event(MungeEvent::Sent);
                ExchangeStep::say(
                    Claim::Credential(credential).encode(cx.encoder()),
                    ExchangeNext::Await(Box::new(AwaitAnswer {
                        payload: self.payload,
                    })),
                )
            }
            Err(failure) => {
                let (number, text) = failure.number_and_text();
                let entry = StackEntry {
                    subsystem: "MUNGE",
                    code: 1000,
                    message: format!("Client error: {number}: {text}"),
                };
                ExchangeStep::say(
                    Claim::Failed(text).encode(cx.encoder()),
                    failed_with(MungeEvent::NotMade(failure), vec![entry]),
                )
            }
        }
    }
}

impl Exchange<Proof> for AwaitAnswer {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let mut decoder = message.decoder();
        let answer = decoder
            .int("the server's answer")
            .and_then(|answer| decoder.finish().map(|()| answer));
        ExchangeStep::quiet(match answer {
            Err(error) => ExchangeNext::Broken(error),
            Ok(0) => ExchangeNext::Succeeded(Proof {
                wrap: key_wrap(self.payload),
                ..Proof::default()
            }),
            Ok(_) => failed(MungeEvent::Declined),
        })
    }
}
