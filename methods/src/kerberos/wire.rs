//! What is said: a number, and after 4 sometimes a packet of Kerberos'.
//!
//! Rule: `send_request` and `read_request` in HTCondor's `condor_auth_kerberos.cpp`.

use countersign_core::wire::{Encoder, Message, WireError};

/// The client has no credentials.
pub(super) const ABORT: i64 = -1;
/// No.
pub(super) const DENY: i64 = 0;
/// Yes.
pub(super) const GRANT: i64 = 1;
/// Yes; the client's credentials would be taken, too. HTCondor's servers do not say it any more.
pub(super) const FORWARD: i64 = 2;
/// The server's packet follows.
pub(super) const MUTUAL: i64 = 3;
/// It goes on.
pub(super) const PROCEED: i64 = 4;

/// The longest packet that is taken, in bytes. Tickets with large authorization data, as Active Directory makes them, take
/// up to 64 KiB.
pub const MAX_PACKET: usize = 128 * 1024;

/// A message with a number and nothing else.
pub(super) fn number(encoder: Encoder, number: i64) -> Message {
    encoder.int(number).finish()
}

pub(super) fn read_number(message: &Message, what: &'static str) -> Result<i64, WireError> {
    let mut decoder = message.decoder();
    let number = decoder.int(what)?;
    decoder.finish()?;
    Ok(number)
}

/// A message with a packet.
pub(super) fn packet(encoder: Encoder, packet: &[u8]) -> Message {
    encoder.int(PROCEED).counted(packet).finish()
}

/// The packet, or the number that came in its place.
pub(super) fn read_packet(message: &Message) -> Result<Result<Vec<u8>, i64>, WireError> {
    let mut decoder = message.decoder();
    let number = decoder.int("whether a packet follows")?;
    if number != PROCEED {
        return Ok(Err(number));
    }
    let packet = decoder
        .counted("a packet of Kerberos'", MAX_PACKET)?
        .to_vec();
    decoder.finish()?;
    Ok(Ok(packet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::wire::StringForm;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways(bytes: Vec<u8>, other in -2i64..4) {
            let encoder = || Encoder::new(StringForm::Terminated);
            prop_assert_eq!(read_packet(&packet(encoder(), &bytes)), Ok(Ok(bytes)));
            prop_assert_eq!(read_packet(&number(encoder(), other)), Ok(Err(other)));
            prop_assert_eq!(read_number(&number(encoder(), other), "it"), Ok(other));
        }

        #[test]
        fn any_bytes(bytes: Vec<u8>) {
            let message = Message::new(bytes.into(), StringForm::Terminated);
            let _ = (read_packet(&message), read_number(&message, "it"));
        }
    }

    #[test]
    fn a_claimed_length_is_not_believed() {
        let encoder = || Encoder::new(StringForm::Terminated).int(PROCEED);
        for length in [-1, 1, 1 << 40] {
            assert!(read_packet(&encoder().int(length).finish()).is_err());
        }
        let long = packet(
            Encoder::new(StringForm::Terminated),
            &vec![0; MAX_PACKET + 1],
        );
        assert!(read_packet(&long).is_err());
    }
}
