//! The server's side: the token comes through the tunnel, is judged with its issuer's keys, and must map to a user.
//!
//! Rule: `authenticate_server_scitoken` and `server_verify_scitoken` in HTCondor. A token whose name no line of the mapfile
//! speaks of is refused, so that the client goes on to another method. Where HTCondor says nothing to a bad length, and
//! leaves the client to wait, this says no.

use std::sync::Arc;

use countersign_core::effect::EffectRequest;
use countersign_core::identity::{Mapped, UNMAPPED_DOMAIN};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::{MethodName, SCITOKENS};

use super::fetch::{FetchIssuerKeys, KeysUnavailable};
use super::judge::{Claimed, Judged, after_keys, before_keys};
use super::plugins::{PluginAnswer, Plugins, RunPlugin, variables};
use super::refusal::Refusal;
use super::server_events::ScitokensServerEvent;
use super::settings::ScitokensServerSettings;
use super::token::{MAX_TOKEN, Token};
use crate::failure::{failed, failed_late};
use crate::ssl::server::{Opening, Service, must_map};
use crate::ssl::tunnel::Tunnel;
use crate::ssl::wire::{MAX_ROUNDS, Status};
use crate::ssl::{SslServerEvent, SslServerSettings};

/// The method SCITOKENS, for a server.
#[derive(Debug, Clone)]
pub struct ScitokensServer(Arc<Rules>);

/// What it goes by.
#[derive(Debug)]
struct Rules {
    settings: ScitokensServerSettings,
    plugins: Plugins,
    ssl: SslServerSettings,
}

impl ScitokensServer {
    /// The method with these settings. Names are mapped by the mapper of `ssl`.
    #[must_use]
    pub fn new(
        settings: ScitokensServerSettings,
        plugins: Plugins,
        ssl: SslServerSettings,
    ) -> Self {
        Self(Arc::new(Rules {
            settings,
            plugins,
            ssl,
        }))
    }
}

impl Named for ScitokensServer {
    fn name(&self) -> &'static MethodName {
        &SCITOKENS
    }
}

impl ServerMechanism for ScitokensServer {
    /// HTCondor offers it even without a certificate, and fails then.
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(ScitokensServerEvent::Offered),
        })
    }

    fn accept(&self, client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(Opening(Box::new(TakesToken {
            rules: self.0.clone(),
            client: client.clone(),
        })))
    }
}

/// What is done with the tunnel.
struct TakesToken {
    rules: Arc<Rules>,
    client: Arc<ClientView>,
}

impl Service for TakesToken {
    fn admit(
        &mut self,
        certificate: Option<&str>,
        _cx: &mut ExchangeContext<'_>,
    ) -> Result<(), SslServerEvent> {
        certificate.map_or(Ok(()), |subject| must_map(&self.rules.ssl, subject))
    }

    fn run(
        self: Box<Self>,
        tunnel: Tunnel,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let Self { rules, client } = *self;
        ExchangeStep::quiet(ExchangeNext::Await(Box::new(AwaitToken {
            rules,
            client,
            tunnel,
            rounds: 0,
        })))
    }
}

/// The token is on its way.
struct AwaitToken {
    rules: Arc<Rules>,
    client: Arc<ClientView>,
    tunnel: Tunnel,
    rounds: usize,
}

/// Its issuer's keys are asked for.
struct AwaitKeys {
    rules: Arc<Rules>,
    claimed: Claimed,
}

/// A plugin is running; the others are still to be asked. The client was told yes already.
struct AwaitPlugin {
    rules: Arc<Rules>,
    judged: Judged,
    current: String,
    left: std::vec::IntoIter<String>,
}

