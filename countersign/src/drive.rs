//! Driving a handshake: its bytes, its deadline, its effects.

use std::sync::Arc;
use std::time::Duration;

use countersign_core::client::{Established, Handshake, Progress};
use countersign_core::error_stack::cedar;
use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, Failure, Stage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::Target;
use crate::effects::{Kept, Performed, Performers, Undo};
use crate::low_water::LowWater;

/// Bytes read at once. A handshake's messages are shorter; nothing is gained by zeroing more.
pub(crate) const READ: usize = 4 * 1024;

/// When an attempt must be over, and how long it was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    seconds: u64,
}

impl Deadline {
    /// This much time from now.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self {
            at: instant_after(timeout),
            seconds: whole_seconds(timeout),
        }
    }

    /// Time ran out before there was a connection.
    pub(crate) fn over(self, target: &Target, trace: &mut Trace) -> Failure {
        let stage = Stage::Connect;
        let cause = Arc::new(Cause::Deadline {
            stage,
            seconds: self.seconds,
        });
        trace.push(Event::Failed {
            stage,
            cause: cause.clone(),
        });
        let mut stack = countersign_core::ErrorStack::default();
        stack.push(
            "CEDAR",
            cedar::CONNECT_FAILED,
            format!("Failed to connect to {}", target.address.given()),
        );
        Failure {
            stage,
            cause,
            stack,
        }
    }
}

/// Drives a handshake to its outcome.
pub(crate) async fn drive(
    handshake: &mut Handshake<'_>,
    stream: &mut TcpStream,
    performers: &Performers,
    deadline: Deadline,
) -> Result<Established, Failure> {
    // Dropped with this future, and so run on every way out.
    let mut undo: Vec<Undo> = Vec::new();
    let mut kept = Kept::default();
    // One alarm for all that is waited for, instead of one each.
    let mut alarm = std::pin::pin!(sleep_until(deadline.at));
    let mut low_water = LowWater::ONE;
    let mut buffer = vec![0; READ];
    loop {
        let progress = handshake.poll();
        if handshake.is_between_methods() {
            undo.clear();
        }
        match progress {
            Progress::Established(established) => {
                low_water.set(stream, 1);
                return Ok(*established);
            }
            Progress::Failed(failure) => {
                // The last message may tell the server why; whether it arrives changes nothing.
                let _ = timeout_at(deadline.at, flush(handshake, stream)).await;
                return Err(failure);
            }
            Progress::Perform(request) => {
                if let Err(error) = timed(deadline, flush(handshake, stream)).await {
                    error.tell(handshake, deadline);
                    continue;
                }
                match timeout_at(deadline.at, performers.perform(request, &mut kept)).await {
                    Ok(Performed {
                        output,
                        undo: leftover,
                    }) => {
                        undo.extend(leftover);
                        handshake.answer(output);
                    }
                    Err(_) => handshake.deadline(deadline.seconds),
                }
            }
            Progress::NeedsBytes => {
                let read = async {
                    flush(handshake, stream).await?;
                    handshake.work_ahead();
                    low_water.set(stream, handshake.awaits());
                    stream.read(&mut buffer).await
                };
                match timed_by(&mut alarm, read).await {
                    Ok(0) => handshake.peer_closed(),
                    Ok(read) => handshake.receive(buffer.get(..read).unwrap_or_default()),
                    Err(error) => error.tell(handshake, deadline),
                }
            }
        }
    }
}

/// Sends what waits to be sent.
async fn flush(handshake: &mut Handshake<'_>, stream: &mut TcpStream) -> std::io::Result<()> {
    let bytes = handshake.transmit_all();
    if bytes.is_empty() {
        return Ok(());
    }
    stream.write_all(&bytes).await
}

enum Interruption {
    Deadline,
    Io(std::io::Error),
}

impl Interruption {
    fn tell(self, handshake: &mut Handshake<'_>, deadline: Deadline) {
        match self {
            Self::Deadline => handshake.deadline(deadline.seconds),
            Self::Io(error) => match error.kind() {
                std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe => {
                    handshake.peer_closed();
                }
                _ => handshake.connection_lost(error.to_string()),
            },
        }
    }
}

/// As [`timed`], with an alarm that is set already.
async fn timed_by<T>(
    alarm: &mut std::pin::Pin<&mut Sleep>,
    work: impl Future<Output = std::io::Result<T>>,
) -> Result<T, Interruption> {
    tokio::select! {
        biased;
        result = work => result.map_err(Interruption::Io),
        () = alarm => Err(Interruption::Deadline),
    }
}

async fn timed<T>(
    deadline: Deadline,
    work: impl Future<Output = std::io::Result<T>>,
) -> Result<T, Interruption> {
    match timeout_at(deadline.at, work).await {
        Err(_) => Err(Interruption::Deadline),
        Ok(Err(error)) => Err(Interruption::Io(error)),
        Ok(Ok(value)) => Ok(value),
    }
}

/// A time allowed in whole seconds, rounded up: nobody was given 0 seconds.
pub(crate) fn whole_seconds(timeout: Duration) -> u64 {
    let begun = u64::from(timeout.subsec_nanos() > 0);
    timeout.as_secs().saturating_add(begun)
}

/// This much time from now. What no clock can count to is very far away.
pub(crate) fn instant_after(timeout: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(timeout.min(FAR)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_too_long() {
        for timeout in [Duration::MAX, Duration::from_secs(u64::MAX)] {
            let deadline = Deadline::after(timeout);
            assert!(deadline.at > Instant::now() + Duration::from_secs(1_000_000));
            assert_eq!(deadline.seconds, u64::MAX);
        }
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
    }
}
