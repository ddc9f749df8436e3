//! One connection: its bytes, its deadlines, its effects, and then its command.

use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use countersign_core::server::{Connection, Established, Handshake, Outcome, Progress};
use countersign_core::trace::Trace;
use tokio::time::{Sleep, sleep_until, timeout_at};

use super::decisions::Event;
use super::entropy::HandshakeEntropy;
use super::handlers::Timed;
use super::open::{HANDSHAKE_BYTES, Place};
use super::shared::{InForce, Shared};
use super::socket::Socket;
use super::{Call, CallError};
use crate::client::now;
use crate::drive::{instant_after, whole_seconds};
use crate::effects::{Kept, Performed, Undo};

/// How long a command without a handler of its own may take: HTCondor's timeout on the sockets that
/// it gives to handlers.
const NOTHING_TO_DO: Duration = Duration::from_secs(20);

/// The most messages of a command without a handler that are read and forgotten.
const FORGOTTEN_MESSAGES: usize = 4;

/// Serves a connection to its end.
pub(super) async fn serve(socket: Socket, peer: SocketAddr, mut place: Place, shared: Arc<Shared>) {
    let handshake = tokio::select! {
        biased;
        () = place.evicted() => {
            shared.decisions.record(Some(peer), Event::Evicted, Trace::default());
            return;
        }
        handshake = shake_hands(socket, peer, &place, &shared) => handshake,
    };
    if let Some((socket, established)) = handshake {
        if !place.stay() {
            let event = Event::Evicted;
            shared.decisions.record(Some(peer), event, Trace::default());
            return;
        }
        // Apart, so that no place is kept for it while there is nothing but a handshake.
        Box::pin(run(socket, peer, established, &shared)).await;
    }
}

/// The handshake; the connection if a command comes after it.
async fn shake_hands(
    socket: Socket,
    peer: SocketAddr,
    place: &Place,
    shared: &Shared,
) -> Option<(Socket, Box<Established>)> {
    let local = socket.local();
    let in_force = shared.in_force();
    let mut entropy = HandshakeEntropy::new();
    let mut handshake = Handshake::new(
        in_force.config.clone(),
        Connection { peer, local },
        shared.sessions.clone(),
        now(),
        &mut entropy,
    );
    let ended = drive(&mut handshake, &socket, place, &in_force).await;
    let trace = handshake.take_trace();
    drop(handshake);
    match ended {
        Ended::Command(established) => {
            in_force.authenticated(established.caller());
            let event = Event::Command {
                command: established.command().number,
                caller: Box::new(established.caller().clone()),
                authorization: established.authorization().clone(),
            };
            shared.decisions.record(Some(peer), event, trace);
            Some((socket, established))
        }
        Ended::Finished(outcome) => {
            let event = match outcome {
                Outcome::Answered { about, caller } => {
                    in_force.authenticated(&caller);
                    Event::Answered { about, caller }
                }
                Outcome::SessionMade { caller } => {
                    in_force.authenticated(&caller);
                    Event::SessionMade { caller }
                }
                Outcome::Failed(failure) => Event::Refused(failure),
            };
            shared.decisions.record(Some(peer), event, trace);
            None
        }
    }
}

enum Ended {
    Command(Box<Established>),
    Finished(Outcome),
}

/// When things must be over: the whole handshake, and once a method runs, authentication. One alarm for all that is waited
/// for, instead of one each.
struct Alarm<'a> {
    clock: Pin<&'a mut Sleep>,
    /// How long was given.
    seconds: u64,
    /// For authentication, until that has begun.
    authentication: Option<Duration>,
}

/// The alarm rang.
struct Rang;

impl Alarm<'_> {
    /// Authentication has begun; its time runs on over all methods that are tried.
    fn authenticating(&mut self) {
        if let Some(allowed) = self.authentication.take() {
            let at = instant_after(allowed);
            if at < self.clock.deadline() {
                self.clock.as_mut().reset(at);
                self.seconds = whole_seconds(allowed);
            }
        }
    }

    async fn within<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Rang> {
        tokio::select! {
            biased;
            result = work => Ok(result),
            () = self.clock.as_mut() => Err(Rang),
        }
    }
}

