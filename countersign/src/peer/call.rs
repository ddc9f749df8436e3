//! What a command's handler sees: who calls, and the connection.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use countersign_core::authz::Authorization;
use countersign_core::names::Command;
use countersign_core::server::{Caller, Established};
use countersign_core::wire::{Encoder, Message, WireError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::drive::{READ, instant_after};

/// The most bytes read at once.
const MOST_READ: usize = 64 * 1024;

/// A command that is to be served, on a connection that was authorized for it. Closed when dropped.
///
/// All that is waited for must be done by the handler's deadline, until [`Call::set_timeout`] gives
/// more.
#[derive(Debug)]
pub struct Call {
    stream: TcpStream,
    peer: SocketAddr,
    established: Established,
    deadline: Instant,
    unsent: BytesMut,
}

/// Why a message could not be sent or received.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The bytes are not what they must be.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
    /// The client closed the connection.
    #[error("the client closed the connection")]
    Closed,
    /// Time ran out.
    #[error("the client did not go on in time")]
    Deadline,
}

impl Call {
    pub(super) fn new(
        stream: TcpStream,
        peer: SocketAddr,
        established: Established,
        deadline: Instant,
    ) -> Self {
        Self {
            stream,
            peer,
            established,
            deadline,
            unsent: BytesMut::new(),
        }
    }

    /// The command.
    #[must_use]
    pub fn command(&self) -> &Command {
        self.established.command()
    }

    /// Who calls: identity, method and limits.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.established.caller()
    }

    /// Why it may: the level and the entry that decided.
    #[must_use]
    pub fn authorization(&self) -> &Authorization {
        self.established.authorization()
    }

    /// The client's end of the connection.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
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

    /// Sends a message. Once this was polled the message is on its way, even if the future is
    /// dropped: the rest goes out before anything else.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn send(&mut self, message: &Message) -> Result<(), CallError> {
        let bytes = self.established.encode(message)?;
        self.unsent.extend_from_slice(&bytes);
        self.flush().await
    }

    /// Waits for the client's next message: the command's payload comes first.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn receive(&mut self) -> Result<Message, CallError> {
        self.flush().await?;
        // Grows with what arrives.
        let mut buffer = Vec::new();
        loop {
            if let Some(message) = self.established.next_message()? {
                return Ok(message);
            }
            let len = (2 * buffer.len()).clamp(READ, MOST_READ);
            buffer.resize(len, 0);
            let read = timeout_at(self.deadline, self.stream.read(&mut buffer))
                .await
                .map_err(|_| CallError::Deadline)??;
            if read == 0 {
                return Err(CallError::Closed);
            }
            self.established
                .receive(buffer.get(..read).unwrap_or_default());
        }
    }

    async fn flush(&mut self) -> Result<(), CallError> {
        while !self.unsent.is_empty() {
            let sent = timeout_at(self.deadline, self.stream.write_buf(&mut self.unsent))
                .await
                .map_err(|_| CallError::Deadline)??;
            if sent == 0 {
                return Err(CallError::Closed);
            }
        }
        Ok(())
    }
}
