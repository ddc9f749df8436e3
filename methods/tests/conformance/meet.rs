//! Drives the two machines against each other, with somebody in between.

use countersign_core::Failure;
use countersign_core::client;
use countersign_core::names::Level;
use countersign_core::server::{self, Caller, Outcome, ServerCause};
use countersign_core::session::Session;
use countersign_core::trace::Trace;

use crate::dice::Dice;
use crate::world::{ClientSide, Machine, ServerSide, Wanted, connection, request};

/// Who sent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    Client,
    Server,
}

/// One message as it was sent, before anybody changed it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub by: Side,
    pub bytes: Vec<u8>,
}

/// How the server's machine ended.
#[derive(Debug)]
pub enum End {
    Command(Box<server::Established>),
    Finished(Outcome),
}

/// How both ended.
pub struct Met {
    pub client: Result<Box<client::Established>, Failure>,
    pub server: End,
    pub client_trace: Trace,
    pub server_trace: Trace,
    pub messages: Vec<Sent>,
}

/// Where the two meet.
pub struct Meeting<'a> {
    pub client: &'a ClientSide,
    pub server: &'a ServerSide,
    pub wanted: Wanted,
    pub now: u64,
    pub seed: u64,
    pub resumes: Option<Session>,
}

/// Gets each message's number, from 0, who sends it, and its bytes to change.
pub type Between<'a> = &'a mut dyn FnMut(usize, Side, &mut Vec<u8>);

/// Nobody is in between.
pub fn nobody(_: usize, _: Side, _: &mut Vec<u8>) {}

impl Met {
    /// Whom the server serves, if anybody.
    pub fn caller(&self) -> Option<&Caller> {
        match &self.server {
            End::Command(command) => Some(command.caller()),
            End::Finished(Outcome::Answered { caller, .. } | Outcome::SessionMade { caller }) => {
                Some(caller)
            }
            End::Finished(Outcome::Failed(_)) => None,
        }
    }

    pub fn both(&self) -> Option<(&client::Established, &Caller)> {
        Some((self.client.as_ref().ok()?, self.caller()?))
    }

    /// The server serves a command without session that is open to everybody, and knows nobody.
    pub fn is_nobodys_bare_command(&self) -> bool {
        match &self.server {
            End::Command(command) => {
                command.session_id().is_none()
                    && command.command().level == Level::Allow
                    && command.caller().identity.user == "unauthenticated@unmapped"
                    && command.caller().method.is_none()
            }
            End::Finished(_) => false,
        }
    }

    /// Why the server ended it.
    pub fn cause(&self) -> &ServerCause {
        match &self.server {
            End::Finished(Outcome::Failed(failure)) => &failure.cause,
            _ => panic!("the server did not fail\n{}", self.story()),
        }
    }

    /// Everything that both traced.
    pub fn story(&self) -> String {
        let stack = match &self.client {
            Ok(_) => "the client goes on".to_owned(),
            Err(failure) => format!("{failure} {}", failure.stack.full_text("|")),
        };
        format!(
            "client: {stack}\n{}\nserver:\n{}",
            self.client_trace, self.server_trace
        )
    }

    /// Both sides talk, and understand each other: they hold the same key, or none. After a
    /// question the server's answer is read instead; after a session alone nothing follows.
    pub fn talk(&mut self) -> Result<(), String> {
        let client = self
            .client
            .as_mut()
            .map_err(|failure| failure.to_string())?;
        match &mut self.server {
            End::Command(command) => {
                let said = client.encoder().string("the command").finish();
                let bytes = client.encode(&said).map_err(|error| error.to_string())?;
                command.receive(&bytes);
                let heard = command
                    .next_message()
                    .map_err(|error| error.to_string())?
                    .ok_or("the server hears nothing")?;
                if heard.decoder().string("it", 100) != Ok("the command") {
                    return Err("the server hears something else".into());
                }
                let said = command.encoder().string("its answer").finish();
                let bytes = command.encode(&said).map_err(|error| error.to_string())?;
                client.receive(&bytes);
                let heard = client
                    .next_message()
                    .map_err(|error| error.to_string())?
                    .ok_or("the client hears nothing")?;
                if heard.decoder().string("it", 100) != Ok("its answer") {
                    return Err("the client hears something else".into());
                }
                Ok(())
            }
            End::Finished(Outcome::Answered { .. }) => {
                let heard = client
                    .next_message()
                    .map_err(|error| error.to_string())?
                    .ok_or("the client hears no answer")?;
                let ad = client::established::read_sec_query_answer(&heard)
                    .map_err(|error| error.to_string())?;
                if ad.get_bool("AuthorizationSucceeded") != Some(true) {
                    return Err("the client hears no yes".into());
                }
                Ok(())
            }
            End::Finished(Outcome::SessionMade { .. }) => Ok(()),
            End::Finished(Outcome::Failed(failure)) => Err(failure.to_string()),
        }
    }
}

