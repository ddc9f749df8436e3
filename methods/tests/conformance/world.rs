//! What both sides are set up with, and what answers their effects.

use std::any::TypeId;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use countersign_core::Secret;
use countersign_core::authz::{FoundKnob, List, PeerNames, Policy, PolicyRules};
use countersign_core::client::{ClientConfig, DC_SEC_QUERY, Request};
use countersign_core::effect::{EffectAnswer, EffectRequest, LookUpPeer, PeerFacts};
use countersign_core::identity::NoMapper;
use countersign_core::method::Registry;
use countersign_core::names::{CommandTable, Level};
use countersign_core::policy::{ClientSettings, LevelSettings, Requirement, ServerSettings};
use countersign_core::server::{Connection, ServerConfig};
use countersign_core::session::ServerSessions;
use countersign_methods::anonymous::{Anonymous, AnonymousServer};
use countersign_methods::claimtobe::{
    ClaimToBe, ClaimToBeServer, ClaimToBeServerSettings, ClaimToBeSettings, OwnUserName,
};
use countersign_methods::fs::{
    DirectoryFailure, Fs, FsServer, FsServerSettings, FsSettings, InspectDirectory, MakeDirectory,
    Seen, SeenKind, TryName,
};
use countersign_methods::idtokens::{
    Credentials, FindCredentials, FolderOrigin, IdTokens, IdTokensServer, IdTokensServerSettings,
    IdTokensSettings, KeyFile, KeyNames, ListSigningKeys, ReadSigningKey, RevocationRule,
    TokenFile, TokenFolder,
};

use crate::token::key_file;

pub const NOW: u64 = 1_800_000_000;
pub const SERVER: &str = "127.0.0.1:39618";
pub const CLIENT: &str = "127.0.0.1:40000";

/// One client.
#[derive(Debug, Clone)]
pub struct ClientSide {
    pub settings: ClientSettings,
    /// The token in its folder.
    pub token: Option<String>,
    /// Whom the system says it is: the owner of its directories, and its claim.
    pub user: String,
    /// ALLOW_CLIENT.
    pub allow: &'static str,
}

/// One server.
#[derive(Debug, Clone)]
pub struct ServerSide {
    pub default: LevelSettings,
    pub levels: Vec<(Level, LevelSettings)>,
    /// ALLOW_* and DENY_*.
    pub lists: Vec<(String, String)>,
    /// Signing keys, by name and seed.
    pub keys: Vec<(&'static str, u8)>,
    pub revocation: Option<&'static str>,
    pub sessions: Arc<ServerSessions>,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub command: i32,
    pub about: Option<i32>,
}

impl Wanted {
    /// The command is run.
    pub fn run(command: i32) -> Self {
        Self {
            command,
            about: None,
        }
    }

    /// Whether it would be.
    pub fn ask(command: i32) -> Self {
        Self {
            command: DC_SEC_QUERY,
            about: Some(command),
        }
    }

    /// The command that is meant.
    pub fn meant(self) -> i32 {
        self.about.unwrap_or(self.command)
    }
}

pub fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

impl Default for ClientSide {
    fn default() -> Self {
        Self {
            settings: ClientSettings {
                authentication: Requirement::Optional,
                encryption: Requirement::Optional,
                integrity: Requirement::Optional,
                negotiation: Requirement::Preferred,
                methods: words("FS,IDTOKENS"),
                crypto_methods: words("AES"),
                session_duration: 60,
                session_lease: 3600,
                trust_domain: Some("pool.example".into()),
                subsystem: "TOOL".into(),
                version: countersign_core::PROTOCOL_VERSION.into(),
            },
            token: None,
            user: "alice".into(),
            allow: "*",
        }
    }
}

impl Default for ServerSide {
    fn default() -> Self {
        Self {
            default: LevelSettings {
                methods: words("FS,IDTOKENS,CLAIMTOBE,ANONYMOUS"),
                ..LevelSettings::default()
            },
            levels: Vec::new(),
            lists: vec![
                ("ALLOW_READ".into(), "*".into()),
                ("ALLOW_WRITE".into(), "*".into()),
            ],
            keys: vec![("POOL", 1)],
            revocation: None,
            sessions: Arc::default(),
        }
    }
}

impl ServerSide {
    /// Other lists.
    pub fn with_lists(mut self, lists: &[(&str, &str)]) -> Self {
        self.lists = lists
            .iter()
            .map(|(knob, text)| ((*knob).to_owned(), (*text).to_owned()))
            .collect();
        self
    }

    /// The settings of a level.
    pub fn level(&self, level: Level) -> &LevelSettings {
        self.levels
            .iter()
            .find(|(other, _)| *other == level)
            .map_or(&self.default, |(_, settings)| settings)
    }

