//! The client's side: the tunnel to the server, up to the point where the server is known to be who it should be.
//!
//! Rule: `Condor_Auth_SSL::authenticate` in HTCondor. What comes through the tunnel then is for whoever opened it: SSL
//! itself has nothing more to say.

use std::sync::Arc;

use countersign_core::effect::EffectRequest;
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{MethodName, SSL};
use countersign_core::sinful::Sinful;
use countersign_core::trace::MethodEvent;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use super::material::{ClientTls, LoadClientTls};
use super::name::{ServerNames, subject_of};
use super::session_key::{KEY_LEN, wrapped_with};
use super::tunnel::Tunnel;
use super::verifier::{Judged, ServerVerifier};
use super::wire::{MAX_ROUNDS, Status};
use super::{Bootstrap, SslEvent, TrustAnswer, TrustServer};
use crate::failure::failed;

/// What a client's SSL is configured with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SslSettings {
    /// SSL_SKIP_HOST_CHECK: the server may be any host that an authority vouches for.
    pub skip_host_check: bool,
    /// What to do about a server that nobody vouches for, and of which nothing is known.
    pub bootstrap: Bootstrap,
}

/// The method SSL.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ssl(SslSettings);

impl Ssl {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: SslSettings) -> Self {
        Self(settings)
    }
}

impl Named for Ssl {
    fn name(&self) -> &'static MethodName {
        &SSL
    }
}

impl Mechanism for Ssl {
    /// HTCondor's clients offer it whatever they have.
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(SslEvent::Offered),
        })
    }

    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Opening {
            settings: self.0,
            host: Host::of(peer),
            with_certificate: true,
            then: Box::new(Done),
        })
    }
}

/// What is done with the tunnel once the server is known.
pub(crate) trait Errand: Send {
    fn run(
        self: Box<Self>,
        tunnel: Tunnel,
        server: Server,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof>;
}

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// The host that it should be.
    pub(crate) host: Host,
    /// The subject of its certificate.
    pub(crate) subject: String,
    /// What was not checked of it, if anything.
    pub(crate) unverified: Option<&'static str>,
}

/// Nothing more is to be done.
struct Done;

impl Errand for Done {
    fn run(
        self: Box<Self>,
        _: Tunnel,
        server: Server,
        _: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        ExchangeStep::quiet(ExchangeNext::Succeeded(Proof {
            server_name: Some("ssl@unmapped".into()),
            authenticated_name: Some(server.subject),
            wrap: None,
        }))
    }
}

/// The host that the server should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// The address's alias.
    pub(crate) alias: Option<String>,
    /// The address as given.
    pub(crate) given: String,
}

impl Host {
    pub(crate) fn of(peer: &PeerView) -> Self {
        let alias = Sinful::parse(&peer.given_address)
            .ok()
            .and_then(|address| address.alias().map(str::to_owned))
            .filter(|alias| !alias.is_empty());
        Self {
            alias,
            given: peer.given_address.clone(),
        }
    }
}

/// What is needed is being loaded.
pub(crate) struct Opening {
    pub(crate) settings: SslSettings,
    pub(crate) host: Host,
    pub(crate) with_certificate: bool,
    pub(crate) then: Box<dyn Errand>,
}

/// This side cannot begin, and tells the server so when the server has said whether it can.
pub(crate) struct Unable {
    pub(crate) why: Arc<dyn MethodEvent>,
}

/// The server is about to say whether it can begin.
struct AwaitReady {
    opening: Opening,
    tunnel: Tunnel,
    verifier: Arc<ServerVerifier>,
}

/// The TLS handshake.
struct Shaking {
    opening: Opening,
    tunnel: Tunnel,
    verifier: Arc<ServerVerifier>,
    own: Status,
    rounds: usize,
}

/// Somebody is asked whether the server is to be believed.
struct Asking {
    errand: Box<dyn Errand>,
    tunnel: Tunnel,
    server: Server,
    question: TrustServer,
}