impl AwaitToken {
    /// The token, if it is there.
    fn token(&mut self) -> Result<Option<countersign_core::Secret>, Refusal> {
        let Some(len) = self.tunnel.received().first_chunk::<4>() else {
            return Ok(None);
        };
        let len = usize::try_from(u32::from_be_bytes(*len)).unwrap_or(usize::MAX);
        if len == 0 {
            return Err(Refusal::Empty);
        }
        if len > MAX_TOKEN {
            return Err(Refusal::TooLong { len });
        }
        if self.tunnel.received().len() < len + 4 {
            return Ok(None);
        }
        // The length itself is no secret.
        drop(self.tunnel.take(4));
        Ok(self.tunnel.take(len))
    }
}

/// Says no, and why to whoever runs this server.
fn refuse(refusal: Refusal, cx: &ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
    ExchangeStep::say(
        Status::Quitting.with(&[], cx.encoder()),
        failed(ScitokensServerEvent::Refused(refusal)),
    )
}

impl Exchange<ClientProof> for AwaitToken {
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
            return ExchangeStep::quiet(failed(ScitokensServerEvent::ClientQuit));
        }
        if let Some(error) = self.tunnel.failure() {
            let event = ScitokensServerEvent::TlsFailed(error.to_string());
            return ExchangeStep::say(
                self.tunnel.say(Status::Quitting, cx.encoder()),
                failed(event),
            );
        }
        let token = match self.token() {
            Ok(Some(token)) => token,
            Ok(None) => {
                self.rounds += 1;
                if self.rounds > MAX_ROUNDS {
                    return ExchangeStep::quiet(failed(ScitokensServerEvent::ClientQuit));
                }
                return ExchangeStep::say(
                    self.tunnel.say(Status::Receiving, cx.encoder()),
                    ExchangeNext::Await(self),
                );
            }
            Err(refusal) => return refuse(refusal, cx),
        };
        let Self { rules, client, .. } = *self;
        let read = Token::read(token.expose());
        match read.and_then(|token| before_keys(token, cx.now, &rules.settings)) {
            Err(refusal) => refuse(refusal, cx),
            Ok(claimed) => {
                let request = FetchIssuerKeys {
                    issuer: claimed.issuer.clone(),
                    key_id: claimed.key_id().map(str::to_owned),
                    client: client.address.ip(),
                };
                ExchangeStep::quiet(ExchangeNext::Perform(
                    EffectRequest::new(request),
                    Box::new(AwaitKeys { rules, claimed }),
                ))
            }
        }
    }
}

impl Exchange<ClientProof> for AwaitKeys {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let Self { rules, claimed } = *self;
        let keys = match answer.into_output::<FetchIssuerKeys>() {
            Some(Ok(keys)) => keys,
            Some(Err(why)) => return refuse(Refusal::NoKeys(why), cx),
            None => return refuse(Refusal::NoKeys(KeysUnavailable::Unperformed), cx),
        };
        let judged = match after_keys(claimed, &keys, cx.now) {
            Ok(judged) => judged,
            Err(refusal) => return refuse(refusal, cx),
        };
        let name = judged.authenticated_name();
        let say = |status: Status, next, cx: &ExchangeContext<'_>| {
            ExchangeStep::say(status.with(&[], cx.encoder()), next)
        };
        match rules.ssl.mapper.map(&SCITOKENS, &name) {
            Mapped::To { .. } => {
                cx.event(ScitokensServerEvent::proven(&judged));
                let proof = proof(
                    judged,
                    Some(name),
                    ("scitokens".into(), UNMAPPED_DOMAIN.into()),
                );
                say(Status::Holding, ExchangeNext::Succeeded(proof), cx)
            }
            Mapped::Plugins { names, .. } => {
                let mut step = ask(
                    rules.clone(),
                    judged,
                    rules.plugins.chosen(&names).into_iter(),
                    cx,
                );
                step.send.insert(0, Status::Holding.with(&[], cx.encoder()));
                step
            }
            Mapped::Unconfigured if !rules.plugins.names.is_empty() => {
                let names = rules.plugins.names.clone();
                let mut step = ask(rules, judged, names.into_iter(), cx);
                step.send.insert(0, Status::Holding.with(&[], cx.encoder()));
                step
            }
            Mapped::Unconfigured => {
                let searched = "there is no mapfile (CERTIFICATE_MAPFILE)".into();
                let event = ScitokensServerEvent::Unmapped { name, searched };
                say(Status::Quitting, failed(event), cx)
            }
            Mapped::Nothing { searched } | Mapped::Failed { reason: searched } => {
                let event = ScitokensServerEvent::Unmapped { name, searched };
                say(Status::Quitting, failed(event), cx)
            }
        }
    }
}

