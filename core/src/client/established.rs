//! A connection on which the command itself is now spoken.

use bytes::Bytes;
use countersign_classad::ClassAd;

use crate::names::MethodName;
use crate::session::Session;
use crate::wire::{AdLimits, Codec, Encoder, Message, WireError};

/// The end of a handshake, and the start of the command.
#[derive(Debug)]
pub struct Established {
    session: Session,
    method: Option<&'static MethodName>,
    codec: Codec,
}

impl Established {
    pub(super) fn new(session: Session, method: Option<&'static MethodName>, codec: Codec) -> Self {
        Self {
            session,
            method,
            codec,
        }
    }

    /// The session made or resumed.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The session alone.
    #[must_use]
    pub fn into_session(self) -> Session {
        self.session
    }

    /// The method that authenticated this side in this very handshake.
    #[must_use]
    pub fn method(&self) -> Option<&'static MethodName> {
        self.method
    }

    /// True if frames are encrypted and verified.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.codec.is_protected()
    }

    /// Starts a message of the command.
    #[must_use]
    pub fn encoder(&self) -> Encoder {
        Encoder::new(self.codec.string_form())
    }

    /// Changes the limit on one message, in bytes.
    pub fn set_message_limit(&mut self, limit: usize) {
        self.codec.set_message_limit(limit);
    }

    /// The bytes of a message to send.
    ///
    /// # Errors
    /// [`WireError::EmptyFrame`] for an empty message, [`WireError::KeyExhausted`].
    pub fn encode(&mut self, message: &Message) -> Result<Bytes, WireError> {
        self.codec.encode(message)
    }

    /// Hands over bytes from the peer.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.codec.feed(bytes);
    }

    /// The next whole message, if it has arrived.
    ///
    /// # Errors
    /// Any [`WireError`]; the connection is of no use afterwards.
    pub fn next_message(&mut self) -> Result<Option<Message>, WireError> {
        self.codec.next_message()
    }
}

/// Bounds on the answer to DC_SEC_QUERY.
pub const SEC_QUERY_ANSWER: AdLimits = AdLimits {
    attributes: 100,
    attribute_len: 64 * 1024,
    literals_only: true,
};

/// Reads the answer to DC_SEC_QUERY.
///
/// # Errors
/// Any [`WireError`].
pub fn read_sec_query_answer(message: &Message) -> Result<ClassAd, WireError> {
    let mut decoder = message.decoder();
    let ad = decoder.ad("the answer to DC_SEC_QUERY", SEC_QUERY_ANSWER)?;
    decoder.finish()?;
    Ok(ad)
}
