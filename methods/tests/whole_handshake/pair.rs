//! The two machines, and what is between them.

use std::any::TypeId;
use std::sync::Arc;

use countersign_core::Failure;
use countersign_core::authz::{FoundKnob, List, PeerNames, Policy, PolicyRules};
use countersign_core::client::{self, ClientConfig, DC_SEC_QUERY, Request};
use countersign_core::crypto::{ExchangeError, KeyPair};
use countersign_core::effect::{
    EffectAnswer, EffectRequest, Entropy, LookUpPeer, NoEntropy, PeerFacts,
};
use countersign_core::identity::{Mapper, NoMapper};
use countersign_core::method::Registry;
use countersign_core::names::CommandTable;
use countersign_core::policy::{ClientSettings, LevelSettings, Requirement, ServerSettings};
use countersign_core::server::{self, Connection, Outcome, ServerCause, ServerConfig};
use countersign_core::session::{ServerSessions, Session};
use countersign_core::trace::Trace;
use countersign_methods::anonymous::{Anonymous, AnonymousServer};
use countersign_methods::claimtobe::{
    ClaimToBe, ClaimToBeServer, ClaimToBeServerSettings, ClaimToBeSettings, OwnUserName,
};

use crate::word::{Word, WordServer};

pub const NOW: u64 = 1_800_000_000;

/// Bytes that differ from call to call, and a key of its own.
pub struct Counter {
    next: u8,
    scalar: u8,
}

impl Counter {
    pub fn new(scalar: u8) -> Self {
        Self {
            next: scalar,
            scalar,
        }
    }
}

impl Entropy for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        for byte in out {
            *byte = self.next;
            self.next = self.next.wrapping_add(37);
        }
        Ok(())
    }

    fn key_pair(&mut self) -> Result<KeyPair, ExchangeError> {
        self.scalar = self.scalar.wrapping_add(1);
        KeyPair::from_scalar(&[self.scalar; 32])
    }
}

/// What both sides are set up with.
#[derive(Clone)]
pub struct World {
    pub client: ClientSettings,
    pub word: String,
    pub client_mapper: Arc<dyn Mapper>,
    pub server: LevelSettings,
    pub lists: Vec<(&'static str, &'static str)>,
    pub mechanism: WordServer,
    pub command: i32,
    pub about: Option<i32>,
    pub sessions: Arc<ServerSessions>,
    pub now: u64,
    pub seed: u8,
}

impl Default for World {
    fn default() -> Self {
        Self {
            client: ClientSettings {
                authentication: Requirement::Optional,
                encryption: Requirement::Optional,
                integrity: Requirement::Optional,
                negotiation: Requirement::Preferred,
                methods: words("WORD"),
                crypto_methods: words("AES"),
                session_duration: 60,
                session_lease: 3600,
                trust_domain: Some("pool.example".into()),
                subsystem: "TOOL".into(),
                version: countersign_core::PROTOCOL_VERSION.into(),
            },
            word: "alice".into(),
            client_mapper: Arc::new(NoMapper),
            server: LevelSettings {
                methods: words("WORD,CLAIMTOBE,ANONYMOUS"),
                ..LevelSettings::default()
            },
            lists: vec![("ALLOW_READ", "*"), ("ALLOW_WRITE", "*")],
            mechanism: WordServer::default(),
            command: DC_SEC_QUERY,
            about: Some(60_021),
            sessions: Arc::default(),
            now: NOW,
            seed: 1,
        }
    }
}

pub fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

/// How a run ended, on either side.
pub struct Ran {
    pub client: Result<Box<client::Established>, Failure>,
    pub server: Option<End>,
    pub trace: Trace,
    /// What the client sent, message by message.
    pub sent: Vec<Vec<u8>>,
    /// What the server sent.
    pub answered: Vec<Vec<u8>>,
}

/// How the server's machine ended.
pub enum End {
    Command(Box<server::Established>),
    Finished(Outcome),
}

impl Ran {
    /// Who the server says the client is, if it let it do anything.
    pub fn served(&self) -> Option<&server::Caller> {
        match self.server.as_ref()? {
            End::Command(command) => Some(command.caller()),
            End::Finished(Outcome::Answered { caller, .. } | Outcome::SessionMade { caller }) => {
                Some(caller)
            }
            End::Finished(Outcome::Failed(_)) => None,
        }
    }

    pub fn user(&self) -> Option<&str> {
        self.served().map(|caller| caller.identity.user.as_str())
    }

    pub fn cause(&self) -> &ServerCause {
        match &self.server {
            Some(End::Finished(Outcome::Failed(failure))) => &failure.cause,
            _ => panic!("the server did not fail\n{}", self.trace),
        }
    }

    /// The client's error stack, one line.
    pub fn stack(&self) -> String {
        match &self.client {
            Ok(_) => String::new(),
            Err(failure) => failure.stack.full_text("|"),
        }
    }
}

impl World {
    pub fn server_config(&self) -> Arc<ServerConfig> {
        let policy = Policy::read(&PolicyRules::new("COLLECTOR"), |knob| {
            let found = self.lists.iter().find(|(name, _)| *name == knob);
            Ok::<_, ()>(found.map(|(name, text)| FoundKnob {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
                place: "a test".to_owned(),
            }))
        });
        Arc::new(ServerConfig {
            settings: ServerSettings::new(self.server.clone()),
            registry: Registry::default()
                .accepting(self.mechanism.clone())
                .accepting(ClaimToBeServer::new(ClaimToBeServerSettings {
                    include_domain: true,
                    uid_domain: Some("pool.example".into()),
                }))
                .accepting(AnonymousServer),
            commands: CommandTable::collector(),
            policy: policy.unwrap(),
            mapper: Arc::new(NoMapper),
            trust_domain: Some("pool.example".into()),
            uid_domain: Some("pool.example".into()),
            version: countersign_core::PROTOCOL_VERSION.into(),
            subsystem: "COLLECTOR".into(),
            host_name: "host".into(),
            process_id: 42,
        })
    }

