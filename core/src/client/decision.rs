//! The channel key, the server's decision, and this side's check of the server.

use countersign_classad::ClassAd;

use super::cx::{AwaitsAnswer, AwaitsMessage, Client, Cx, Outcome as End, Step};
use super::established::Established;
use super::facts::{Attempt, Hello, Outcome};
use super::request::UNAUTHENTICATED;
use crate::authz::{self, NetgroupQuestion, Peer, PeerNames};
use crate::crypto::{ChannelKey, Protection, SentKeyError};
use crate::effect::{AskNetgroups, EffectAnswer, EffectRequest, LookUpPeer};
use crate::error_stack::secman;
use crate::failure::Cause;
use crate::machine::Unprotected;
use crate::names::{Level, MethodName, attrs};
use crate::policy::ServerReply;
use crate::session::Session;
use crate::stage::Stage;
use crate::trace::Event;
use crate::wire::Message;

/// The return code of success.
const AUTHORIZED: &str = "AUTHORIZED";

/// Everything is agreed on; the server's decision is next.
struct AwaitDecision {
    hello: Hello,
    reply: ServerReply,
    outcome: Outcome,
    key: Option<(ChannelKey, Protection)>,
}

/// The server said yes; this side's own lists need the server's host names.
struct CheckingServer {
    session: Session,
    method: Option<&'static MethodName>,
}

/// Netgroups are being asked about the server.
struct AskingNetgroups {
    checking: CheckingServer,
    peer: Peer,
    questions: Vec<NetgroupQuestion>,
}

/// Derives the key and protects the channel, if that was agreed on.
pub(super) fn protect(mut attempt: Attempt, mut outcome: Outcome, cx: &mut Cx<'_>) -> Step {
    attempt.derive_key();
    let Attempt {
        hello,
        reply,
        agreed,
        derived,
        ..
    } = attempt;
    let sent = outcome.sent.take();
    // As in HTCondor, what methods left on the stack is of no interest from here on.
    cx.side.stack.clear();
    let key = match derived.transpose() {
        Ok(key) => key,
        Err(error) => {
            cx.side.stack.push(
                "SECMAN",
                secman::INTERNAL,
                "Failed to deserialize peer's encoded key",
            );
            return cx.fail(Stage::KeyExchange, error.into());
        }
    };
    if key.is_none()
        && let Some(method) = outcome.method
        && agreed.protection_required
        && !outcome.wrap.as_ref().is_some_and(|wrap| wrap.hides())
    {
        let method = method.canonical;
        return no_key(SentKeyError::InClear { method }, cx);
    }
    let hidden = key.is_some() || outcome.wrap.as_ref().is_some_and(|wrap| wrap.hides());
    let key = key.or(sent).zip(agreed.protection());
    match &key {
        Some((key, protection)) => {
            if let Err(failed) = cx.protect(key, *protection, hidden) {
                return failed;
            }
        }
        None if agreed.encryption || agreed.integrity => {
            return no_key(SentKeyError::Missing, cx);
        }
        None => {}
    }
    Step::await_message(AwaitDecision {
        hello,
        reply,
        outcome,
        key,
    })
}

/// The channel is to be protected, and there is no key to do it with.
fn no_key(error: SentKeyError, cx: &mut Cx<'_>) -> Step {
    cx.side.stack.push(
        "SECMAN",
        secman::NO_KEY,
        "Failed to establish a crypto key.",
    );
    cx.fail(Stage::KeyExchange, error.into())
}

impl Cx<'_> {
    /// Protects the channel from here on. `hidden` says whether nobody else can have the key.
    pub(super) fn protect(
        &mut self,
        key: &ChannelKey,
        protection: Protection,
        hidden: bool,
    ) -> Result<(), Step> {
        match self.protect_channel(key, protection) {
            Ok(()) => {
                self.trace.push(Event::Protected { protection, hidden });
                Ok(())
            }
            Err(Unprotected::Entropy(error)) => Err(self.fail(Stage::KeyExchange, error.into())),
            Err(Unprotected::Key(error)) => Err(self.fail(Stage::KeyExchange, error.into())),
        }
    }

    /// Checks the server against ALLOW_CLIENT and DENY_CLIENT, looking up names where needed.
    pub(super) fn check_server(
        &mut self,
        session: Session,
        method: Option<&'static MethodName>,
    ) -> Step {
        // To whom a hand-over opened CLIENT, ALLOW_CLIENT and DENY_CLIENT are not asked about.
        if session.handed.is_some_and(|role| role.may(Level::Client)) {
            return self.establish(session, method);
        }
        let config = self.side.config.clone();
        let (allow, deny) = (config.allow.as_ref(), config.deny.as_ref());
        let peer = Peer::new(self.side.request.peer.ip());
        let needs_names =
            authz::needs_names(Level::Client, allow, deny, &session.server_name, &peer);
        let checking = CheckingServer { session, method };
        if needs_names {
            Step::perform(EffectRequest::new(LookUpPeer(peer.ip)), checking)
        } else {
            checking.ask_netgroups(peer, self)
        }
    }

    /// The command may be spoken.
    fn establish(&mut self, session: Session, method: Option<&'static MethodName>) -> Step {
        let codec = std::mem::replace(&mut self.codec, crate::wire::Codec::new(0));
        let established = Established::new(session, method, codec);
        Step::end(End::Established(Box::new(established)))
    }
}

