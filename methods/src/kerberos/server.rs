//! The server's side.
//!
//! Rule: `authenticate_server_kerberos_0`, `_1` and `_2` of `Condor_Auth_Kerberos` in HTCondor 25.14, but that a client that
//! does not believe the server is not taken for one that does.

use std::net::IpAddr;
use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{KERBEROS, MethodName};

use super::wire::{self, DENY, GRANT, MUTUAL, PROCEED};
use super::{AcceptTicket, FindKerberos, KerberosFailure, KerberosServerEvent, NameRules, Taken};
use crate::failure::failed;

/// The method KERBEROS, for a server.
#[derive(Debug, Clone, Default)]
pub struct KerberosServer(Arc<NameRules>);

impl KerberosServer {
    /// The method with these rules for clients' names.
    #[must_use]
    pub fn new(rules: NameRules) -> Self {
        Self(Arc::new(rules))
    }
}

impl Named for KerberosServer {
    fn name(&self) -> &'static MethodName {
        &KERBEROS
    }
}

impl ServerMechanism for KerberosServer {
    fn probe(&self) -> Probe {
        Probe::Needs(EffectRequest::new(FindKerberos), found)
    }

    fn accept(&self, client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(AwaitReady(Side {
            rules: self.0.clone(),
            from: client.address.ip(),
        }))
    }
}

fn found(answer: EffectAnswer) -> Availability {
    match answer.into_output::<FindKerberos>() {
        Some(Ok(())) => Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(KerberosServerEvent::Offered),
        },
        other => {
            let failure = match other {
                Some(Err(failure)) => failure,
                _ => KerberosFailure::Unperformed,
            };
            Availability::Unable {
                event: Arc::new(KerberosServerEvent::Unable(failure)),
            }
        }
    }
}

/// What stays the same.
struct Side {
    rules: Arc<NameRules>,
    from: IpAddr,
}

/// The client says whether it has a ticket.
struct AwaitReady(Side);

/// It has one, and shows it.
struct AwaitRequest(Side);

/// The ticket is being judged.
struct Judging(Side);

/// The client says whether it believes the answer.
struct AwaitBelief {
    side: Side,
    taken: Taken,
}

fn deny(event: KerberosServerEvent, cx: &ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
    ExchangeStep::say(wire::number(cx.encoder(), DENY), failed(event))
}

impl Exchange<ClientProof> for AwaitReady {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match wire::read_number(&message, "whether the client has a ticket") {
            Ok(PROCEED) => ExchangeStep::quiet(ExchangeNext::Await(Box::new(AwaitRequest(self.0)))),
            // It waits for no answer.
            Ok(_) => ExchangeStep::quiet(failed(KerberosServerEvent::NoTicket)),
            Err(error) => error.into(),
        }
    }
}

impl Exchange<ClientProof> for AwaitRequest {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match wire::read_packet(&message) {
            Ok(Ok(request)) => {
                let from = self.0.from;
                ExchangeStep::quiet(ExchangeNext::Perform(
                    EffectRequest::new(AcceptTicket { request, from }),
                    Box::new(Judging(self.0)),
                ))
            }
            Ok(Err(_)) => deny(KerberosServerEvent::NoTicket, cx),
            Err(error) => error.into(),
        }
    }
}

impl Exchange<ClientProof> for Judging {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let taken = answer
            .into_output::<AcceptTicket>()
            .unwrap_or(Err(KerberosFailure::Unperformed));
        match taken {
            Ok(taken) => ExchangeStep {
                send: vec![
                    wire::number(cx.encoder(), MUTUAL),
                    wire::packet(cx.encoder(), &taken.reply),
                ],
                next: ExchangeNext::Await(Box::new(AwaitBelief {
                    side: self.0,
                    taken,
                })),
            },
            Err(failure) => deny(KerberosServerEvent::NotTaken(failure), cx),
        }
    }
}

impl Exchange<ClientProof> for AwaitBelief {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match wire::read_number(&message, "whether the client believes it") {
            Ok(GRANT) => {}
            Ok(_) => return deny(KerberosServerEvent::NotBelieved, cx),
            Err(error) => return error.into(),
        }
        let Self { side, taken } = *self;
        let client = taken.client;
        let (user, domain) = match side.rules.user_of(&client, taken.realms.as_ref()) {
            Ok(name) => name,
            Err(defect) => return deny(KerberosServerEvent::NoName { client, defect }, cx),
        };
        cx.event(KerberosServerEvent::Proven {
            client: client.clone(),
            user: format!("{user}@{domain}"),
        });
        ExchangeStep::say(
            wire::number(cx.encoder(), GRANT),
            ExchangeNext::Succeeded(ClientProof {
                authenticated_name: Some(client),
                user,
                domain: Some(domain),
                limits: None,
                attributes: Vec::new(),
                voucher: None,
                wrap: Some(taken.wrap),
            }),
        )
    }
}
