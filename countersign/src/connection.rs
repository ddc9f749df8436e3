//! A connection on which a command is spoken.

use std::time::Duration;

use bytes::BytesMut;
use countersign_core::client::Established;
use countersign_core::session::Session;
use countersign_core::wire::{Encoder, Message, WireError};
use countersign_core::{Cause, ErrorStack, Failure, Stage};
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::drive::{READ, instant_after, whole_seconds};

/// The most bytes read at once.
const MOST_READ: usize = 64 * 1024;

/// An established connection. Closed when dropped.
///
/// What is done on it must be done within what is left of the time that
/// [`Client::open`](crate::Client::open) was given, until [`Connection::set_timeout`] gives more.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    established: Established,
    deadline: Instant,
    /// Bytes of messages already counted and perhaps encrypted, of which the peer has none or a
    /// part.
    unsent: BytesMut,
}

/// Why a message could not be sent or received.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The bytes are not what they must be.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
    /// The peer closed the connection.
    #[error("the server closed the connection before it answered")]
    Closed,
    /// Time ran out.
    #[error("the server did not answer in time")]
    Deadline,
}

impl ConnectionError {
    /// The failure of a command that was given this much time.
    pub(crate) fn into_failure(self, timeout: Duration) -> Failure {
        let stage = Stage::Command;
        let cause = match self {
            Self::Wire(error) => Cause::Wire(error),
            Self::Io(error) => Cause::Lost {
                stage,
                problem: error.to_string(),
            },
            Self::Closed => Cause::Closed { stage },
            Self::Deadline => Cause::Deadline {
                stage,
                seconds: whole_seconds(timeout),
            },
        };
        Failure {
            stage,
            cause: cause.into(),
            stack: ErrorStack::default(),
        }
    }
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, established: Established, deadline: Instant) -> Self {
        Self {
            stream,
            established,
            deadline,
            unsent: BytesMut::new(),
        }
    }

    /// The session behind it.
    #[must_use]
    pub fn session(&self) -> &Session {
        self.established.session()
    }

    /// Closes the connection and keeps the session behind it.
    #[must_use]
    pub fn into_session(self) -> Session {
        self.established.into_session()
    }

    /// True if frames are encrypted and verified.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.established.is_protected()
    }

    /// Gives what is still to be done this much time from now.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.deadline = instant_after(timeout);
    }

    /// Changes the limit on one message, in bytes.
    pub fn set_message_limit(&mut self, limit: usize) {
        self.established.set_message_limit(limit);
    }

    /// Starts a message.
    #[must_use]
    pub fn encoder(&self) -> Encoder {
        self.established.encoder()
    }

    /// Sends a message.
    ///
    /// A message is one whole: once this was polled, the message is on its way even if the future
    /// is dropped or time runs out. The rest of it goes out before anything else that is sent or
    /// waited for.
    ///
    /// # Errors
    /// [`ConnectionError`].
    pub async fn send(&mut self, message: &Message) -> Result<(), ConnectionError> {
        let bytes = self.established.encode(message)?;
        self.unsent.extend_from_slice(&bytes);
        flush(&mut self.stream, &mut self.unsent, self.deadline).await
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// [`ConnectionError`].
    pub async fn receive(&mut self) -> Result<Message, ConnectionError> {
        flush(&mut self.stream, &mut self.unsent, self.deadline).await?;
        // Grows with what arrives: most answers are short.
        let mut buffer = Vec::new();
        loop {
            if let Some(message) = self.established.next_message()? {
                return Ok(message);
            }
            let len = (2 * buffer.len()).clamp(READ, MOST_READ);
            buffer.resize(len, 0);
            let read = timeout_at(self.deadline, self.stream.read(&mut buffer))
                .await
                .map_err(|_| ConnectionError::Deadline)??;
            if read == 0 {
                return Err(ConnectionError::Closed);
            }
            self.established
                .receive(buffer.get(..read).unwrap_or_default());
        }
    }
}

/// Sends what is left. What was sent is taken out at once, so that nothing is sent twice whenever
/// this ends.
async fn flush(
    stream: &mut (impl AsyncWrite + Unpin),
    unsent: &mut BytesMut,
    deadline: Instant,
) -> Result<(), ConnectionError> {
    while !unsent.is_empty() {
        let sent = timeout_at(deadline, stream.write_buf(unsent))
            .await
            .map_err(|_| ConnectionError::Deadline)??;
        if sent == 0 {
            return Err(ConnectionError::Closed);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cut_short_is_finished_before_the_next() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (mut near, mut far) = tokio::io::duplex(4);
            let mut unsent = BytesMut::from("first");
            let soon = instant_after(Duration::from_millis(10));
            let cut = flush(&mut near, &mut unsent, soon).await;
            assert!(matches!(cut, Err(ConnectionError::Deadline)));
            assert_eq!(unsent, "t");
            unsent.extend_from_slice(b", second");
            let mut got = String::new();
            let (sent, read) = tokio::join!(
                async {
                    let sent = flush(&mut near, &mut unsent, instant_after(Duration::MAX)).await;
                    drop(near);
                    sent
                },
                far.read_to_string(&mut got)
            );
            assert!(sent.is_ok() && read.is_ok());
            assert_eq!(got, "first, second");
        });
    }
}
