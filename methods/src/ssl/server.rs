//! The server's side: the tunnel to the client, and what its certificate says, if it has one.
//!
//! Rule: `authenticate_server_pre`, `authenticate_server_connect` and `authenticate_server_key` in HTCondor's
//! `condor_auth_ssl.cpp`.

use std::sync::Arc;

use countersign_core::Secret;
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::identity::{Mapped, Mapper, UNMAPPED_DOMAIN};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{MethodName, SSL};
use rustls::ServerConnection;
use zeroize::Zeroizing;

use super::material::LoadServerTls;
use super::name::subject_of;
use super::proxy;
use super::session_key::{KEY_LEN, wrapped_with};
use super::tunnel::Tunnel;
use super::wire::{MAX_ROUNDS, Status};
use super::{SslServerEvent, verifier::ClientRefused};
use crate::failure::failed;

/// What a server's SSL is configured with.
#[derive(Debug, Clone)]
pub struct SslServerSettings {
    /// AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE.
    pub require_certificate: bool,
    /// AUTH_SSL_REQUIRE_CLIENT_MAPPING: a client whose certificate no line of the mapfile speaks of is left to another
    /// method.
    pub require_mapping: bool,
    /// The mapfile that AUTH_SSL_REQUIRE_CLIENT_MAPPING is about.
    pub mapper: Arc<dyn Mapper>,
}

/// The method SSL, for a server.
#[derive(Debug, Clone)]
pub struct SslServer(Arc<SslServerSettings>);

impl SslServer {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: SslServerSettings) -> Self {
        Self(Arc::new(settings))
    }
}

impl Named for SslServer {
    fn name(&self) -> &'static MethodName {
        &SSL
    }
}

impl ServerMechanism for SslServer {
    fn probe(&self) -> Probe {
        Probe::Needs(EffectRequest::new(LoadServerTls), read_probe)
    }

    fn accept(&self, _client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(Opening(Box::new(WhoIsIt(self.0.clone()))))
    }
}

/// HTCondor strikes it where no certificate and key can be read.
fn read_probe(answer: EffectAnswer) -> Availability {
    match answer.into_output::<LoadServerTls>() {
        Some(Ok(tls)) => Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(SslServerEvent::Offered {
                certificate: tls.certificate().to_owned(),
            }),
        },
        Some(Err(fault)) => Availability::Struck {
            event: Arc::new(SslServerEvent::NotLoaded(fault.to_string())),
        },
        None => Availability::Struck {
            event: Arc::new(SslServerEvent::NotLoaded(
                "nobody here loads certificates".into(),
            )),
        },
    }
}

/// What is done with the tunnel.
pub(crate) trait Service: Send {
    /// Whether the client, with this certificate or with none, may go on.
    fn admit(
        &mut self,
        certificate: Option<&str>,
        cx: &mut ExchangeContext<'_>,
    ) -> Result<(), SslServerEvent>;

    /// Goes on once the tunnel stands.
    fn run(
        self: Box<Self>,
        tunnel: Tunnel,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof>;
}

/// SSL itself: who the client's certificate says it is.
struct WhoIsIt(Arc<SslServerSettings>);

impl Service for WhoIsIt {
    fn admit(
        &mut self,
        certificate: Option<&str>,
        _cx: &mut ExchangeContext<'_>,
    ) -> Result<(), SslServerEvent> {
        match certificate {
            None if self.0.require_certificate => Err(SslServerEvent::NoCertificate),
            None => Ok(()),
            Some(subject) => must_map(&self.0, subject),
        }
    }

