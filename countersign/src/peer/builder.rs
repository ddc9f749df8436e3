//! Making a peer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::effect::Effect;
use countersign_core::identity::{Mapped, Mapper};
use countersign_core::method::ServerMechanism;
use countersign_core::names::{Command, CommandTable, Level, MethodName};
use countersign_core::policy::{LevelSettings, Requirement, ServerSettings};
use countersign_core::session::HandedSession;
use countersign_methods::claimtobe::ClaimToBeServerSettings;
use countersign_methods::fs::FsServerSettings;
use countersign_methods::idtokens::{FolderOrigin, IdTokensServerSettings};
use countersign_methods::kerberos::NameRules;
use countersign_methods::munge::MungeServerSettings;

use countersign_methods::password::PasswordServerSettings;
use countersign_methods::scitokens::{Plugins, ScitokensServerSettings};

use super::accept::accept;
use super::address::sinful;
use super::entropy::seed;
use super::handlers::Handlers;
use super::plan::{Additions, prepare};
use super::policy::CodeLists;
use super::shared::Shared;
use super::socket::Listener;
use super::{Handler, PeerError, PeerHandle};
use crate::client::now;
use crate::effects::tls::ServerTlsSources;
use crate::effects::{KerberosSources, Performed, Performers, TokenSources};
use crate::handover::Inheritance;
use crate::settings::{IssuerSources, PeerSettings, ServerMethods, SslChecks};

/// Connections that are open at once, if nothing else is said.
const MAX_CONNECTIONS: usize = 10_000;

/// How long a handshake may take, the first wait included, if nothing else is said:
/// SEC_TCP_SESSION_DEADLINE's default.
const SESSION_DEADLINE: Duration = Duration::from_secs(120);

/// How long authentication may take: SEC_DEFAULT_AUTHENTICATION_TIMEOUT's default.
const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(20);

/// Makes a [`Peer`](super::Peer).
///
/// It starts with a policy in code that refuses everything: add to it with [`allow`](Self::allow)
/// and the like, or take all of it from a configuration with [`settings`](Self::settings).
#[derive(Debug)]
pub struct PeerBuilder {
    address: SocketAddr,
    alias: Option<String>,
    allow_remote: bool,
    max_connections: usize,
    in_code: InCode,
    settings: Option<PeerSettings>,
    additions: Additions,
    handlers: Handlers,
    socket: Option<std::net::TcpListener>,
    handed: Vec<HandedSession>,
}

/// The policy in code.
#[derive(Debug)]
struct InCode {
    lists: CodeLists,
    levels: ServerSettings,
    trust_domain: Option<String>,
    uid_domain: Option<String>,
    keys: Option<PathBuf>,
    session_deadline: Duration,
}

impl Default for PeerBuilder {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            alias: None,
            allow_remote: false,
            max_connections: MAX_CONNECTIONS,
            in_code: InCode {
                lists: CodeLists::default(),
                levels: ServerSettings::new(Self::careful()),
                trust_domain: None,
                uid_domain: None,
                keys: None,
                session_deadline: SESSION_DEADLINE,
            },
            settings: None,
            additions: Additions {
                commands: CommandTable::collector(),
                host_name: "localhost".into(),
                ..Additions::default()
            },
            handlers: Handlers::default(),
            socket: None,
            handed: Vec::new(),
        }
    }
}

impl PeerBuilder {
    /// What a level asks for if nothing else is said: authentication, encryption and integrity, by
    /// FS or IDTOKENS and AES.
    #[must_use]
    pub fn careful() -> LevelSettings {
        LevelSettings {
            authentication: Requirement::Required,
            encryption: Requirement::Required,
            integrity: Requirement::Required,
            methods: vec!["FS".into(), "IDTOKENS".into()],
            crypto_methods: vec!["AES".into()],
            ..LevelSettings::default()
        }
    }

    /// Listens here; port 0 takes a free one. `127.0.0.1:0` if not called.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Listens on this socket, whatever [`listen`](Self::listen) says, such as the one that a parent bound for
    /// it ([`Inheritance::listener`](crate::handover::Inheritance::listener)).
    #[must_use]
    pub fn listen_on(mut self, socket: std::net::TcpListener) -> Self {
        self.socket = Some(socket);
        self
    }

    /// Serves the sessions that this process inherited, with what HTCondor opens to parent and family.
    #[must_use]
    pub fn inherited(mut self, inheritance: &Inheritance) -> Self {
        self.handed.extend(inheritance.sessions().cloned());
        self
    }

    /// Serves a session that was handed over otherwise.
    #[must_use]
    pub fn handed(mut self, session: HandedSession) -> Self {
        self.handed.push(session);
        self
    }