/// The server's key is on its way.
struct AwaitKey {
    errand: Box<dyn Errand>,
    tunnel: Tunnel,
    server: Server,
    rounds: usize,
}

/// The server is not who it should be, and hears so after its next message.
struct Quitting {
    why: SslEvent,
}

impl Exchange<Proof> for Opening {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Effect(answer) = input else {
            let request = LoadClientTls {
                host: self.host.alias.clone(),
                with_certificate: self.with_certificate,
            };
            return ExchangeStep::quiet(ExchangeNext::Perform(EffectRequest::new(request), self));
        };
        let next: Box<dyn Exchange<Proof>> = match answer.into_output::<LoadClientTls>() {
            None => Box::new(Unable {
                why: Arc::new(SslEvent::NotLoaded("nobody here loads certificates".into())),
            }),
            Some(Err(fault)) => Box::new(Unable {
                why: Arc::new(SslEvent::NotLoaded(fault.to_string())),
            }),
            Some(Ok(tls)) => match connect(&tls, &self, cx.now) {
                Err(error) => Box::new(Unable {
                    why: Arc::new(SslEvent::NotLoaded(error.to_string())),
                }),
                Ok((tunnel, verifier)) => {
                    cx.event(SslEvent::Loaded {
                        trust: tls.trust.to_string(),
                        certificate: tls.certificate.map(|certificate| certificate.path),
                    });
                    Box::new(AwaitReady {
                        opening: *self,
                        tunnel,
                        verifier,
                    })
                }
            },
        };
        ExchangeStep::quiet(ExchangeNext::Await(next))
    }
}

/// A TLS client that has said nothing yet.
fn connect(
    tls: &ClientTls,
    opening: &Opening,
    now: u64,
) -> Result<(Tunnel, Arc<ServerVerifier>), rustls::Error> {
    let provider = tls.parameters.provider.clone();
    let verifier = Arc::new(ServerVerifier::new(
        tls.trust.clone(),
        provider.clone(),
        tls.known.clone(),
        // Without a name there is nothing to note down.
        match opening.host.alias {
            Some(_) => opening.settings.bootstrap,
            None => Bootstrap::Refuse,
        },
        now,
    ));
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&tls.parameters.versions)?
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone());
    let mut config = match &tls.certificate {
        None => config.with_no_client_auth(),
        Some(own) => config.with_client_cert_resolver(Arc::new(
            rustls::sign::SingleCertAndKey::from(own.key.clone()),
        )),
    };
    // HTCondor's clients send no name and resume nothing.
    config.enable_sni = false;
    config.resumption = Resumption::disabled();
    // It is not sent, and the names are checked by HTCondor's rule.
    let name = ServerName::try_from("unnamed.invalid")
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let tls = ClientConnection::new(Arc::new(config), name)?;
    Ok((Tunnel::new(tls), verifier))
}

impl Exchange<Proof> for Unable {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        if let Err(error) = Status::read_alone(&message) {
            return error.into();
        }
        let failure = countersign_core::method::MethodFailure {
            stack: Vec::new(),
            event: self.why,
            ends_connection: false,
        };
        ExchangeStep::say(
            Status::Error.alone(cx.encoder()),
            ExchangeNext::Failed(failure),
        )
    }
}

impl Exchange<Proof> for AwaitReady {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let ready = Status::Ready.alone(cx.encoder());
        match Status::read_alone(&message) {
            Err(error) => error.into(),
            Ok(Status::Ready) => {
                let Self {
                    opening,
                    tunnel,
                    verifier,
                } = *self;
                let shaking = Shaking {
                    opening,
                    tunnel,
                    verifier,
                    own: Status::Receiving,
                    rounds: 0,
                };
                let mut step = shaking.speak(None, cx);
                step.send.insert(0, ready);
                step
            }
            Ok(_) => ExchangeStep::say(ready, failed(SslEvent::ServerUnable)),
        }
    }
}

