//! The sessions of a server.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::HandedOver;
use crate::authz::Limits;
use crate::crypto::{ChannelKey, Protection};
use crate::method::Voucher;
use crate::names::MethodName;

/// Seconds that a server keeps a session beyond its time, so that a client that begins just before
/// its end is still served (SEC_SESSION_DURATION_SLOP).
pub const SLOP: u64 = 20;

/// What a server remembers of a session. It never grants more than it was made with.
#[derive(Debug, Clone)]
pub struct ServerSession {
    /// Its id.
    pub id: String,
    /// The channel key. There is no session without one: knowing an id would be enough to be
    /// somebody.
    pub key: ChannelKey,
    /// What the key does.
    pub protection: Protection,
    /// The user.
    pub user: String,
    /// The method that authenticated it; `None` if nobody authenticated.
    pub method: Option<&'static MethodName>,
    /// The name that the method authenticated.
    pub authenticated_name: Option<String>,
    /// What the credential limits it to.
    pub limits: Limits,
    /// What vouches for the credential, such as a signing key, if the method says so.
    pub voucher: Option<Voucher>,
    /// Attributes of the credential, which DC_SEC_QUERY repeats.
    pub attributes: Vec<(String, String)>,
    /// Seconds it lives.
    pub duration: u64,
    /// Longest idle time in seconds; 0 is no limit.
    pub lease: u64,
    /// What a hand-over makes of it, if nobody negotiated it. Its own end counts then, to the second.
    pub handed: Option<HandedOver>,
}

/// The sessions of one server, shared by its handshakes.
///
/// At most so many are kept. When there are too many, the ones of nobody in particular go first, so
/// that strangers cannot drive out authenticated clients, and of those the one that ends first.
#[derive(Debug)]
pub struct ServerSessions(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    sessions: HashMap<String, Entry>,
    /// What goes first comes first.
    order: BTreeSet<Rank>,
    limit: usize,
}

/// Whose it is, when it ends, and its id.
type Rank = (Kind, u64, String);

/// Whose a session is: those that go first come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Nobody,
    Authenticated,
    HandedOver,
}

/// There is a live session of that id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is a session of that id already")]
pub struct AlreadyKnown;

#[derive(Debug)]
struct Entry {
    session: ServerSession,
    expires: u64,
    ends: u64,
    /// It may be replaced by another one of the same id, though it has not ended.
    lingers: bool,
}

impl Entry {
    fn rank(&self) -> Rank {
        let kind = match (&self.session.handed, self.session.method) {
            (Some(_), _) => Kind::HandedOver,
            (None, Some(_)) => Kind::Authenticated,
            (None, None) => Kind::Nobody,
        };
        (kind, self.ends, self.session.id.clone())
    }

    fn renew(&mut self, now: u64) {
        self.ends = match self.session.lease {
            0 => self.expires,
            lease => self
                .expires
                .min(now.saturating_add(lease).saturating_add(SLOP)),
        };
    }
}

impl Default for ServerSessions {
    fn default() -> Self {
        Self::new(16_384)
    }
}

impl ServerSessions {
    /// Keeps at most `limit` sessions.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self(Mutex::new(Inner {
            sessions: HashMap::new(),
            order: BTreeSet::new(),
            limit: limit.max(1),
        }))
    }

    /// Nothing here can be left half done, so that a panic elsewhere spoils nothing.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of sessions held, some of which may have ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner().sessions.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps a session made at `now` (seconds since 1970).
    pub fn insert(&self, session: ServerSession, now: u64) {
        self.inner().insert(session, now);
    }

    /// Keeps a session that was handed over. It stays until its own end, whatever strangers do.
    ///
    /// # Errors
    /// [`AlreadyKnown`] if there is one of that id which was not [retired](Self::retire), as in HTCondor.
    pub fn hand_over(&self, session: ServerSession, now: u64) -> Result<(), AlreadyKnown> {
        let mut inner = self.inner();
        let known = inner.sessions.get(&session.id);
        if known.is_some_and(|entry| entry.ends > now && !entry.lingers) {
            return Err(AlreadyKnown);
        }
        inner.insert(session, now);
        Ok(())
    }

    /// Ends a session at `at` (seconds since 1970), if it does not end before, as HTCondor gives the last
    /// words of a claim ten more minutes. Until then another one of its id may take its place.
    pub fn retire(&self, id: &str, at: u64) {
        let mut inner = self.inner();
        if let Some(entry) = inner.sessions.get(id) {
            let rank = entry.rank();
            inner.order.remove(&rank);
        }
        let Some(entry) = inner.sessions.get_mut(id) else {
            return;
        };
        entry.expires = entry.expires.min(at);
        entry.ends = entry.ends.min(at);
        entry.lingers = true;
        let rank = entry.rank();
        inner.order.insert(rank);
    }

    /// The live session of that id.
    #[must_use]
    pub fn find(&self, id: &str, now: u64) -> Option<ServerSession> {
        let mut inner = self.inner();
        if inner.sessions.get(id)?.ends <= now {
            inner.remove(id);
            return None;
        }
        inner.sessions.get(id).map(|entry| entry.session.clone())
    }

    /// A session was used: its lease begins anew.
    pub fn renew(&self, id: &str, now: u64) {
        self.inner().renew(id, now);
    }

    /// Forgets a session.
    pub fn invalidate(&self, id: &str) {
        self.inner().remove(id);
    }

    /// Forgets those of which `which` is true, as after a key was revoked, and says how many.
    pub fn invalidate_if(&self, mut which: impl FnMut(&ServerSession) -> bool) -> usize {
        let mut inner = self.inner();
        let gone: Vec<String> = inner
            .sessions
            .values()
            .filter(|entry| which(&entry.session))
            .map(|entry| entry.session.id.clone())
            .collect();
        for id in &gone {
            inner.remove(id);
        }
        gone.len()
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        let mut inner = self.inner();
        inner.sessions.clear();
        inner.order.clear();
    }
}

