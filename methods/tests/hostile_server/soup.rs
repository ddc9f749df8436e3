//! Random bytes, random frames and random values in place of a server's messages: no panic, and no success.

use bytes::Bytes;
use countersign_core::policy::Requirement;
use countersign_core::wire::{Codec, Encoder, Message, StringForm};
use proptest::prelude::*;

use crate::support::{By, Server, World, deliver, run_on};

/// The first `honest` messages are the server's own; then comes what was cooked.
fn serve(by: By, honest: usize, encrypt: bool, mut cooked: impl FnMut() -> Bytes) -> bool {
    let protection = if encrypt {
        Requirement::Required
    } else {
        Requirement::Optional
    };
    let world = World::all(Requirement::Required, protection);
    let mut ended = run_on(&world, &mut Server::new(by, encrypt), |index, bytes| {
        deliver(if index < honest { bytes } else { cooked() })
    });
    ended.answered() == Ok(true)
}

fn method() -> impl Strategy<Value = By> {
    prop::sample::select(&[By::ClaimToBe, By::Anonymous, By::Fs, By::IdTokens][..])
}

/// A value as it may stand in a message.
#[derive(Clone, Debug)]
enum Morsel {
    Int(i64),
    Text(String),
    Raw(Vec<u8>),
}

fn morsel() -> impl Strategy<Value = Morsel> {
    prop_oneof![
        prop::sample::select(&[0, 1, -1, 2, 4, 128, 2048, 101, 1 << 20, i64::MAX, i64::MIN][..])
            .prop_map(Morsel::Int),
        any::<i64>().prop_map(Morsel::Int),
        prop::sample::select(
            &[
                "Authentication = \"YES\"",
                "Authentication = \"NO\"",
                "Encryption = \"YES\"",
                "Encryption = \"NO\"",
                "Integrity = \"NO\"",
                "AuthMethodsList = \"FS\"",
                "CryptoMethods = \"AES\"",
                "ReturnCode = \"AUTHORIZED\"",
                "Sid = \"x\"",
                "",
                "ZKM",
                "/tmp/x_",
            ][..]
        )
        .prop_map(|text| Morsel::Text(text.to_owned())),
        ".{0,40}".prop_map(Morsel::Text),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Morsel::Raw),
    ]
}

fn cook(morsels: &[Morsel]) -> Bytes {
    let mut encoder = Encoder::new(StringForm::Terminated);
    for morsel in morsels {
        encoder = match morsel {
            Morsel::Int(value) => encoder.int(*value),
            Morsel::Text(text) => encoder.string(text),
            Morsel::Raw(bytes) => encoder.bytes(bytes),
        };
    }
    frame(&encoder.finish())
}

fn frame(message: &Message) -> Bytes {
    Codec::new(1 << 20).encode(message).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn raw_bytes(
        by in method(),
        honest in 0usize..7,
        encrypt: bool,
        soup in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let honest = honest.min(crate::frames::messages(by));
        prop_assert!(!serve(by, honest, encrypt, || soup.clone().into()));
    }

    #[test]
    fn framed_bytes(
        by in method(),
        honest in 0usize..7,
        encrypt: bool,
        soup in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 1..6),
    ) {
        let honest = honest.min(crate::frames::messages(by));
        let mut ladle = soup.iter().cycle();
        let believed = serve(by, honest, encrypt, || {
            let payload = ladle.next().unwrap().clone();
            frame(&Message::new(payload.into(), StringForm::Terminated))
        });
        prop_assert!(!believed);
    }

    #[test]
    fn values(
        by in method(),
        honest in 0usize..7,
        encrypt: bool,
        soup in prop::collection::vec(prop::collection::vec(morsel(), 1..12), 1..6),
    ) {
        let honest = honest.min(crate::frames::messages(by));
        let mut ladle = soup.iter().cycle();
        prop_assert!(!serve(by, honest, encrypt, || cook(ladle.next().unwrap())));
    }
}
