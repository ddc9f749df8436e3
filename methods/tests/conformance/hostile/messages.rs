//! Messages that are cut short, too long, out of order, or somebody else's.

use countersign_core::server::ServerCause;
use countersign_core::wire::WireError;

use super::{Attack, attack, encoder, frames, hello, number, say, strict};
use crate::meet::{End, Meeting, Met, Side};
use crate::model::Token;
use crate::world::{ClientSide, NOW, ServerSide, Wanted, words};

/// What an honest client said, to be said again by somebody else.
struct Recorded {
    server: ServerSide,
    met: Met,
    said: Vec<Vec<u8>>,
}

const SEED: u64 = 77;

fn recorded(method: &str) -> Recorded {
    let mut client = ClientSide {
        token: Token::Good.text(),
        ..ClientSide::default()
    };
    client.settings.methods = words(method);
    let server = strict(method);
    let met = Meeting {
        client: &client,
        server: &server,
        wanted: Wanted::run(60_020),
        now: NOW,
        seed: SEED,
        resumes: None,
    }
    .run();
    assert!(met.both().is_some(), "{}", met.story());
    server.sessions.clear();
    let said = met.messages.iter().filter(|sent| sent.by == Side::Client);
    Recorded {
        said: said.map(|sent| sent.bytes.clone()).collect(),
        server,
        met,
    }
}

/// Says messages one by one, each when the server waits, then closes.
fn again(server: &ServerSide, seed: u64, messages: &[Vec<u8>]) -> Attack {
    let mut left = messages.iter();
    attack(server, seed, &mut |_| left.next().cloned())
}

#[test]
fn cut_anywhere() {
    for method in ["IDTOKENS", "FS", "CLAIMTOBE"] {
        let honest = recorded(method);
        let mut runs = 0;
        for (index, message) in honest.said.iter().enumerate() {
            for length in 0..message.len() {
                let mut messages = honest.said[..index].to_vec();
                messages.push(message[..length].to_vec());
                let attack = again(&honest.server, SEED, &messages);
                assert!(attack.caller().is_none(), "{method} {index} {length}");
                assert!(
                    matches!(
                        attack.cause(),
                        ServerCause::Closed { .. } | ServerCause::Wire(_)
                    ),
                    "{}",
                    attack.cause()
                );
                assert!(honest.server.sessions.is_empty());
                runs += 1;
            }
        }
        assert!(runs > 500, "{method}: {runs}");
    }
}

/// The payload cut, in a frame that says so: every message that is shorter than its items is refused.
#[test]
fn shorter_than_its_items() {
    for method in ["IDTOKENS", "CLAIMTOBE"] {
        let honest = recorded(method);
        for (index, message) in honest.said.iter().enumerate() {
            let payload = &message[5..];
            for length in (1..payload.len()).step_by(7) {
                let mut messages = honest.said[..index].to_vec();
                messages.push(frames(encoder().bytes(&payload[..length])));
                let attack = again(&honest.server, SEED, &messages);
                assert!(attack.caller().is_none(), "{method} {index} {length}");
                attack.cause();
                assert!(honest.server.sessions.is_empty());
            }
        }
    }
}

#[test]
fn longer_than_any_message() {
    let honest = recorded("IDTOKENS");
    for index in 0..honest.said.len() {
        // More behind its items than belongs there.
        let mut messages = honest.said.clone();
        let payload = messages[index][5..].to_vec();
        messages[index] = frames(encoder().bytes(&payload).string("and more"));
        let attack = again(&honest.server, SEED, &messages);
        assert!(attack.caller().is_none(), "{index}");
        assert!(
            matches!(
                attack.cause(),
                ServerCause::Wire(WireError::Trailing { .. })
            ),
            "{index}: {}",
            attack.cause()
        );
        // Frames without end.
        let mut messages = honest.said[..index].to_vec();
        let mut endless = Vec::new();
        while endless.len() < (1 << 20) + 8192 {
            endless.extend_from_slice(b"\0\0\0\x10\0");
            endless.resize(endless.len() + 4096, b'x');
        }
        messages.push(endless);
        let attack = again(&honest.server, SEED, &messages);
        assert!(
            matches!(
                attack.cause(),
                ServerCause::Wire(WireError::MessageTooLong { .. })
            ),
            "{index}: {}",
            attack.cause()
        );
        assert!(honest.server.sessions.is_empty());
    }
}

