//! Issuers' keys: fetched over HTTPS, kept in memory and on disk, or pinned to files.
//!
//! A stranger's token says whom to ask, before anything in it is proven. So whoever can connect can have this server
//! send requests. What holds them: HTTPS alone, with a certificate for the name; redirects that stay with their server;
//! few fetches at once, fewer for one client, and as few that wait; limits on time, size and memory; and failures that
//! are remembered. What remains is that somebody can have this server open TLS connections to a place of their choice,
//! also within its own network, and learn from the time that passes whether anybody answers there.
//! [`IssuerKeyCache::with_standings`] closes that where the mapfile says whose tokens are of use, as the peer does.

mod address;
mod discover;
mod disk;
mod flights;
mod pinned;
mod roots;
mod settings;
mod state;
mod web;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_methods::scitokens::{FetchIssuerKeys, IssuerKeys, KeysOrigin, KeysUnavailable};
use tokio::time::timeout;

use self::address::Address;
use self::disk::Disk;
use self::flights::Start;
use self::pinned::Pinned;
use self::roots::Roots;
use self::state::{Outcome, Reply, State, Step};
use self::web::Web;
use crate::effects::Performers;

pub use self::disk::CacheProblem;
pub use self::settings::{Clock, FetchLimits, IssuerKeySettings, Standing, Standings};

/// The most problems with the cache that are kept until somebody takes them.
const MAX_PROBLEMS: usize = 64;

/// The keys of issuers. Clones share them.
#[derive(Clone)]
pub struct IssuerKeyCache {
    shared: Arc<Shared>,
    standings: Option<Standings>,
}

#[derive(Debug)]
struct Shared {
    settings: IssuerKeySettings,
    web: Web,
    disk: Option<Arc<Disk>>,
    pinned: Pinned,
    state: Mutex<State>,
    problems: Mutex<Vec<CacheProblem>>,
}

impl IssuerKeyCache {
    /// Opens the cache. This reads the folder, and so blocks for a moment; what cannot be used there is among the
    /// [`problems`](Self::take_problems), and the cache does without it.
    #[must_use]
    pub fn new(settings: IssuerKeySettings) -> Self {
        let limits = settings.limits;
        let now = (settings.clock)();
        let mut state = State::new(limits, settings.max_stale.as_secs());
        let mut problems = Vec::new();
        let opened = settings
            .folder
            .clone()
            .map(|folder| Disk::open(folder, limits.issuers));
        let disk = match opened {
            None => None,
            Some(Err(problem)) => {
                problems.push(problem);
                None
            }
            Some(Ok(disk)) => {
                let (loaded, more) = disk.load(now);
                problems.extend(more);
                for one in loaded {
                    state.put(one.issuer, Arc::new(one.set), one.fetched);
                }
                Some(Arc::new(disk))
            }
        };
        problems.truncate(MAX_PROBLEMS);
        let roots = Roots::new(settings.ca_file.clone(), settings.extra_ca_files.clone());
        let shared = Arc::new(Shared {
            web: Web::new(Arc::new(roots), limits.fetches),
            disk,
            pinned: Pinned::default(),
            state: Mutex::new(state),
            problems: Mutex::new(problems),
            settings,
        });
        Self {
            shared,
            standings: None,
        }
    }

    /// The same keys, for who asks `standings` of an issuer before anything is sent to it. A stranger writes the issuer
    /// into a token: without this, they have this server ask whatever HTTPS server they like, also one that only this
    /// server can reach.
    #[must_use]
    pub fn with_standings(&self, standings: Standings) -> Self {
        Self {
            shared: self.shared.clone(),
            standings: Some(standings),
        }
    }

