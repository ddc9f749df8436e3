//! The client's side: find a token or make one, then AKEP2.
//!
//! As in HTCondor the exchange is completed even where one side has nothing to show, so that the
//! next method can be tried on the same connection.

use std::path::PathBuf;
use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::{IDTOKENS, MethodName, attrs};

use super::credentials::{FindCredentials, ReadSigningKey};
use super::events::IdTokensEvent;
use super::jwt::Token;
use super::select::{self, Search, TokenVerdict, Wanted};
use super::signing_key;
use crate::akep2::name::pool_name;
use crate::akep2::{self, AuthKey, NONCE_LEN, Second};
use crate::failure::failed;
use sent::Sent;

mod sent;

/// Seconds that a token of this side's own making is good for.
const SELF_MADE_LIFETIME: u64 = 60;

/// What IDTOKENS is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdTokensSettings {
    /// TRUST_DOMAIN: a token is self-made only for servers of the same one.
    pub trust_domain: Option<String>,
    /// SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD.
    pub pool_key_is_password: bool,
    /// Whether to make a token where the signing key can be read, as HTCondor's tools do.
    pub self_made: bool,
}

/// The method IDTOKENS.
#[derive(Debug, Clone)]
pub struct IdTokens(Arc<IdTokensSettings>);

impl IdTokens {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: IdTokensSettings) -> Self {
        Self(Arc::new(settings))
    }
}

impl Named for IdTokens {
    fn name(&self) -> &'static MethodName {
        &IDTOKENS
    }
}

impl Mechanism for IdTokens {
    fn probe(&self) -> Probe {
        Probe::Needs(EffectRequest::new(FindCredentials), read_probe)
    }

    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(Finding {
            settings: self.0.clone(),
            peer: peer.clone(),
        })
    }
}

/// HTCondor offers the method if it can read a signing key, cannot list the keys at all, or has
/// any token, be it for another pool.
fn read_probe(answer: EffectAnswer) -> Availability {
    let Some(found) = answer.into_output::<FindCredentials>() else {
        return Availability::Struck {
            event: Arc::new(IdTokensEvent::Internal),
        };
    };
    let unsure = found.keys.problem.is_some();
    let keys = found.keys.names;
    if keys.is_empty() && !unsure {
        let (search, selected) = select::search(found.folder, &Wanted::default(), 0);
        if selected.is_none() {
            return Availability::Struck {
                event: Arc::new(IdTokensEvent::NothingToOffer {
                    search: Box::new(search),
                }),
            };
        }
    }
    // A listing that failed is not advertised, even where POOL alone could be read.
    let attributes = if keys.is_empty() || unsure {
        Vec::new()
    } else {
        vec![(attrs::ISSUER_KEYS, keys.join(", "))]
    };
    Availability::Offered {
        attributes,
        event: Arc::new(IdTokensEvent::Offered { keys, unsure }),
    }
}

/// Tokens are being looked for.
struct Finding {
    settings: Arc<IdTokensSettings>,
    peer: Arc<PeerView>,
}

/// No token was found; a signing key is being read.
struct MakingOne {
    settings: Arc<IdTokensSettings>,
    peer: Arc<PeerView>,
    search: Search,
}

/// The token and nonce are out.
struct AwaitServer {
    sent: Sent,
    key: AuthKey,
    nonce: Vec<u8>,
}

/// There was nothing to show; the server says what it says, and that ends it.
struct AwaitServerInVain {
    event: IdTokensEvent,
}

impl Finding {
    fn found(self, answer: EffectAnswer, cx: &mut ExchangeContext<'_>) -> ExchangeStep<Proof> {
        let Some(found) = answer.into_output::<FindCredentials>() else {
            return give_up(IdTokensEvent::Internal, cx);
        };
        let wanted = Wanted {
            issuer: self.peer.trust_domain.clone().unwrap_or_default(),
            keys: self.peer.issuer_keys.clone(),
        };
        let (search, selected) = select::search(found.folder, &wanted, cx.now);
        if let Some(selected) = selected {
            let name = selected.token.name.clone().unwrap_or_default();
            let sent = Sent {
                passed_over: search.alternative(&selected.path, selected.line),
                expired_since: expired_since(&search, &selected.path, selected.line),
                path: selected.path.clone(),
                line: Some(selected.line),
                key_name: selected.token.key_id.clone().unwrap_or_default(),
                announced: !wanted.issuer.is_empty() && !wanted.keys.is_empty(),
                name: name.clone(),
            };
            cx.event(IdTokensEvent::Using {
                path: selected.path,
                line: selected.line,
                subject: name,
                address: self.peer.given_address.clone(),
                search: Box::new(search),
            });
            return open(sent, &selected.token, cx);
        }
        let refusal = if !self.settings.self_made {
            Some("that was switched off".to_owned())
        } else if self.peer.issuer_keys.is_empty() {
            Some("the server advertised no signing key".to_owned())
        } else if self.settings.trust_domain != self.peer.trust_domain {
            Some(format!(
                "this host's TRUST_DOMAIN is {:?}",
                self.settings.trust_domain.as_deref().unwrap_or_default()
            ))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return no_token(&self.peer, search, refusal, cx);
        }
        let mut names = self.peer.issuer_keys.clone();
        names.sort();
        names.dedup();
        ExchangeStep::quiet(ExchangeNext::Perform(
            EffectRequest::new(ReadSigningKey { names }),
            Box::new(MakingOne {
                settings: self.settings,
                peer: self.peer,
                search,
            }),
        ))
    }
}