impl Shaking {
    /// Says how far this side is, with the bytes of TLS that are to be sent.
    fn speak(
        mut self,
        server: Option<Status>,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        self.own = self.tunnel.status();
        let message = self.tunnel.say(self.own, cx.encoder());
        let next = if self.own == Status::Quitting {
            failed(self.why(None))
        } else if self.own == Status::Holding && server == Some(Status::Holding) {
            let mut step = self.shaken(cx);
            step.send.insert(0, message);
            return step;
        } else {
            ExchangeNext::Await(Box::new(self))
        };
        ExchangeStep::say(message, next)
    }

    /// Why it came to nothing.
    fn why(&self, server: Option<Status>) -> SslEvent {
        let host = &self.opening.host;
        match (self.verifier.judged(), self.tunnel.failure()) {
            (Some(Judged::Refused(refused)), _) => SslEvent::ServerRefused {
                host: host.alias.clone().unwrap_or_else(|| host.given.clone()),
                refused: refused.clone(),
            },
            (_, Some(rustls::Error::AlertReceived(alert))) => SslEvent::ServerAlert {
                alert: format!("{alert:?}"),
                without_certificate: self.opening.with_certificate,
            },
            (_, Some(error)) => SslEvent::TlsFailed(error.to_string()),
            (_, None) => SslEvent::ServerQuit {
                during: if server == Some(Status::Error) {
                    "its TLS could not go on"
                } else {
                    "it gave up during the TLS handshake"
                },
            },
        }
    }

    /// The TLS handshake is done: is the server the host that it should be?
    fn shaken(self, cx: &mut ExchangeContext<'_>) -> ExchangeStep<Proof> {
        let Self {
            opening,
            tunnel,
            verifier,
            ..
        } = self;
        let Opening {
            settings,
            host,
            then: errand,
            ..
        } = opening;
        let certificate = tunnel
            .tls()
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|certificate| certificate.as_ref().to_vec())
            .unwrap_or_default();
        let names = ServerNames::of(&certificate).unwrap_or_default();
        let subject = subject_of(&certificate).unwrap_or_default();
        let quit =
            |why| ExchangeStep::quiet(ExchangeNext::Await(Box::new(Quitting { why }) as Box<_>));
        let checked = match &host.alias {
            _ if settings.skip_host_check => false,
            None => {
                let given = host.given;
                return quit(SslEvent::NoHost { given, names });
            }
            Some(alias) if names.include(alias) => true,
            Some(alias) => {
                let host = alias.clone();
                return quit(SslEvent::OtherHost { host, names });
            }
        };
        let mut server = Server {
            host,
            subject,
            unverified: (!checked).then_some("SSL_SKIP_HOST_CHECK"),
        };
        let tls = tunnel.tls();
        cx.event(SslEvent::Shaken {
            subject: server.subject.clone(),
            host: server.host.alias.clone().filter(|_| checked),
            pinned: match verifier.judged() {
                Some(Judged::Pinned(known)) => Some((known.path.clone(), known.line)),
                _ => None,
            },
            version: tls.protocol_version().map(|version| format!("{version:?}")),
            cipher: tls
                .negotiated_cipher_suite()
                .map(|suite| format!("{:?}", suite.suite())),
        });
        match verifier.judged() {
            Some(Judged::Trusted | Judged::Pinned(_)) => {}
            Some(Judged::Unknown(presented)) => {
                let ask = settings.bootstrap == Bootstrap::Ask;
                if !ask {
                    server.unverified = Some("BOOTSTRAP_SSL_SERVER_TRUST");
                }
                let question = TrustServer {
                    host: server.host.alias.clone().unwrap_or_default(),
                    fingerprint: super::events::fingerprint(&presented.certificate),
                    certificate: presented.certificate.clone(),
                    subject: presented.subject.clone(),
                    is_authority: presented.is_authority,
                    ask,
                };
                return ExchangeStep::quiet(ExchangeNext::Perform(
                    EffectRequest::new(question.clone()),
                    Box::new(Asking {
                        errand,
                        tunnel,
                        server,
                        question,
                    }),
                ));
            }
            // No certificate was judged, or it was refused: neither gets this far.
            Some(Judged::Refused(_)) | None => {
                return quit(SslEvent::TlsFailed("no certificate was shown".into()));
            }
        }
        await_key(errand, tunnel, server)
    }
}

