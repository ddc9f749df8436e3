//! The server's ads beside those that real 25.14.1 collectors sent, attribute by attribute.

use countersign_core::policy::Requirement;
use countersign_core::wire::{Codec, HANDSHAKE_AD, MAX_HANDSHAKE_BYTES};

use crate::pair::{World, words};

/// The first ad that a recorded server sent, in the order it had.
fn recorded(text: &str) -> Vec<(String, String)> {
    let hex: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("< "))
        .collect();
    let bytes: Vec<u8> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    first_ad(&bytes)
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