impl Inner {
    fn insert(&mut self, session: ServerSession, now: u64) {
        self.remove(&session.id);
        self.drop_ended(now);
        while self.sessions.len() >= self.limit {
            match self.order.pop_first() {
                Some((_, _, id)) => {
                    self.sessions.remove(&id);
                }
                None => break,
            }
        }
        let expires = match &session.handed {
            Some(handed) => handed.expires.unwrap_or(u64::MAX),
            None => now.saturating_add(session.duration).saturating_add(SLOP),
        };
        let mut entry = Entry {
            expires,
            ends: 0,
            lingers: false,
            session,
        };
        entry.renew(now);
        self.order.insert(entry.rank());
        self.sessions.insert(entry.session.id.clone(), entry);
    }

    fn renew(&mut self, id: &str, now: u64) {
        if let Some(entry) = self.sessions.get_mut(id) {
            self.order.remove(&entry.rank());
            entry.renew(now);
            self.order.insert(entry.rank());
        }
    }

    fn remove(&mut self, id: &str) {
        if let Some(entry) = self.sessions.remove(id) {
            self.order.remove(&entry.rank());
        }
    }

    /// Those that ended stand first among their kind.
    fn drop_ended(&mut self, now: u64) {
        for wanted in [Kind::Nobody, Kind::Authenticated, Kind::HandedOver] {
            loop {
                let first = self
                    .order
                    .range((wanted, 0, String::new())..)
                    .next()
                    .filter(|(kind, ends, _)| *kind == wanted && *ends <= now)
                    .cloned();
                let Some(rank) = first else { break };
                self.sessions.remove(&rank.2);
                self.order.remove(&rank);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::FS;

    fn session(id: &str, method: Option<&'static MethodName>, duration: u64) -> ServerSession {
        ServerSession {
            id: id.to_owned(),
            key: ChannelKey::from_bytes([0; 32]),
            protection: Protection::AES,
            user: "alice@pool.example".to_owned(),
            method,
            authenticated_name: None,
            limits: Limits::Unlimited,
            voucher: None,
            attributes: Vec::new(),
            duration,
            lease: 0,
            handed: None,
        }
    }

    #[test]
    fn expiry_and_lease_with_slop() {
        let sessions = ServerSessions::default();
        sessions.insert(session("s", None, 60), 100);
        assert!(sessions.find("s", 179).is_some());
        assert!(sessions.find("s", 180).is_none());
        assert!(sessions.is_empty());
        let mut leased = session("t", None, 1000);
        leased.lease = 10;
        sessions.insert(leased, 100);
        assert!(sessions.find("t", 129).is_some());
        sessions.renew("t", 129);
        assert!(sessions.find("t", 158).is_some());
        assert!(sessions.find("t", 159).is_none());
    }

    #[test]
    fn strangers_drive_out_strangers() {
        let sessions = ServerSessions::new(3);
        sessions.insert(session("alice", Some(&FS), 10), 0);
        for n in 0..100 {
            sessions.insert(session(&n.to_string(), None, 1000 + n), 0);
        }
        assert_eq!(sessions.len(), 3);
        assert!(sessions.find("alice", 5).is_some());
        assert!(sessions.find("99", 5).is_some());
        assert!(sessions.find("0", 5).is_none());
        sessions.insert(session("later", None, 10), 5_000);
        assert_eq!(sessions.len(), 1, "what has ended is dropped");
    }

    #[test]
    fn what_was_handed_over_stays_until_its_end() {
        let handed = |id: &str, expires| ServerSession {
            handed: Some(HandedOver {
                role: crate::names::Role::Family,
                valid_commands: None,
                expires,
            }),
            ..session(id, Some(&crate::names::FAMILY), 0)
        };
        let sessions = ServerSessions::new(3);
        assert_eq!(sessions.hand_over(handed("family", None), 0), Ok(()));
        assert_eq!(sessions.hand_over(handed("claim", Some(50)), 0), Ok(()));
        for n in 0..10 {
            sessions.insert(session(&n.to_string(), Some(&FS), 1000), 0);
        }
        assert!(sessions.find("family", u64::MAX - 1).is_some());
        assert!(sessions.find("claim", 49).is_some());
        assert_eq!(
            sessions.hand_over(handed("claim", None), 49),
            Err(AlreadyKnown)
        );
        // No second longer than it says, unlike a negotiated one.
        assert!(sessions.find("claim", 50).is_none());
        assert_eq!(sessions.hand_over(handed("claim", None), 50), Ok(()));
        sessions.retire("claim", 600);
        assert!(sessions.find("claim", 599).is_some());
        assert_eq!(sessions.hand_over(handed("claim", None), 599), Ok(()));
        assert!(sessions.find("claim", 10_000).is_some());
        sessions.retire("claim", 700);
        assert!(sessions.find("claim", 700).is_none());
    }

    #[test]
    fn invalidation() {
        let sessions = ServerSessions::default();
        for id in ["a", "b", "c"] {
            sessions.insert(session(id, Some(&FS), 10), 0);
        }
        sessions.invalidate("a");
        assert!(sessions.find("a", 0).is_none());
        assert_eq!(sessions.invalidate_if(|session| session.id == "b"), 1);
        sessions.clear();
        assert!(sessions.is_empty());
    }
}
