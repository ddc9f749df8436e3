//! Resuming a session: no authentication, the cached key at once.
//!
//! Rule: the first half of `DaemonCommandProtocol::ReadCommand`. Beyond it, a session is resumed
//! only for a level whose settings would still accept what it was made with, and only if the
//! client takes part in making the connection unrepeatable.

use base64::Engine as _;
use countersign_classad::ClassAd;

use super::ResumeRefusal;
use super::authorize::{self, Pending};
use super::cx::{Cx, Step};
use super::established::Caller;
use super::facts::Hello;
use super::failure::{ServerCause, ServerStage};
use super::finish::After;
use crate::identity::Identity;
use crate::names::{Command, DC_RAISESIGNAL, Level, Role, attrs};
use crate::policy::{Cipher, Requirement};
use crate::session::ServerSession;
use crate::trace::ServerEvent;

/// Random bytes that make a resumption unrepeatable, as many as HTCondor sends.
const NONCE_LEN: usize = 33;

/// The longest session id that is looked up and shown.
const MAX_ID: usize = 1024;

/// Looks the session up, and answers.
pub(super) fn begin(hello: Hello, ad: &ClassAd, cx: &mut Cx<'_>) -> Step {
    let Some(sid) = ad.get_str(attrs::SID).filter(|sid| sid.len() <= MAX_ID) else {
        let problem = "resumes a session without saying which";
        return cx.fail(ServerStage::Resume, ServerCause::OddHello { problem });
    };
    let answers = ad.get_bool(attrs::RESUME_RESPONSE) == Some(true);
    match acceptable(sid, answers, &hello.command, cx) {
        Ok(session) => accept(hello, session, answers, cx),
        Err(reason) => refuse(sid, reason, answers, cx),
    }
}

fn acceptable(
    sid: &str,
    answers: bool,
    command: &Command,
    cx: &Cx<'_>,
) -> Result<ServerSession, ResumeRefusal> {
    let session = cx
        .side
        .sessions
        .find(sid, cx.now)
        .ok_or(ResumeRefusal::Unknown)?;
    if !answers && !is_signal(&session, command) {
        return Err(ResumeRefusal::Unanswered);
    }
    // What both sides got from a third is as good as when it was made: there is no method that the
    // settings could refuse, and its cipher is the maker's choice.
    if let Some(handed) = &session.handed {
        let valid = handed.valid_commands.as_ref();
        return match valid.is_none_or(|valid| valid.contains(&command.number)) {
            true => Ok(session),
            false => Err(ResumeRefusal::Command {
                command: command.number,
            }),
        };
    }
    let config = &cx.side.config;
    let settings = config.settings.level(command.level);
    let requires = command.forces_authentication
        || (settings.authentication == Requirement::Required && command.level != Level::Allow);
    match session.method {
        None if requires => return Err(ResumeRefusal::Authentication),
        None => {}
        Some(method) => {
            let accepted = settings.methods.iter().any(|text| method.is(text));
            let mechanism = config.registry.by_bit(method.bit).filter(|_| accepted);
            let mechanism = mechanism.ok_or(ResumeRefusal::Method {
                method: method.canonical,
            })?;
            if let Some(voucher) = &session.voucher
                && !mechanism.vouches(voucher)
            {
                return Err(ResumeRefusal::Voucher {
                    voucher: voucher.name().to_owned(),
                });
            }
        }
    }
    let cipher = session.protection.cipher;
    let accepted = settings
        .crypto_methods
        .iter()
        .any(|text| Cipher::parse(text) == Some(cipher));
    if !accepted {
        let cipher = cipher.name();
        return Err(ResumeRefusal::Cipher { cipher });
    }
    Ok(session)
}

/// HTCondor's parents raise signals without waiting for an answer (`DCSignalMsg`), 25.14.1 too. Whoever recorded that
/// could raise the same signal in this process once more, and nothing else.
fn is_signal(session: &ServerSession, command: &Command) -> bool {
    let handed = session.handed.as_ref();
    command.number == DC_RAISESIGNAL && handed.is_some_and(|handed| handed.role == Role::Parent)
}

/// The client hears that there is no such session, whatever the reason.
fn refuse(sid: &str, reason: ResumeRefusal, answers: bool, cx: &mut Cx<'_>) -> Step {
    cx.event(ServerEvent::NotResumed {
        sid: sid.to_owned(),
        reason: reason.clone(),
    });
    if answers {
        let mut ad = ClassAd::new();
        ad.insert(attrs::RETURN_CODE, "SID_NOT_FOUND");
        let message = cx.encoder().ad(&ad).finish();
        if let Err(error) = cx.send(&message) {
            return cx.fail(ServerStage::Resume, error);
        }
    }
    let sid = sid.to_owned();
    cx.fail(ServerStage::Resume, ServerCause::NotResumed { sid, reason })
}

fn accept(hello: Hello, session: ServerSession, answers: bool, cx: &mut Cx<'_>) -> Step {
    if answers && let Err(failed) = answer(cx) {
        return failed;
    }
    let protected = cx.protect(&session.key, session.protection, true, ServerStage::Resume);
    if let Err(failed) = protected {
        return failed;
    }
    cx.side.sessions.renew(&session.id, cx.now);
    cx.event(ServerEvent::Resumed {
        sid: session.id.clone(),
        user: session.user.clone(),
    });
    let uid_domain = cx.side.config.uid_domain.clone();
    let identity = Identity::of_session(&session.user, &session.id, uid_domain.as_deref());
    let handed = session.handed.map(|handed| handed.role);
    if hello.command.forces_authentication && !identity.mapped {
        let cause = ServerCause::Unmapped {
            command: hello.command.number,
            user: identity.user,
        };
        return cx.fail(ServerStage::Authorization, cause);
    }
    let version = hello.version();
    authorize::begin(
        Pending {
            command: hello.command,
            caller: Caller {
                identity,
                method: session.method,
                authenticated_name: session.authenticated_name,
                limits: session.limits,
                handed,
                version,
            },
            attributes: session.attributes,
            purpose: hello.purpose,
            after: After::Resumed { sid: session.id },
        },
        cx,
    )
}

/// The client hears that there is one, with what makes the connection unrepeatable.
fn answer(cx: &mut Cx<'_>) -> Result<(), Step> {
    let mut nonce = [0; NONCE_LEN];
    if let Err(error) = cx.entropy.fill(&mut nonce) {
        return Err(cx.fail(ServerStage::Resume, error));
    }
    let mut ad = ClassAd::new();
    ad.insert(attrs::RETURN_CODE, "AUTHORIZED");
    ad.insert(attrs::REMOTE_VERSION, cx.side.config.version.as_str());
    ad.insert(
        attrs::NONCE,
        base64::engine::general_purpose::STANDARD.encode(nonce),
    );
    let message = cx.encoder().ad(&ad).finish();
    cx.send(&message)
        .map_err(|error| cx.fail(ServerStage::Resume, error))
}
