//! What is known of issuers, and what is to be done when one's keys are asked for. No I/O, and no clock.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use countersign_methods::scitokens::{IssuerKeys, KeySet, KeysOrigin, KeysUnavailable};

use super::flights::{Flights, Rank, Start, Told};
use super::settings::FetchLimits;

/// How a fetch ended.
pub(super) type Outcome = Result<Arc<KeySet>, KeysUnavailable>;

/// What is to be done.
#[derive(Debug)]
pub(super) struct Step {
    /// What to answer.
    pub(super) reply: Reply,
    /// A fetch to start.
    pub(super) start: Option<Start>,
}

/// What to answer.
#[derive(Debug)]
pub(super) enum Reply {
    /// This, at once.
    Now(Result<Arc<IssuerKeys>, KeysUnavailable>),
    /// What the fetch gives.
    After(Told),
}

/// An issuer whose keys were had.
#[derive(Debug)]
struct Known {
    set: Arc<KeySet>,
    fetched: u64,
    used: u64,
    confirmed: bool,
    failing: Option<Failing>,
}

/// A row of failures.
#[derive(Debug, Clone)]
struct Failing {
    since: u64,
    count: u32,
    retry_at: u64,
    problem: KeysUnavailable,
}

#[derive(Debug)]
struct Failed {
    failing: Failing,
    used: u64,
}

/// What is known of issuers.
#[derive(Debug)]
pub(super) struct State {
    limits: FetchLimits,
    max_stale: u64,
    known: HashMap<String, Known>,
    failed: HashMap<String, Failed>,
    flights: Flights,
    /// Counts uses: who was used last has the highest.
    uses: u64,
}

impl Failing {
    /// One more failure.
    fn more(
        before: Option<&Self>,
        problem: KeysUnavailable,
        now: u64,
        limits: &FetchLimits,
    ) -> Self {
        let count = before.map_or(0, |before| before.count.saturating_add(1));
        let pause = limits
            .first_pause
            .saturating_mul(1 << count.min(20))
            .min(limits.longest_pause);
        Self {
            since: before.map_or(now, |before| before.since),
            count,
            retry_at: now.saturating_add(pause.as_secs()),
            problem,
        }
    }

    /// For how many seconds the issuer is not asked. A clock that was set back does not count for long.
    fn pause(&self, now: u64, limits: &FetchLimits) -> Option<u64> {
        let left = self.retry_at.saturating_sub(now);
        (left > 0 && left <= limits.longest_pause.as_secs()).then_some(left)
    }

    fn refusal(&self, retry_after: u64) -> KeysUnavailable {
        KeysUnavailable::NegativelyCached {
            since: self.since,
            retry_after,
            problem: Box::new(self.problem.clone()),
        }
    }
}

impl State {
    pub(super) fn new(limits: FetchLimits, max_stale: u64) -> Self {
        Self {
            limits,
            max_stale,
            known: HashMap::new(),
            failed: HashMap::new(),
            flights: Flights::new(limits),
            uses: 0,
        }
    }

    /// What to do when `client` shows a token of `issuer`, which a line of the mapfile may name, by the key `key_id`.
    pub(super) fn ask(
        &mut self,
        issuer: &str,
        key_id: Option<&str>,
        client: IpAddr,
        named: bool,
        now: u64,
    ) -> Step {
        self.uses += 1;
        let refresh = self.limits.refresh.as_secs();
        let Some(known) = self.known.get_mut(issuer) else {
            let rank = if named { Rank::Ours } else { Rank::Stranger };
            return self.ask_unknown(issuer, client, rank, now);
        };
        known.used = self.uses;
        let age = now.saturating_sub(known.fetched);
        let keys = |origin| {
            let set = known.set.clone();
            Reply::Now(Ok(Arc::new(IssuerKeys { set, origin })))
        };
        let at = known.fetched;
        if age < refresh {
            let reply = keys(KeysOrigin::Cached { at });
            return Step { reply, start: None };
        }
        let serves = known.serves(now, &self.limits, self.max_stale);
        let pause = known
            .failing
            .as_ref()
            .and_then(|failing| Some((failing, failing.pause(now, &self.limits)?)));
        // Handshakes go on with what there is while new keys are on their way, unless nobody has asked for so long that
        // it says little, or they would refuse a token whose key may be among the new ones.
        let is_named = key_id.is_none_or(|id| known.set.names(id));
        let goes_on = serves && (known.failing.is_some() || (age < refresh * 2 && is_named));
        let reply = match (goes_on, pause) {
            (true, _) => Some(match known.failing {
                Some(_) => keys(KeysOrigin::Stale { at }),
                None => keys(KeysOrigin::Cached { at }),
            }),
            (false, Some((failing, left))) => Some(Reply::Now(Err(failing.refusal(left)))),
            (false, None) => None,
        };
        let paused = pause.is_some();
        let rank = if named || known.confirmed {
            Rank::Ours
        } else {
            Rank::Known
        };
        let stale = serves.then(|| keys(KeysOrigin::Stale { at }));
        if let Some(told) = self.flights.of(issuer) {
            let reply = reply.unwrap_or(Reply::After(told));
            return Step { reply, start: None };
        }
        if paused {
            let reply = reply.unwrap_or(Reply::Now(Err(KeysUnavailable::Abandoned)));
            return Step { reply, start: None };
        }
        match (self.flights.start(issuer, client, rank), reply) {
            (Ok((start, told)), reply) => Step {
                reply: reply.unwrap_or(Reply::After(told)),
                start: Some(start),
            },
            (Err(why), reply) => Step {
                reply: reply.or(stale).unwrap_or(Reply::Now(Err(why))),
                start: None,
            },
        }
    }

