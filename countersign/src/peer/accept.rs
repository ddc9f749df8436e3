//! Accepting connections.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use countersign_core::trace::Trace;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::decisions::Event;
use super::open::OpenConnections;
use super::serve::serve;
use super::shared::Shared;

/// How long to wait after the system refused to give a connection, first and at most.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Accepts until it is dropped. Connections end with it.
pub(super) async fn accept(listener: TcpListener, limit: usize, shared: Arc<Shared>) {
    let open = Arc::new(OpenConnections::new(limit));
    let mut connections = JoinSet::new();
    let mut wait = BACK_OFF.0;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = reap(&mut connections) => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                wait = BACK_OFF.0;
                match open.enter() {
                    Some(place) => {
                        let _ = stream.set_nodelay(true);
                        connections.spawn(serve(stream, peer, place, shared.clone()));
                    }
                    None => shared
                        .decisions
                        .record(Some(peer), Event::Full, Trace::default()),
                }
                // Lets one that must make room go before the next comes.
                tokio::task::yield_now().await;
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

/// Waits for a connection to end. With none it waits for ever.
async fn reap(connections: &mut JoinSet<()>) {
    poll_fn(|cx| match connections.poll_join_next(cx) {
        Poll::Ready(Some(_)) => Poll::Ready(()),
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    })
    .await;
}
