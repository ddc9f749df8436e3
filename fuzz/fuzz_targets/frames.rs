//! Frames in clear: however the bytes arrive, the same messages come out, and no more bytes than went in.

#![no_main]

use bytes::Bytes;
use countersign_core::wire::{Codec, Message, WireError};
use countersign_fuzz::Dice;
use libfuzzer_sys::fuzz_target;

fn messages(bytes: &[u8], piece: usize, limit: usize) -> (Vec<Message>, Option<WireError>) {
    let mut codec = Codec::new(limit);
    let mut messages = Vec::new();
    for piece in bytes.chunks(piece) {
        codec.feed(piece);
        loop {
            match codec.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    return (messages, Some(error));
                }
            }
        }
    }
    (messages, None)
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let piece = usize::from(dice.byte()) + 1;
    let limit = if dice.bit() { 64 } else { 1 << 20 };
    let bytes = dice.0;
    let whole = messages(bytes, usize::MAX, limit);
    assert_eq!(whole, messages(bytes, piece, limit));
    let total: usize = whole.0.iter().map(|m| m.payload().len()).sum();
    assert!(total <= bytes.len());

    let (mut from, mut to) = (Codec::new(limit), Codec::new(limit));
    for message in whole.0 {
        assert!(message.payload().len() <= limit);
        let wire: Bytes = from
            .encode(&message)
            .expect("a message that was received can be sent");
        to.feed(&wire);
        assert_eq!(to.next_message(), Ok(Some(message)));
        assert_eq!(to.next_message(), Ok(None));
    }
});
