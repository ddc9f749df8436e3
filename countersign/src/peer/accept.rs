//! Accepting connections.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use countersign_core::trace::Trace;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::decisions::Event;
use super::open::OpenConnections;
use super::serve::serve;
use super::shared::Shared;
use super::socket::Listener;

/// How long to wait after the system refused to give a connection, first and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// How long an alarm runs after a connection came, at which what is left of those that ended is cleared away; the next
/// connection does it too. An alarm that comes before all others makes the runtime wake itself up, at the cost of two system
/// calls, and without this one each new connection's alarms would.
const TICK: Duration = Duration::from_secs(5);

/// Accepts until it is dropped. Connections end with it.
pub(super) async fn accept(listener: Listener, limit: usize, shared: Arc<Shared>) {
    let open = Arc::new(OpenConnections::new(limit));
    let mut connections = JoinSet::new();
    let mut wait = BACK_OFF.0;
    let mut tick = pin!(sleep(TICK));
    let mut ticking = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut tick, if ticking => {
                while connections.try_join_next().is_some() {}
                ticking = !connections.is_empty();
                if ticking {
                    tick.as_mut().reset(Instant::now() + TICK);
                }
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((socket, peer)) => {
                wait = BACK_OFF.0;
                match open.enter() {
                    Some(place) => {
                        let is_taken_over = place.is_taken_over();
                        connections.spawn(serve(socket, peer, place, shared.clone()));
                        if !ticking {
                            tick.as_mut().reset(Instant::now() + TICK);
                            ticking = true;
                        }
                        if is_taken_over {
                            // Lets the other one go before the next comes.
                            tokio::task::yield_now().await;
                        }
                    }
                    None => shared
                        .decisions
                        .record(Some(peer), Event::Full, Trace::default()),
                }
            }
            // The client went away before it was its turn.
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                let event = Event::CannotAccept {
                    problem: error.to_string(),
                };
                shared.decisions.record(None, event, Trace::default());
                sleep(wait).await;
                wait = (wait * 2).min(BACK_OFF.1);
            }
        }
    }
}

fn is_the_clients(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}