    /// An issuer's keys. Any number may wait here; whoever stops waiting leaves a fetch behind that ends by itself, and
    /// counts for its client until then. It needs a tokio runtime with time and I/O.
    ///
    /// # Errors
    /// [`KeysUnavailable`].
    pub async fn keys(&self, request: FetchIssuerKeys) -> Result<Arc<IssuerKeys>, KeysUnavailable> {
        let FetchIssuerKeys {
            issuer,
            key_id,
            client,
        } = request;
        let shared = &self.shared;
        if let Some(path) = shared.settings.pinned.get(&issuer) {
            return shared.pinned.keys(path);
        }
        let standings = self.standings.as_ref();
        let standing = standings.map_or(Standing::Any, |standings| standings(&issuer));
        if standing == Standing::Useless {
            return Err(KeysUnavailable::NotAcceptable { issuer });
        }
        let address = Address::issuer(&issuer)?;
        let named = standing == Standing::Named;
        let Step { reply, start } =
            shared
                .state()
                .ask(&issuer, key_id.as_deref(), client, named, shared.now());
        if let Some(start) = start {
            let flying = Flying {
                shared: shared.clone(),
                issuer: issuer.clone(),
                start: Some(start),
            };
            tokio::spawn(flying.fly(address));
        }
        let mut told = match reply {
            Reply::Now(answer) => return answer,
            Reply::After(told) => told,
        };
        let outcome = match told.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone(),
            Err(_) => None,
        };
        match outcome.unwrap_or(Err(KeysUnavailable::Abandoned)) {
            Ok(set) => Ok(Arc::new(IssuerKeys {
                set,
                origin: KeysOrigin::Fetched,
            })),
            Err(why) => shared.state().after_failure(&issuer, why, shared.now()),
        }
    }

    /// Somebody was let in by a token of this issuer. Where there are more issuers than are kept, those of which this
    /// was never said go first.
    pub fn confirm(&self, issuer: &str) {
        self.shared.state().confirm(issuer);
    }

    /// The performer of [`FetchIssuerKeys`].
    #[must_use]
    pub fn performers(&self) -> Performers {
        let cache = self.clone();
        Performers::default().awaiting(move |request: FetchIssuerKeys| {
            let cache = cache.clone();
            async move { cache.keys(request).await.into() }
        })
    }

    /// What could not be used on disk, or not be written there, since this was asked last.
    #[must_use]
    pub fn take_problems(&self) -> Vec<CacheProblem> {
        std::mem::take(&mut *lock(&self.shared.problems))
    }
}

impl fmt::Debug for IssuerKeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IssuerKeyCache").field(&self.shared).finish()
    }
}

impl Shared {
    fn now(&self) -> u64 {
        (self.settings.clock)()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A fetch under way, or waiting for its turn. However it ends, its place is free again and those who wait are told.
struct Flying {
    shared: Arc<Shared>,
    issuer: String,
    start: Option<Start>,
}

impl Flying {
    async fn fly(mut self, address: Address) {
        if let Err(why) = self.turn().await {
            self.land(Err(why));
            return;
        }
        let shared = self.shared.clone();
        let fetched = discover::fetch(&shared.web, &address, &shared.settings.limits).await;
        let (outcome, text) = match fetched {
            Ok(fetched) => (Ok(Arc::new(fetched.set)), Some(fetched.text)),
            Err(why) => (Err(why), None),
        };
        self.land(outcome);
        let (Some(text), Some(disk)) = (text, shared.disk.clone()) else {
            return;
        };
        // Nobody waits for the disk.
        let (issuer, now) = (std::mem::take(&mut self.issuer), shared.now());
        let written = tokio::task::spawn_blocking(move || disk.write(&issuer, &text, now)).await;
        if let Ok(Err(problem)) = written {
            let mut problems = lock(&shared.problems);
            if problems.len() < MAX_PROBLEMS {
                problems.push(problem);
            }
        }
    }

    /// Waits until there is a place.
    async fn turn(&mut self) -> Result<(), KeysUnavailable> {
        let Some(start) = &mut self.start else {
            return Ok(());
        };
        let Some(turn) = &mut start.turn else {
            return Ok(());
        };
        match timeout(self.shared.settings.limits.longest_wait, turn).await {
            Ok(Ok(())) => Ok(()),
            // Its turn may have come just now.
            _ => self.shared.state().has_turn(&self.issuer, start.id),
        }
    }

    fn land(&mut self, outcome: Outcome) {
        if let Some(Start { id, tell, .. }) = self.start.take() {
            let now = self.shared.now();
            self.shared.state().finish(&self.issuer, id, &outcome, now);
            tell.send_replace(Some(outcome));
        }
    }
}

impl Drop for Flying {
    fn drop(&mut self) {
        self.land(Err(KeysUnavailable::Abandoned));
    }
}
