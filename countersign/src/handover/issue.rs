//! Claims that a peer issues.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_core::names::Role;
use countersign_core::policy::Cipher;
use countersign_core::session::{ClaimId, HandedSession, IssueError, ServerSessions, SessionInfo};
use countersign_core::{CondorVersion, PROTOCOL_VERSION};

use crate::SystemEntropy;
use crate::client::now;

/// What a claim is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimTerms {
    /// What whoever has it is to the peer, which says what it may do without asking any list.
    pub role: Role,
    /// How long; `None` is until it is retired.
    pub lifetime: Option<Duration>,
    /// The commands that it is for; `None` is every command that its levels allow.
    pub valid_commands: Option<Vec<i32>>,
}

impl ClaimTerms {
    /// For that role, without an end and for every command that it may use.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self {
            role,
            lifetime: None,
            valid_commands: None,
        }
    }
}

/// Numbers the claims of this process, so that no two have the same id.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Makes a claim id as a startd does, and puts its session among those that are served.
pub(crate) fn issue(
    sinful: &str,
    started: u64,
    terms: &ClaimTerms,
    sessions: &ServerSessions,
) -> Result<ClaimId, IssueError> {
    let now = now();
    let info = SessionInfo {
        integrity: Some(true),
        encryption: Some(true),
        expires: terms
            .lifetime
            .map(|lifetime| now.saturating_add(lifetime.as_secs()).max(1)),
        version: CondorVersion::parse(PROTOCOL_VERSION),
        ciphers: vec![Cipher::Aes],
        valid_commands: terms.valid_commands.clone(),
    };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    let id = format!("{sinful}#{started}#{number}");
    let claim = ClaimId::issue(&id, &info, &mut SystemEntropy)?;
    let session = HandedSession::new(&claim, terms.role)?;
    // The number is new, so nothing is known by it.
    let _ = sessions.hand_over(session.for_server(), now);
    Ok(claim)
}
