//! Clients that mean no good, or nothing at all, in front of the server's machine.
//!
//! Each is refused for a reason that the trace names by type, and hears no more than HTCondor says.

mod claims;
mod commands;
mod handed;
mod hellos;
mod lists;
mod messages;
mod sent_keys;
mod sessions;
mod tokens;

use countersign_core::crypto::KeyPair;
use countersign_core::server::{self, Caller, Outcome, ServerCause, ServerStage};
use countersign_core::trace::{Event, MethodEvent, Trace};
use countersign_core::wire::{Codec, Encoder, Message, StringForm};

use crate::dice::Dice;
use crate::meet::End;
use crate::world::{ClientSide, Machine, NOW, ServerSide, connection};

/// What the client does next: it has heard these messages, and says this, or closes.
pub type Script<'a> = &'a mut dyn FnMut(&[Vec<u8>]) -> Option<Vec<u8>>;

/// What came of it.
pub struct Attack {
    /// `None` if the server still waits.
    pub end: Option<End>,
    pub trace: Trace,
    /// What the server said, frames and all.
    pub said: Vec<Vec<u8>>,
}

impl Attack {
    pub fn caller(&self) -> Option<&Caller> {
        match self.end.as_ref()? {
            End::Command(command) => Some(command.caller()),
            End::Finished(Outcome::Answered { caller, .. } | Outcome::SessionMade { caller }) => {
                Some(caller)
            }
            End::Finished(Outcome::Failed(_)) => None,
        }
    }

    /// Why the server ended it, which the trace says too.
    pub fn cause(&self) -> &ServerCause {
        let Some(End::Finished(Outcome::Failed(failure))) = &self.end else {
            panic!("the server did not end it: {:?}\n{}", self.end, self.trace);
        };
        assert!(self.trace.to_string().contains(&failure.to_string()));
        &failure.cause
    }

    pub fn stage(&self) -> ServerStage {
        match &self.end {
            Some(End::Finished(Outcome::Failed(failure))) => failure.stage,
            _ => panic!("the server did not end it\n{}", self.trace),
        }
    }

    /// The events of a method.
    pub fn events<E: MethodEvent + Clone>(&self) -> Vec<E> {
        let of_kind = |event: &Event| match event {
            Event::Method { event, .. } => {
                let event: &dyn std::any::Any = &**event;
                event.downcast_ref::<E>().cloned()
            }
            _ => None,
        };
        self.trace.iter().filter_map(of_kind).collect()
    }

    /// The attributes of an ad that was said, in order.
    pub fn said_ad(&self, index: usize) -> Vec<(String, String)> {
        let message = read(&self.said[index]);
        let mut decoder = message.decoder();
        let count = decoder.int("the count").unwrap();
        (0..count)
            .map(|_| {
                let text = decoder.string("an attribute", 1 << 16).unwrap();
                let (name, value) = text.split_once(" = ").unwrap();
                (name.to_owned(), value.to_owned())
            })
            .collect()
    }
}

/// A message that was not encrypted.
pub fn read(bytes: &[u8]) -> Message {
    let mut codec = Codec::new(1 << 20);
    codec.feed(bytes);
    codec.next_message().unwrap().unwrap()
}

pub fn encoder() -> Encoder {
    Encoder::new(StringForm::Terminated)
}

/// A message's frames.
pub fn frames(message: Encoder) -> Vec<u8> {
    let message = message.finish();
    Codec::new(1 << 20).encode(&message).unwrap().to_vec()
}

/// Runs a script against a server.
pub fn attack(server: &ServerSide, seed: u64, script: Script<'_>) -> Attack {
    let client = ClientSide::default();
    let machine = Machine::new(&client, server);
    let mut dice = Dice::new(!seed);
    let mut handshake = server::Handshake::new(
        server.config(),
        connection(),
        server.sessions.clone(),
        NOW,
        &mut dice,
    );
    let mut said = Vec::new();
    let mut closed = false;
    let end = loop {
        match handshake.poll() {
            server::Progress::Perform(request) => handshake.answer(machine.answer(request)),
            server::Progress::Command(command) => break Some(End::Command(command)),
            server::Progress::Finished(outcome) => break Some(End::Finished(outcome)),
            server::Progress::NeedsBytes => {
                while let Some(bytes) = handshake.transmit() {
                    said.push(bytes.to_vec());
                }
                if closed {
                    break None;
                }
                match script(&said) {
                    Some(bytes) => handshake.receive(&bytes),
                    None => {
                        closed = true;
                        handshake.peer_closed();
                    }
                }
            }
        }
    };
    while let Some(bytes) = handshake.transmit() {
        said.push(bytes.to_vec());
    }
    Attack {
        end,
        trace: handshake.take_trace(),
        said,
    }
}

/// Says these messages in turn, whatever it hears, then closes.
pub fn say(server: &ServerSide, messages: &[Vec<u8>]) -> Attack {
    let mut left = messages.iter();
    attack(server, 1, &mut |_| left.next().cloned())
}

/// The attributes of a hello, to be changed: each with its value as an expression.
pub fn attributes(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let key = KeyPair::from_scalar(&[9; 32]).unwrap();
    let key = format!("\"{}\"", key.public_base64());
    let mut attributes: Vec<(String, String)> = [
        ("ECDHPublicKey", key.as_str()),
        ("AuthMethods", "\"FS,IDTOKENS,CLAIMTOBE,ANONYMOUS\""),
        ("CryptoMethods", "\"AES\""),
        ("Authentication", "\"OPTIONAL\""),
        ("AuthenticationNew", "\"OPTIONAL\""),
        ("Encryption", "\"OPTIONAL\""),
        ("Integrity", "\"OPTIONAL\""),
        ("Enact", "\"NO\""),
        ("NewSession", "\"YES\""),
        ("SessionDuration", "\"60\""),
        (
            "RemoteVersion",
            "\"$CondorVersion: 25.14.1 2026-01-01 BuildID: x $\"",
        ),
        ("TrustDomain", "\"pool.example\""),
        ("Command", "60020"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in changes {
        attributes.retain(|(known, _)| known != name);
        if !value.is_empty() {
            attributes.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    attributes
}

/// A hello of these attributes.
pub fn hello_of(attributes: &[(String, String)]) -> Vec<u8> {
    let count = i64::try_from(attributes.len()).unwrap();
    let message = attributes.iter().fold(
        encoder().int(60_010).int(count),
        |message, (name, value)| message.string(&format!("{name} = {value}")),
    );
    frames(message.string("").string(""))
}

/// A hello with changes; an empty value leaves an attribute out.
pub fn hello(changes: &[(&str, &str)]) -> Vec<u8> {
    hello_of(&attributes(changes))
}

/// A number alone: masks of methods and the like.
pub fn number(number: i64) -> Vec<u8> {
    frames(encoder().int(number))
}

/// A server that requires authentication by these methods.
pub fn strict(methods: &str) -> ServerSide {
    let mut server = ServerSide::default();
    server.default.methods = crate::world::words(methods);
    server.default.authentication = countersign_core::policy::Requirement::Required;
    server
}
