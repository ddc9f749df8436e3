//! Protected frames: what arrives is what was sent, up to the first altered byte and nothing behind it.

#![no_main]

use countersign_core::crypto::ChannelKey;
use countersign_core::wire::{Codec, Message};
use countersign_fuzz::{Dice, alter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let key = ChannelKey::from_bytes([7; 32]);
    let (mut sender, mut receiver) = (Codec::new(1 << 20), Codec::new(1 << 20));
    // What both said in clear, and perhaps somebody on the way said it otherwise.
    let hello_len = usize::from(dice.byte() % 32);
    let hello = dice.take(hello_len);
    let mut agreed = true;
    if !hello.is_empty() {
        let message = Message::new(hello.to_vec().into(), sender.string_form());
        let said = sender.encode(&message).expect("not empty");
        let mut heard = said.to_vec();
        if dice.bit() {
            let at = dice.below(hello.len());
            heard[5 + at] ^= dice.byte();
        }
        agreed = heard == said;
        receiver.feed(&heard);
        assert!(receiver.next_message().expect("whole").is_some());
    }
    sender.protect(&key, [1; 16]);
    receiver.protect(&key, [2; 16]);

    let mut sent = Vec::new();
    let mut stream = Vec::new();
    let count = 1 + usize::from(dice.byte() % 6);
    for _ in 0..count {
        let len = 1 + usize::from(dice.byte());
        let payload = match dice.take(len) {
            [] => vec![0; len],
            some => some.to_vec(),
        };
        let message = Message::new(payload.into(), sender.string_form());
        stream.extend_from_slice(&sender.encode(&message).expect("not empty"));
        sent.push((stream.len(), message));
    }
    let piece = usize::from(dice.byte()) + 1;
    let heard = alter::altered(&stream, &mut dice);
    let untouched = alter::in_common(&stream, &heard);
    let expected = sent
        .iter()
        .filter(|(end, _)| agreed && *end <= untouched)
        .count();

    let mut received = Vec::new();
    'all: for piece in heard.chunks(piece) {
        receiver.feed(piece);
        loop {
            match receiver.next_message() {
                Ok(Some(message)) => received.push(message),
                Ok(None) => break,
                Err(_) => break 'all,
            }
        }
    }
    assert_eq!(received.len(), expected, "what was altered must not arrive");
    for (received, (_, sent)) in received.iter().zip(&sent) {
        assert_eq!(received, sent);
    }
});
