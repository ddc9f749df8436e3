//! The client that people embed: it moves bytes, keeps deadlines and performs effects. What is
//! right and what happens next, the machine in `countersign-core` decides.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use countersign_core::client::{ClientConfig, Established, Handshake, Progress, Request};
use countersign_core::error_stack::cedar;
use countersign_core::method::Registry;
use countersign_core::session::{SessionCache, SessionScope};
use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, Failure, Stage};
use countersign_methods::anonymous::Anonymous;
use countersign_methods::claimtobe::{ClaimToBe, OwnUserName};
use countersign_methods::fs::{Fs, MakeDirectory};
use countersign_methods::idtokens::{FindCredentials, IdTokens, ReadSigningKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::connection::Connection;
use crate::dial::{Dialled, dial};
use crate::effects::{
    Kept, Performed, Performers, Undo, find_credentials, look_up_peer, make_directory,
    own_user_name, read_signing_key,
};
use crate::entropy::SystemEntropy;
use crate::{Settings, Target};

/// How long one attempt may take if nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

/// Bytes read at once. A handshake's messages are shorter; nothing is gained by zeroing more.
pub(crate) const READ: usize = 4 * 1024;

/// A client of HTCondor daemons.
#[derive(Debug)]
pub struct Client {
    config: Arc<ClientConfig>,
    settings: Settings,
    performers: Performers,
    sessions: Mutex<SessionCache>,
    checked: Mutex<HashMap<IpAddr, BTreeSet<String>>>,
}

/// What came of an attempt, with everything that happened on the way.
#[derive(Debug)]
pub struct Attempt<T> {
    /// What happened.
    pub trace: Trace,
    /// How it ended.
    pub result: Result<T, Failure>,
}

/// Whether a cached session may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// Negotiate anew, as `condor_ping` does for each level, and keep nothing.
    Fresh,
    /// Use a cached session where there is one, and keep a new one.
    Cached,
}