    /// Lets it listen on an address that other machines may reach.
    #[must_use]
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }

    /// The host name in the published address, which SSL checks certificates against: `localhost` if
    /// not called.
    #[must_use]
    pub fn alias(mut self, name: impl Into<String>) -> Self {
        self.alias = Some(name.into());
        self
    }

    /// The most connections that are open at once: 10,000 if not called. When there are more, the
    /// oldest that has not authenticated is closed. Stay below the process's limit on descriptors.
    #[must_use]
    pub fn max_connections(mut self, limit: usize) -> Self {
        self.max_connections = limit;
        self
    }

    /// Takes everything from these settings, instead of a policy in code: read them with
    /// [`PeerSettings::from_config`]. A mapper, commands and methods that are added here stay.
    #[must_use]
    pub fn settings(mut self, settings: PeerSettings) -> Self {
        self.settings = Some(settings);
        self
    }

    /// Adds entries to what ALLOW_`level` lists: users (`alice@pool.example`), hosts, networks, `*`.
    #[must_use]
    pub fn allow(mut self, level: Level, entries: &str) -> Self {
        self.in_code.lists.allow(level, entries);
        self
    }

    /// Adds entries to what DENY_`level` lists.
    #[must_use]
    pub fn deny(mut self, level: Level, entries: &str) -> Self {
        self.in_code.lists.deny(level, entries);
        self
    }

    /// What every level asks for that [`level`](Self::level) does not name; [`careful`](Self::careful)
    /// if not called. Call it first.
    #[must_use]
    pub fn every_level(mut self, settings: LevelSettings) -> Self {
        self.in_code.levels = ServerSettings::new(settings);
        self
    }

    /// What one level asks for.
    #[must_use]
    pub fn level(mut self, level: Level, settings: LevelSettings) -> Self {
        self.in_code.levels = self.in_code.levels.with(level, settings);
        self
    }

    /// TRUST_DOMAIN: the issuer of the tokens that are accepted.
    #[must_use]
    pub fn trust_domain(mut self, domain: impl Into<String>) -> Self {
        self.in_code.trust_domain = Some(domain.into());
        self
    }

    /// UID_DOMAIN: stands behind users without a domain.
    #[must_use]
    pub fn uid_domain(mut self, domain: impl Into<String>) -> Self {
        self.in_code.uid_domain = Some(domain.into());
        self
    }

    /// The folder of the keys that sign tokens; the one called POOL is the pool's. No key is looked
    /// for if not called.
    #[must_use]
    pub fn key_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.in_code.keys = Some(folder.into());
        self
    }

    /// How long a handshake may take, from the connection to the command: 120 seconds if not called.
    #[must_use]
    pub fn session_deadline(mut self, deadline: Duration) -> Self {
        self.in_code.session_deadline = deadline;
        self
    }

    /// Maps authenticated names to users, in the place of any mapfile.
    #[must_use]
    pub fn mapper(mut self, mapper: impl Mapper + 'static) -> Self {
        self.additions.mapper = Some(Arc::new(mapper));
        self
    }

    /// As [`mapper`](Self::mapper), with a function from method and name to user. `None` leaves the
    /// method's own name.
    #[must_use]
    pub fn map_names(
        self,
        map: impl Fn(&MethodName, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.mapper(MapNames(map))
    }

    /// Adds a method, in the place of the one of that name if there is one. It is accepted where the
    /// settings list it.
    ///
    /// ```
    /// # use countersign::{Peer, methods::{anonymous::AnonymousServer, gsi_stub::AssertedSubject}};
    /// let subject = AssertedSubject::new("/CN=Jane Roe").unwrap();
    /// let peer = Peer::builder().method(AnonymousServer);
    /// ```
    ///
    /// What is asserted in memory is no method, so that no peer takes it:
    ///
    /// ```compile_fail,E0277
    /// # use countersign::{Peer, methods::{anonymous::AnonymousServer, gsi_stub::AssertedSubject}};
    /// let subject = AssertedSubject::new("/CN=Jane Roe").unwrap();
    /// let peer = Peer::builder().method(subject);
    /// ```
    #[must_use]
    pub fn method(mut self, method: impl ServerMechanism + 'static) -> Self {
        self.additions.methods = self.additions.methods.accepting(method);
        self
    }

    /// Adds the performer of effects of kind `E`, in the place of an earlier one. It may block.
    #[must_use]
    pub fn performer<E: Effect>(
        self,
        perform: impl Fn(E) -> Performed<E::Output> + Send + Sync + 'static,
    ) -> Self {
        self.performers(Performers::default().with(perform))
    }

    /// Adds performers, in the place of earlier ones of the same effects.
    #[must_use]
    pub fn performers(mut self, performers: Performers) -> Self {
        self.additions.performers = self.additions.performers.and(performers);
        self
    }

    /// Serves a command. The handler is called once the caller is authorized, and is dropped when
    /// `timeout` is over. Beside the commands that are added, a collector's are known: the DC_NOPs
    /// do nothing, as do those without a handler.
    #[must_use]
    pub fn command(mut self, command: Command, timeout: Duration, handler: impl Handler) -> Self {
        self.handlers.insert(command.number, handler, timeout);
        self.additions.commands = self.additions.commands.with(command);
        self
    }

    /// Knows these commands instead of a collector's. Call it before [`command`](Self::command).
    #[must_use]
    pub fn commands(mut self, commands: CommandTable) -> Self {
        self.additions.commands = commands;
        self
    }

    /// Listens. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`PeerError`]; nothing listens then.
    pub async fn start(self) -> Result<PeerHandle, PeerError> {
        let Self {
            address,
            alias,
            allow_remote,
            max_connections,
            in_code,
            settings,
            additions,
            handlers,
            socket,
            handed,
        } = self;
        let address = match &socket {
            Some(socket) => socket
                .local_addr()
                .map_err(|problem| PeerError::Listen { address, problem })?,
            None => address,
        };
        if !address.ip().is_loopback() && !allow_remote {
            return Err(PeerError::Remote(address));
        }
        let settings = settings.unwrap_or_else(|| in_code.settings());
        let mut additions = additions;
        let alias = alias.unwrap_or_else(|| "localhost".into());
        additions.host_name.clone_from(&alias);
        let additions = Arc::new(additions);
        let prepared = prepared(settings, additions.clone()).await?;
        let listener = match socket {
            Some(socket) => Listener::of(socket),
            None => Listener::bind(address),
        };
        let listener = listener.map_err(|problem| PeerError::Listen { address, problem })?;
        let address = listener.address();
        // Whoever connects meanwhile is served.
        tokio::task::spawn_blocking(seed);
        let shared = Arc::new(Shared::new(prepared, handlers));
        for session in &handed {
            let known = shared.sessions.hand_over(session.for_server(), now());
            known.map_err(|_| PeerError::HandedTwice {
                id: session.id().to_owned(),
            })?;
        }
        let task = tokio::spawn(accept(listener, max_connections, shared.clone()));
        let sinful = sinful(address, &alias);
        Ok(PeerHandle::new(address, sinful, shared, additions, task))
    }
}

