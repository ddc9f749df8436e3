//! The decision goes out, a session is kept, and the command begins.
//!
//! Rule: `DaemonCommandProtocol::SendResponse` and `ExecCommand`.

use countersign_classad::ClassAd;

use super::Outcome;
use super::authorize::Pending;
use super::cx::{Cx, End, Step};
use super::established::Established;
use super::facts::Purpose;
use super::failure::{ServerCause, ServerStage};
use super::protect::Keyed;
use crate::authz::Authorization;
use crate::crypto::Cipher;
use crate::effect::NoEntropy;
use crate::method::Voucher;
use crate::names::attrs;
use crate::session::ServerSession;
use crate::trace::ServerEvent;
use crate::wire::{Codec, Message};

/// Random bytes in a session's id.
const ID_BYTES: usize = 16;

/// What a command comes with.
pub(super) enum After {
    /// A session that has just been negotiated: the client is to be told.
    NewSession(Box<Fresh>),
    /// A session that was resumed: the client has been told.
    Resumed { sid: String },
    /// A bare number, and what stood behind it.
    Bare { rest: Message },
}

/// What a new session is made of.
pub(super) struct Fresh {
    pub(super) key: Option<Keyed>,
    /// Whether authentication was tried.
    pub(super) tried: bool,
    pub(super) voucher: Option<Voucher>,
    pub(super) duration: u64,
    pub(super) lease: u64,
}

impl Fresh {
    /// Why the session is not kept, if so.
    fn not_kept(&self) -> Option<&'static str> {
        match (&self.key, self.duration) {
            (None, _) => Some("it has no key, without which whoever knows its id could use it"),
            (Some((_, protection)), _) if protection.cipher != Cipher::Aes => Some(
                "with a cipher older than AES nothing tells a connection from a recording of another",
            ),
            (Some(_), 0) => Some("its duration is 0"),
            (Some(_), _) => None,
        }
    }
}

/// The number of no command.
const NO_COMMAND: &str = "-1";

/// The return codes.
const AUTHORIZED: &str = "AUTHORIZED";
const DENIED: &str = "DENIED";

/// Says what was decided, and acts on it.
pub(super) fn begin(pending: Pending, authorization: Authorization, cx: &mut Cx<'_>) -> Step {
    let allowed = authorization.is_allowed();
    let (session, rest) = match &pending.after {
        After::NewSession(fresh) => {
            let sid = match new_id(cx) {
                Ok(sid) => sid,
                Err(error) => return cx.fail(ServerStage::Authorization, error),
            };
            let ad = decision(&pending, fresh, &sid, allowed, cx);
            let message = cx.encoder().ad(&ad).finish();
            if let Err(error) = cx.send(&message) {
                return cx.fail(ServerStage::Authorization, error);
            }
            let code = if allowed { AUTHORIZED } else { DENIED };
            cx.event(ServerEvent::Answered { code });
            if allowed {
                keep(&pending, fresh, &sid, cx);
            }
            (Some(sid), None)
        }
        After::Resumed { sid } => (Some(sid.clone()), None),
        After::Bare { rest } => (None, Some(rest.clone())),
    };
    if !allowed {
        let cause = ServerCause::Denied {
            command: pending.command.number,
            user: pending.caller.identity.user,
            authorization: Box::new(authorization),
        };
        return cx.fail(ServerStage::Authorization, cause);
    }
    match pending.purpose {
        Purpose::Session => Step::end(End::Finished(Outcome::SessionMade {
            caller: Box::new(pending.caller),
        })),
        Purpose::Question => {
            let mut ad = ClassAd::with_capacity(1 + pending.attributes.len());
            ad.insert(attrs::AUTHORIZATION_SUCCEEDED, true);
            for (name, value) in &pending.attributes {
                ad.insert(name, value.as_str());
            }
            let message = cx.encoder().ad(&ad).finish();
            if let Err(error) = cx.send(&message) {
                return cx.fail(ServerStage::Authorization, error);
            }
            Step::end(End::Finished(Outcome::Answered {
                about: pending.command.number,
                caller: Box::new(pending.caller),
            }))
        }
        Purpose::Serve => {
            let mut codec = std::mem::replace(&mut cx.codec, Codec::new(0));
            codec.end_handshake();
            Step::end(End::Command(Box::new(Established {
                command: pending.command,
                caller: pending.caller,
                authorization,
                session,
                codec,
                rest,
            })))
        }
    }
}

/// The post-auth ad. It says who the client is to this side, and no reason.
fn decision(pending: &Pending, fresh: &Fresh, sid: &str, allowed: bool, cx: &Cx<'_>) -> ClassAd {
    let identity = &pending.caller.identity;
    let mut ad = ClassAd::with_capacity(5);
    ad.insert(attrs::SID, sid);
    ad.insert(attrs::USER, identity.user.as_str());
    ad.insert(
        attrs::RETURN_CODE,
        if allowed { AUTHORIZED } else { DENIED },
    );
    // HTCondor's clients fail the command for which a session is refused, and negotiate for the next
    // one only. So of a session that is not kept they hear that it is good for no command that there
    // is, and do not ask for it. An empty list would be an error to them. Their pings look the session
    // up by the command that they asked about.
    let commands = match (fresh.not_kept(), pending.purpose) {
        (None, _) => {
            let commands = &cx.side.config.commands;
            commands.valid_commands(pending.command.level, identity.mapped)
        }
        (Some(_), Purpose::Question) => pending.command.number.to_string(),
        (Some(_), _) => NO_COMMAND.to_owned(),
    };
    ad.insert(attrs::VALID_COMMANDS, commands);
    if fresh.tried {
        ad.insert(attrs::TRIED_AUTHENTICATION, true);
    }
    ad
}

fn keep(pending: &Pending, fresh: &Fresh, sid: &str, cx: &mut Cx<'_>) {
    if let Some(reason) = fresh.not_kept() {
        cx.event(ServerEvent::SessionNotKept { reason });
    }
    let Some((key, protection)) = fresh.key.as_ref().filter(|_| fresh.not_kept().is_none()) else {
        return;
    };
    let caller = &pending.caller;
    let session = ServerSession {
        id: sid.to_owned(),
        key: key.clone(),
        protection: *protection,
        user: caller.identity.user.clone(),
        method: caller.method,
        authenticated_name: caller.authenticated_name.clone(),
        limits: caller.limits.clone(),
        voucher: fresh.voucher.clone(),
        attributes: pending.attributes.clone(),
        duration: fresh.duration,
        lease: fresh.lease,
        handed: None,
    };
    cx.side.sessions.insert(session, cx.now);
    cx.event(ServerEvent::SessionKept {
        sid: sid.to_owned(),
        duration: fresh.duration,
        lease: fresh.lease,
    });
}

/// An id in HTCondor's form, `host:pid:time:count`, with randomness for the count.
fn new_id(cx: &mut Cx<'_>) -> Result<String, NoEntropy> {
    let mut random = [0; ID_BYTES];
    cx.entropy.fill(&mut random)?;
    let config = &cx.side.config;
    let mut id = format!("{}:{}:{}:", config.host_name, config.process_id, cx.now);
    id.reserve_exact(2 * ID_BYTES);
    let digits = random.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    id.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    Ok(id)
}
