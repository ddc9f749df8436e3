//! Frames protected as before AES: what was not altered arrives, and where frames carry a MAC nothing arrives that does not
//! begin with what was sent.

#![no_main]

use countersign_core::crypto::{ChannelKey, LegacyCipher};
use countersign_core::wire::{Codec, LegacyProtection, Message};
use countersign_fuzz::{Dice, alter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let protection = LegacyProtection {
        encrypts: match dice.byte() % 3 {
            0 => None,
            1 => Some(LegacyCipher::Blowfish),
            _ => Some(LegacyCipher::TripleDes),
        },
        verifies: dice.bit(),
    };
    let key = ChannelKey::from_bytes([7; 24]);
    let (mut sender, mut receiver) = (Codec::new(1 << 20), Codec::new(1 << 20));
    for side in [&mut sender, &mut receiver] {
        side.protect_legacy(&key, protection)
            .expect("as long as either cipher takes");
    }

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
    let whole = sent.iter().filter(|(end, _)| *end <= untouched).count();
    assert!(received.len() >= whole, "what was not altered must arrive");
    for (received, (_, sent)) in received.iter().zip(&sent).take(whole) {
        assert_eq!(received, sent);
    }
    if protection.verifies {
        // A frame may have been repeated, dropped, or made to go on: its place and its header are not in its MAC.
        for message in &received {
            let begins =
                |(_, sent): &(usize, Message)| message.payload().starts_with(sent.payload());
            assert!(sent.iter().any(begins), "it was never sent");
        }
    }
});