    fn run(
        self: Box<Self>,
        tunnel: Tunnel,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let subject = shown_certificate(&tunnel);
        let (user, name) = match subject {
            Some(subject) => ("ssl", subject),
            None => ("unauthenticated", "unauthenticated".to_owned()),
        };
        cx.event(SslServerEvent::Proven { name: name.clone() });
        ExchangeStep::quiet(ExchangeNext::Succeeded(ClientProof {
            authenticated_name: Some(name),
            user: user.into(),
            domain: Some(UNMAPPED_DOMAIN.into()),
            limits: None,
            attributes: Vec::new(),
            voucher: None,
            wrap: None,
        }))
    }
}

/// AUTH_SSL_REQUIRE_CLIENT_MAPPING, which counts wherever a client shows a certificate.
pub(crate) fn must_map(settings: &SslServerSettings, subject: &str) -> Result<(), SslServerEvent> {
    if !settings.require_mapping {
        return Ok(());
    }
    // As in HTCondor, whom a certificate does not name cannot be mapped, whatever a line says.
    if subject.is_empty() {
        return Err(SslServerEvent::Unmapped {
            subject: String::new(),
            searched: "its certificate has no subject".into(),
        });
    }
    match settings.mapper.map(&SSL, subject) {
        Mapped::To { .. } => Ok(()),
        Mapped::Plugins { by, .. } => Err(SslServerEvent::Unmapped {
            subject: subject.to_owned(),
            searched: format!("{by} names plugins, which only SCITOKENS asks"),
        }),
        Mapped::Unconfigured => Err(SslServerEvent::Unmapped {
            subject: subject.to_owned(),
            searched: "there is no mapfile".into(),
        }),
        Mapped::Nothing { searched } => Err(SslServerEvent::Unmapped {
            subject: subject.to_owned(),
            searched,
        }),
        Mapped::Failed { reason } => Err(SslServerEvent::Unmapped {
            subject: subject.to_owned(),
            searched: reason,
        }),
    }
}

/// The subject of the certificate that the client has shown and that was vouched for.
fn shown_certificate(tunnel: &Tunnel) -> Option<String> {
    let (leaf, sent) = tunnel.tls().peer_certificates()?.split_first()?;
    // It was judged when it came.
    let user = proxy::holder(leaf, sent)?;
    subject_of(user)
}

/// What is needed is being loaded.
pub(crate) struct Opening(pub(crate) Box<dyn Service>);

/// The client says whether it can begin; this side may not.
struct AwaitReady {
    service: Box<dyn Service>,
    tunnel: Result<Tunnel, SslServerEvent>,
}

/// The TLS handshake.
struct Shaking {
    service: Box<dyn Service>,
    tunnel: Tunnel,
    own: Status,
    rounds: usize,
}

/// The key was sent.
struct KeySent {
    service: Box<dyn Service>,
    tunnel: Tunnel,
    rounds: usize,
    key: Secret,
}

impl Exchange<ClientProof> for Opening {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            let request = EffectRequest::new(LoadServerTls);
            return ExchangeStep::quiet(ExchangeNext::Perform(request, self));
        };
        let tunnel = match answer.into_output::<LoadServerTls>() {
            None => Err("nobody here loads certificates".to_owned()),
            Some(Err(fault)) => Err(fault.to_string()),
            Some(Ok(tls)) => ServerConnection::new(tls.config().clone())
                .map(Tunnel::new)
                .map_err(|error| error.to_string()),
        }
        .map_err(SslServerEvent::NotLoaded);
        let status = match &tunnel {
            Ok(_) => Status::Ready,
            Err(_) => Status::Error,
        };
        let next = AwaitReady {
            service: self.0,
            tunnel,
        };
        ExchangeStep::say(
            status.alone(cx.encoder()),
            ExchangeNext::Await(Box::new(next)),
        )
    }
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
        let status = match Status::read_alone(&message) {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        let Self { service, tunnel } = *self;
        ExchangeStep::quiet(match (tunnel, status) {
            (Err(event), _) => failed(event),
            (Ok(tunnel), Status::Ready) => ExchangeNext::Await(Box::new(Shaking {
                service,
                tunnel,
                own: Status::Receiving,
                rounds: 0,
            })),
            (Ok(_), _) => failed(SslServerEvent::ClientUnable),
        })
    }
}