fn await_key(errand: Box<dyn Errand>, tunnel: Tunnel, server: Server) -> ExchangeStep<Proof> {
    ExchangeStep::quiet(ExchangeNext::Await(Box::new(AwaitKey {
        errand,
        tunnel,
        server,
        rounds: 0,
    })))
}

impl Exchange<Proof> for Shaking {
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
        if status.gives_up() {
            return ExchangeStep::quiet(failed(self.why(Some(status))));
        }
        if self.own == Status::Holding && status == Status::Holding {
            // A refusal may have come with the last message, to which nothing is said.
            if self.tunnel.failure().is_some() {
                return ExchangeStep::quiet(failed(self.why(Some(status))));
            }
            return self.shaken(cx);
        }
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            let during = "its TLS handshake came to no end";
            let message = Status::Quitting.with(&[], cx.encoder());
            return ExchangeStep::say(message, failed(SslEvent::ServerQuit { during }));
        }
        self.speak(Some(status), cx)
    }
}

impl Exchange<Proof> for Asking {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let Self {
            errand,
            tunnel,
            server,
            question,
        } = *self;
        let answer = answer
            .into_output::<TrustServer>()
            .unwrap_or(TrustAnswer::Refused {
                why: "nobody could be asked".into(),
            });
        let refused = matches!(answer, TrustAnswer::Refused { .. });
        let event = SslEvent::Asked { question, answer };
        if refused {
            return ExchangeStep::quiet(ExchangeNext::Await(Box::new(Quitting { why: event })));
        }
        cx.event(event);
        await_key(errand, tunnel, server)
    }
}

impl Exchange<Proof> for Quitting {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match Status::read_with(&message) {
            Err(error) => error.into(),
            Ok((status, _)) if status.gives_up() => ExchangeStep::quiet(failed(self.why)),
            Ok(_) => ExchangeStep::say(Status::Quitting.with(&[], cx.encoder()), failed(self.why)),
        }
    }
}

impl Exchange<Proof> for AwaitKey {
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
        if status.gives_up() {
            let why = match self.tunnel.failure() {
                Some(rustls::Error::AlertReceived(alert)) => SslEvent::ServerAlert {
                    alert: format!("{alert:?}"),
                    without_certificate: false,
                },
                _ => SslEvent::ServerQuit {
                    during: "it did not accept this client's certificate, or the lack of one",
                },
            };
            return ExchangeStep::quiet(failed(why));
        }
        if let Some(error) = self.tunnel.failure() {
            let why = SslEvent::TlsFailed(error.to_string());
            return ExchangeStep::say(self.tunnel.say(Status::Quitting, cx.encoder()), failed(why));
        }
        if let Some(key) = self.tunnel.take(KEY_LEN) {
            let message = self.tunnel.say(Status::Holding, cx.encoder());
            let Self {
                errand,
                tunnel,
                server,
                ..
            } = *self;
            let mut step = errand.run(tunnel, server, cx);
            step.send.insert(0, message);
            return wrapped_with(key, step);
        }
        self.rounds += 1;
        if status == Status::Holding || self.rounds > MAX_ROUNDS {
            let why = SslEvent::ServerQuit {
                during: "it sent no key",
            };
            return ExchangeStep::say(Status::Quitting.with(&[], cx.encoder()), failed(why));
        }
        ExchangeStep::say(
            self.tunnel.say(Status::Receiving, cx.encoder()),
            ExchangeNext::Await(self),
        )
    }
}
