//! Fetches that are under way, and those that wait for a place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use countersign_methods::scitokens::KeysUnavailable;
use tokio::sync::{oneshot, watch};

use super::settings::FetchLimits;
use super::state::Outcome;

/// The way in which a fetch tells how it ended.
pub(super) type Told = watch::Receiver<Option<Outcome>>;

/// How much is known for an issuer: the higher goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Whoever connects can make up any number of them.
    Stranger,
    /// It answered before. Who made one up can make it answer, too.
    Known,
    /// Somebody was let in by it, or a line of the mapfile names it: nobody can make up more of these, so they
    /// have places of their own, and cost no client anything.
    Ours,
}

/// A fetch to be done.
#[derive(Debug)]
pub(super) struct Start {
    /// Tells it from others of the same issuer. Who came later has a higher one.
    pub(super) id: u64,
    /// How it tells its end.
    pub(super) tell: watch::Sender<Option<Outcome>>,
    /// Where it is to wait first: until this says so. What ends without saying so sends it away.
    pub(super) turn: Option<oneshot::Receiver<()>>,
}

#[derive(Debug)]
struct Flight {
    id: u64,
    told: Told,
    /// At whose expense.
    client: Option<IpAddr>,
}

#[derive(Debug)]
struct Waiting {
    flight: Flight,
    rank: Rank,
    turn: oneshot::Sender<()>,
}

/// Fetches that are under way, and those that wait for a place.
#[derive(Debug)]
pub(super) struct Flights {
    limits: FetchLimits,
    under_way: HashMap<String, Flight>,
    waiting: HashMap<String, Waiting>,
    /// How many fetches each client has, under way or waiting.
    clients: HashMap<IpAddr, usize>,
    started: u64,
}

impl Flights {
    pub(super) fn new(limits: FetchLimits) -> Self {
        Self {
            limits,
            under_way: HashMap::new(),
            waiting: HashMap::new(),
            clients: HashMap::new(),
            started: 0,
        }
    }

    /// The fetch of this issuer that is under way or waits.
    pub(super) fn of(&self, issuer: &str) -> Option<Told> {
        let waiting = || self.waiting.get(issuer).map(|one| &one.flight);
        let flight = self.under_way.get(issuer).or_else(waiting)?;
        Some(flight.told.clone())
    }

    /// Makes room for a fetch, or puts it in line.
    pub(super) fn start(
        &mut self,
        issuer: &str,
        client: IpAddr,
        rank: Rank,
    ) -> Result<(Start, Told), KeysUnavailable> {
        let client = (rank < Rank::Ours).then(|| network(client));
        if let Some(client) = client {
            let limit = self.limits.fetches_per_client;
            if self.clients.get(&client).is_some_and(|had| *had >= limit) {
                return Err(KeysUnavailable::TooManyFromThisClient { limit });
            }
        }
        // Where there is a place for it, nobody waits that could have it.
        let turn = if self.has_place(client) {
            None
        } else {
            self.make_room_in_line(rank)?;
            Some(oneshot::channel())
        };
        if let Some(client) = client {
            *self.clients.entry(client).or_default() += 1;
        }
        self.started += 1;
        let id = self.started;
        let (tell, told) = watch::channel(None);
        let flight = Flight {
            id,
            told: told.clone(),
            client,
        };
        let turn = match turn {
            None => {
                self.under_way.insert(issuer.to_owned(), flight);
                None
            }
            Some((turn, receiver)) => {
                let waiting = Waiting { flight, rank, turn };
                self.waiting.insert(issuer.to_owned(), waiting);
                Some(receiver)
            }
        };
        Ok((Start { id, tell, turn }, told))
    }

    /// A fetch is over, or will not be waited for any longer; the next ones have their turn.
    pub(super) fn end(&mut self, issuer: &str, id: u64) {
        let flight = if self.is_under_way(issuer, id) {
            self.under_way.remove(issuer)
        } else if self
            .waiting
            .get(issuer)
            .is_some_and(|one| one.flight.id == id)
        {
            self.waiting.remove(issuer).map(|one| one.flight)
        } else {
            None
        };
        if let Some(flight) = flight {
            self.give_back(flight.client);
        }
        while let Some(issuer) = self.next() {
            let Some(Waiting { flight, turn, .. }) = self.waiting.remove(&issuer) else {
                break;
            };
            self.under_way.insert(issuer, flight);
            // One that is gone already ends its fetch itself.
            let _ = turn.send(());
        }
    }

    /// Whether it is under way, and does not wait.
    pub(super) fn is_under_way(&self, issuer: &str, id: u64) -> bool {
        self.under_way.get(issuer).is_some_and(|one| one.id == id)
    }

    fn limit(&self, client: Option<IpAddr>) -> usize {
        let reserved = client.map_or(0, |_| self.limits.reserved);
        self.limits.fetches.saturating_sub(reserved)
    }

    fn has_place(&self, client: Option<IpAddr>) -> bool {
        let for_clients = || self.under_way.values().filter(|one| one.client.is_some());
        self.under_way.len() < self.limits.fetches
            && (client.is_none() || for_clients().count() < self.limit(client))
    }

    /// Of those that may go: the highest rank; of these whose client has the fewest under way; of these the first.
    fn next(&self) -> Option<String> {
        let under_way = |client: Option<IpAddr>| {
            let same = |one: &&Flight| client.is_some() && one.client == client;
            self.under_way.values().filter(same).count()
        };
        let may_go = |one: &Waiting| self.has_place(one.flight.client);
        let all = self.waiting.iter().filter(|(_, one)| may_go(one));
        let (issuer, _) = all.min_by_key(|(_, one)| {
            let client = under_way(one.flight.client);
            (std::cmp::Reverse(one.rank), client, one.flight.id)
        })?;
        Some(issuer.clone())
    }

    /// Where the line is full, the last of a lower rank leaves it.
    fn make_room_in_line(&mut self, rank: Rank) -> Result<(), KeysUnavailable> {
        if self.waiting.len() < self.limits.waiting {
            return Ok(());
        }
        let key = |one: &Waiting| (one.rank, std::cmp::Reverse(one.flight.id));
        let last = self.waiting.iter().min_by_key(|(_, one)| key(one));
        let last = last.filter(|(_, one)| one.rank < rank);
        let Some(issuer) = last.map(|(issuer, _)| issuer.clone()) else {
            return Err(self.refusal());
        };
        if let Some(gone) = self.waiting.remove(&issuer) {
            self.give_back(gone.flight.client);
        }
        Ok(())
    }

    /// What those hear that find no place.
    pub(super) fn refusal(&self) -> KeysUnavailable {
        KeysUnavailable::TooManyFetches {
            limit: self.limits.fetches,
        }
    }

    fn give_back(&mut self, client: Option<IpAddr>) {
        if let Some(client) = client
            && let Some(count) = self.clients.get_mut(&client)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.clients.remove(&client);
            }
        }
    }

    #[cfg(test)]
    /// How many are under way, and how many wait.
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.under_way.len(), self.waiting.len())
    }

    #[cfg(test)]
    /// How many fetches clients have.
    pub(super) fn counted(&self) -> usize {
        self.clients.values().sum()
    }
}

/// What counts as one client: whoever has one IPv6 address has a network of them.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(bits).into()
        }
        v4 => v4,
    }
}