impl AwaitsMessage<Client> for AwaitDecision {
    fn stage(&self) -> Stage {
        Stage::PostAuth
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        let ad = match message.handshake_ad("the server's decision") {
            Ok(ad) => ad,
            Err(error) => return cx.fail_reading(Stage::PostAuth, Cause::Wire(error)),
        };
        let code = ad.get_str(attrs::RETURN_CODE).unwrap_or_default();
        let user = ad.get_str(attrs::USER).unwrap_or_default();
        cx.trace.push(Event::Decided {
            code: if code.is_empty() { AUTHORIZED } else { code }.to_owned(),
            user: Some(user.to_owned()).filter(|user| !user.is_empty()),
            limits: ad
                .get_str(attrs::LIMIT_AUTHORIZATION)
                .or_else(|| self.reply.ad.get_str(attrs::LIMIT_AUTHORIZATION))
                .map(str::to_owned),
        });
        // Before 8.3.6 there was no code, and silence meant yes.
        if !code.is_empty() && code != AUTHORIZED {
            return self.denied(code, user, cx);
        }
        let method = self.outcome.method;
        match self.session(ad) {
            Ok(session) => cx.check_server(session, method),
            Err((attribute, text)) => {
                cx.side
                    .stack
                    .push("SECMAN", secman::ATTRIBUTE_MISSING, text);
                cx.fail(Stage::PostAuth, Cause::Incomplete { attribute })
            }
        }
    }
}

impl AwaitDecision {
    fn denied(&self, code: &str, user: &str, cx: &mut Cx<'_>) -> Step {
        let method = self.outcome.method.map(|method| method.canonical);
        let text = match method {
            Some(method) => {
                format!("Received \"{code}\" from server for user {user} using method {method}.")
            }
            None => format!(
                "Received \"{code}\" from server for user {user} using no authentication method, \
                 which may imply host-based security.  Our address was '{}', and server's address \
                 was '{}'.  Check your ALLOW settings and IP protocols.",
                cx.side.request.local.ip(),
                cx.side.request.peer.ip(),
            ),
        };
        cx.side
            .stack
            .push("SECMAN", secman::AUTHORIZATION_FAILED, text);
        cx.fail(
            Stage::PostAuth,
            Cause::Denied {
                code: code.to_owned(),
                user: user.to_owned(),
                method,
            },
        )
    }

    /// The session as HTCondor's client would cache it.
    fn session(
        mut self: Box<Self>,
        decision: ClassAd,
    ) -> Result<Session, (&'static str, &'static str)> {
        let policy = self.take_policy_ad(decision);
        let id = policy
            .get_str(attrs::SID)
            .filter(|id| !id.is_empty())
            .ok_or((attrs::SID, "Failed to lookup session id."))?
            .to_owned();
        let commands = policy
            .get_str(attrs::VALID_COMMANDS)
            .filter(|list| !list.is_empty())
            .ok_or((
                attrs::VALID_COMMANDS,
                "Protocol Failure: Unable to lookup valid commands.",
            ))?;
        let seconds = |value: Option<i64>| value.and_then(|s| u64::try_from(s).ok()).unwrap_or(0);
        Ok(Session {
            valid_commands: commands
                .split([',', ' '])
                .filter_map(|number| number.parse().ok())
                .collect(),
            id,
            key: self.key,
            duration: seconds(
                policy
                    .get_str(attrs::SESSION_DURATION)
                    .and_then(|text| text.parse().ok()),
            ),
            lease: seconds(policy.get_int(attrs::SESSION_LEASE)),
            server_version: self.reply.version,
            server_name: self
                .outcome
                .server_name
                .unwrap_or_else(|| UNAUTHENTICATED.to_owned()),
            policy,
            handed: None,
        })
    }

