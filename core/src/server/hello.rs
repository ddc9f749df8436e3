//! The first message: a bare command number, or DC_AUTHENTICATE and the client's wishes.
//!
//! Rule: `DaemonCommandProtocol::ReadCommand`.

use std::sync::Arc;

use bytes::Bytes;
use countersign_classad::ClassAd;

use super::cx::{AwaitsMessage, Cx, Server, Step};
use super::facts::{Hello, Purpose};
use super::failure::{ServerCause, ServerStage};
use super::{bare, probe, resume};
use crate::method::ClientView;
use crate::names::{Command, DC_AUTHENTICATE, DC_SEC_QUERY, SHARED_PORT_CONNECT, attrs};
use crate::policy::{Action, ClientWishes};
use crate::trace::{Manner, ServerEvent};
use crate::version::CondorVersion;
use crate::wire::{HANDSHAKE_AD, Message, WireError};

/// The longest shared-port id that is shown.
const MAX_ENDPOINT: usize = 256;

/// The connection was accepted.
struct AwaitHello;

/// Waits for the first message.
pub(super) fn begin() -> Step {
    Step::await_message(AwaitHello)
}

/// A first message, read.
enum First {
    Negotiate(ClassAd),
    Bare(i64),
    SharedPort(String),
}

impl AwaitsMessage<Server> for AwaitHello {
    fn stage(&self) -> ServerStage {
        ServerStage::Hello
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        match read(&message) {
            Ok(First::Negotiate(ad)) => negotiate(&ad, cx),
            Ok(First::Bare(number)) => {
                let rest = message
                    .payload()
                    .get(size_of::<i64>()..)
                    .unwrap_or_default();
                let rest = Message::new(Bytes::copy_from_slice(rest), message.form());
                bare::begin(number, rest, cx)
            }
            Ok(First::SharedPort(id)) => {
                cx.fail(ServerStage::Hello, ServerCause::SharedPort { id })
            }
            Err(error) => cx.fail(ServerStage::Hello, error),
        }
    }
}

fn read(message: &Message) -> Result<First, WireError> {
    let mut decoder = message.decoder();
    let number = decoder.int("the command")?;
    if number == i64::from(SHARED_PORT_CONNECT) {
        let id = decoder.string("the shared-port id", MAX_ENDPOINT)?;
        return Ok(First::SharedPort(id.escape_debug().to_string()));
    }
    if number != i64::from(DC_AUTHENTICATE) {
        return Ok(First::Bare(number));
    }
    let ad = decoder.ad("the client's policy", HANDSHAKE_AD)?;
    decoder.finish()?;
    Ok(First::Negotiate(ad))
}

/// Which command is meant, and what is to be done with it. What is missing is 0, as in HTCondor.
fn wanted(ad: &ClassAd) -> (i64, Purpose) {
    let number = |name| ad.get_int(name).unwrap_or(0);
    let command = number(attrs::COMMAND);
    if command == i64::from(DC_SEC_QUERY) {
        (number(attrs::AUTH_COMMAND), Purpose::Question)
    } else if command == i64::from(DC_AUTHENTICATE) {
        (number(attrs::AUTH_COMMAND), Purpose::Session)
    } else {
        (command, Purpose::Serve)
    }
}

fn negotiate(ad: &ClassAd, cx: &mut Cx<'_>) -> Step {
    let (number, purpose) = wanted(ad);
    let Some(command) = cx.command(number) else {
        // HTCondor closes the connection before it answers anything.
        return cx.fail(ServerStage::Hello, ServerCause::UnknownCommand { number });
    };
    let says_yes = |name| ad.get_str(name).and_then(Action::parse) == Some(Action::Yes);
    let resumes = says_yes(attrs::USE_SESSION);
    let hello = Hello {
        purpose,
        wishes: ClientWishes::from_ad(ad),
        public_key: ad
            .get_str(attrs::ECDH_PUBLIC_KEY)
            .filter(|key| !key.is_empty())
            .map(str::to_owned),
        view: Arc::new(ClientView {
            address: cx.side.connection.peer,
            local: cx.side.connection.local,
            dialled: ad.get_str(attrs::CONNECT_SINFUL).map(str::to_owned),
            version: ad
                .get_str(attrs::REMOTE_VERSION)
                .and_then(CondorVersion::parse),
            trust_domain: ad.get_str(attrs::TRUST_DOMAIN).map(str::to_owned),
        }),
        command,
    };
    let manner = match purpose {
        _ if resumes => Manner::Resumption,
        Purpose::Serve => Manner::New,
        Purpose::Question => Manner::Question,
        Purpose::Session => Manner::SessionOnly,
    };
    cx.greet(
        &hello.command,
        manner,
        hello.version(),
        ad.get_str(attrs::SUBSYSTEM),
    );
    let odd = |problem| ServerCause::OddHello { problem };
    if ad.contains(attrs::COOKIE) {
        return cx.fail(
            ServerStage::Hello,
            odd("shows a cookie, and this server gives none"),
        );
    }
    if resumes {
        return resume::begin(hello, ad, cx);
    }
    // HTCondor's server takes a hello that asks for no session for a resumed one, which it need not
    // authenticate. No client of it sends one.
    if !says_yes(attrs::NEW_SESSION) {
        return cx.fail(ServerStage::Hello, odd("asks for no session"));
    }
    if ad.get_str(attrs::ENACT).and_then(Action::parse) != Some(Action::No) {
        return cx.fail(
            ServerStage::Hello,
            odd("does not wait for this side's policy (Enact)"),
        );
    }
    probe::begin(hello, cx)
}

impl Cx<'_> {
    /// The command of that number.
    pub(super) fn command(&self, number: i64) -> Option<Command> {
        let number = i32::try_from(number).ok()?;
        self.side.config.commands.get(number).cloned()
    }

    /// Records what is asked for.
    pub(super) fn greet(
        &mut self,
        command: &Command,
        manner: Manner,
        version: Option<CondorVersion>,
        subsystem: Option<&str>,
    ) {
        let event = ServerEvent::Hello {
            peer: self.side.connection.peer,
            command: command.number,
            name: command.name.clone().into_owned(),
            level: command.level,
            manner,
            version: version.map(|version| version.to_string()),
            subsystem: subsystem.map(str::to_owned),
        };
        self.event(event);
    }
}