impl Client {
    /// A client with these settings and the methods of this build.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let registry = Registry::default()
            .with(IdTokens::new(settings.idtokens.clone()))
            .with(Fs::new(settings.fs))
            .with(ClaimToBe::new(settings.claimtobe.clone()))
            .with(Anonymous);
        let (ids_directory, ids_name) = (settings.condor_ids.clone(), settings.condor_ids.clone());
        let (tokens, keys) = (settings.tokens.clone(), settings.tokens.clone());
        let remote = !settings.tokens.are_local();
        let performers = Performers::default()
            .register(remote, move |_: FindCredentials| {
                find_credentials(&tokens).into()
            })
            .twice::<FindCredentials>()
            .register(remote, move |request: ReadSigningKey| {
                read_signing_key(&keys, &request).into()
            })
            .with(move |request: MakeDirectory| make_directory(&request, ids_directory.as_deref()))
            .with(move |_: OwnUserName| own_user_name(ids_name.as_deref()).into())
            .with(|request| look_up_peer(&request).into());
        Self::with_methods(settings, registry, performers)
    }

    /// A client with methods of its embedder's own choice, and the performers of their effects.
    #[must_use]
    pub fn with_methods(settings: Settings, registry: Registry, performers: Performers) -> Self {
        let config = ClientConfig {
            settings: settings.client.clone(),
            registry,
            allow: settings.allow.clone(),
            deny: settings.deny.clone(),
        };
        Self {
            config: Arc::new(config),
            settings,
            performers,
            sessions: Mutex::default(),
            checked: Mutex::default(),
        }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Opens a connection on which `command` may be spoken. With
    /// [`DC_SEC_QUERY`](countersign_core::client::DC_SEC_QUERY), `auth_command` is the command
    /// asked about.
    ///
    /// The whole attempt, the connection included, must be done within `timeout`. Dropping the
    /// future ends the attempt and puts away what it left behind.
    pub async fn open(
        &self,
        target: &Target,
        command: i32,
        auth_command: Option<i32>,
        sessions: Sessions,
        timeout: Duration,
    ) -> Attempt<Connection> {
        let mut trace = Trace::default();
        let deadline = Deadline {
            at: Instant::now() + timeout,
            seconds: whole_seconds(timeout),
        };
        let scope = match sessions {
            Sessions::Cached => self.scope(target),
            Sessions::Fresh => None,
        };
        if let Some(scope) = &scope {
            let found = self.sessions().find(scope, command, now());
            if let Some(found) = found {
                let resumed = self
                    .attempt(
                        target,
                        command,
                        auth_command,
                        Some(found.clone()),
                        deadline,
                        &mut trace,
                    )
                    .await;
                match resumed {
                    Err(failure) if matches!(*failure.cause, Cause::SessionForgotten) => {
                        self.sessions().forget(scope, &found.id);
                        trace.push(Event::SessionForgotten { sid: found.id });
                    }
                    result => return Attempt { trace, result },
                }
            }
        }
        let result = self
            .attempt(target, command, auth_command, None, deadline, &mut trace)
            .await;
        if let (Some(scope), Ok(connection)) = (scope, &result) {
            self.sessions()
                .insert(scope, connection.session().clone(), now());
        }
        Attempt { trace, result }
    }

    async fn attempt(
        &self,
        target: &Target,
        command: i32,
        auth_command: Option<i32>,
        resume: Option<countersign_core::session::Session>,
        deadline: Deadline,
        trace: &mut Trace,
    ) -> Result<Connection, Failure> {
        let dialled =
            match timeout_at(deadline.at, dial(target, &self.settings.network, trace)).await {
                Ok(dialled) => dialled?,
                Err(_) => return Err(deadline.over(target, trace)),
            };
        let Dialled {
            mut stream,
            peer,
            local,
            route,
        } = dialled;
        let request = Request {
            command,
            auth_command,
            given_address: route.connect_addr,
            shared_port_id: route.shared_port_id,
            peer,
            local,
            servers_checked: self.checked().get(&peer.ip()).cloned().unwrap_or_default(),
        };
        let mut entropy = SystemEntropy;
        let config = self.config.clone();
        let mut handshake = match resume {
            None => Handshake::new(config, request, now(), &mut entropy),
            Some(session) => Handshake::resume(config, request, session, now(), &mut entropy),
        };
        let result = drive(&mut handshake, &mut stream, &self.performers, deadline).await;
        let own = handshake.take_trace();
        self.remember_checks(peer.ip(), &own);
        trace.extend(own);
        Ok(Connection::new(stream, result?, deadline.at))
    }

    /// What a session of this client with this target is bound to. Credentials are named by who
    /// owns them and where they are looked for.
    fn scope(&self, target: &Target) -> Option<SessionScope> {
        let route = target.address.route(&self.settings.network).ok()?;
        let tokens = &self.settings.tokens;
        Some(SessionScope {
            credentials: format!(
                "uid {}; tokens {}; keys {:?} {:?}; claims {:?}",
                rustix::process::geteuid().as_raw(),
                tokens.token_folder.display(),
                tokens.key_folder,
                tokens.pool_key,
                self.settings.claimtobe,
            ),
            settings: self.config.settings.clone(),
            address: route.connect_addr,
        })
    }

    fn sessions(&self) -> MutexGuard<'_, SessionCache> {
        self.sessions
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn checked(&self) -> MutexGuard<'_, HashMap<IpAddr, BTreeSet<String>>> {
        self.checked
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn remember_checks(&self, ip: IpAddr, trace: &Trace) {
        for event in trace.iter() {
            if let Event::ServerChecked { decision } = event {
                self.checked()
                    .entry(ip)
                    .or_default()
                    .insert(decision.user.clone());
            }
        }
    }
}

/// When an attempt must be over, and how long it was given.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    at: Instant,
    seconds: u64,
}