    fn client_config(&self) -> Arc<ClientConfig> {
        Arc::new(ClientConfig {
            settings: self.client.clone(),
            registry: Registry::default()
                .with(Word(self.word.clone()))
                .with(ClaimToBe::new(ClaimToBeSettings {
                    user: None,
                    include_domain: true,
                    uid_domain: Some("pool.example".into()),
                }))
                .with(Anonymous),
            allow: Some(List::parse("*")),
            deny: Some(List::parse("banned@pool.example")),
            mapper: self.client_mapper.clone(),
            uid_domain: Some("pool.example".into()),
        })
    }

    fn request(&self) -> Request {
        Request {
            command: self.command,
            auth_command: self.about,
            given_address: "<127.0.0.1:9618>".into(),
            named_by: countersign_core::trace::AddressSource::Typed,
            shared_port_id: None,
            peer: "127.0.0.1:9618".parse().unwrap(),
            local: "127.0.0.1:40000".parse().unwrap(),
            servers_checked: Default::default(),
        }
    }

    pub fn run(&self) -> Ran {
        self.run_with(None, |_, _| {})
    }

    pub fn resume(&self, session: Session) -> Ran {
        self.run_with(Some(session), |_, _| {})
    }

    /// Runs both, altering each message of the client on its way.
    pub fn run_with(
        &self,
        session: Option<Session>,
        mut alter: impl FnMut(usize, &mut Vec<u8>),
    ) -> Ran {
        let mut client_entropy = Counter::new(self.seed);
        let mut server_entropy = Counter::new(self.seed.wrapping_add(100));
        let mut client = match session {
            None => client::Handshake::new(
                self.client_config(),
                self.request(),
                self.now,
                &mut client_entropy,
            ),
            Some(session) => client::Handshake::resume(
                self.client_config(),
                self.request(),
                session,
                self.now,
                &mut client_entropy,
            ),
        };
        let mut server = server::Handshake::new(
            self.server_config(),
            connection(),
            self.sessions.clone(),
            self.now,
            &mut server_entropy,
        );
        let (mut sent, mut answered) = (Vec::new(), Vec::new());
        let (mut client_end, mut server_end) = (None, None);
        let mut idle = 0;
        while idle < 3 && (client_end.is_none() || server_end.is_none()) {
            idle += 1;
            match client.poll() {
                client::Progress::NeedsBytes => {}
                client::Progress::Perform(request) => {
                    client.answer(answer(request));
                    idle = 0;
                }
                client::Progress::Established(established) => client_end = Some(Ok(established)),
                client::Progress::Failed(failure) => client_end = Some(Err(failure)),
            }
            while let Some(bytes) = client.transmit() {
                let mut bytes = bytes.to_vec();
                alter(sent.len(), &mut bytes);
                sent.push(bytes.clone());
                server.receive(&bytes);
                idle = 0;
            }
            if matches!(client_end, Some(Err(_))) {
                server.peer_closed();
            }
            match server.poll() {
                server::Progress::NeedsBytes => {}
                server::Progress::Perform(request) => {
                    server.answer(answer(request));
                    idle = 0;
                }
                server::Progress::Command(command) => server_end = Some(End::Command(command)),
                server::Progress::Finished(outcome) => server_end = Some(End::Finished(outcome)),
            }
            while let Some(bytes) = server.transmit() {
                answered.push(bytes.to_vec());
                match &mut client_end {
                    Some(Ok(established)) => established.receive(&bytes),
                    _ => client.receive(&bytes),
                }
                idle = 0;
            }
            if server_end.is_some() && client_end.is_none() && idle > 0 {
                client.peer_closed();
                idle = 0;
                if let client::Progress::Failed(failure) = client.poll() {
                    client_end = Some(Err(failure));
                }
            }
        }
        if server_end.is_none() {
            server.deadline(20);
            if let server::Progress::Finished(outcome) = server.poll() {
                server_end = Some(End::Finished(outcome));
            }
        }
        let client = client_end.unwrap_or_else(|| {
            client.deadline(20);
            match client.poll() {
                client::Progress::Failed(failure) => Err(failure),
                _ => panic!("the client neither succeeds nor fails"),
            }
        });
        Ran {
            client,
            server: server_end,
            trace: server.take_trace(),
            sent,
            answered,
        }
    }
}

pub fn connection() -> Connection {
    Connection {
        peer: "127.0.0.1:40000".parse().unwrap(),
        local: "127.0.0.1:9618".parse().unwrap(),
    }
}

pub fn answer(request: EffectRequest) -> EffectAnswer {
    let kind = request.kind();
    if kind == TypeId::of::<OwnUserName>() {
        EffectAnswer::new::<OwnUserName>(Ok("alice".into()))
    } else if kind == TypeId::of::<LookUpPeer>() {
        EffectAnswer::new::<LookUpPeer>(PeerFacts {
            names: PeerNames::Confirmed(vec!["localhost".into()]),
            local: Some(true),
        })
    } else {
        EffectAnswer::unperformed()
    }
}