impl Shaking {
    fn why(&self) -> SslServerEvent {
        match self.tunnel.failure() {
            Some(rustls::Error::AlertReceived(alert)) => {
                SslServerEvent::ClientAlert(format!("{alert:?}"))
            }
            Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)))
                if other.0.is::<ClientRefused>() =>
            {
                SslServerEvent::CertificateRefused(other.to_string())
            }
            Some(error) => SslServerEvent::TlsFailed(error.to_string()),
            None => SslServerEvent::ClientQuit("during the TLS handshake"),
        }
    }

    /// The TLS handshake is done: the client is looked at, and is sent the key.
    fn shaken(self, cx: &mut ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
        let Self {
            mut service,
            mut tunnel,
            ..
        } = self;
        let quit = |event, cx: &ExchangeContext<'_>| {
            ExchangeStep::say(Status::Quitting.with(&[], cx.encoder()), failed(event))
        };
        let subject = shown_certificate(&tunnel);
        cx.event(SslServerEvent::Shaken {
            subject: subject.clone(),
            version: tunnel
                .tls()
                .protocol_version()
                .map(|version| format!("{version:?}")),
        });
        if let Err(event) = service.admit(subject.as_deref(), cx) {
            return quit(event, cx);
        }
        let mut key = Zeroizing::new([0; KEY_LEN]);
        if let Err(error) = cx.entropy.fill(key.as_mut_slice()) {
            return ExchangeStep::quiet(ExchangeNext::NoEntropy(error));
        }
        let key = Secret::new(key.to_vec());
        tunnel.write(key.expose());
        if let Some(error) = tunnel.failure() {
            return quit(SslServerEvent::TlsFailed(error.to_string()), cx);
        }
        ExchangeStep::say(
            tunnel.say(Status::Holding, cx.encoder()),
            ExchangeNext::Await(Box::new(KeySent {
                service,
                tunnel,
                key,
                rounds: 0,
            })),
        )
    }
}

impl Exchange<ClientProof> for Shaking {
    fn advance(
        mut self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let status = match self.tunnel.hear(&message) {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        if status.gives_up() {
            return ExchangeStep::quiet(failed(self.why()));
        }
        if self.own == Status::Holding
            && status == Status::Holding
            && self.tunnel.failure().is_none()
        {
            return self.shaken(cx);
        }
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            let event = SslServerEvent::ClientQuit("its TLS handshake came to no end");
            return ExchangeStep::say(Status::Quitting.with(&[], cx.encoder()), failed(event));
        }
        self.own = self.tunnel.status();
        let message = self.tunnel.say(self.own, cx.encoder());
        if self.own == Status::Quitting {
            return ExchangeStep::say(message, failed(self.why()));
        }
        if self.own == Status::Holding && status == Status::Holding {
            let mut step = self.shaken(cx);
            step.send.insert(0, message);
            return step;
        }
        ExchangeStep::say(message, ExchangeNext::Await(self))
    }
}

impl Exchange<ClientProof> for KeySent {
    fn advance(
        mut self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let status = match self.tunnel.hear(&message) {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        if status.gives_up() {
            let event = match self.tunnel.failure() {
                Some(rustls::Error::AlertReceived(alert)) => {
                    SslServerEvent::ClientAlert(format!("{alert:?}"))
                }
                _ => SslServerEvent::ClientQuit(
                    "after the TLS handshake: it does not take this for the host that it dialled",
                ),
            };
            return ExchangeStep::quiet(failed(event));
        }
        if let Some(error) = self.tunnel.failure() {
            let event = SslServerEvent::TlsFailed(error.to_string());
            return ExchangeStep::say(
                self.tunnel.say(Status::Quitting, cx.encoder()),
                failed(event),
            );
        }
        if status == Status::Holding {
            let Self {
                service,
                tunnel,
                key,
                ..
            } = *self;
            return wrapped_with(key, service.run(tunnel, cx));
        }
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            return ExchangeStep::quiet(failed(SslServerEvent::ClientQuit(
                "it never took the key",
            )));
        }
        ExchangeStep::say(
            self.tunnel.say(Status::Holding, cx.encoder()),
            ExchangeNext::Await(self),
        )
    }
}
