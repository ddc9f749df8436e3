//! The client that people embed: it moves bytes, keeps deadlines and performs effects. What is
//! right and what happens next, the machine in `countersign-core` decides.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use countersign_core::client::{ClientConfig, Handshake, Request};
use countersign_core::identity::NoMapper;
use countersign_core::method::Registry;
use countersign_core::session::{SessionCache, SessionScope};
use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, Failure};
use tokio::time::timeout_at;

use crate::builder::ClientBuilder;
use crate::connection::Connection;
use crate::dial::{Dialled, dial};
use crate::drive::{Deadline, drive};
use crate::effects::Performers;
use crate::entropy::SystemEntropy;
use crate::handover::{Kin, effective};
use crate::mapper::MapfileWhenNeeded;
use crate::{Settings, Target};

/// How long one attempt may take if nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

/// A client of HTCondor daemons.
#[derive(Debug)]
pub struct Client {
    config: Arc<ClientConfig>,
    settings: Settings,
    performers: Performers,
    sessions: Mutex<SessionCache>,
    kin: Kin,
    checked: Mutex<Checked>,
}

/// What came of an attempt, with everything that happened on the way.
#[derive(Debug)]
pub struct Attempt<T> {
    /// What happened.
    pub trace: Trace,
    /// How it ended.
    pub result: Result<T, Failure>,
}

/// Who was checked at which address. Only HTCondor's words for a refusal depend on it, so it may
/// forget: the names are the servers' choice, and must not pile up.
#[derive(Debug, Default)]
struct Checked(HashMap<IpAddr, BTreeSet<String>>);

impl Checked {
    const MAX_ADDRESSES: usize = 1024;
    const MAX_NAMES: usize = 16;
    const MAX_NAME: usize = 256;

    fn at(&self, ip: IpAddr) -> BTreeSet<String> {
        self.0.get(&ip).cloned().unwrap_or_default()
    }

    fn remember(&mut self, ip: IpAddr, user: &str) {
        if user.len() > Self::MAX_NAME {
            return;
        }
        if self.0.len() >= Self::MAX_ADDRESSES && !self.0.contains_key(&ip) {
            self.0.clear();
        }
        let names = self.0.entry(ip).or_default();
        if names.len() >= Self::MAX_NAMES && !names.contains(user) {
            names.clear();
        }
        names.insert(user.to_owned());
    }
}

/// Whether a cached session may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// Negotiate anew, as `condor_ping` does for each level, and keep nothing.
    Fresh,
    /// Use a cached session where there is one, or an inherited one that is meant for this daemon and
    /// command; keep a new one.
    Cached,
}

impl Client {
    /// A client with these settings and the methods of this build.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::builder(settings).build()
    }

    /// A client with these settings, the methods of this build and more.
    #[must_use]
    pub fn builder(settings: Settings) -> ClientBuilder {
        ClientBuilder::new(settings)
    }

    /// A client with methods of its embedder's own choice, and the performers of their effects.
    #[must_use]
    pub fn with_methods(settings: Settings, registry: Registry, performers: Performers) -> Self {
        let config = ClientConfig {
            settings: settings.client.clone(),
            registry,
            allow: settings.allow.clone(),
            deny: settings.deny.clone(),
            mapper: match &settings.mapfile {
                Some(source) => Arc::new(MapfileWhenNeeded::new(source.clone())),
                None => Arc::new(NoMapper),
            },
            uid_domain: settings.uid_domain.clone(),
        };
        Self {
            config: Arc::new(config),
            settings,
            performers,
            sessions: Mutex::default(),
            kin: Kin::default(),
            checked: Mutex::default(),
        }
    }

    pub(crate) fn with_kin(mut self, kin: Kin) -> Self {
        self.kin = kin;
        self
    }

    /// Forgets every session that was kept: what is opened next is negotiated anew. Call it where
    /// the credentials behind the settings changed.
    pub fn forget_sessions(&self) {
        self.sessions().clear();
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
        let deadline = Deadline::after(timeout);
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
            let network = &self.settings.network;
            let asked = effective(command, auth_command);
            if let Some(handed) = self.kin.session_for(target, network, asked, now()) {
                let commands = (command, auth_command);
                let resumed = self
                    .attempt_handed(target, commands, &handed, deadline, &mut trace)
                    .await;
                match resumed {
                    Err(failure) if matches!(*failure.cause, Cause::SessionForgotten) => {
                        self.kin.not_known_by(handed.role(), target, network);
                        let sid = handed.id().to_owned();
                        trace.push(Event::SessionForgotten { sid });
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

    pub(crate) async fn attempt(
        &self,
        target: &Target,
        command: i32,
        auth_command: Option<i32>,
        resume: Option<countersign_core::session::Session>,
        deadline: Deadline,
        trace: &mut Trace,
    ) -> Result<Connection, Failure> {
        let dialled = match timeout_at(
            deadline.at,
            dial(target, &self.settings.network, deadline, trace),
        )
        .await
        {
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
            named_by: target.source.clone(),
            shared_port_id: route.shared_port_id,
            peer,
            local,
            servers_checked: self.checked().at(peer.ip()),
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

    fn checked(&self) -> MutexGuard<'_, Checked> {
        self.checked
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn remember_checks(&self, ip: IpAddr, trace: &Trace) {
        for event in trace.iter() {
            if let Event::ServerChecked { decision } = event {
                self.checked().remember(ip, &decision.user);
            }
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_cannot_fill_the_memory_with_names() {
        let mut checked = Checked::default();
        let ip = |number: u32| IpAddr::from(number.to_be_bytes());
        for number in 0..5000 {
            checked.remember(ip(1), &format!("user{number}@pool"));
            checked.remember(ip(number), "condor@pool");
        }
        checked.remember(ip(2), &"x".repeat(1 << 20));
        assert!(checked.0.len() <= Checked::MAX_ADDRESSES);
        for names in checked.0.values() {
            assert!(names.len() <= Checked::MAX_NAMES);
            assert!(names.iter().all(|name| name.len() <= Checked::MAX_NAME));
        }
        assert!(checked.at(ip(4999)).contains("condor@pool"));
    }
}