impl Meeting<'_> {
    pub fn run(self) -> Met {
        self.run_with(&mut nobody)
    }

    pub fn run_with(self, between: Between<'_>) -> Met {
        let machine = Machine::new(self.client, self.server);
        let mut client_dice = Dice::new(self.seed);
        let mut server_dice = Dice::new(!self.seed);
        let (config, request) = (self.client.config(), request(self.wanted));
        let mut client = match self.resumes {
            None => client::Handshake::new(config, request, self.now, &mut client_dice),
            Some(session) => {
                client::Handshake::resume(config, request, session, self.now, &mut client_dice)
            }
        };
        let mut server = server::Handshake::new(
            self.server.config(),
            connection(),
            self.server.sessions.clone(),
            self.now,
            &mut server_dice,
        );
        let mut messages: Vec<Sent> = Vec::new();
        let mut pass = |by: Side, bytes: &[u8]| {
            let mut changed = bytes.to_vec();
            between(messages.len(), by, &mut changed);
            messages.push(Sent {
                by,
                bytes: bytes.to_vec(),
            });
            changed
        };
        let (mut client_end, mut server_end) = (None, None);
        loop {
            let mut moved = false;
            if client_end.is_none() {
                match client.poll() {
                    client::Progress::NeedsBytes => {}
                    client::Progress::Perform(request) => {
                        client.answer(machine.answer(request));
                        moved = true;
                    }
                    client::Progress::Established(end) => client_end = Some(Ok(end)),
                    client::Progress::Failed(failure) => client_end = Some(Err(failure)),
                }
                moved |= client_end.is_some();
            }
            while let Some(bytes) = client.transmit() {
                let bytes = pass(Side::Client, &bytes);
                match &mut server_end {
                    Some(End::Command(command)) => command.receive(&bytes),
                    _ => server.receive(&bytes),
                }
                moved = true;
            }
            if server_end.is_none() {
                match server.poll() {
                    server::Progress::NeedsBytes => {}
                    server::Progress::Perform(request) => {
                        server.answer(machine.answer(request));
                        moved = true;
                    }
                    server::Progress::Command(command) => server_end = Some(End::Command(command)),
                    server::Progress::Finished(outcome) => {
                        server_end = Some(End::Finished(outcome));
                    }
                }
                moved |= server_end.is_some();
            }
            while let Some(bytes) = server.transmit() {
                let bytes = pass(Side::Server, &bytes);
                match &mut client_end {
                    Some(Ok(established)) => established.receive(&bytes),
                    _ => client.receive(&bytes),
                }
                moved = true;
            }
            if moved {
                continue;
            }
            // Nothing moves: whoever is through has closed the connection, and after that time is up.
            match (&client_end, &server_end) {
                (Some(_), Some(_)) => break,
                (Some(Err(_)), None) => server.peer_closed(),
                (None, Some(End::Finished(_))) => client.peer_closed(),
                (None, _) => client.deadline(20),
                (Some(Ok(_)), None) => server.deadline(20),
            }
        }
        let (client_trace, server_trace) = (client.take_trace(), server.take_trace());
        Met {
            client: client_end.unwrap(),
            server: server_end.unwrap(),
            client_trace,
            server_trace,
            messages,
        }
    }
}
