//! What the peer decided, as data.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use countersign_core::authz::Authorization;
use countersign_core::server::{Caller, ServerCause, ServerFailure, ServerStage};
use countersign_core::trace::Trace;
use countersign_mapfile::Problem;
use tokio::sync::broadcast;

/// How many occurrences [`PeerHandle::decisions`](super::PeerHandle::decisions) remembers: the
/// latest. Connections that ended before they said anything are not among them.
pub const DECISIONS_KEPT: usize = 128;

/// How many occurrences wait for a subscriber that is slow; then it misses the oldest.
const QUEUED: usize = 1024;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Occurrence {
    /// When.
    pub at: SystemTime,
    /// The other end; `None` where it is not about a connection.
    pub peer: Option<SocketAddr>,
    /// What.
    pub event: Event,
    /// Every step of the handshake that led to it.
    pub trace: Trace,
}

/// What happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// DC_SEC_QUERY was answered with yes.
    Answered {
        /// The command asked about.
        about: i32,
        /// Who asked.
        caller: Box<Caller>,
    },
    /// A session was made, and nothing else was wanted.
    SessionMade {
        /// Whose it is.
        caller: Box<Caller>,
    },
    /// A command was authorized and is being served.
    Command {
        /// The command.
        command: i32,
        /// Who calls.
        caller: Box<Caller>,
        /// Why it may.
        authorization: Authorization,
    },
    /// A handshake was refused or failed.
    Refused(ServerFailure),
    /// A connection was closed to make room for a newer one: it had not authenticated, and was the
    /// oldest such.
    Evicted,
    /// A connection was closed at once, since there are too many that are being served.
    Full,
    /// No connection can be accepted for now.
    CannotAccept {
        /// The operating system's words.
        problem: String,
    },
    /// A handler took longer than its time.
    HandlerTimedOut {
        /// The command.
        command: i32,
    },
    /// A new configuration is in force.
    Reconfigured {
        /// How many sessions were forgotten since nothing vouches for them any more.
        sessions_forgotten: usize,
        /// What is passed over in the mapfile.
        mapfile_problems: Vec<Problem>,
    },
    /// The old configuration stays in force.
    NotReconfigured {
        /// Why.
        problem: String,
    },
}

impl Event {
    /// False for a connection that ended before it said anything: a port scan would drive out what
    /// matters.
    fn is_kept(&self) -> bool {
        match self {
            Self::Refused(failure) => {
                failure.stage != ServerStage::Hello
                    || !matches!(
                        *failure.cause,
                        ServerCause::Closed { .. }
                            | ServerCause::Deadline { .. }
                            | ServerCause::Lost { .. }
                    )
            }
            Self::Evicted | Self::Full => false,
            _ => true,
        }
    }
}

/// The decisions of one peer, shared by its connections.
#[derive(Debug)]
pub(super) struct Decisions {
    kept: Mutex<VecDeque<Arc<Occurrence>>>,
    queue: broadcast::Sender<Arc<Occurrence>>,
}

impl Default for Decisions {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            queue: broadcast::channel(QUEUED).0,
        }
    }
}

impl Decisions {
    pub(super) fn record(&self, peer: Option<SocketAddr>, event: Event, trace: Trace) {
        let occurrence = Arc::new(Occurrence {
            at: SystemTime::now(),
            peer,
            event,
            trace,
        });
        if occurrence.event.is_kept() {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= DECISIONS_KEPT {
                kept.pop_front();
            }
            kept.push_back(occurrence.clone());
        }
        // Nobody may be listening.
        let _ = self.queue.send(occurrence);
    }

    pub(super) fn all(&self) -> Vec<Arc<Occurrence>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().cloned().collect()
    }

    pub(super) fn subscribe(&self) -> Subscription {
        Subscription(self.queue.subscribe())
    }
}

/// What happens from now on.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Arc<Occurrence>>);

impl Subscription {
    /// The next occurrence; `None` once the peer has ended. A subscriber that is more than 1,024
    /// occurrences behind misses the oldest.
    pub async fn next(&mut self) -> Option<Arc<Occurrence>> {
        loop {
            match self.0.recv().await {
                Ok(occurrence) => return Some(occurrence),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}