async fn drive(
    handshake: &mut Handshake<'_>,
    socket: &Socket,
    place: &Place,
    in_force: &InForce,
) -> Ended {
    // Dropped with this future, and so run on every way out.
    let mut undo: Vec<Undo> = Vec::new();
    let mut kept = Kept::default();
    let mut alarm = Alarm {
        clock: pin!(sleep_until(instant_after(in_force.session_deadline))),
        seconds: whole_seconds(in_force.session_deadline),
        authentication: in_force.authentication_timeout,
    };
    loop {
        let progress = handshake.poll();
        if handshake.is_between_methods() {
            undo.clear();
        } else {
            alarm.authenticating();
        }
        match progress {
            Progress::Command(established) => {
                return match alarm.within(flush(handshake, socket)).await {
                    Ok(Ok(())) => Ended::Command(established),
                    // What was decided stands; nobody is there to serve.
                    _ => Ended::Finished(Outcome::SessionMade {
                        caller: Box::new(established.caller().clone()),
                    }),
                };
            }
            Progress::Finished(outcome) => {
                // Whether the last words arrive changes nothing.
                let bytes = handshake.transmit_all();
                let _ = alarm.within(socket.send_last(&bytes)).await;
                return Ended::Finished(outcome);
            }
            Progress::Perform(request) => {
                let work = async {
                    flush(handshake, socket).await?;
                    Ok(in_force.performers.perform(request, &mut kept).await)
                };
                match alarm.within(work).await {
                    Ok(Ok(Performed {
                        output,
                        undo: leftover,
                    })) => {
                        undo.extend(leftover);
                        handshake.set_now(now());
                        handshake.answer(output);
                    }
                    Ok(Err(error)) => lost(handshake, &error),
                    Err(Rang) => handshake.deadline(alarm.seconds),
                }
            }
            Progress::NeedsBytes => {
                let read = async {
                    flush(handshake, socket).await?;
                    handshake.work_ahead();
                    let take = |bytes: &[u8]| {
                        handshake.set_now(now());
                        handshake.receive(bytes);
                    };
                    socket.read(take).await
                };
                match alarm.within(read).await {
                    Ok(Ok(0)) => handshake.peer_closed(),
                    Ok(Ok(read)) if !place.received(read) => handshake.connection_lost(format!(
                        "it sent more than {HANDSHAKE_BYTES} bytes, and the handshake was not done"
                    )),
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => lost(handshake, &error),
                    Err(Rang) => handshake.deadline(alarm.seconds),
                }
            }
        }
    }
}

fn lost(handshake: &mut Handshake<'_>, error: &std::io::Error) {
    match error.kind() {
        std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe => {
            handshake.peer_closed();
        }
        _ => handshake.connection_lost(error.to_string()),
    }
}

/// Sends what waits to be sent, in one call: that, and waking the client, is most of what sending costs.
async fn flush(handshake: &mut Handshake<'_>, socket: &Socket) -> std::io::Result<()> {
    socket.send(&handshake.transmit_all()).await
}

/// Serves the command.
async fn run(socket: Socket, peer: SocketAddr, established: Box<Established>, shared: &Shared) {
    let Ok(stream) = socket.into_tokio() else {
        return;
    };
    let command = established.command().number;
    let found = shared.handlers.get(command);
    let timeout = found.as_ref().map_or(NOTHING_TO_DO, |found| found.timeout);
    let deadline = instant_after(timeout);
    let call = Call::new(stream, peer, *established, deadline);
    let Some(Timed { handler, .. }) = found else {
        let _ = timeout_at(deadline, forget(call)).await;
        return;
    };
    if timeout_at(deadline, handler.serve(call)).await.is_err() {
        let event = Event::HandlerTimedOut { command };
        shared.decisions.record(Some(peer), event, Trace::default());
    }
}

/// Reads what comes until the client closes, so that what was sent is not lost to a reset.
async fn forget(mut call: Call) -> Result<(), CallError> {
    for _ in 0..FORGOTTEN_MESSAGES {
        call.receive().await?;
    }
    Ok(())
}