/// Prepares on a thread where blocking harms nobody.
pub(super) async fn prepared(
    settings: PeerSettings,
    additions: Arc<Additions>,
) -> Result<super::shared::InForce, PeerError> {
    tokio::task::spawn_blocking(move || prepare(&settings, &additions))
        .await
        .map_err(|error| PeerError::Interrupted(error.to_string()))?
}

impl InCode {
    fn settings(self) -> PeerSettings {
        let subsystem = "PEER".to_owned();
        let methods = ServerMethods {
            idtokens: IdTokensServerSettings {
                trust_domain: self.trust_domain,
                uid_domain: self.uid_domain.clone(),
                ..IdTokensServerSettings::default()
            },
            keys: TokenSources {
                token_folder: PathBuf::new(),
                token_folder_origin: FolderOrigin::TokenDirectory,
                pool_key: self.keys.as_ref().map(|folder| folder.join("POOL")),
                key_folder: self.keys,
                exclude: None,
                subsystem: subsystem.clone(),
            },
            fs: FsServerSettings {
                uid_domain: self.uid_domain.clone(),
                ..FsServerSettings::default()
            },
            fs_remote: FsServerSettings {
                uid_domain: self.uid_domain.clone(),
                ..FsServerSettings::default()
            },
            kerberos: NameRules::default(),
            kerberos_sources: KerberosSources {
                service: NameRules::default().service().to_owned(),
                ..KerberosSources::default()
            },
            munge: MungeServerSettings {
                uid_domain: self.uid_domain.clone(),
            },
            password: PasswordServerSettings {
                uid_domain: self.uid_domain.clone(),
            },
            password_file: None,
            claimtobe: ClaimToBeServerSettings {
                include_domain: true,
                uid_domain: self.uid_domain.clone(),
            },
            ssl: SslChecks::default(),
            tls: ServerTlsSources::default(),
            scitokens: ScitokensServerSettings::default(),
            plugins: Plugins::default(),
            issuers: IssuerSources::default(),
        };
        PeerSettings {
            policy: self.lists.policy(&subsystem),
            subsystem,
            levels: self.levels,
            authentication_timeout: Some(AUTHENTICATION_TIMEOUT),
            methods,
            keys_built_in: false,
            uid_domain: self.uid_domain,
            mapfile: None,
            session_deadline: self.session_deadline,
            use_family_session: true,
            warnings: Vec::new(),
        }
    }
}

/// A mapper made of a function.
struct MapNames<F>(F);

impl<F> std::fmt::Debug for MapNames<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MapNames")
    }
}

impl<F: Fn(&MethodName, &str) -> Option<String> + Send + Sync> Mapper for MapNames<F> {
    fn map(&self, method: &MethodName, name: &str) -> Mapped {
        let by = "the program's own mapping".to_owned();
        match (self.0)(method, name) {
            Some(canonical) => Mapped::To { canonical, by },
            None => Mapped::Nothing { searched: by },
        }
    }
}
