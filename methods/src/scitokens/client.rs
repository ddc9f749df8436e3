//! The client's side: the token goes through the tunnel, once the server is known to be who it should be.
//!
//! Rule: `Condor_Auth_SSL::authenticate` in HTCondor, in its mode for SCITOKENS. The token is sent in one record, with its
//! length before it; the server says yes or no. Not a byte of it leaves before the server's certificate was checked,
//! unless a setting waives that.

use std::sync::Arc;

use countersign_core::Secret;
use countersign_core::effect::EffectRequest;
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{MethodName, SCITOKENS};
use countersign_core::trace::AddressSource;
use zeroize::Zeroizing;

use super::bearer::{BearerSearch, BearerSource, FindBearerToken};
use super::client_events::ScitokensEvent;
use super::shown::Shown;
use super::token::MAX_TOKEN;
use crate::failure::failed;
use crate::ssl::SslSettings;
use crate::ssl::client::{Errand, Host, Opening, Server, Unable};
use crate::ssl::tunnel::Tunnel;
use crate::ssl::wire::{MAX_ROUNDS, Status};

/// The method SCITOKENS.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scitokens(SslSettings);

impl Scitokens {
    /// The method; servers are checked by the settings of SSL.
    #[must_use]
    pub fn new(settings: SslSettings) -> Self {
        Self(settings)
    }
}

impl Named for Scitokens {
    fn name(&self) -> &'static MethodName {
        &SCITOKENS
    }
}

impl Mechanism for Scitokens {
    /// HTCondor's clients offer it whatever they have.
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(ScitokensEvent::Offered),
        })
    }

    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Finding {
            settings: self.0,
            peer: peer.clone(),
        })
    }
}

/// The token is being looked for.
struct Finding {
    settings: SslSettings,
    peer: Arc<PeerView>,
}

/// What goes through the tunnel.
struct Errands {
    token: Secret,
    source: BearerSource,
    shown: Option<Shown>,
    named_by: AddressSource,
}

/// The server looks at the token.
struct AwaitVerdict {
    tunnel: Tunnel,
    source: BearerSource,
    shown: Option<Shown>,
    rounds: usize,
}

impl Exchange<Proof> for Finding {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Effect(answer) = input else {
            let request = EffectRequest::new(FindBearerToken);
            return ExchangeStep::quiet(ExchangeNext::Perform(request, self));
        };
        let search = answer
            .into_output::<FindBearerToken>()
            .unwrap_or_else(|| BearerSearch::nowhere("nobody here looks for tokens"));
        let unable = |event: ScitokensEvent| {
            let why = Arc::new(event);
            ExchangeStep::quiet(ExchangeNext::Await(Box::new(Unable { why }) as Box<_>))
        };
        let BearerSearch { found, passed_over } = search;
        let Some((source, token)) = found else {
            return unable(ScitokensEvent::NoToken { passed_over });
        };
        let len = token.expose().len();
        if len > MAX_TOKEN {
            return unable(ScitokensEvent::TooLong { source, len });
        }
        let shown = Shown::of(token.expose());
        cx.event(ScitokensEvent::Found {
            source: source.clone(),
            passed_over,
            shown: shown.clone(),
        });
        let opening = Opening {
            settings: self.settings,
            host: Host::of(&self.peer),
            with_certificate: false,
            then: Box::new(Errands {
                token,
                source,
                shown,
                named_by: self.peer.named_by.clone(),
            }),
        };
        Box::new(opening).advance(ExchangeInput::Start, cx)
    }
}

impl Errand for Errands {
    fn run(
        self: Box<Self>,
        mut tunnel: Tunnel,
        server: Server,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let Self {
            token,
            source,
            shown,
            named_by,
        } = *self;
        if let Some(waived_by) = server.unverified {
            let source = source.clone();
            cx.event(ScitokensEvent::SentUnverified { source, waived_by });
        }
        let host = server.host.alias.clone().unwrap_or_default();
        if matches!(named_by, AddressSource::Collector(_)) {
            cx.event(ScitokensEvent::NamedByCollector {
                host: host.clone(),
                named_by,
            });
        }
        if let Some(shown) = &shown
            && !shown.is_for(&host, &server.host.given)
        {
            cx.event(ScitokensEvent::ForOthers {
                audiences: shown.audiences.clone(),
                host,
            });
        }
        let bytes = token.expose();
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let record = Zeroizing::new([len.to_be_bytes().as_slice(), bytes].concat());
        tunnel.write(&record);
        let status = tunnel.status();
        let message = tunnel.say(status, cx.encoder());
        let next = match tunnel.failure() {
            Some(error) => failed(ScitokensEvent::NotSent(error.to_string())),
            None => ExchangeNext::Await(Box::new(AwaitVerdict {
                tunnel,
                source,
                shown,
                rounds: 0,
            })),
        };
        ExchangeStep::say(message, next)
    }
}

impl Exchange<Proof> for AwaitVerdict {
    fn advance(
        mut self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let status = match self.tunnel.hear(&message) {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        self.rounds += 1;
        if status == Status::Holding {
            // As in HTCondor, the server has no name of its own by this method.
            return ExchangeStep::quiet(ExchangeNext::Succeeded(Proof {
                server_name: Some("scitokens@unmapped".into()),
                authenticated_name: None,
                wrap: None,
            }));
        }
        if status.gives_up() || self.rounds > MAX_ROUNDS {
            let Self { source, shown, .. } = *self;
            let late = shown.as_ref().and_then(|shown| shown.out_of_time(cx.now));
            return ExchangeStep::quiet(failed(ScitokensEvent::Refused {
                source,
                shown,
                late,
            }));
        }
        ExchangeStep::say(
            self.tunnel.say(Status::Holding, cx.encoder()),
            ExchangeNext::Await(self),
        )
    }
}
