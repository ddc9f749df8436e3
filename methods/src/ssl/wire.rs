//! The method's own messages: a status alone, or a status with bytes of TLS.
//!
//! Rule: `send_status`, `receive_status`, `send_message` and `receive_message` of HTCondor's `Condor_Auth_SSL`. After the
//! exchange of statuses the two sides take turns, whether they have something to say or not.

use countersign_core::wire::{Encoder, Message, WireError};

/// The most bytes of TLS in one message (`AUTH_SSL_BUF_SIZE`).
pub(crate) const MAX_PAYLOAD: usize = 1 << 20;

/// How often a side may answer that it needs more before the other gives up. HTCondor counts only once the TLS handshake
/// is done, and leaves that to its deadline.
pub(crate) const MAX_ROUNDS: usize = 256;

/// How far a side has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It cannot begin.
    Error,
    /// It can begin.
    Ready,
    /// It has more to send.
    Sending,
    /// It waits for the other side.
    Receiving,
    /// It gives up; nobody answers that.
    Quitting,
    /// It has all it needs.
    Holding,
    /// A number without a meaning. HTCondor takes one for a side that is not done.
    Other(i64),
}

impl Status {
    fn number(self) -> i64 {
        match self {
            Self::Error => -1,
            Self::Ready => 0,
            Self::Sending => 1,
            Self::Receiving => 2,
            Self::Quitting => 3,
            Self::Holding => 4,
            Self::Other(number) => number,
        }
    }

    fn of(number: i64) -> Self {
        match number {
            -1 => Self::Error,
            0 => Self::Ready,
            1 => Self::Sending,
            2 => Self::Receiving,
            3 => Self::Quitting,
            4 => Self::Holding,
            other => Self::Other(other),
        }
    }

    /// Whether the side that said it is out.
    pub(crate) fn gives_up(self) -> bool {
        matches!(self, Self::Error | Self::Quitting)
    }

    /// As a message of its own.
    pub(crate) fn alone(self, encoder: Encoder) -> Message {
        encoder.int(self.number()).finish()
    }

    /// Reads a message of its own.
    pub(crate) fn read_alone(message: &Message) -> Result<Self, WireError> {
        let mut decoder = message.decoder();
        let number = decoder.int("the method's status")?;
        decoder.finish()?;
        Ok(Self::of(number))
    }

    /// With bytes of TLS.
    pub(crate) fn with(self, payload: &[u8], encoder: Encoder) -> Message {
        encoder.int(self.number()).counted(payload).finish()
    }

    /// Reads a status and its bytes.
    pub(crate) fn read_with(message: &Message) -> Result<(Self, &[u8]), WireError> {
        let mut decoder = message.decoder();
        let number = decoder.int("the method's status")?;
        let payload = decoder.counted("bytes of TLS", MAX_PAYLOAD)?;
        decoder.finish()?;
        Ok((Self::of(number), payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::wire::StringForm;
    use proptest::prelude::*;

    fn encoder() -> Encoder {
        Encoder::new(StringForm::Terminated)
    }

    proptest! {
        #[test]
        fn there_and_back(number in -3_i64..9, payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            let status = Status::of(number);
            prop_assert_eq!(status.number(), number);
            prop_assert_eq!(Status::read_alone(&status.alone(encoder())), Ok(status));
            let message = status.with(&payload, encoder());
            prop_assert_eq!(Status::read_with(&message), Ok((status, payload.as_slice())));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let message = Message::new(bytes.into(), StringForm::Terminated);
            let _ = Status::read_alone(&message);
            let _ = Status::read_with(&message);
        }
    }

    #[test]
    fn a_length_is_not_believed() {
        let claimed = encoder().int(2).int(1 << 20).bytes(b"short").finish();
        assert!(Status::read_with(&claimed).is_err());
        let negative = encoder().int(2).int(-1).finish();
        assert!(Status::read_with(&negative).is_err());
        let more = encoder().int(2).int(0).bytes(b"more").finish();
        assert!(Status::read_with(&more).is_err());
    }
}
