//! Driving a handshake with whatever the server says.

use countersign_core::client::established::read_sec_query_answer;
use countersign_core::client::{Established, Handshake, Progress};
use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_core::wire::{Message, WireError};

/// No handshake takes more steps than this, whatever the server says.
const MOST_STEPS: usize = 1_000_000;

/// How a handshake ended.
#[derive(Debug)]
pub enum End {
    Established(Box<Established>),
    Failed,
    /// The server's bytes ended first, and no hang-up was reported.
    Waiting,
}

/// Gives the server's bytes in pieces until an outcome, and how many of them that took.
///
/// # Panics
/// If the machine breaks its contract: it never ends, or goes on after its end.
pub fn drive(
    handshake: &mut Handshake<'_>,
    received: &[u8],
    piece: usize,
    hang_up: bool,
    mut answer: impl FnMut(EffectRequest) -> EffectAnswer,
) -> (End, usize) {
    let mut given = 0;
    let mut closed = false;
    for _ in 0..MOST_STEPS {
        let progress = handshake.poll();
        while let Some(bytes) = handshake.transmit() {
            assert!(!bytes.is_empty(), "nothing to send was sent");
        }
        match progress {
            Progress::Established(established) => {
                settled(handshake);
                return (End::Established(established), given);
            }
            Progress::Failed(failure) => {
                // What people are shown must be there, and must not panic.
                assert!(!failure.to_string().is_empty());
                assert!(!failure.stack.full_text("|").is_empty());
                let _ = handshake.take_trace().to_string();
                settled(handshake);
                return (End::Failed, given);
            }
            Progress::Perform(request) => handshake.answer(answer(request)),
            Progress::NeedsBytes if given < received.len() => {
                let end = received.len().min(given.saturating_add(piece.max(1)));
                handshake.receive(&received[given..end]);
                given = end;
            }
            Progress::NeedsBytes if hang_up && !closed => {
                closed = true;
                handshake.peer_closed();
            }
            Progress::NeedsBytes => {
                assert!(!closed, "waits for a peer that hung up");
                return (End::Waiting, given);
            }
        }
    }
    panic!("the handshake never ends");
}

/// After an outcome nothing more happens.
fn settled(handshake: &mut Handshake<'_>) {
    handshake.receive(b"\x01\0\0\0\x08\0\0\0\0\0\0\0\0");
    handshake.peer_closed();
    handshake.answer(EffectAnswer::unperformed());
    assert!(matches!(handshake.poll(), Progress::NeedsBytes));
    assert!(handshake.transmit().is_none());
}

/// What the server says on an established connection, as far as it can be read.
#[must_use]
pub fn rest(established: &mut Established, received: &[u8]) -> Vec<Message> {
    established.receive(received);
    let mut messages = Vec::new();
    loop {
        match established.next_message() {
            Ok(Some(message)) => {
                let _: Result<_, WireError> = read_sec_query_answer(&message);
                messages.push(message);
            }
            Ok(None) | Err(_) => return messages,
        }
    }
}