#[test]
fn in_another_order() {
    for method in ["IDTOKENS", "FS", "CLAIMTOBE"] {
        let honest = recorded(method);
        let count = honest.said.len();
        for first in 0..count {
            for second in first + 1..count {
                let mut messages = honest.said.clone();
                messages.swap(first, second);
                let attack = again(&honest.server, SEED, &messages);
                assert!(attack.caller().is_none(), "{method} {first} {second}");
            }
            // Left out, and said twice.
            let mut messages = honest.said.clone();
            messages.remove(first);
            assert!(again(&honest.server, SEED, &messages).caller().is_none());
            if first + 1 < count {
                let mut messages = honest.said.clone();
                messages.insert(first, messages[first].clone());
                assert!(again(&honest.server, SEED, &messages).caller().is_none());
            }
            assert!(honest.server.sessions.is_empty());
        }
    }
}

/// Everything that an honest client said, said again on another connection.
#[test]
fn replayed() {
    for method in ["IDTOKENS", "FS", "CLAIMTOBE"] {
        let honest = recorded(method);
        if method != "FS" {
            let same = again(&honest.server, SEED, &honest.said);
            assert!(same.caller().is_some(), "the recording is whole");
        }
        honest.server.sessions.clear();
        for seed in [1, 2, 3] {
            let mut attack = again(&honest.server, seed, &honest.said);
            if method != "CLAIMTOBE" {
                assert!(attack.caller().is_none(), "{method}");
                assert!(
                    matches!(
                        attack.cause(),
                        ServerCause::Wire(_) | ServerCause::Closed { .. }
                    ),
                    "{}",
                    attack.cause()
                );
                assert!(honest.server.sessions.is_empty());
                continue;
            }
            // A claim proves nothing. Even so the server's word is encrypted for the client that was
            // recorded, and a command cannot be said.
            let Some(End::Command(command)) = &mut attack.end else {
                panic!("{}", attack.trace);
            };
            assert!(command.is_protected());
            let (client, _) = honest.met.both().unwrap();
            let sid = command.session_id().unwrap();
            let kept = honest.server.sessions.find(sid, NOW).unwrap();
            assert_ne!(
                client.session().key.as_ref(),
                Some(&(kept.key, kept.protection)),
                "another key pair of the server's, another key"
            );
            command.receive(&honest.said[0]);
            assert!(command.next_message().is_err());
            honest.server.sessions.clear();
        }
    }
}

#[test]
fn masks() {
    let server = strict("CLAIMTOBE,ANONYMOUS");
    let hello = hello(&[("AuthMethods", "\"ANONYMOUS,CLAIMTOBE\"")]);
    for (mask, picked) in [
        (0, 0),
        (1, 0),
        (4, 0),
        (2048, 0),
        (1 << 40, 0),
        (i64::MIN, 0),
        (2, 2),
        (128, 128),
        (2 | 128, 2),
        (-1, 2),
        (i64::MAX, 2),
        (4 | 128 | 1 << 40, 128),
    ] {
        let attack = say(&server, &[hello.clone(), number(mask)]);
        let said = super::read(&attack.said[1]);
        assert_eq!(said.decoder().int("the method"), Ok(picked), "{mask}");
        match picked {
            0 => assert!(matches!(attack.cause(), ServerCause::Unauthenticated)),
            2 => assert!(matches!(attack.cause(), ServerCause::Closed { .. })),
            // ANONYMOUS asks for nothing more.
            _ => {
                let user = &attack.caller().unwrap().identity.user;
                assert_eq!(user, "CONDOR_ANONYMOUS_USER", "{mask}");
                continue;
            }
        }
        assert_eq!(attack.said.len(), 2, "{mask}");
    }
    // A mask that is no number, or two of them.
    for odd in [
        frames(encoder().string("2")),
        frames(encoder().int(2).int(2)),
        frames(encoder().bytes(b"\0\0\0\x02")),
    ] {
        let attack = say(&server, &[hello.clone(), odd]);
        assert!(matches!(attack.cause(), ServerCause::Wire(_)));
        assert_eq!(attack.said.len(), 1);
    }
}