    fn ask_unknown(&mut self, issuer: &str, client: IpAddr, rank: Rank, now: u64) -> Step {
        let refused = |why| Step {
            reply: Reply::Now(Err(why)),
            start: None,
        };
        if let Some(told) = self.flights.of(issuer) {
            let reply = Reply::After(told);
            return Step { reply, start: None };
        }
        if let Some(failed) = self.failed.get_mut(issuer) {
            failed.used = self.uses;
            if let Some(left) = failed.failing.pause(now, &self.limits) {
                return refused(failed.failing.refusal(left));
            }
        }
        let limit = self.limits.issuers;
        if self.known.len() >= limit && self.known.values().all(|known| known.confirmed) {
            return refused(KeysUnavailable::TooManyIssuers { limit });
        }
        match self.flights.start(issuer, client, rank) {
            Ok((start, told)) => Step {
                reply: Reply::After(told),
                start: Some(start),
            },
            Err(why) => refused(why),
        }
    }

    /// Whether a fetch has its place. Where it has none it has waited long enough, and its turn does not come any more.
    ///
    /// # Errors
    /// What those hear who wait for it.
    pub(super) fn has_turn(&self, issuer: &str, id: u64) -> Result<(), KeysUnavailable> {
        match self.flights.is_under_way(issuer, id) {
            true => Ok(()),
            false => Err(self.flights.refusal()),
        }
    }

    /// A fetch is over.
    pub(super) fn finish(&mut self, issuer: &str, id: u64, outcome: &Outcome, now: u64) {
        self.flights.end(issuer, id);
        match outcome {
            Ok(set) => self.put(issuer.to_owned(), set.clone(), now),
            // Nobody asked.
            Err(KeysUnavailable::Abandoned | KeysUnavailable::TooManyFetches { .. }) => {}
            Err(problem) => self.fail(issuer, problem, now),
        }
    }

    fn fail(&mut self, issuer: &str, problem: &KeysUnavailable, now: u64) {
        if let Some(known) = self.known.get_mut(issuer) {
            let before = known.failing.as_ref();
            known.failing = Some(Failing::more(before, problem.clone(), now, &self.limits));
            return;
        }
        let before = self.failed.get(issuer).map(|failed| &failed.failing);
        let failing = Failing::more(before, problem.clone(), now, &self.limits);
        let used = self.uses;
        self.failed
            .insert(issuer.to_owned(), Failed { failing, used });
        if self.failed.len() > self.limits.issuers {
            remove_least(&mut self.failed, |failed| failed.used);
        }
    }

    /// Keeps an issuer's keys.
    pub(super) fn put(&mut self, issuer: String, set: Arc<KeySet>, fetched: u64) {
        self.failed.remove(&issuer);
        let confirmed = self.known.get(&issuer).is_some_and(|known| known.confirmed);
        let used = self.uses;
        let known = Known {
            set,
            fetched,
            used,
            confirmed,
            failing: None,
        };
        self.known.insert(issuer, known);
        let keys = |known: &Known| known.set.published().len();
        let mut total: usize = self.known.values().map(keys).sum();
        while self.known.len() > self.limits.issuers
            || (total > self.limits.keys && self.known.len() > 1)
        {
            // Those that nobody was let in by yet go first.
            match remove_least(&mut self.known, |known| (known.confirmed, known.used)) {
                Some(gone) => total = total.saturating_sub(keys(&gone)),
                None => break,
            }
        }
    }

    /// What there is for an issuer whose fetch failed: its last keys, if they serve yet.
    pub(super) fn after_failure(
        &self,
        issuer: &str,
        why: KeysUnavailable,
        now: u64,
    ) -> Result<Arc<IssuerKeys>, KeysUnavailable> {
        let known = self.known.get(issuer);
        match known.filter(|known| known.serves(now, &self.limits, self.max_stale)) {
            None => Err(why),
            Some(known) => Ok(Arc::new(IssuerKeys {
                set: known.set.clone(),
                origin: KeysOrigin::Stale { at: known.fetched },
            })),
        }
    }

    /// Somebody was let in by a token of this issuer.
    pub(super) fn confirm(&mut self, issuer: &str) {
        if let Some(known) = self.known.get_mut(issuer) {
            known.confirmed = true;
        }
    }

    #[cfg(test)]
    /// How many issuers' keys are kept, of how many it is kept that they could not be had, and how many fetches are under
    /// way.
    pub(super) fn sizes(&self) -> (usize, usize, usize) {
        let (under_way, _) = self.flights.sizes();
        (self.known.len(), self.failed.len(), under_way)
    }

    #[cfg(test)]
    /// How many fetches wait, and how many clients have in all.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.flights.sizes().1, self.flights.counted())
    }
}

impl Known {
    /// Whether the keys may still be used.
    fn serves(&self, now: u64, limits: &FetchLimits, max_stale: u64) -> bool {
        let longest = limits.refresh.as_secs().saturating_add(max_stale);
        now.saturating_sub(self.fetched) < longest.min(limits.expire.as_secs())
    }
}

/// Takes away the one with the least of something.
fn remove_least<K: Clone + Eq + Hash, V, O: Ord>(
    map: &mut HashMap<K, V>,
    least: impl Fn(&V) -> O,
) -> Option<V> {
    let (key, _) = map.iter().min_by_key(|(_, value)| least(value))?;
    let key = key.clone();
    map.remove(&key)
}
