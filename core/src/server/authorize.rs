//! Whether the client may: names and netgroups are looked up where they can matter, then the lists
//! of today are asked, for a resumed session too.
//!
//! Rule: `DaemonCommandProtocol::VerifyCommand`.

use super::cx::{AwaitsAnswer, Cx, Server, Step};
use super::established::Caller;
use super::facts::Purpose;
use super::failure::ServerStage;
use super::finish::{self, After};
use crate::authz::{Authorization, NetgroupQuestion, Peer, PeerNames};
use crate::effect::{AskNetgroups, EffectAnswer, EffectRequest, LookUpPeer};
use crate::names::{Command, Level};
use crate::trace::ServerEvent;

/// A command that is to be authorized.
pub(super) struct Pending {
    pub(super) command: Command,
    pub(super) caller: Caller,
    /// Attributes of the credential, for the answer to DC_SEC_QUERY.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) purpose: Purpose,
    pub(super) after: After,
}

/// The client's names are being looked up.
struct Naming(Pending);

/// Netgroups are being asked.
struct Asking {
    pending: Pending,
    peer: Peer,
    questions: Vec<NetgroupQuestion>,
}

/// Decides, looking up first what can matter.
pub(super) fn begin(pending: Pending, cx: &mut Cx<'_>) -> Step {
    cx.event(ServerEvent::Identified(pending.caller.identity.clone()));
    let peer = Peer::new(cx.side.connection.peer.ip());
    let user = &pending.caller.identity.user;
    let policy = &cx.side.config.policy;
    if let Some(role) = pending.caller.handed
        && let Some(authorization) = Authorization::handed_over(role, pending.command.levels())
    {
        cx.event(ServerEvent::Authorized(authorization.clone()));
        return finish::begin(pending, authorization, cx);
    }
    let needed = !pending.is_open()
        && pending
            .command
            .levels()
            .any(|level| policy.needs_names(level, user, &peer));
    if needed {
        return Step::perform(EffectRequest::new(LookUpPeer(peer.ip)), Naming(pending));
    }
    pending.ask_netgroups(peer, cx)
}

impl Pending {
    /// Everybody may.
    fn is_open(&self) -> bool {
        self.command.levels().any(|level| level == Level::Allow)
    }

    fn ask_netgroups(self, peer: Peer, cx: &mut Cx<'_>) -> Step {
        let mut questions: Vec<NetgroupQuestion> = Vec::new();
        if !self.is_open() {
            let user = &self.caller.identity.user;
            for level in self.command.levels() {
                for question in cx.side.config.policy.netgroup_questions(level, user, &peer) {
                    if !questions.contains(&question) {
                        questions.push(question);
                    }
                }
            }
        }
        if questions.is_empty() {
            return self.decide(&peer, cx);
        }
        Step::perform(
            EffectRequest::new(AskNetgroups(questions.clone())),
            Asking {
                pending: self,
                peer,
                questions,
            },
        )
    }

    fn decide(self, peer: &Peer, cx: &mut Cx<'_>) -> Step {
        let authorization = cx.side.config.policy.authorize_any(
            self.command.level,
            &self.command.alternates,
            &self.caller.identity.user,
            peer,
            &self.caller.limits,
        );
        cx.event(ServerEvent::Authorized(authorization.clone()));
        finish::begin(self, authorization, cx)
    }
}

impl AwaitsAnswer<Server> for Naming {
    fn stage(&self) -> ServerStage {
        ServerStage::Authorization
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        let mut peer = Peer::new(cx.side.connection.peer.ip());
        match answer.into_output::<LookUpPeer>() {
            Some(facts) => {
                peer.names = facts.names;
                peer.local = facts.local;
            }
            None => peer.names = PeerNames::Failed("this program looks up no names".into()),
        }
        self.0.ask_netgroups(peer, cx)
    }
}

impl AwaitsAnswer<Server> for Asking {
    fn stage(&self) -> ServerStage {
        ServerStage::Authorization
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        let Self {
            pending,
            mut peer,
            questions,
        } = *self;
        peer.netgroups = AskNetgroups::answered(questions, answer);
        pending.decide(&peer, cx)
    }
}