    pub fn config(&self) -> Arc<ServerConfig> {
        let policy = Policy::read(&PolicyRules::new("COLLECTOR"), |knob| {
            let found = self.lists.iter().find(|(name, _)| name == knob);
            Ok::<_, ()>(found.map(|(name, text)| FoundKnob {
                name: name.clone(),
                text: text.clone(),
                place: "a test".to_owned(),
            }))
        });
        let settings = self
            .levels
            .iter()
            .fold(ServerSettings::new(self.default.clone()), |all, (l, s)| {
                all.with(*l, s.clone())
            });
        Arc::new(ServerConfig {
            settings,
            registry: Registry::default()
                .accepting(FsServer::new(FsServerSettings {
                    uid_domain: Some("pool.example".into()),
                    ..FsServerSettings::default()
                }))
                .accepting(IdTokensServer::new(IdTokensServerSettings {
                    trust_domain: Some("pool.example".into()),
                    uid_domain: Some("pool.example".into()),
                    revocation: self
                        .revocation
                        .map(|text| RevocationRule::read("SEC_TOKEN_REVOCATION_EXPR", text)),
                    ..IdTokensServerSettings::default()
                }))
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
}

impl ClientSide {
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::new(ClientConfig {
            settings: self.settings.clone(),
            registry: Registry::default()
                .with(Fs::new(FsSettings {
                    enforce_channel_binding: true,
                }))
                .with(IdTokens::new(IdTokensSettings {
                    trust_domain: Some("pool.example".into()),
                    pool_key_is_password: false,
                    self_made: false,
                }))
                .with(ClaimToBe::new(ClaimToBeSettings {
                    user: None,
                    include_domain: true,
                    uid_domain: Some("pool.example".into()),
                }))
                .with(Anonymous),
            allow: Some(List::parse(self.allow)),
            deny: None,
            mapper: Arc::new(NoMapper),
            uid_domain: None,
        })
    }
}

pub fn request(wanted: Wanted) -> Request {
    Request {
        command: wanted.command,
        auth_command: wanted.about,
        given_address: format!("<{SERVER}>"),
        named_by: countersign_core::trace::AddressSource::Typed,
        shared_port_id: None,
        peer: SERVER.parse().unwrap(),
        local: CLIENT.parse().unwrap(),
        servers_checked: BTreeSet::default(),
    }
}

pub fn connection() -> Connection {
    Connection {
        peer: CLIENT.parse().unwrap(),
        local: SERVER.parse().unwrap(),
    }
}

/// The file system, users and files of one test, as far as methods ask for them.
pub struct Machine<'a> {
    client: &'a ClientSide,
    server: &'a ServerSide,
    made: Mutex<Vec<PathBuf>>,
}

impl<'a> Machine<'a> {
    pub fn new(client: &'a ClientSide, server: &'a ServerSide) -> Self {
        Self {
            client,
            server,
            made: Mutex::default(),
        }
    }

    /// Performs whatever either side asks for.
    pub fn answer(&self, request: EffectRequest) -> EffectAnswer {
        let kind = request.kind();
        if kind == TypeId::of::<OwnUserName>() {
            EffectAnswer::new::<OwnUserName>(Ok(self.client.user.clone()))
        } else if kind == TypeId::of::<LookUpPeer>() {
            EffectAnswer::new::<LookUpPeer>(PeerFacts {
                names: PeerNames::Confirmed(vec!["localhost".into()]),
                local: Some(true),
            })
        } else if kind == TypeId::of::<FindCredentials>() {
            EffectAnswer::new::<FindCredentials>(self.credentials())
        } else if kind == TypeId::of::<ListSigningKeys>() {
            EffectAnswer::new::<ListSigningKeys>(self.key_names())
        } else if kind == TypeId::of::<ReadSigningKey>() {
            EffectAnswer::new::<ReadSigningKey>(self.read_key(&request.into_request().unwrap()))
        } else if kind == TypeId::of::<MakeDirectory>() {
            let MakeDirectory(path) = request.into_request().unwrap();
            self.made.lock().unwrap().push(path);
            EffectAnswer::new::<MakeDirectory>(Ok(()))
        } else if kind == TypeId::of::<TryName>() {
            EffectAnswer::new::<TryName>(Ok(()))
        } else if kind == TypeId::of::<InspectDirectory>() {
            let InspectDirectory(path) = request.into_request().unwrap();
            EffectAnswer::new::<InspectDirectory>(self.inspect(&path))
        } else {
            EffectAnswer::unperformed()
        }
    }

    fn credentials(&self) -> Credentials {
        let file = |token: &String| TokenFile {
            path: "/tokens.d/token".into(),
            content: Ok(Secret::from(token.as_bytes())),
        };
        Credentials {
            folder: TokenFolder {
                path: "/tokens.d".into(),
                origin: FolderOrigin::TokenDirectory,
                problem: None,
                files: self.client.token.iter().map(file).collect(),
                truncated: false,
                first_file_name: String::new(),
            },
            keys: KeyNames {
                names: Vec::new(),
                problem: None,
            },
        }
    }

    fn key_names(&self) -> KeyNames {
        KeyNames {
            names: self
                .server
                .keys
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            problem: None,
        }
    }

    fn read_key(&self, asked: &ReadSigningKey) -> Option<KeyFile> {
        let mut keys = self.server.keys.iter();
        let (name, seed) = keys.find(|(name, _)| asked.names.iter().any(|asked| asked == name))?;
        Some(KeyFile {
            name: (*name).to_owned(),
            path: format!("/keys/{name}").into(),
            content: Ok(key_file(*seed)),
        })
    }

    fn inspect(&self, path: &PathBuf) -> Result<Seen, DirectoryFailure> {
        if self.made.lock().unwrap().contains(path) {
            Ok(Seen {
                kind: SeenKind::Directory,
                mode: 0o700,
                links: 2,
                uid: 1000,
                owner: Ok(self.client.user.clone()),
            })
        } else {
            Err(DirectoryFailure::System {
                call: "lstat",
                errno: 2,
                text: "No such file or directory".into(),
            })
        }
    }
}
