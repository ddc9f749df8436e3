//! The token that was sent, until the server has answered it.

use std::path::PathBuf;

use crate::akep2::ProofDefect;
use crate::idtokens::events::IdTokensEvent;

/// What is known of the token that is sent, for the report if it gets nowhere.
pub(super) struct Sent {
    pub(super) name: String,
    /// Its file, or that of the key it was made with.
    pub(super) path: PathBuf,
    /// Its line; none if it was made for the occasion.
    pub(super) line: Option<usize>,
    pub(super) key_name: String,
    /// Whether the server announced both its trust domain and its keys.
    pub(super) announced: bool,
    pub(super) expired_since: Option<u64>,
    pub(super) passed_over: Option<String>,
}

impl Sent {
    /// The report.
    pub(super) fn got_nowhere(self, defect: ProofDefect) -> IdTokensEvent {
        IdTokensEvent::NotProven {
            subject: self.name,
            path: self.path,
            line: self.line,
            key: self.key_name,
            announced: self.announced,
            defect,
            expired_since: self.expired_since,
            passed_over: self.passed_over,
        }
    }
}
