//! IDTOKENS that a server must not take, shown by a client that has no scruples.

use countersign_core::server::ServerCause;
use countersign_methods::ClientProofDefect;
use countersign_methods::idtokens::{IdTokensServerEvent, TokenRefusal};

use super::{Attack, attack, encoder, frames, hello, number, read, strict};
use crate::model::Token;
use crate::token::{HEADER, key_file, payload, signed};
use crate::world::{NOW, ServerSide};

const IDTOKENS: i64 = 2048;

fn server() -> ServerSide {
    ServerSide {
        revocation: Some(r#"jti == "gone""#),
        ..strict("IDTOKENS")
    }
}

/// The client's first message, of a token without its signature.
fn shown(token: &str, name: &str) -> Vec<u8> {
    let token = token.rsplit_once('.').map_or(token, |(shown, _)| shown);
    let length = i64::try_from(name.len()).unwrap();
    let message = encoder().int(0).int(length).string(name).string(token);
    frames(message.counted(&[5; 256]))
}

/// Shows a token and, whatever the server says to it, claims to have proved it; then offers nothing
/// else.
fn show(server: &ServerSide, token: &str) -> Attack {
    let mut step = 0;
    attack(server, 1, &mut |said| {
        step += 1;
        Some(match step {
            1 => hello(&[("AuthMethods", "\"IDTOKENS\"")]),
            2 => number(IDTOKENS),
            3 => shown(token, "alice@pool.example"),
            4 => third(&read(said.last()?)),
            5 => number(0),
            _ => return None,
        })
    })
}

/// A proof that is none.
fn third(second: &countersign_core::wire::Message) -> Vec<u8> {
    let mut decoder = second.decoder();
    let mut number = || decoder.int("it").unwrap_or(0);
    number();
    number();
    let name = decoder.string("the name", 1024).unwrap_or("").to_owned();
    decoder.int("it").ok();
    decoder.string("the server", 1024).ok();
    decoder.counted("the nonce", 256).ok();
    let nonce = decoder.counted("the nonce", 256).unwrap_or(&[]).to_vec();
    let length = i64::try_from(name.len()).unwrap();
    let message = encoder().int(0).int(length).string(&name);
    frames(message.counted(&nonce).counted(&[0xaa; 20]))
}

fn refused(token: &str) -> (TokenRefusal, Attack) {
    let server = server();
    let attack = show(&server, token);
    assert!(attack.caller().is_none());
    assert!(
        matches!(attack.cause(), ServerCause::Unauthenticated),
        "{}\n{}",
        attack.cause(),
        attack.trace
    );
    assert!(server.sessions.is_empty());
    for event in attack.events::<IdTokensServerEvent>() {
        if let IdTokensServerEvent::Refused { refusal, .. } = event {
            return (refusal, attack);
        }
    }
    panic!("nothing was refused\n{}", attack.trace);
}

#[test]
fn each_for_its_reason_and_all_told_the_same() {
    let of = |header: &str, payload: &str| signed(header, payload, "POOL", &key_file(1));
    let with = |more: &str| of(HEADER, &payload(more));
    let header = |header: &str| of(header, &payload(""));
    type Reason = fn(&TokenRefusal) -> bool;
    let cases: Vec<(&str, String, Reason)> = vec![
        (
            "expired",
            with(&format!(r#","exp":{}"#, NOW - 1)),
            |reason| matches!(reason, TokenRefusal::Expired { ago: 1, .. }),
        ),
        ("revoked", Token::Revoked.text().unwrap(), |reason| {
            matches!(reason, TokenRefusal::Revoked { .. })
        }),
        (
            "not yet good",
            with(&format!(r#","nbf":{}"#, NOW + 1)),
            |reason| matches!(reason, TokenRefusal::NotYet { .. }),
        ),
        (
            "alg none",
            header(r#"{"alg":"none","kid":"POOL"}"#),
            |reason| matches!(reason, TokenRefusal::Algorithm { .. }),
        ),
        (
            "another algorithm",
            header(r#"{"alg":"RS256","kid":"POOL"}"#),
            |reason| matches!(reason, TokenRefusal::Algorithm { .. }),
        ),
        (
            "another issuer",
            Token::OtherIssuer.text().unwrap(),
            |reason| matches!(reason, TokenRefusal::OtherIssuer { .. }),
        ),
        (
            "a key that is not here",
            Token::UnknownKey.text().unwrap(),
            |reason| matches!(reason, TokenRefusal::KeyNotHere { .. }),
        ),
        (
            "a key's name that is a path",
            header(r#"{"alg":"HS256","kid":"../../etc/passwd"}"#),
            |reason| matches!(reason, TokenRefusal::KeyNotHere { .. }),
        ),
        (
            "too long",
            with(&format!(r#","padding":"{}""#, "x".repeat(200_000))),
            |reason| matches!(reason, TokenRefusal::TooLong { .. }),
        ),
        ("no token", "not a token at all.x".to_owned(), |reason| {
            matches!(reason, TokenRefusal::Malformed { .. })
        }),
        (
            "a claim twice",
            with(r#","sub":"root@pool.example""#),
            |reason| matches!(reason, TokenRefusal::Twice { .. }),
        ),
        (
            "an expiry that is no number",
            with(r#","exp":"never""#),
            |reason| matches!(reason, TokenRefusal::WrongType { .. }),
        ),
        (
            "no subject",
            of(
                HEADER,
                r#"{"iat":1799999000,"iss":"pool.example","jti":"x"}"#,
            ),
            |reason| matches!(reason, TokenRefusal::Capability),
        ),
        (
            "no issuer",
            of(
                HEADER,
                r#"{"iat":1799999000,"jti":"x","sub":"alice@pool.example"}"#,
            ),
            |reason| matches!(reason, TokenRefusal::NoIssuer),
        ),
    ];
    let mut heard: Vec<Vec<u8>> = Vec::new();
    for (what, token, reason) in cases {
        let (refusal, attack) = refused(&token);
        assert!(reason(&refusal), "{what}: {refusal:?}");
        assert!(attack.trace.to_string().contains(&refusal.to_string()));
        // The reply, the pick, the answer to the token, and that nothing is left.
        assert_eq!(attack.said.len(), 4, "{what}");
        heard.push(attack.said[2..].concat());
    }
    assert!(
        heard.iter().all(|said| *said == heard[0]),
        "the client cannot tell one reason from another"
    );
}

/// The signature is never sent; whoever has not got it cannot prove that he has.
#[test]
fn wrongly_signed() {
    for token in [Token::Good, Token::WrongKey, Token::Limited] {
        let server = server();
        let attack = show(&server, &token.text().unwrap());
        assert!(matches!(attack.cause(), ServerCause::Unauthenticated));
        let events = attack.events::<IdTokensServerEvent>();
        assert!(
            events.iter().any(|event| matches!(
                event,
                IdTokensServerEvent::NotProven {
                    defect: ClientProofDefect::WrongMac,
                    ..
                }
            )),
            "{}",
            attack.trace
        );
        assert!(server.sessions.is_empty());
    }
}

/// A token that was refused is not shown a second time, nor another one: HTCondor's server would
/// leave that to the client.
#[test]
fn one_attempt() {
    let server = server();
    let mut step = 0;
    let expired = Token::Expired.text().unwrap();
    let attack = attack(&server, 1, &mut |said| {
        step += 1;
        Some(match step {
            1 => hello(&[("AuthMethods", "\"IDTOKENS\"")]),
            2 | 5 => number(IDTOKENS),
            3 | 6 => shown(&expired, "alice@pool.example"),
            4 | 7 => third(&read(said.last()?)),
            _ => return None,
        })
    });
    assert!(matches!(attack.cause(), ServerCause::Unauthenticated));
    let refused = attack.events::<IdTokensServerEvent>();
    let refused = refused
        .iter()
        .filter(|event| matches!(event, IdTokensServerEvent::Refused { .. }));
    assert_eq!(refused.count(), 1, "{}", attack.trace);
}
