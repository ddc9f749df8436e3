//! A TLS connection between buffers, whose records travel inside the method's messages.

use std::io::{self, Read as _, Write as _};

use countersign_core::Secret;
use countersign_core::wire::{Encoder, Message, WireError};
use rustls::Connection;

use super::wire::{MAX_PAYLOAD, Status};

/// The most bytes of plaintext that wait to be read.
const MAX_WAITING: usize = 64 << 10;

/// One end of the TLS connection.
pub(crate) struct Tunnel {
    tls: Connection,
    received: Secret,
    failed: Option<rustls::Error>,
}

impl Tunnel {
    pub(crate) fn new(tls: impl Into<Connection>) -> Self {
        Self {
            tls: tls.into(),
            received: Secret::new(Vec::new()),
            failed: None,
        }
    }

    /// The connection.
    pub(crate) fn tls(&self) -> &Connection {
        &self.tls
    }

    /// What went wrong, if something did. The alert that says so to the other side is among what is sent next.
    pub(crate) fn failure(&self) -> Option<&rustls::Error> {
        self.failed.as_ref()
    }

    /// Takes a message of the other side in, and says how far that side is.
    pub(crate) fn hear(&mut self, message: &Message) -> Result<Status, WireError> {
        let (status, payload) = Status::read_with(message)?;
        self.feed(payload);
        Ok(status)
    }

    /// The message that says how far this side is, with what there is to send.
    pub(crate) fn say(&mut self, status: Status, encoder: Encoder) -> Message {
        status.with(&self.drain(), encoder)
    }

    /// Takes bytes of TLS in.
    fn feed(&mut self, mut payload: &[u8]) {
        while !payload.is_empty() && self.failed.is_none() {
            if let Err(error) = self.tls.read_tls(&mut payload) {
                self.failed = Some(rustls::Error::General(error.to_string()));
                return;
            }
            if let Err(error) = self.tls.process_new_packets() {
                self.failed = Some(error);
                return;
            }
            self.take_plaintext();
        }
    }

    /// Plaintext is taken out at once, since a connection that holds much of it takes in no more.
    fn take_plaintext(&mut self) {
        let mut buffer = zeroize::Zeroizing::new([0; 4096]);
        loop {
            match self.tls.reader().read(buffer.as_mut_slice()) {
                Ok(0) => return,
                Ok(read) => {
                    let waiting = self.received.expose();
                    if waiting.len() + read > MAX_WAITING {
                        let problem =
                            format!("more than {MAX_WAITING} bytes that nobody asked for");
                        self.failed = Some(rustls::Error::General(problem));
                        return;
                    }
                    // A new piece of memory each time, so that no copy is left behind by growing.
                    let more = buffer.get(..read).unwrap_or_default();
                    self.received = Secret::new([waiting, more].concat());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    self.failed = Some(rustls::Error::General(error.to_string()));
                    return;
                }
            }
        }
    }

    /// How far the TLS handshake is.
    pub(crate) fn status(&self) -> Status {
        if self.failed.is_some() {
            Status::Quitting
        } else if self.tls.is_handshaking() {
            Status::Receiving
        } else {
            Status::Holding
        }
    }

    /// Bytes of TLS to send, as many as one message takes.
    fn drain(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.tls.wants_write() && out.len() < MAX_PAYLOAD {
            match self.tls.write_tls(&mut out) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        out
    }

    /// Encrypts `plaintext`, to be sent with the next message.
    pub(crate) fn write(&mut self, plaintext: &[u8]) {
        if let Err(error) = self.tls.writer().write_all(plaintext) {
            self.failed = Some(rustls::Error::General(error.to_string()));
        }
    }

    /// What has been received and not yet been taken.
    pub(crate) fn received(&self) -> &[u8] {
        self.received.expose()
    }

    /// Takes the first `len` bytes of what has been received, if there are as many.
    pub(crate) fn take(&mut self, len: usize) -> Option<Secret> {
        let (taken, rest) = self.received.expose().split_at_checked(len)?;
        let (taken, rest) = (Secret::new(taken.to_vec()), Secret::new(rest.to_vec()));
        self.received = rest;
        Some(taken)
    }
}
