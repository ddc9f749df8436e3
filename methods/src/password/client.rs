//! The client's side: it says who it is, and goes on where the server has proven that it has the password.
//!
//! Rule: `Condor_Auth_Passwd::authenticate`, version 1. As there the exchange is completed even where this side has no
//! password, so that the next method can be tried on the same connection.

use std::sync::Arc;

use countersign_core::effect::EffectRequest;
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{MethodName, PASSWORD};

use super::credential::{NoPassword, PoolPassword, ReadPoolPassword};
use super::events::PasswordEvent;
use crate::akep2::name::pool_name;
use crate::akep2::{self, NONCE_LEN, Second};
use crate::failure::failed;

/// What PASSWORD is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasswordSettings {
    /// UID_DOMAIN, which is part of this side's name towards servers before 23.9.
    pub uid_domain: Option<String>,
}

/// The method PASSWORD.
#[derive(Debug, Clone, Default)]
pub struct Password(Arc<PasswordSettings>);

impl Password {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: PasswordSettings) -> Self {
        Self(Arc::new(settings))
    }
}

impl Named for Password {
    fn name(&self) -> &'static MethodName {
        &PASSWORD
    }
}

impl Mechanism for Password {
    /// HTCondor offers it wherever it is listed, with a password or without.
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(PasswordEvent::Offered),
        })
    }

    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        let uid_domain = self.0.uid_domain.as_deref().unwrap_or_default();
        Box::new(Reading {
            name: pool_name(peer.version.as_ref(), uid_domain),
        })
    }
}

/// The password is being read.
struct Reading {
    name: String,
}

/// The server has this side's name and nonce.
struct AwaitServer {
    name: String,
    nonce: Vec<u8>,
    password: Result<PoolPassword, NoPassword>,
}

impl Exchange<Proof> for Reading {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let answer = match input {
            ExchangeInput::Start => {
                return ExchangeStep::quiet(ExchangeNext::Perform(
                    EffectRequest::new(ReadPoolPassword),
                    self,
                ));
            }
            ExchangeInput::Message(_) => return ExchangeStep::quiet(ExchangeNext::Await(self)),
            ExchangeInput::Effect(answer) => answer,
        };
        let password = PoolPassword::of(answer.into_output::<ReadPoolPassword>());
        let mut nonce = vec![0; NONCE_LEN];
        if let Err(error) = cx.entropy.fill(&mut nonce) {
            return ExchangeStep::quiet(ExchangeNext::NoEntropy(error));
        }
        if let Ok(password) = &password {
            cx.event(PasswordEvent::Using {
                path: password.path.clone(),
                name: self.name.clone(),
            });
        }
        let first = akep2::first(cx.encoder(), &self.name, None, &nonce);
        ExchangeStep::say(
            first,
            ExchangeNext::Await(Box::new(AwaitServer {
                name: self.name,
                nonce,
                password,
            })),
        )
    }
}

impl Exchange<Proof> for AwaitServer {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let second = match Second::read(&message) {
            Ok(second) => second,
            Err(error) => return error.into(),
        };
        let refuse = |event: PasswordEvent, cx: &ExchangeContext<'_>| {
            ExchangeStep::say(akep2::third_refusal(cx.encoder()), failed(event))
        };
        let password = match self.password {
            Ok(password) => password,
            Err(problem) => return refuse(PasswordEvent::NoPassword(problem), cx),
        };
        let keys = &password.keys;
        if let Err(defect) = second.verify(&keys.auth, &self.name, &self.nonce) {
            let path = password.path;
            return refuse(PasswordEvent::NotProven { path, defect }, cx);
        }
        let third = akep2::third(cx.encoder(), &keys.auth, &self.name, &second.server_nonce);
        match (third, keys.key_wrap(&second.server_nonce)) {
            (Some(third), Some(wrap)) => ExchangeStep::say(
                third,
                ExchangeNext::Succeeded(Proof {
                    server_name: Some(second.server),
                    authenticated_name: None,
                    wrap: Some(wrap),
                }),
            ),
            _ => refuse(PasswordEvent::Internal, cx),
        }
    }
}
