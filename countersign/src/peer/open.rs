//! The connections that are open, and which goes first when there are too many or they hold too much.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The most bytes that one connection may send before its handshake is done. Hellos have a few
/// kilobytes; certificates and tokens may have tens.
pub(super) const HANDSHAKE_BYTES: usize = 128 * 1024;

/// The most bytes that all connections together may have sent in handshakes that are not done.
const ALL_HANDSHAKES: usize = 64 << 20;

/// The open connections of one peer.
#[derive(Debug)]
pub(super) struct OpenConnections {
    limit: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    /// Of all connections that were not told to go.
    count: usize,
    /// That strangers have sent.
    bytes: usize,
    /// Those that have not come to a command yet, oldest first.
    strangers: BTreeMap<u64, Stranger>,
}

#[derive(Debug)]
struct Stranger {
    evict: Arc<Notify>,
    bytes: usize,
}

/// One open connection's place. Free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    all: Arc<OpenConnections>,
    number: u64,
    evict: Arc<Notify>,
    /// It has come to a command.
    known: bool,
    /// Another connection was told to go for it.
    taken_over: bool,
}

impl OpenConnections {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection. If there is none, the oldest that has not come to a command
    /// makes room; `None` if all have.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut inner = self.inner();
        let is_full = inner.count >= self.limit;
        if is_full && !inner.evict_oldest() {
            return None;
        }
        inner.count += 1;
        let number = inner.next;
        inner.next = number.wrapping_add(1);
        let evict = Arc::new(Notify::new());
        let stranger = Stranger {
            evict: evict.clone(),
            bytes: 0,
        };
        inner.strangers.insert(number, stranger);
        Some(Place {
            all: self.clone(),
            number,
            evict,
            known: false,
            taken_over: is_full,
        })
    }
}

impl Inner {
    /// Tells the oldest stranger to go; false if there is none.
    fn evict_oldest(&mut self) -> bool {
        let Some((_, oldest)) = self.strangers.pop_first() else {
            return false;
        };
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(oldest.bytes);
        oldest.evict.notify_one();
        true
    }

    /// Takes a stranger out that goes or becomes known; false if it was told to go before.
    fn take(&mut self, number: u64) -> bool {
        let Some(stranger) = self.strangers.remove(&number) else {
            return false;
        };
        self.bytes = self.bytes.saturating_sub(stranger.bytes);
        true
    }
}

impl Place {
    /// Whether another connection was told to go for this one, and has yet to do so.
    pub(super) fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// It has come to a command: it does not make room any more. False if it was told to already.
    pub(super) fn stay(&mut self) -> bool {
        self.known = self.all.inner().take(self.number);
        self.known
    }

    /// It has sent so many bytes more. False if that is too much for one connection. If it is for all
    /// of them together, the oldest make room.
    pub(super) fn received(&self, bytes: usize) -> bool {
        let mut inner = self.all.inner();
        // One that was told to go will.
        let Some(stranger) = inner.strangers.get_mut(&self.number) else {
            return false;
        };
        stranger.bytes += bytes;
        let own = stranger.bytes;
        inner.bytes += bytes;
        while inner.bytes > ALL_HANDSHAKES && inner.evict_oldest() {}
        own <= HANDSHAKE_BYTES
    }

    /// Waits until it must make room.
    pub(super) async fn evicted(&self) {
        self.evict.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = self.all.inner();
        if self.known || inner.take(self.number) {
            inner.count = inner.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn is_told(place: &Place) -> bool {
        !place.all.inner().strangers.contains_key(&place.number) && !place.known
    }

    fn held(all: &OpenConnections) -> (usize, usize) {
        let inner = all.inner();
        (inner.count, inner.bytes)
    }

    #[test]
    fn the_oldest_stranger_makes_room() {
        let all = Arc::new(OpenConnections::new(2));
        let (mut first, mut second) = (all.enter().unwrap(), all.enter().unwrap());
        assert!(first.stay());
        let mut third = all.enter().unwrap();
        assert!(!is_told(&first) && is_told(&second) && !is_told(&third));
        assert!(!second.stay());
        assert!(third.stay());
        assert!(all.enter().is_none());
        drop(second);
        assert!(all.enter().is_none(), "its place is the third's");
        drop(first);
        assert!(all.enter().is_some());
        drop(third);
        assert_eq!(all.inner().count, 0);
    }

    #[test]
    fn bytes_are_bounded_for_one_and_for_all() {
        let all = Arc::new(OpenConnections::new(10_000));
        let many = ALL_HANDSHAKES / HANDSHAKE_BYTES;
        let places: Vec<Place> = (0..many).map(|_| all.enter().unwrap()).collect();
        assert!(places.iter().all(|place| place.received(HANDSHAKE_BYTES)));
        assert!(!places.iter().any(is_told));
        let one_more = all.enter().unwrap();
        assert!(one_more.received(1));
        assert!(is_told(&places[0]) && !is_told(&places[1]) && !is_told(&one_more));
        assert!(!places[1].received(1), "too much for one");
        drop(places);
        assert_eq!(held(&all), (1, 1));
        drop(one_more);
        assert_eq!(held(&all), (0, 0));
    }
}
