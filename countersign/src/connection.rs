//! A connection on which a command is spoken.

use std::time::Duration;

use countersign_core::client::Established;
use countersign_core::session::Session;
use countersign_core::wire::{Encoder, Message, WireError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::drive::{READ, instant_after};

/// The most bytes read at once.
const MOST_READ: usize = 64 * 1024;

/// An established connection. Closed when dropped.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    established: Established,
    deadline: Instant,
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

impl Connection {
    pub(crate) fn new(stream: TcpStream, established: Established, deadline: Instant) -> Self {
        Self {
            stream,
            established,
            deadline,
        }
    }

    /// The session behind it.
    #[must_use]
    pub fn session(&self) -> &Session {
        self.established.session()
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
    /// # Errors
    /// [`ConnectionError`].
    pub async fn send(&mut self, message: &Message) -> Result<(), ConnectionError> {
        let bytes = self.established.encode(message)?;
        timeout_at(self.deadline, self.stream.write_all(&bytes))
            .await
            .map_err(|_| ConnectionError::Deadline)??;
        Ok(())
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// [`ConnectionError`].
    pub async fn receive(&mut self) -> Result<Message, ConnectionError> {
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
