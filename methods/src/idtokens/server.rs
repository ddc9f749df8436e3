//! The server's side: it reads the token's claims, makes the signature anew from its key, and lets
//! the client prove by AKEP2 that it has that signature.
//!
//! Rule: `doServerRec1` and `doServerRec2` in HTCondor's `condor_auth_passwd.cpp`. A client whose token
//! is not taken hears only that it is not; the exchange is completed, so that another method can be
//! tried on the same connection. Keys are read for each exchange: one that was replaced or removed
//! is no key from then on.

use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism, Voucher,
};
use countersign_core::names::{IDTOKENS, MethodName, attrs};

use super::claims::Shown;
use super::credentials::{ListSigningKeys, ReadSigningKey};
use super::judge::{Rules, Usable};
use super::jwt;
use super::refusal::TokenRefusal;
use super::revocation::RevocationRule;
use super::server_events::{IdTokensServerEvent, KeyUsed};
use super::signing_key;
use crate::akep2::name::pool_name;
use crate::akep2::server::{self, First, Opening, Second, Third};
use crate::akep2::{A_OK, AuthKey, NONCE_LEN, NonceWrap};
use crate::failure::failed;
use crate::identity::printable;

/// What a server's IDTOKENS is configured with.
#[derive(Debug, Clone, Default)]
pub struct IdTokensServerSettings {
    /// TRUST_DOMAIN: the issuer of the tokens that are taken. Without it any issuer will do.
    pub trust_domain: Option<String>,
    /// UID_DOMAIN, which is part of this server's own name towards clients before 23.9.
    pub uid_domain: Option<String>,
    /// SEC_TOKEN_POOL_SIGNING_KEY_IS_PASSWORD.
    pub pool_key_is_password: bool,
    /// SEC_TOKEN_MAX_AGE in seconds: tokens that were issued longer ago are not taken.
    pub max_age: Option<u64>,
    /// SEC_TOKEN_REVOCATION_EXPR.
    pub revocation: Option<RevocationRule>,
}

/// The method IDTOKENS, for a server.
#[derive(Debug, Clone)]
pub struct IdTokensServer(Arc<IdTokensServerSettings>);

impl IdTokensServer {
    /// The method with these settings.
    #[must_use]
    pub fn new(settings: IdTokensServerSettings) -> Self {
        Self(Arc::new(settings))
    }
}

impl Named for IdTokensServer {
    fn name(&self) -> &'static MethodName {
        &IDTOKENS
    }
}

impl ServerMechanism for IdTokensServer {
    fn probe(&self) -> Probe {
        Probe::Needs(EffectRequest::new(ListSigningKeys), read_probe)
    }

    fn accept(&self, client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(AwaitFirst {
            settings: self.0.clone(),
            client: client.clone(),
        })
    }
}

/// Accepted where there is a key. As in HTCondor, keys that cannot be listed are not announced, though
/// the method stays. (There it also stays where there is no key but a token of the server's own; nobody
/// could authenticate.)
fn read_probe(answer: EffectAnswer) -> Availability {
    let Some(keys) = answer.into_output::<ListSigningKeys>() else {
        return Availability::Struck {
            event: Arc::new(IdTokensServerEvent::Internal),
        };
    };
    match keys.problem {
        Some(problem) => Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(IdTokensServerEvent::NotListed { problem }),
        },
        None if keys.names.is_empty() => Availability::Struck {
            event: Arc::new(IdTokensServerEvent::NoKeys),
        },
        None => Availability::Offered {
            attributes: vec![(attrs::ISSUER_KEYS, keys.names.join(", "))],
            event: Arc::new(IdTokensServerEvent::Offered { keys: keys.names }),
        },
    }
}

/// The client is about to show its token.
struct AwaitFirst {
    settings: Arc<IdTokensServerSettings>,
    client: Arc<ClientView>,
}

/// The key is being read that the token names.
struct ReadingKey {
    settings: Arc<IdTokensServerSettings>,
    client: Arc<ClientView>,
    first: First,
    token: Shown,
    key: String,
}

/// This side has proven itself, and the client is to do so.
struct AwaitThird {
    usable: Usable,
    used: KeyUsed,
    voucher: Voucher,
    auth: AuthKey,
    second: Second,
}

/// The token is not taken; the client says what it says, and that ends it.
struct AwaitThirdInVain(IdTokensServerEvent);