/// Asks the next plugin; without one the token's owner stays unmapped.
fn ask(
    rules: Arc<Rules>,
    judged: Judged,
    mut left: std::vec::IntoIter<String>,
    cx: &mut ExchangeContext<'_>,
) -> ExchangeStep<ClientProof> {
    let Some(current) = left.next() else {
        cx.event(ScitokensServerEvent::proven(&judged));
        cx.event(ScitokensServerEvent::NoPluginKnew);
        return unmapped(judged);
    };
    let plugin = rules.plugins.set.get(&current.to_ascii_uppercase());
    let Some(command) = plugin.and_then(|plugin| plugin.command.clone()) else {
        let problem =
            format!("SEC_SCITOKENS_PLUGIN_{current}_COMMAND is not set, or holds no command");
        return ExchangeStep::quiet(failed_late(ScitokensServerEvent::PluginFailed {
            name: current,
            problem,
        }));
    };
    let request = RunPlugin {
        name: current.clone(),
        command,
        variables: variables(&judged.payload_json),
        payload: judged.payload_json.clone(),
    };
    ExchangeStep::quiet(ExchangeNext::Perform(
        EffectRequest::new(request),
        Box::new(AwaitPlugin {
            rules,
            judged,
            current,
            left,
        }),
    ))
}

fn unmapped(judged: Judged) -> ExchangeStep<ClientProof> {
    let user = ("scitokens".into(), UNMAPPED_DOMAIN.into());
    ExchangeStep::quiet(ExchangeNext::Succeeded(proof(judged, None, user)))
}

fn proof(judged: Judged, name: Option<String>, user: (String, String)) -> ClientProof {
    ClientProof {
        authenticated_name: name,
        user: user.0,
        domain: Some(user.1).filter(|domain| !domain.is_empty()),
        limits: Some(judged.limits),
        attributes: judged.attributes,
        voucher: None,
        wrap: None,
    }
}

impl Exchange<ClientProof> for AwaitPlugin {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let Self {
            rules,
            judged,
            current: name,
            left,
        } = *self;
        let answer = answer
            .into_output::<RunPlugin>()
            .unwrap_or(PluginAnswer::Failed {
                problem: "nobody here runs plugins".into(),
            });
        let problem = match answer {
            PluginAnswer::Declined => {
                cx.event(ScitokensServerEvent::PluginDeclined { name });
                return ask(rules, judged, left, cx);
            }
            PluginAnswer::Failed { problem } => problem,
            PluginAnswer::Accepted { output } => {
                let set = rules.plugins.set.get(&name.to_ascii_uppercase());
                let mapping = set.and_then(|plugin| plugin.mapping.clone());
                let printed = || {
                    let mut words = output.split([',', ' ', '\t', '\r', '\n']);
                    words.find(|word| !word.is_empty()).map(str::to_owned)
                };
                match mapping.or_else(printed) {
                    Some(user) => {
                        cx.event(ScitokensServerEvent::proven(&judged));
                        cx.event(ScitokensServerEvent::PluginKnew {
                            name,
                            user: user.clone(),
                        });
                        let (user, domain) = crate::identity::split(&user);
                        let proof = proof(judged, None, (user, domain.unwrap_or_default()));
                        return ExchangeStep::quiet(ExchangeNext::Succeeded(proof));
                    }
                    None => "it printed no user".to_owned(),
                }
            }
        };
        ExchangeStep::quiet(failed_late(ScitokensServerEvent::PluginFailed {
            name,
            problem,
        }))
    }
}
