//! A recorded handshake with one thing altered on the way: it must never succeed.
//!
//! One byte picks the record, one the pieces; the rest says what is altered. Encryption was agreed on in all of them.

#![no_main]

use std::sync::LazyLock;

use countersign_core::client::Handshake;
use countersign_fuzz::drive::{self, End};
use countersign_fuzz::record::{PROTECTED, Record};
use countersign_fuzz::recording::Fixed;
use countersign_fuzz::{Dice, alter};
use libfuzzer_sys::fuzz_target;

/// A record, how many bytes make it established, and how many messages follow.
static RECORDS: LazyLock<Vec<(Record, usize, usize)>> = LazyLock::new(|| {
    PROTECTED
        .iter()
        .map(|text| {
            let record = Record::parse(text);
            let (needed, messages) =
                repeat(&record, &record.received, 1, true).expect("a good record");
            assert!(messages > 0, "the answer to the command");
            (record, needed, messages)
        })
        .collect()
});

/// How many bytes made it established, and how many messages followed.
fn repeat(record: &Record, received: &[u8], piece: usize, hang_up: bool) -> Option<(usize, usize)> {
    let setup = &record.setup;
    let mut entropy = Fixed::default();
    let mut handshake = Handshake::new(setup.config(), setup.request(), setup.now, &mut entropy);
    let (end, given) = drive::drive(&mut handshake, received, piece, hang_up, |request| {
        setup.answer(request, |_| true)
    });
    let End::Established(mut established) = end else {
        return None;
    };
    assert!(established.is_protected());
    let messages = drive::rest(&mut established, &received[given..]);
    Some((given, messages.len()))
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let (record, needed, messages) = &RECORDS[usize::from(dice.byte()) % RECORDS.len()];
    let piece = match dice.byte() {
        0 => usize::MAX,
        some => some.into(),
    };
    let hang_up = piece & 1 == 0;
    let heard = alter::altered(&record.received, &mut dice);
    let untouched = alter::in_common(&record.received, &heard);
    let outcome = repeat(record, &heard, piece, hang_up);
    assert_eq!(
        outcome.is_some(),
        untouched >= *needed,
        "altered at {untouched}, needed {needed}"
    );
    if let Some((_, got)) = outcome {
        assert!(got <= *messages, "a message that nobody sent");
        if untouched < record.received.len() {
            assert!(got < *messages, "an altered answer was taken");
        } else {
            assert_eq!(got, *messages);
        }
    }
});
