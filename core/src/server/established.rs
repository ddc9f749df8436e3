//! A connection on which a command is now to be served.

use bytes::Bytes;

use crate::authz::{Authorization, Limits};
use crate::identity::Identity;
use crate::names::{Command, MethodName, Role};
use crate::version::CondorVersion;
use crate::wire::{Codec, Encoder, Message, WireError};

/// Who calls, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user, and why it is this one.
    pub identity: Identity,
    /// The method that authenticated it, now or when its session was made.
    pub method: Option<&'static MethodName>,
    /// The name that the method authenticated, before any mapping.
    pub authenticated_name: Option<String>,
    /// What the credential limits it to.
    pub limits: Limits,
    /// What the client is to this side, if its session was handed over instead of negotiated.
    pub handed: Option<Role>,
    /// The version that the client says it is of.
    pub version: Option<CondorVersion>,
}

/// The end of a handshake, and the start of a command: authenticated as far as was agreed on, and
/// authorized.
#[derive(Debug)]
pub struct Established {
    pub(super) command: Command,
    pub(super) caller: Caller,
    pub(super) authorization: Authorization,
    pub(super) session: Option<String>,
    pub(super) codec: Codec,
    /// What stood behind a bare command number in its message.
    pub(super) rest: Option<Message>,
}

impl Established {
    /// The command to serve.
    #[must_use]
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// Who calls.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Why it may.
    #[must_use]
    pub fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// The session's id; `None` for a command that was not negotiated.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// True if frames are encrypted and verified.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.codec.is_protected()
    }

    /// Starts a message.
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

    /// Hands over bytes from the client.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.codec.feed(bytes);
    }

    /// The next whole message, if it has arrived. After a bare command number the first is what
    /// stood behind the number in its own message, and may be empty.
    ///
    /// # Errors
    /// Any [`WireError`]; the connection is of no use afterwards.
    pub fn next_message(&mut self) -> Result<Option<Message>, WireError> {
        match self.rest.take() {
            Some(rest) => Ok(Some(rest)),
            None => self.codec.next_message(),
        }
    }
}
