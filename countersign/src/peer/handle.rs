//! A running peer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::session::{AlreadyKnown, ClaimId, HandedSession, IssueError};
use countersign_core::trace::Trace;
use countersign_mapfile::Problem;
use tokio::task::JoinHandle;

use super::PeerError;
use super::builder::prepared;
use super::decisions::{Event, Occurrence, Subscription};
use super::plan::Additions;
use super::shared::Shared;
use crate::client::now;
use crate::handover::{ClaimTerms, issue};
use crate::settings::PeerSettings;

/// A running peer. Dropping it ends the peer and closes its connections.
#[derive(Debug)]
pub struct PeerHandle {
    address: SocketAddr,
    sinful: String,
    shared: Arc<Shared>,
    additions: Arc<Additions>,
    task: Option<JoinHandle<()>>,
    /// When it was started, in seconds since 1970.
    started: u64,
}

impl PeerHandle {
    pub(super) fn new(
        address: SocketAddr,
        sinful: String,
        shared: Arc<Shared>,
        additions: Arc<Additions>,
        task: JoinHandle<()>,
    ) -> Self {
        let task = Some(task);
        Self {
            address,
            sinful,
            shared,
            additions,
            task,
            started: now(),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn socket_address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as HTCondor writes it: what goes behind `condor_ping -address`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.sinful
    }

    /// Serves one more session that was handed over.
    ///
    /// # Errors
    /// [`AlreadyKnown`] if one of that id is served.
    pub fn hand_over(&self, session: &HandedSession) -> Result<(), AlreadyKnown> {
        self.shared.sessions.hand_over(session.for_server(), now())
    }

    /// Issues a claim id, as a startd does for a slot: whoever has it is let in by its session, as far as
    /// its role may. Send it over encrypted channels only.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue_claim(&self, terms: &ClaimTerms) -> Result<ClaimId, IssueError> {
        issue(&self.sinful, self.started, terms, &self.shared.sessions)
    }

    /// Ends a session after this time, if it does not end before; a daemon gives the one of a released claim
    /// ten minutes, for what is still under way.
    pub fn retire(&self, session_id: &str, after: Duration) {
        let at = now().saturating_add(after.as_secs());
        self.shared.sessions.retire(session_id, at);
    }

    /// The latest decisions, oldest first: at most [`DECISIONS_KEPT`](super::DECISIONS_KEPT).
    #[must_use]
    pub fn decisions(&self) -> Vec<Arc<Occurrence>> {
        self.shared.decisions.all()
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        self.shared.decisions.subscribe()
    }

    /// What is passed over in the mapfile that is in force, as HTCondor's daemons pass over it.
    #[must_use]
    pub fn mapfile_problems(&self) -> Vec<Problem> {
        self.shared.in_force().mapfile_problems()
    }

    /// Puts other settings into force. Connections stay; handshakes that have begun end by the
    /// settings they began with. Every later command of a session is decided by the new ones, and a
    /// session that they would not have let come about for a command is not resumed for it.
    ///
    /// # Errors
    /// [`PeerError`], and then nothing has changed.
    pub async fn reconfigure(&self, settings: PeerSettings) -> Result<(), PeerError> {
        let changed = prepared(settings, self.additions.clone()).await;
        let event = match &changed {
            Err(error) => Event::NotReconfigured {
                problem: error.to_string(),
            },
            Ok(in_force) => Event::Reconfigured {
                sessions_forgotten: self.shared.forget_unvouched(in_force),
                mapfile_problems: in_force.mapfile_problems(),
            },
        };
        let result = changed.map(|in_force| self.shared.replace(in_force));
        self.shared.decisions.record(None, event, Trace::default());
        result
    }

    /// Says that a new configuration could not be read, so that the old one stays.
    pub fn not_reconfigured(&self, problem: impl Into<String>) {
        let problem = problem.into();
        let event = Event::NotReconfigured { problem };
        self.shared.decisions.record(None, event, Trace::default());
    }

    /// Ends the peer and waits until it is gone: the port is free then.
    pub async fn shutdown(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for PeerHandle {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
