//! With a cipher from before AES nobody notices that the lists of ciphers were altered. So where both sides have one,
//! whoever is in between has them use it, AES or not. `docs/unprotected.md` says so.

use countersign_core::crypto::Cipher;

use super::Pair;
use crate::world::words;

/// Makes AES an unknown cipher in the hello.
fn without_aes(pair: &Pair) -> crate::meet::Met {
    let mut hits = 0;
    let met = pair.meeting().run_with(&mut |at, _, bytes| {
        let place = bytes.windows(4).position(|window| window == b"\"AES");
        if let Some(place) = place.filter(|_| at == 0) {
            bytes[place + 1..place + 4].copy_from_slice(b"XXX");
            hits += 1;
        }
    });
    assert_eq!(hits, 1, "the hello has a list of ciphers");
    pair.server.sessions.clear();
    met
}

fn pair(client: &str, server: &str) -> Pair {
    let mut pair = Pair::strict("IDTOKENS");
    pair.client.settings.crypto_methods = words(client);
    pair.server.default.crypto_methods = words(server);
    pair
}

#[test]
fn where_both_have_an_older_one_it_is_used() {
    for old in [Cipher::TripleDes, Cipher::Blowfish] {
        let list = format!("AES,{}", old.name());
        let pair = pair(&list, &list);
        let used = |met: &crate::meet::Met| {
            let (client, _) = met.both().expect("both go on");
            let (_, protection) = client.session().key.as_ref().expect("a key");
            protection.cipher
        };
        assert_eq!(used(&pair.honest()), Cipher::Aes);
        assert_eq!(used(&without_aes(&pair)), old);
    }
}

#[test]
fn where_either_side_has_aes_alone_it_fails() {
    for (client, server) in [("AES,3DES", "AES"), ("AES", "AES,3DES"), ("AES", "AES")] {
        let pair = pair(client, server);
        assert!(pair.honest().both().is_some());
        assert!(without_aes(&pair).both().is_none(), "{client} {server}");
    }
}
