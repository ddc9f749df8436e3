//! The connection in memory, and what came of a handshake on it.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use countersign_core::Cause;
use countersign_core::Failure;
use countersign_core::client::established::read_sec_query_answer;
use countersign_core::client::{Established, Handshake, Progress};
use countersign_core::effect::{Entropy, NoEntropy};
use countersign_core::session::Session;
use countersign_core::trace::{Event, Trace};
use countersign_core::wire::WireError;

use super::{Kind, NOW, Server, World};

/// What becomes of the bytes of one server message on the way.
pub(crate) struct Delivery {
    pub(crate) bytes: Vec<Bytes>,
    /// Nothing comes after them.
    pub(crate) close: bool,
}

/// Hands bytes on as they are.
pub(crate) fn deliver(bytes: Bytes) -> Delivery {
    Delivery {
        bytes: vec![bytes],
        close: false,
    }
}

/// How a handshake ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) result: Result<Box<Established>, Failure>,
    pub(crate) trace: Trace,
    /// What the server sent, as it sent it.
    pub(crate) sent: Vec<(Kind, Bytes)>,
}

impl Ended {
    /// The cause of a failure.
    pub(crate) fn cause(&self) -> &Cause {
        match &self.result {
            Ok(established) => panic!("it succeeded: {:?}\n{}", established.session(), self.trace),
            Err(failure) => &failure.cause,
        }
    }

    /// The cause, which must be the wire's.
    pub(crate) fn wire_error(&self) -> &WireError {
        match self.cause() {
            Cause::Wire(error) => error,
            other => panic!("not the wire: {other:?}"),
        }
    }

    /// The events of this type that methods reported.
    pub(crate) fn method_events<T: Any>(&self) -> Vec<&T> {
        self.trace
            .iter()
            .filter_map(|event| match event {
                Event::Method { event, .. } => {
                    let event: &dyn Any = event.as_ref();
                    event.downcast_ref()
                }
                _ => None,
            })
            .collect()
    }

    /// The answer to the command: true only if everything up to it was believed.
    pub(crate) fn answered(&mut self) -> Result<bool, Option<WireError>> {
        let Ok(established) = &mut self.result else {
            return Err(None);
        };
        match established.next_message() {
            Ok(Some(message)) => match read_sec_query_answer(&message) {
                Ok(ad) => Ok(ad.get_bool("AuthorizationSucceeded") == Some(true)),
                Err(error) => Err(Some(error)),
            },
            Ok(None) => Err(None),
            Err(error) => Err(Some(error)),
        }
    }
}

/// Not random at all.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        for byte in out {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

/// A handshake with this server.
pub(crate) fn run(world: &World, server: &mut Server<'_>) -> Ended {
    run_on(world, server, |_, bytes| deliver(bytes))
}

/// A handshake in which `wire` decides about every message of the server's.
pub(crate) fn run_on(
    world: &World,
    server: &mut Server<'_>,
    wire: impl FnMut(usize, Bytes) -> Delivery,
) -> Ended {
    let mut entropy = Counting(0);
    let handshake = Handshake::new(world.config(), World::request(), NOW, &mut entropy);
    drive(handshake, world, server, wire)
}

/// A resumption whose random bytes start with `seed`.
pub(crate) fn resume(
    world: &World,
    session: Session,
    server: &mut Server<'_>,
    seed: u8,
    wire: impl FnMut(usize, Bytes) -> Delivery,
) -> Ended {
    let mut entropy = Counting(seed);
    let handshake = Handshake::resume(world.config(), World::request(), session, NOW, &mut entropy);
    drive(handshake, world, server, wire)
}

fn drive(
    mut handshake: Handshake<'_>,
    world: &World,
    server: &mut Server<'_>,
    mut wire: impl FnMut(usize, Bytes) -> Delivery,
) -> Ended {
    let mut queue = VecDeque::new();
    let mut sent = Vec::new();
    let mut closed = false;
    let mut hung_up = false;
    let result = loop {
        match handshake.poll() {
            Progress::Established(mut established) => {
                for bytes in queue.drain(..) {
                    let bytes: Bytes = bytes;
                    established.receive(&bytes);
                }
                break Ok(established);
            }
            Progress::Failed(failure) => break Err(failure),
            Progress::Perform(request) => handshake.answer(world.answer(request)),
            Progress::NeedsBytes => {
                if let Some(bytes) = handshake.transmit() {
                    server.receive(&bytes);
                    for (kind, bytes) in server.take() {
                        if !closed {
                            let delivery = wire(sent.len(), bytes.clone());
                            queue.extend(delivery.bytes);
                            closed = delivery.close;
                        }
                        sent.push((kind, bytes));
                    }
                } else if let Some(bytes) = queue.pop_front() {
                    handshake.receive(&bytes);
                } else {
                    assert!(!hung_up, "it waits on although the peer has closed");
                    hung_up = true;
                    handshake.peer_closed();
                }
            }
        }
    };
    let trace = handshake.take_trace();
    if let Err(failure) = &result {
        // A failure is told once, and nothing follows it.
        assert!(matches!(handshake.poll(), Progress::NeedsBytes));
        assert!(
            trace.iter().any(
                |event| matches!(event, Event::Failed { cause, .. } if Arc::ptr_eq(cause, &failure.cause))
            ),
            "the trace does not tell of the failure"
        );
        assert!(!failure.to_string().is_empty());
    }
    Ended {
        result,
        trace,
        sent,
    }
}
