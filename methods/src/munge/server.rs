//! The server's side: munged says whose the credential is.
//!
//! Rule: `Condor_Auth_MUNGE::authenticate` in HTCondor 25.14.

use std::sync::Arc;

use countersign_core::Secret;
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{MUNGE, MethodName};

use super::credential::{Claim, key_wrap};
use super::{DecodeCredential, FindMunge, MungeFailure, MungeMaker, MungeServerEvent};
use crate::failure::failed;
use crate::identity::lowered;

/// What a server's MUNGE is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MungeServerSettings {
    /// UID_DOMAIN, the domain of whoever is authenticated.
    pub uid_domain: Option<String>,
}

/// The method MUNGE, for a server.
#[derive(Debug, Clone, Default)]
pub struct MungeServer(Arc<MungeServerSettings>);

impl MungeServer {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: MungeServerSettings) -> Self {
        Self(Arc::new(settings))
    }
}

impl Named for MungeServer {
    fn name(&self) -> &'static MethodName {
        &MUNGE
    }
}

impl ServerMechanism for MungeServer {
    fn probe(&self) -> Probe {
        Probe::Needs(EffectRequest::new(FindMunge), found)
    }

    fn accept(&self, _client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(AwaitCredential(self.0.clone()))
    }
}

fn found(answer: EffectAnswer) -> Availability {
    match answer.into_output::<FindMunge>() {
        Some(Ok(())) => Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(MungeServerEvent::Offered),
        },
        other => {
            let failure = match other {
                Some(Err(failure)) => failure,
                _ => MungeFailure::Unperformed,
            };
            Availability::Unable {
                event: Arc::new(MungeServerEvent::Unable(failure)),
            }
        }
    }
}

/// The client is about to send its credential.
struct AwaitCredential(Arc<MungeServerSettings>);

/// munged is being asked.
struct Decoding(Arc<MungeServerSettings>);

impl Exchange<ClientProof> for AwaitCredential {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match Claim::decode(&message) {
            Ok(Claim::Credential(credential)) => ExchangeStep::quiet(ExchangeNext::Perform(
                EffectRequest::new(DecodeCredential(credential)),
                Box::new(Decoding(self.0)),
            )),
            // A client without a credential waits for no answer.
            Ok(Claim::Failed(text)) => {
                ExchangeStep::quiet(failed(MungeServerEvent::NoCredential(text)))
            }
            Err(error) => error.into(),
        }
    }
}

impl Exchange<ClientProof> for Decoding {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let maker = answer
            .into_output::<DecodeCredential>()
            .unwrap_or(Err(MungeFailure::Unperformed));
        match judge(maker) {
            Ok((uid, user, payload)) => {
                cx.event(MungeServerEvent::Proven {
                    uid,
                    user: user.clone(),
                });
                ExchangeStep::say(
                    cx.encoder().int(0).finish(),
                    ExchangeNext::Succeeded(ClientProof {
                        authenticated_name: Some(user.clone()),
                        user,
                        domain: self.0.uid_domain.as_deref().map(lowered),
                        limits: None,
                        attributes: Vec::new(),
                        voucher: None,
                        wrap: key_wrap(payload),
                    }),
                )
            }
            Err(event) => ExchangeStep::say(cx.encoder().int(-1).finish(), failed(event)),
        }
    }
}

fn judge(
    maker: Result<MungeMaker, MungeFailure>,
) -> Result<(u32, String, Secret), MungeServerEvent> {
    let MungeMaker { uid, name, payload } = maker.map_err(MungeServerEvent::NotTaken)?;
    match name {
        Ok(name) if !name.is_empty() => Ok((uid, name, payload)),
        Ok(_) => Err("its name is empty".to_owned()),
        Err(problem) => Err(problem),
    }
    .map_err(|problem| MungeServerEvent::NoName { uid, problem })
}