    /// The policy as HTCondor's client keeps it, made from the ads themselves, which nobody needs
    /// any more.
    fn take_policy_ad(&mut self, mut decision: ClassAd) -> ClassAd {
        let mut ad = std::mem::take(&mut self.hello.ad);
        let reply = &mut self.reply.ad;
        for gone in [
            attrs::ECDH_PUBLIC_KEY,
            attrs::REMOTE_VERSION,
            attrs::AUTHENTICATION_NEW,
            attrs::NEW_SESSION,
        ] {
            ad.remove(gone);
        }
        let mut take = |from: &mut ClassAd, name: &str, to: &str| {
            if let Some(expr) = from.remove(name) {
                ad.insert(to, expr);
            }
        };
        for name in [
            attrs::REMOTE_VERSION,
            attrs::ENACT,
            attrs::AUTH_METHODS_LIST,
            attrs::AUTH_METHODS,
            attrs::CRYPTO_METHODS,
            attrs::CRYPTO_METHODS_LIST,
            attrs::AUTHENTICATION,
            attrs::AUTH_REQUIRED,
            attrs::ENCRYPTION,
            attrs::INTEGRITY,
            attrs::SESSION_DURATION,
            attrs::SESSION_LEASE,
            attrs::ISSUER_KEYS,
            attrs::TRUST_DOMAIN,
            attrs::LIMIT_AUTHORIZATION,
        ] {
            take(reply, name, name);
        }
        take(&mut decision, attrs::SID, attrs::SID);
        take(&mut decision, attrs::USER, attrs::MY_REMOTE_USER_NAME);
        take(&mut decision, attrs::VALID_COMMANDS, attrs::VALID_COMMANDS);
        take(
            &mut decision,
            attrs::TRIED_AUTHENTICATION,
            attrs::TRIED_AUTHENTICATION,
        );
        ad.insert(attrs::USE_SESSION, "YES");
        ad.insert(attrs::TRACK_STATE, true);
        ad.insert(
            attrs::USER,
            self.outcome
                .server_name
                .as_deref()
                .unwrap_or(UNAUTHENTICATED),
        );
        if let Some(method) = self.outcome.method {
            ad.insert(attrs::AUTH_METHODS, method.canonical);
        }
        match &self.key {
            Some((_, protection)) => ad.insert(attrs::CRYPTO_METHODS, protection.cipher.name()),
            None => {
                ad.remove(attrs::CRYPTO_METHODS);
            }
        }
        ad
    }
}

impl AwaitsAnswer<Client> for CheckingServer {
    fn stage(&self) -> Stage {
        Stage::ServerCheck
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        let mut peer = Peer::new(cx.side.request.peer.ip());
        match answer.into_output::<LookUpPeer>() {
            Some(facts) => {
                peer.names = facts.names;
                peer.local = facts.local;
            }
            None => peer.names = PeerNames::Failed("this program looks up no names".into()),
        }
        self.ask_netgroups(peer, cx)
    }
}

impl AwaitsAnswer<Client> for AskingNetgroups {
    fn stage(&self) -> Stage {
        Stage::ServerCheck
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        let Self {
            checking,
            mut peer,
            questions,
        } = *self;
        peer.netgroups = AskNetgroups::answered(questions, answer);
        checking.decide(&peer, cx)
    }
}

impl CheckingServer {
    fn ask_netgroups(self, peer: Peer, cx: &mut Cx<'_>) -> Step {
        let config = &cx.side.config;
        let (allow, deny) = (config.allow.as_ref(), config.deny.as_ref());
        let questions = authz::netgroup_questions(allow, deny, &self.session.server_name, &peer);
        if questions.is_empty() {
            return self.decide(&peer, cx);
        }
        let asking = AskingNetgroups {
            checking: self,
            peer,
            questions: questions.clone(),
        };
        Step::perform(EffectRequest::new(AskNetgroups(questions)), asking)
    }

    fn decide(self, peer: &Peer, cx: &mut Cx<'_>) -> Step {
        let config = cx.side.config.clone();
        let (allow, deny) = (config.allow.as_ref(), config.deny.as_ref());
        let decision = authz::decide(Level::Client, allow, deny, &self.session.server_name, peer);
        cx.trace.push(Event::ServerChecked {
            decision: Box::new(decision.clone()),
        });
        if !decision.is_allowed() {
            let again = cx.side.request.servers_checked.contains(&decision.user);
            let reason = if again {
                decision.condor_reason_again()
            } else {
                decision.condor_reason()
            };
            cx.side.stack.push(
                "SECMAN",
                secman::CLIENT_AUTH_FAILED,
                decision.condor_error(&reason),
            );
            return cx.fail(Stage::ServerCheck, Cause::ServerRefused(decision));
        }
        cx.establish(self.session, self.method)
    }
}
