//! The server's ads beside those that real 25.14.1 collectors sent, attribute by attribute.

use countersign_core::crypto::KeyPair;
use countersign_core::policy::Requirement;
use countersign_core::wire::{Codec, HANDSHAKE_AD, MAX_HANDSHAKE_BYTES};

use crate::pair::{World, words};

/// The first ad that a recorded server sent, in the order it had.
fn recorded(text: &str) -> Vec<(String, String)> {
    first_ad(&direction(text, "< "))
}

fn first_ad(bytes: &[u8]) -> Vec<(String, String)> {
    let mut codec = Codec::new(MAX_HANDSHAKE_BYTES);
    codec.feed(bytes);
    let message = codec.next_message().unwrap().unwrap();
    let ad = message.decoder().ad("the reply", HANDSHAKE_AD).unwrap();
    ad.iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

fn compare(text: &str, world: &World) {
    let theirs = recorded(text);
    let ran = world.run();
    let ours = first_ad(&ran.answered.concat());
    let names = |ad: &[(String, String)]| -> Vec<String> {
        ad.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&ours), names(&theirs), "attributes and their order");
    for (name, value) in &theirs {
        if name == "ECDHPublicKey" || name == "RemoteVersion" {
            continue;
        }
        assert!(
            ours.contains(&(name.clone(), value.clone())),
            "{name} = {value} in {ours:?}"
        );
    }
}

#[test]
fn replies() {
    let mut world = World::default();
    world.client.methods = words("CLAIMTOBE");
    world.client.authentication = Requirement::Required;
    compare(include_str!("../recorded/claimtobe-25.14.1.txt"), &world);
    world.client.methods = words("ANONYMOUS");
    compare(include_str!("../recorded/anonymous-25.14.1.txt"), &world);
    world.client.methods = words("FS");
    world.server.methods = words("FS");
    world.client.authentication = Requirement::Optional;
    compare(include_str!("../recorded/none-25.14.1.txt"), &world);
}

/// The names in the ads that a server sent protected, in their order, read by whoever holds the
/// client's key. `clear` messages came before them.
fn protected(sent: &[u8], received: &[u8], scalar: u8, clear: usize) -> Vec<Vec<String>> {
    let mut reader = Codec::new(MAX_HANDSHAKE_BYTES);
    reader.feed(sent);
    let mut codec = Codec::new(MAX_HANDSHAKE_BYTES);
    while let Some(message) = reader.next_message().unwrap() {
        codec.encode(&message).unwrap();
    }
    codec.feed(received);
    let mut public = None;
    for _ in 0..clear {
        let message = codec.next_message().unwrap().unwrap();
        public = public.or_else(|| {
            let ad = message.decoder().ad("the reply", HANDSHAKE_AD).ok()?;
            ad.get_str("ECDHPublicKey").map(str::to_owned)
        });
    }
    let keys = KeyPair::from_scalar(&[scalar; 32]).unwrap();
    codec.protect(&keys.agree(&public.unwrap()).unwrap(), [0; 16]);
    let mut ads = Vec::new();
    while let Some(message) = codec.next_message().unwrap() {
        let ad = message.decoder().ad("an ad", HANDSHAKE_AD).unwrap();
        ads.push(ad.iter().map(|(name, _)| name.to_string()).collect());
    }
    ads
}

/// All that went in one direction of a record.
fn direction(text: &str, mark: &str) -> Vec<u8> {
    text.lines()
        .filter_map(|line| line.strip_prefix(mark))
        .flat_map(|hex| {
            hex.as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        })
        .collect()
}

#[test]
fn decisions_and_answers() {
    let claimed = include_str!("../recorded/claimtobe-25.14.1.txt");
    let nobody = include_str!("../recorded/none-25.14.1.txt");
    for (text, method, clear) in [(claimed, "CLAIMTOBE", 4), (nobody, "FS", 1)] {
        let theirs = protected(&direction(text, "> "), &direction(text, "< "), 0x42, clear);
        let mut world = World::default();
        world.client.methods = words(method);
        if method == "CLAIMTOBE" {
            world.client.authentication = Requirement::Required;
        }
        let ran = world.run();
        let scalar = world.seed.wrapping_add(1);
        let ours = protected(&ran.sent.concat(), &ran.answered.concat(), scalar, clear);
        assert_eq!(ours, theirs, "attributes and their order");
        assert_eq!(
            ours.len(),
            2,
            "the decision, and the answer to DC_SEC_QUERY"
        );
    }
}
