//! Resuming a session: no authentication, the cached key at once.
//!
//! Rule: HTCondor's `sendAuthInfo_inner` and its projection of attributes. Servers answer a
//! resumption since 9.9.0; sessions of older ones are not resumed ([`Session::is_resumable`]),
//! since without an answer a forgotten session looks like a lost connection.

use countersign_classad::ClassAd;

use super::cx::{AwaitsMessage, Client, Cx, Step};
use super::hello::asked_command;
use super::request::{DC_AUTHENTICATE, DC_SEC_QUERY};
use crate::error_stack::secman;
use crate::failure::Cause;
use crate::names::attrs;
use crate::session::Session;
use crate::stage::Stage;
use crate::trace::Event;
use crate::wire::Message;

/// The id is out; the server answers whether it knows it.
struct Resuming {
    session: Session,
}

/// Random bytes that make a resumption unrepeatable, as many as HTCondor sends.
const NONCE_LEN: usize = 33;

/// Sends the session's id.
pub(super) fn begin(session: Session, cx: &mut Cx<'_>) -> Step {
    use base64::Engine as _;
    if let Some(role) = session.handed {
        let sid = session.id.clone();
        cx.trace.push(Event::HandedOver { sid, role });
    }
    let mut nonce = [0; NONCE_LEN];
    if let Err(error) = cx.entropy.fill(&mut nonce) {
        return cx.fail(Stage::Resume, error.into());
    }
    let mut ad = ClassAd::new();
    ad.insert(attrs::USE_SESSION, "YES");
    ad.insert(attrs::SID, session.id.as_str());
    ad.insert(attrs::COMMAND, i64::from(cx.side.request.command));
    if cx.side.request.command == DC_SEC_QUERY || cx.side.request.command == DC_AUTHENTICATE {
        ad.insert(attrs::AUTH_COMMAND, i64::from(asked_command(cx)));
    }
    ad.insert(
        attrs::CONNECT_SINFUL,
        cx.side.request.given_address.as_str(),
    );
    if let Some(cipher) = session.policy.get(attrs::CRYPTO_METHODS) {
        ad.insert(attrs::CRYPTO_METHODS, cipher.clone());
    }
    ad.insert(
        attrs::NONCE,
        base64::engine::general_purpose::STANDARD
            .encode(nonce)
            .as_str(),
    );
    ad.insert(attrs::RESUME_RESPONSE, true);
    ad.insert(
        attrs::REMOTE_VERSION,
        cx.side.config.settings.version.as_str(),
    );
    let message = cx
        .encoder()
        .int(i64::from(DC_AUTHENTICATE))
        .ad(&ad)
        .finish();
    Step::say(message, Resuming { session })
}

impl AwaitsMessage<Client> for Resuming {
    fn stage(&self) -> Stage {
        Stage::Resume
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        let answer = match message.handshake_ad("the answer to a resumption") {
            Ok(ad) => ad,
            Err(error) => return cx.fail_reading(Stage::Resume, Cause::Wire(error)),
        };
        match answer.get_str(attrs::RETURN_CODE).unwrap_or_default() {
            "" | "AUTHORIZED" => {}
            "SID_NOT_FOUND" => {
                cx.side.stack.push(
                    "SECMAN",
                    secman::NO_SESSION,
                    "Server rejected our session id",
                );
                return cx.fail(Stage::Resume, Cause::SessionForgotten);
            }
            code => {
                cx.side.stack.push(
                    "SECMAN",
                    secman::AUTHORIZATION_FAILED,
                    format!("Received \"{code}\" from server"),
                );
                let cause = Cause::Denied {
                    code: code.to_owned(),
                    user: self
                        .session
                        .policy
                        .get_str(attrs::MY_REMOTE_USER_NAME)
                        .unwrap_or_default()
                        .to_owned(),
                    method: None,
                };
                return cx.fail(Stage::Resume, cause);
            }
        }
        let Some((key, protection)) = self.session.key.clone() else {
            return cx.fail(Stage::Resume, Cause::SessionForgotten);
        };
        if let Err(failed) = cx.protect(&key, protection, true) {
            return failed;
        }
        cx.trace.push(Event::Resumed {
            sid: self.session.id.clone(),
        });
        cx.check_server(self.session, None)
    }
}
