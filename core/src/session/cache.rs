//! The client's cache of sessions.

use std::collections::HashMap;

use super::{Session, SessionScope};

/// Sessions that may be resumed, found by scope and command.
///
/// Only resumable sessions are kept; see [`Session::is_resumable`].
#[derive(Debug)]
pub struct SessionCache {
    sessions: HashMap<SessionScope, Vec<Entry>>,
    count: usize,
    limit: usize,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    expires: u64,
    idle_until: u64,
}

impl Entry {
    fn is_live(&self, now: u64) -> bool {
        now < self.expires && now < self.idle_until
    }

    fn renew(&mut self, now: u64) {
        self.idle_until = match self.session.lease {
            0 => u64::MAX,
            lease => now.saturating_add(lease),
        };
    }
}

impl Default for SessionCache {
    fn default() -> Self {
        Self::new(1024)
    }
}

impl SessionCache {
    /// A cache of at most `limit` sessions; the one that expires first makes room.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            sessions: HashMap::new(),
            count: 0,
            limit: limit.max(1),
        }
    }

    /// Number of sessions held, expired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Keeps a session made at `now` (seconds since 1970). One that is not
    /// resumable, has no lifetime or no valid command is not kept.
    pub fn insert(&mut self, scope: SessionScope, session: Session, now: u64) {
        if !session.is_resumable() || session.duration == 0 || session.valid_commands.is_empty() {
            return;
        }
        self.drop_expired(now);
        if self.count >= self.limit {
            self.drop_soonest();
        }
        let mut entry = Entry {
            expires: now.saturating_add(session.duration),
            idle_until: 0,
            session,
        };
        entry.renew(now);
        let entries = self.sessions.entry(scope).or_default();
        let before = entries.len();
        entries.retain(|known| known.session.id != entry.session.id);
        self.count -= before - entries.len();
        entries.push(entry);
        self.count += 1;
    }

    /// The newest live session of that scope for that command; its lease is renewed.
    pub fn find(&mut self, scope: &SessionScope, command: i32, now: u64) -> Option<Session> {
        let entry = self
            .sessions
            .get_mut(scope)?
            .iter_mut()
            .rev()
            .find(|e| e.is_live(now) && e.session.valid_commands.contains(&command))?;
        entry.renew(now);
        Some(entry.session.clone())
    }

    /// Forgets a session that the server no longer knows.
    pub fn forget(&mut self, scope: &SessionScope, id: &str) {
        self.retain(|known, entry| known != scope || entry.session.id != id);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.sessions.clear();
        self.count = 0;
    }

    fn drop_expired(&mut self, now: u64) {
        self.retain(|_, entry| entry.is_live(now));
    }

    fn drop_soonest(&mut self) {
        let soonest = self
            .sessions
            .iter()
            .flat_map(|(scope, entries)| entries.iter().map(move |entry| (scope, entry)))
            .min_by_key(|(_, entry)| entry.expires.min(entry.idle_until))
            .map(|(scope, entry)| (scope.clone(), entry.session.id.clone()));
        // Ids are the server's choice, so the id alone could name another server's session.
        if let Some((scope, id)) = soonest {
            self.forget(&scope, &id);
        }
    }

    fn retain(&mut self, keep: impl Fn(&SessionScope, &Entry) -> bool) {
        self.sessions.retain(|scope, entries| {
            entries.retain(|entry| keep(scope, entry));
            !entries.is_empty()
        });
        self.count = self.sessions.values().map(Vec::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{ChannelKey, Protection};
    use crate::policy::{ClientSettings, Requirement};
    use countersign_classad::ClassAd;

    fn scope(credentials: &str, address: &str) -> SessionScope {
        SessionScope {
            credentials: credentials.into(),
            settings: ClientSettings {
                authentication: Requirement::Optional,
                encryption: Requirement::Optional,
                integrity: Requirement::Optional,
                negotiation: Requirement::Preferred,
                methods: Vec::new(),
                crypto_methods: Vec::new(),
                session_duration: 60,
                session_lease: 3600,
                trust_domain: None,
                subsystem: "TOOL".into(),
                version: String::new(),
            },
            address: address.into(),
        }
    }

    fn session(id: &str, duration: u64, lease: u64) -> Session {
        Session {
            id: id.into(),
            key: Some((ChannelKey::from_bytes([0; 32]), Protection::AES)),
            policy: ClassAd::new(),
            duration,
            lease,
            valid_commands: vec![5, 60020],
            server_version: crate::CondorVersion::parse(crate::PROTOCOL_VERSION),
            server_name: "unauthenticated@unmapped".into(),
            handed: None,
        }
    }

    #[test]
    fn never_shared_between_identities_or_addresses() {
        let mut cache = SessionCache::default();
        cache.insert(scope("alice", "<h:1?sock=a>"), session("s", 60, 0), 100);
        assert!(cache.find(&scope("bob", "<h:1?sock=a>"), 5, 100).is_none());
        assert!(
            cache
                .find(&scope("alice", "<h:1?sock=b>"), 5, 100)
                .is_none()
        );
        assert!(
            cache
                .find(&scope("alice", "<h:1?sock=a>"), 7, 100)
                .is_none()
        );
        assert!(
            cache
                .find(&scope("alice", "<h:1?sock=a>"), 5, 100)
                .is_some()
        );
    }

    #[test]
    fn expiry_and_lease() {
        let (mut cache, scope) = (SessionCache::default(), scope("a", "x"));
        cache.insert(scope.clone(), session("s", 100, 10), 0);
        assert!(cache.find(&scope, 5, 9).is_some());
        assert!(cache.find(&scope, 5, 18).is_some(), "use renews the lease");
        assert!(cache.find(&scope, 5, 28).is_none(), "idle for the lease");
        cache.insert(scope.clone(), session("t", 100, 0), 0);
        assert!(cache.find(&scope, 5, 99).is_some());
        assert!(cache.find(&scope, 5, 100).is_none());
    }

    #[test]
    fn a_session_without_key_is_not_kept() {
        let mut cache = SessionCache::default();
        let mut open = session("s", 60, 0);
        open.key = None;
        cache.insert(scope("a", "x"), open, 0);
        assert!(cache.is_empty());
    }

    #[test]
    fn bounded() {
        let mut cache = SessionCache::new(3);
        for n in 0..10 {
            cache.insert(
                scope("a", &n.to_string()),
                session(&n.to_string(), 60 + n, 0),
                0,
            );
        }
        assert_eq!(cache.len(), 3);
        cache.forget(&scope("a", "9"), "9");
        assert_eq!(cache.len(), 2);
    }
}