impl Deadline {
    fn over(self, target: &Target, trace: &mut Trace) -> Failure {
        let stage = Stage::Connect;
        let cause = Arc::new(Cause::Deadline {
            stage,
            seconds: self.seconds,
        });
        trace.push(Event::Failed {
            stage,
            cause: cause.clone(),
        });
        let mut stack = countersign_core::ErrorStack::default();
        stack.push(
            "CEDAR",
            cedar::CONNECT_FAILED,
            format!("Failed to connect to {}", target.address.given()),
        );
        Failure {
            stage,
            cause,
            stack,
        }
    }
}

/// Drives a handshake to its outcome.
async fn drive(
    handshake: &mut Handshake<'_>,
    stream: &mut TcpStream,
    performers: &Performers,
    deadline: Deadline,
) -> Result<Established, Failure> {
    // Dropped with this future, and so run on every way out.
    let mut undo: Vec<Undo> = Vec::new();
    let mut kept = Kept::default();
    // One alarm for all that is waited for, instead of one each.
    let mut alarm = std::pin::pin!(sleep_until(deadline.at));
    let mut buffer = vec![0; READ];
    loop {
        let progress = handshake.poll();
        if handshake.is_between_methods() {
            undo.clear();
        }
        match progress {
            Progress::Established(established) => return Ok(*established),
            Progress::Failed(failure) => {
                // The last message may tell the server why; whether it arrives changes nothing.
                let _ = timeout_at(deadline.at, flush(handshake, stream)).await;
                return Err(failure);
            }
            Progress::Perform(request) => {
                if let Err(error) = timed(deadline, flush(handshake, stream)).await {
                    error.tell(handshake, deadline);
                    continue;
                }
                match timeout_at(deadline.at, performers.perform(request, &mut kept)).await {
                    Ok(Performed {
                        output,
                        undo: leftover,
                    }) => {
                        undo.extend(leftover);
                        handshake.answer(output);
                    }
                    Err(_) => handshake.deadline(deadline.seconds),
                }
            }
            Progress::NeedsBytes => {
                let read = async {
                    flush(handshake, stream).await?;
                    stream.read(&mut buffer).await
                };
                match timed_by(&mut alarm, read).await {
                    Ok(0) => handshake.peer_closed(),
                    Ok(read) => handshake.receive(buffer.get(..read).unwrap_or_default()),
                    Err(error) => error.tell(handshake, deadline),
                }
            }
        }
    }
}

/// Sends what waits to be sent.
async fn flush(handshake: &mut Handshake<'_>, stream: &mut TcpStream) -> std::io::Result<()> {
    while let Some(bytes) = handshake.transmit() {
        stream.write_all(&bytes).await?;
    }
    Ok(())
}

enum Interruption {
    Deadline,
    Io(std::io::Error),
}

impl Interruption {
    fn tell(self, handshake: &mut Handshake<'_>, deadline: Deadline) {
        match self {
            Self::Deadline => handshake.deadline(deadline.seconds),
            Self::Io(error) => match error.kind() {
                std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe => {
                    handshake.peer_closed();
                }
                _ => handshake.connection_lost(error.to_string()),
            },
        }
    }
}

/// As [`timed`], with an alarm that is set already.
async fn timed_by<T>(
    alarm: &mut std::pin::Pin<&mut Sleep>,
    work: impl Future<Output = std::io::Result<T>>,
) -> Result<T, Interruption> {
    tokio::select! {
        biased;
        result = work => result.map_err(Interruption::Io),
        () = alarm => Err(Interruption::Deadline),
    }
}

async fn timed<T>(
    deadline: Deadline,
    work: impl Future<Output = std::io::Result<T>>,
) -> Result<T, Interruption> {
    match timeout_at(deadline.at, work).await {
        Err(_) => Err(Interruption::Deadline),
        Ok(Err(error)) => Err(Interruption::Io(error)),
        Ok(Ok(value)) => Ok(value),
    }
}

/// A time allowed in whole seconds, rounded up: nobody was given 0 seconds.
pub(crate) fn whole_seconds(timeout: Duration) -> u64 {
    timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0)
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
