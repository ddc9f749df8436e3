//! What the connections of one peer share.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use countersign_core::method::Voucher;
use countersign_core::names::{IDTOKENS, SCITOKENS};
use countersign_core::server::{Caller, ServerConfig};
use countersign_core::session::ServerSessions;
use countersign_mapfile::Problem;

use super::decisions::Decisions;
use super::handlers::Handlers;
use crate::effects::Performers;
use crate::issuer_keys::IssuerKeyCache;
use crate::mapper::MapfileMapper;

/// What is in force: replaced as a whole by a reconfiguration.
#[derive(Debug, Clone)]
pub(super) struct InForce {
    pub(super) config: Arc<ServerConfig>,
    pub(super) performers: Performers,
    /// The signing keys.
    pub(super) keys: Vec<Voucher>,
    /// The keys of tokens' issuers, where SCITOKENS is accepted.
    pub(super) issuer_keys: Option<IssuerKeyCache>,
    /// CERTIFICATE_MAPFILE.
    pub(super) mapfile: Option<MapfileMapper>,
    /// From the first wait to the end of the handshake.
    pub(super) session_deadline: Duration,
    /// For authentication alone.
    pub(super) authentication_timeout: Option<Duration>,
}

impl InForce {
    /// Somebody authenticated: the issuer of a token that was good is kept before others.
    pub(super) fn authenticated(&self, caller: &Caller) {
        if let (Some(keys), Some(method), Some(name)) =
            (&self.issuer_keys, caller.method, &caller.authenticated_name)
            && method.bit == SCITOKENS.bit
            && let Some((issuer, _)) = name.split_once(',')
        {
            keys.confirm(issuer);
        }
    }

    /// What is passed over in the mapfile.
    pub(super) fn mapfile_problems(&self) -> Vec<Problem> {
        let mapfile = self.mapfile.as_ref().map(MapfileMapper::mapfile);
        mapfile.map_or_else(Vec::new, |mapfile| mapfile.problems().to_vec())
    }
}

/// What the connections of one peer share.
#[derive(Debug)]
pub(super) struct Shared {
    in_force: RwLock<Arc<InForce>>,
    pub(super) sessions: Arc<ServerSessions>,
    pub(super) handlers: Handlers,
    pub(super) decisions: Decisions,
}

impl Shared {
    pub(super) fn new(in_force: InForce, handlers: Handlers) -> Self {
        Self {
            in_force: RwLock::new(Arc::new(in_force)),
            sessions: Arc::default(),
            handlers,
            decisions: Decisions::default(),
        }
    }

    /// What is in force now.
    pub(super) fn in_force(&self) -> Arc<InForce> {
        let now = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        now.clone()
    }

    /// Forgets the sessions whose credential nothing vouches for any more, and says how many.
    pub(super) fn forget_unvouched(&self, in_force: &InForce) -> usize {
        self.sessions
            .invalidate_if(|session| match (session.method, &session.voucher) {
                (Some(method), Some(voucher)) if IDTOKENS.bit == method.bit => {
                    !in_force.keys.contains(voucher)
                }
                _ => false,
            })
    }

    pub(super) fn replace(&self, in_force: InForce) {
        let mut now = self
            .in_force
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(in_force);
    }
}