fn refuse(event: IdTokensServerEvent, cx: &ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
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
        let first = match First::read(&message, Opening::WithToken) {
            Ok(first) => first,
            Err(error) => return error.into(),
        };
        match first.status {
            A_OK => {}
            // It says nothing more, and expects nothing.
            server::ABORT => return ExchangeStep::quiet(failed(IdTokensServerEvent::ClientLeft)),
            _ => return refuse(IdTokensServerEvent::NothingShown, cx),
        }
        if first.nonce.len() != NONCE_LEN || first.client.is_empty() {
            return refuse(IdTokensServerEvent::BadOpening, cx);
        }
        let token = Shown::read(&first.token)
            .and_then(|token| token.key_id().map(str::to_owned).map(|key| (token, key)));
        let (token, key) = match token {
            Ok(read) => read,
            Err(refusal) => return refuse(refused(refusal, None, &first), cx),
        };
        ExchangeStep::quiet(ExchangeNext::Perform(
            EffectRequest::new(ReadSigningKey {
                names: vec![key.clone()],
            }),
            Box::new(ReadingKey {
                settings: self.settings,
                client: self.client,
                first,
                token,
                key,
            }),
        ))
    }
}

fn refused(refusal: TokenRefusal, key: Option<KeyUsed>, first: &First) -> IdTokensServerEvent {
    IdTokensServerEvent::Refused {
        refusal,
        key,
        claimed: printable(&first.client),
    }
}

impl ReadingKey {
    fn read(self, answer: EffectAnswer, cx: &mut ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
        let Some(file) = answer.into_output::<ReadSigningKey>().flatten() else {
            let refusal = TokenRefusal::KeyNotHere {
                key: printable(&self.key),
            };
            return refuse(refused(refusal, None, &self.first), cx);
        };
        let used = KeyUsed {
            name: file.name,
            path: file.path,
        };
        let content = match file.content {
            Ok(content) => content,
            Err(reason) => {
                let refusal = TokenRefusal::KeyNotRead {
                    key: used.name.clone(),
                    path: used.path.clone(),
                    reason,
                };
                return refuse(refused(refusal, Some(used), &self.first), cx);
            }
        };
        let usable = match Rules::of(&self.settings).judge(&self.token, cx.now) {
            Ok(usable) => usable,
            Err(refusal) => return refuse(refused(refusal, Some(used), &self.first), cx),
        };
        let is_password = self.settings.pool_key_is_password;
        let key = signing_key::jwt_key(&used.name, &content, is_password);
        let voucher = key
            .as_ref()
            .and_then(|key| signing_key::voucher(&used.name, key));
        let auth = key
            .and_then(|key| jwt::signature(&self.token.text, &key))
            .and_then(|signature| AuthKey::derive(&self.token.text, &signature));
        let mut server_nonce = vec![0; NONCE_LEN];
        if let Err(error) = cx.entropy.fill(&mut server_nonce) {
            return ExchangeStep::quiet(ExchangeNext::NoEntropy(error));
        }
        let uid_domain = self.settings.uid_domain.as_deref().unwrap_or_default();
        let second = Second {
            client: self.first.client,
            server: pool_name(self.client.version.as_ref(), uid_domain),
            client_nonce: self.first.nonce,
            server_nonce,
        };
        let message = auth
            .as_ref()
            .and_then(|auth| second.message(cx.encoder(), auth));
        let (Some(auth), Some(voucher), Some(message)) = (auth, voucher, message) else {
            return refuse(IdTokensServerEvent::Internal, cx);
        };
        cx.event(IdTokensServerEvent::Shown {
            key: used.clone(),
            subject: usable.subject.clone(),
            id: printable(&usable.id),
            expires: usable.expires,
            limits: usable.limits.clone(),
        });
        ExchangeStep::say(
            message,
            ExchangeNext::Await(Box::new(AwaitThird {
                usable,
                used,
                voucher,
                auth,
                second,
            })),
        )
    }
}

impl Exchange<ClientProof> for ReadingKey {
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
            usable,
            used,
            voucher,
            auth,
            second,
        } = *self;
        // From here on the client is told nothing: where it has given no refusal it takes it that all
        // is well, and HTCondor's server leaves it at that, too.
        if let Err(defect) = third.verify(&auth, &second) {
            return ExchangeStep::quiet(failed(IdTokensServerEvent::NotProven {
                key: used,
                subject: usable.subject,
                defect,
            }));
        }
        if second.client != usable.subject {
            return ExchangeStep::quiet(failed(IdTokensServerEvent::OtherName {
                key: used,
                subject: usable.subject,
                claimed: printable(&second.client),
            }));
        }
        cx.event(IdTokensServerEvent::Proven {
            key: used,
            subject: usable.subject.clone(),
        });
        ExchangeStep::quiet(ExchangeNext::Succeeded(ClientProof {
            voucher: Some(voucher),
            wrap: Some(Arc::new(NonceWrap(second.server_nonce))),
            ..usable.proof()
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
