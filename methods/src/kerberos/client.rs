//! The client's side.
//!
//! Rule: `Condor_Auth_Kerberos::authenticate`, `authenticate_client_kerberos` and `client_mutual_authenticate` in HTCondor
//! 25.14. The ticket is got, and the request made, before anything is said, so that a client that cannot go on says so
//! where the server expects to hear it.

use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{KERBEROS, MethodName};

use super::wire::{self, ABORT, DENY, FORWARD, GRANT, MUTUAL, PROCEED};
use super::{
    FindKerberos, GetTicket, JudgeReply, KerberosEvent, KerberosFailure, NameRules, Ticket,
};
use crate::failure::failed;

/// The method KERBEROS.
#[derive(Debug, Clone, Default)]
pub struct Kerberos(Arc<NameRules>);

impl Kerberos {
    /// The method with these rules for the server's name.
    #[must_use]
    pub fn new(rules: NameRules) -> Self {
        Self(Arc::new(rules))
    }
}

impl Named for Kerberos {
    fn name(&self) -> &'static MethodName {
        &KERBEROS
    }
}

impl Mechanism for Kerberos {
    fn probe(&self) -> Probe {
        Probe::Needs(EffectRequest::new(FindKerberos), found)
    }

    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Getting {
            rules: self.0.clone(),
            peer: peer.clone(),
        })
    }
}

fn found(answer: EffectAnswer) -> Availability {
    match answer.into_output::<FindKerberos>() {
        Some(Ok(())) => Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(KerberosEvent::Offered),
        },
        other => {
            let failure = match other {
                Some(Err(failure)) => failure,
                _ => KerberosFailure::Unperformed,
            };
            Availability::Unable {
                event: Arc::new(KerberosEvent::Unable(failure)),
            }
        }
    }
}

/// The ticket is being got.
struct Getting {
    rules: Arc<NameRules>,
    peer: Arc<PeerView>,
}

/// What is known of the server, once it has proved that it is the one of the ticket.
struct Server {
    judge: Box<dyn JudgeReply>,
    proof: Proof,
}

/// The server judges the ticket.
struct AwaitMutual(Server);

/// It took it, and is to prove who it is.
struct AwaitReply(Server);

/// It proved it, and has the last word.
struct AwaitVerdict(Proof);

impl Getting {
    fn on_ticket(
        &self,
        ticket: Result<Ticket, KerberosFailure>,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let abort = |event, cx: &ExchangeContext<'_>| {
            ExchangeStep::say(wire::number(cx.encoder(), ABORT), failed(event))
        };
        let ticket = match ticket {
            Ok(ticket) => ticket,
            Err(failure) => return abort(KerberosEvent::NoTicket(failure), cx),
        };
        let Ticket {
            request,
            client,
            server,
            realms,
            judge,
            wrap,
        } = ticket;
        let (user, domain) = match self.rules.user_of(&server, realms.as_ref()) {
            Ok(name) => name,
            Err(defect) => return abort(KerberosEvent::NoName { server, defect }, cx),
        };
        cx.event(KerberosEvent::Shown {
            client,
            server: server.clone(),
        });
        let proof = Proof {
            server_name: Some(format!("{user}@{domain}")),
            authenticated_name: Some(server),
            wrap: Some(wrap),
        };
        ExchangeStep {
            send: vec![
                wire::number(cx.encoder(), PROCEED),
                wire::packet(cx.encoder(), &request),
            ],
            next: ExchangeNext::Await(Box::new(AwaitMutual(Server { judge, proof }))),
        }
    }
}

impl Exchange<Proof> for Getting {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        match input {
            ExchangeInput::Start => {
                let request = GetTicket(self.peer.address.ip());
                ExchangeStep::quiet(ExchangeNext::Perform(EffectRequest::new(request), self))
            }
            ExchangeInput::Message(_) => ExchangeStep::quiet(ExchangeNext::Await(self)),
            ExchangeInput::Effect(answer) => {
                let ticket = answer.into_output::<GetTicket>();
                self.on_ticket(ticket.unwrap_or(Err(KerberosFailure::Unperformed)), cx)
            }
        }
    }
}

impl Exchange<Proof> for AwaitMutual {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match wire::read_number(&message, "the server's answer") {
            Ok(MUTUAL) => ExchangeStep::quiet(ExchangeNext::Await(Box::new(AwaitReply(self.0)))),
            Ok(_) => ExchangeStep::quiet(failed(KerberosEvent::Declined)),
            Err(error) => error.into(),
        }
    }
}

impl Exchange<Proof> for AwaitReply {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let reply = match wire::read_packet(&message) {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => return ExchangeStep::quiet(failed(KerberosEvent::NoAnswer)),
            Err(error) => return error.into(),
        };
        let Server { judge, proof } = self.0;
        match judge.judge(&reply) {
            Ok(()) => ExchangeStep::say(
                wire::number(cx.encoder(), GRANT),
                ExchangeNext::Await(Box::new(AwaitVerdict(proof))),
            ),
            // HTCondor's client says nothing and tries its next method, of which its server takes the mask for a yes.
            Err(failure) => ExchangeStep::say(
                wire::number(cx.encoder(), DENY),
                failed(KerberosEvent::NotMutual(failure)),
            ),
        }
    }
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
        match wire::read_number(&message, "the server's verdict") {
            Ok(GRANT | FORWARD) => ExchangeStep::quiet(ExchangeNext::Succeeded(self.0)),
            Ok(_) => ExchangeStep::quiet(failed(KerberosEvent::Refused)),
            Err(error) => error.into(),
        }
    }
}
