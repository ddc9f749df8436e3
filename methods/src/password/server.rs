//! The server's side: it proves that it has the password, and lets the client do so.
//!
//! Rule: `doServerRec1` and `doServerRec2` in HTCondor's `condor_auth_passwd.cpp`, version 1. A client hears when this
//! side has no password; what was wrong with its own proof it never hears.

use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{MethodName, PASSWORD};

use super::credential::{PoolPassword, ReadPoolPassword};
use super::server_events::PasswordServerEvent;
use crate::akep2::name::{CONDOR_POOL, knows_condor, pool_name};
use crate::akep2::server::{self, ClientProofDefect, First, Opening, Second, Third};
use crate::akep2::{A_OK, NONCE_LEN};
use crate::failure::{failed, failed_late};
use crate::identity::{printable, split};

/// What a server's PASSWORD is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasswordServerSettings {
    /// UID_DOMAIN, which is part of both sides' name towards clients before 23.9.
    pub uid_domain: Option<String>,
}

/// The method PASSWORD, for a server.
#[derive(Debug, Clone, Default)]
pub struct PasswordServer(Arc<PasswordServerSettings>);

impl PasswordServer {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: PasswordServerSettings) -> Self {
        Self(Arc::new(settings))
    }
}

impl Named for PasswordServer {
    fn name(&self) -> &'static MethodName {
        &PASSWORD
    }
}

impl ServerMechanism for PasswordServer {
    /// HTCondor takes it wherever it is listed, with a password or without.
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(PasswordServerEvent::Offered),
        })
    }

    fn accept(&self, client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        let uid_domain = self.0.uid_domain.as_deref().unwrap_or_default();
        let version = client.version.as_ref();
        Box::new(AwaitFirst(Expected {
            name: pool_name(version, uid_domain),
            any_domain: !knows_condor(version),
        }))
    }
}

/// Who a client must say it is, which is also who this side is.
struct Expected {
    name: String,
    /// Older clients have this side's name, in whatever domain.
    any_domain: bool,
}

impl Expected {
    fn is(&self, claimed: &str) -> bool {
        match self.any_domain {
            true => claimed.starts_with(CONDOR_POOL),
            false => claimed == self.name,
        }
    }
}

/// The client is about to say who it is.
struct AwaitFirst(Expected);

/// The password is being read.
struct Reading {
    expected: Expected,
    first: First,
}

/// This side has proven itself, and the client is to do so.
struct AwaitThird {
    expected: Expected,
    password: PoolPassword,
    second: Second,
}

/// It came to nothing; the client says what it says, and that ends it.
struct AwaitThirdInVain(PasswordServerEvent);

fn refuse(event: PasswordServerEvent, cx: &ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
    ExchangeStep::say(
        server::second_refusal(cx.encoder()),
        ExchangeNext::Await(Box::new(AwaitThirdInVain(event))),
    )
}

impl Exchange<ClientProof> for AwaitFirst {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let first = match First::read(&message, Opening::Plain) {
            Ok(first) => first,
            Err(error) => return error.into(),
        };
        match first.status {
            A_OK => {}
            // It says nothing more, and expects nothing.
            server::ABORT => return ExchangeStep::quiet(failed(PasswordServerEvent::ClientLeft)),
            _ => return refuse(PasswordServerEvent::NothingSaid, cx),
        }
        if first.nonce.len() != NONCE_LEN || first.client.is_empty() {
            return refuse(PasswordServerEvent::BadOpening, cx);
        }
        ExchangeStep::quiet(ExchangeNext::Perform(
            EffectRequest::new(ReadPoolPassword),
            Box::new(Reading {
                expected: self.0,
                first,
            }),
        ))
    }
}

impl Reading {
    fn read(self, answer: EffectAnswer, cx: &mut ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
        let password = match PoolPassword::of(answer.into_output::<ReadPoolPassword>()) {
            Ok(password) => password,
            Err(problem) => return refuse(PasswordServerEvent::NoPassword(problem), cx),
        };
        let mut server_nonce = vec![0; NONCE_LEN];
        if let Err(error) = cx.entropy.fill(&mut server_nonce) {
            return ExchangeStep::quiet(ExchangeNext::NoEntropy(error));
        }
        let second = Second {
            client: self.first.client,
            server: self.expected.name.clone(),
            client_nonce: self.first.nonce,
            server_nonce,
        };
        match second.message(cx.encoder(), &password.keys.auth) {
            Some(message) => ExchangeStep::say(
                message,
                ExchangeNext::Await(Box::new(AwaitThird {
                    expected: self.expected,
                    password,
                    second,
                })),
            ),
            None => refuse(PasswordServerEvent::Internal, cx),
        }
    }
}

impl Exchange<ClientProof> for Reading {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        match input {
            ExchangeInput::Effect(answer) => self.read(answer, cx),
            _ => ExchangeStep::quiet(ExchangeNext::Await(self)),
        }
    }
}

impl Exchange<ClientProof> for AwaitThird {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let third = match Third::read(&message) {
            Ok(third) => third,
            Err(error) => return error.into(),
        };
        let Self {
            expected,
            password,
            second,
        } = *self;
        let path = password.path;
        // Where the client did not give up it takes it that all is well, and nothing is said to it: the connection ends.
        match third.verify(&password.keys.auth, &second) {
            Ok(()) => {}
            Err(defect @ ClientProofDefect::Declined) => {
                let event = PasswordServerEvent::NotProven { path, defect };
                return ExchangeStep::quiet(failed(event));
            }
            Err(defect) => {
                let event = PasswordServerEvent::NotProven { path, defect };
                return ExchangeStep::quiet(failed_late(event));
            }
        }
        if !expected.is(&second.client) {
            return ExchangeStep::quiet(failed_late(PasswordServerEvent::OtherName {
                claimed: printable(&second.client),
                expected: expected.name,
            }));
        }
        let Some(wrap) = password.keys.key_wrap(&second.server_nonce) else {
            return ExchangeStep::quiet(failed_late(PasswordServerEvent::Internal));
        };
        let (user, domain) = split(&expected.name);
        cx.event(PasswordServerEvent::Proven {
            path,
            name: expected.name,
        });
        ExchangeStep::quiet(ExchangeNext::Succeeded(ClientProof {
            authenticated_name: None,
            user,
            domain,
            limits: None,
            attributes: Vec::new(),
            voucher: None,
            wrap: Some(wrap),
        }))
    }
}

impl Exchange<ClientProof> for AwaitThirdInVain {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match Third::read(&message) {
            Err(error) => error.into(),
            Ok(_) => ExchangeStep::quiet(failed(self.0)),
        }
    }
}