impl MakingOne {
    fn make(self, answer: EffectAnswer, cx: &mut ExchangeContext<'_>) -> ExchangeStep<Proof> {
        let file = match answer.into_output::<ReadSigningKey>().flatten() {
            Some(file) => file,
            None => {
                let refusal = "none of the server's signing keys can be read here".to_owned();
                return no_token(&self.peer, self.search, refusal, cx);
            }
        };
        let content = match file.content {
            Ok(content) => content,
            Err(reason) => {
                let refusal = format!("signing key {} was not read: {reason}", file.path.display());
                return no_token(&self.peer, self.search, refusal, cx);
            }
        };
        let issuer = self.settings.trust_domain.clone().unwrap_or_default();
        if issuer.contains([',', ' ', '\t']) {
            let refusal = "TRUST_DOMAIN has spaces or commas in it".to_owned();
            return no_token(&self.peer, self.search, refusal, cx);
        }
        let mut id = [0; 16];
        if let Err(error) = cx.entropy.fill(&mut id) {
            return ExchangeStep::quiet(ExchangeNext::NoEntropy(error));
        }
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let subject = pool_name(self.peer.version.as_ref(), "");
        let token = signing_key::jwt_key(&file.name, &content, self.settings.pool_key_is_password)
            .and_then(|key| {
                Token::sign(
                    key.expose(),
                    &file.name,
                    &issuer,
                    &subject,
                    cx.now,
                    SELF_MADE_LIFETIME,
                    &id,
                )
            });
        let Some(token) = token else {
            return give_up(IdTokensEvent::Internal, cx);
        };
        let sent = Sent {
            name: subject.clone(),
            path: file.path.clone(),
            line: None,
            key_name: file.name.clone(),
            // No token is made for a server that does not name its keys and this trust domain.
            announced: true,
            expired_since: None,
            passed_over: None,
        };
        cx.event(IdTokensEvent::SelfMade {
            key: file.name,
            path: file.path,
            subject,
            address: self.peer.given_address.clone(),
        });
        open(sent, &token, cx)
    }
}

fn expired_since(search: &Search, path: &PathBuf, line: usize) -> Option<u64> {
    let file = search.files.iter().find(|file| &file.path == path)?;
    let tokens = file.outcome.as_ref().ok()?;
    match tokens.iter().find(|token| token.line == line)?.verdict {
        TokenVerdict::Suitable { expired_since, .. } => expired_since,
        _ => None,
    }
}

/// Says who this is.
fn open(sent: Sent, token: &Token, cx: &mut ExchangeContext<'_>) -> ExchangeStep<Proof> {
    let mut nonce = vec![0; NONCE_LEN];
    if let Err(error) = cx.entropy.fill(&mut nonce) {
        return ExchangeStep::quiet(ExchangeNext::NoEntropy(error));
    }
    let Some(key) =
        AuthKey::derive(&token.text, &token.signature).filter(|_| !sent.name.is_empty())
    else {
        return give_up(IdTokensEvent::Internal, cx);
    };
    let message = akep2::first(cx.encoder(), &sent.name, Some(&token.text), &nonce);
    ExchangeStep::say(
        message,
        ExchangeNext::Await(Box::new(AwaitServer { sent, key, nonce })),
    )
}

fn no_token(
    peer: &PeerView,
    search: Search,
    no_self_made: String,
    cx: &mut ExchangeContext<'_>,
) -> ExchangeStep<Proof> {
    let event = IdTokensEvent::NoToken {
        trust_domain: peer.trust_domain.clone().unwrap_or_default(),
        keys: peer.issuer_keys.clone(),
        search: Box::new(search),
        no_self_made,
    };
    give_up(event, cx)
}

/// Tells the server that there is nothing to show, and hears it out.
fn give_up(event: IdTokensEvent, cx: &mut ExchangeContext<'_>) -> ExchangeStep<Proof> {
    ExchangeStep::say(
        akep2::first_without_token(cx.encoder()),
        ExchangeNext::Await(Box::new(AwaitServerInVain { event })),
    )
}

impl Exchange<Proof> for Finding {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        match input {
            ExchangeInput::Start => ExchangeStep::quiet(ExchangeNext::Perform(
                EffectRequest::new(FindCredentials),
                self,
            )),
            ExchangeInput::Effect(answer) => self.found(answer, cx),
            ExchangeInput::Message(_) => ExchangeStep::quiet(ExchangeNext::Await(self)),
        }
    }
}

impl Exchange<Proof> for MakingOne {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        match input {
            ExchangeInput::Effect(answer) => self.make(answer, cx),
            _ => ExchangeStep::quiet(ExchangeNext::Await(self)),
        }
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
        match second.verify(&self.key, &self.sent.name, &self.nonce) {
            Ok(()) => {
                let third = akep2::third(
                    cx.encoder(),
                    &self.key,
                    &self.sent.name,
                    &second.server_nonce,
                );
                match third {
                    Some(third) => ExchangeStep::say(
                        third,
                        ExchangeNext::Succeeded(Proof {
                            server_name: Some(second.server),
                            authenticated_name: None,
                            wrap: Some(Arc::new(akep2::NonceWrap(second.server_nonce))),
                        }),
                    ),
                    None => ExchangeStep::say(
                        akep2::third_refusal(cx.encoder()),
                        failed(IdTokensEvent::Internal),
                    ),
                }
            }
            Err(defect) => ExchangeStep::say(
                akep2::third_refusal(cx.encoder()),
                failed(self.sent.got_nowhere(defect)),
            ),
        }
    }
}

impl Exchange<Proof> for AwaitServerInVain {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match Second::read(&message) {
            Err(error) => error.into(),
            Ok(_) => ExchangeStep::say(akep2::third_refusal(cx.encoder()), failed(self.event)),
        }
    }
}
