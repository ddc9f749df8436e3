//! Sessions of somebody else, without a key, of a user since denied.

use countersign_core::authz::Limits;
use countersign_core::crypto::{ChannelKey, Protection};
use countersign_core::names::Level;
use countersign_core::server::{ResumeRefusal, ServerCause};
use countersign_core::session::Session;

use super::{Attack, hello_of, say, strict};
use crate::meet::{End, Meeting};
use crate::model::Token;
use crate::world::{ClientSide, NOW, ServerSide, Wanted, words};

/// A server with a session of alice's, made by a token that is good for READ.
fn made() -> (ServerSide, ClientSide, Session) {
    let mut client = ClientSide {
        token: Token::Limited.text(),
        ..ClientSide::default()
    };
    client.settings.methods = words("IDTOKENS");
    let server = strict("IDTOKENS");
    let met = Meeting {
        client: &client,
        server: &server,
        wanted: Wanted::run(60_020),
        now: NOW,
        seed: 3,
        resumes: None,
    }
    .run();
    let session = met.client.unwrap().into_session();
    (server, client, session)
}

pub(super) fn resumption(sid: &str, command: i64, more: &[(&str, &str)]) -> Vec<u8> {
    let mut ad: Vec<(String, String)> = [
        ("UseSession", "\"YES\"".to_owned()),
        ("Sid", format!("\"{sid}\"")),
        ("Command", command.to_string()),
        ("ResumeResponse", "true".to_owned()),
        ("Nonce", "\"AAAA\"".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for (name, value) in more {
        ad.retain(|(known, _)| known != name);
        if !value.is_empty() {
            ad.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    hello_of(&ad)
}

pub(super) fn refusal(attack: &Attack) -> ResumeRefusal {
    assert!(attack.caller().is_none());
    match attack.cause() {
        ServerCause::NotResumed { reason, .. } => reason.clone(),
        other => panic!("{other}"),
    }
}

/// Its last part is 128 bits of the server's random source, and nothing in it repeats.
#[test]
fn an_id_cannot_be_guessed() {
    let (server, client, _) = made();
    let mut seen = std::collections::BTreeSet::new();
    let mut bits = [0_u32; 128];
    for seed in 0..64 {
        let met = Meeting {
            client: &client,
            server: &server,
            wanted: Wanted::run(60_020),
            now: NOW,
            seed,
            resumes: None,
        }
        .run();
        let id = met.client.unwrap().into_session().id;
        let random = id.rsplit(':').next().unwrap();
        assert_eq!(random.len(), 32, "{id}");
        let number = u128::from_str_radix(random, 16).unwrap();
        for (place, count) in bits.iter_mut().enumerate() {
            *count += u32::from(number >> place & 1 == 1);
        }
        assert!(seen.insert(number), "{id}");
    }
    assert!(bits.iter().all(|ones| (8..=56).contains(ones)), "{bits:?}");
}

/// Whoever saw the id go by: the server's word is in clear, but a command is not.
#[test]
fn somebody_elses_id() {
    let (server, _, session) = made();
    let mut attack = say(&server, &[resumption(&session.id, 60_020, &[])]);
    let names: Vec<_> = attack
        .said_ad(0)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["ReturnCode", "RemoteVersion", "Nonce"]);
    assert_eq!(attack.said.len(), 1);
    let Some(End::Command(command)) = &mut attack.end else {
        panic!("{}", attack.trace);
    };
    assert!(command.is_protected());
    for rubbish in [
        super::number(1),
        super::frames(super::encoder().string("a command")),
        vec![1, 0, 0, 0, 32]
            .into_iter()
            .chain([0; 32])
            .collect::<Vec<u8>>(),
    ] {
        command.receive(&rubbish);
        assert!(command.next_message().is_err());
    }
    assert!(server.sessions.find(&session.id, NOW).is_some());
}

#[test]
fn every_refusal_sounds_the_same() {
    let mut heard = Vec::new();
    let mut hear = |attack: &Attack| {
        assert_eq!(attack.said.len(), 1);
        heard.push(attack.said[0].clone());
    };
    let (mut server, _, session) = made();
    for sid in ["", "x", "host:42:1800000000:00", &"y".repeat(1024)] {
        let attack = say(&server, &[resumption(sid, 60_020, &[])]);
        assert_eq!(refusal(&attack), ResumeRefusal::Unknown);
        hear(&attack);
    }
    server.default.methods = words("FS");
    let attack = say(&server, &[resumption(&session.id, 60_020, &[])]);
    assert!(matches!(refusal(&attack), ResumeRefusal::Method { .. }));
    hear(&attack);
    server.default.methods = words("IDTOKENS");
    server.default.crypto_methods = words("BLOWFISH");
    let attack = say(&server, &[resumption(&session.id, 60_020, &[])]);
    assert!(matches!(refusal(&attack), ResumeRefusal::Cipher { .. }));
    hear(&attack);
    assert!(heard.iter().all(|bytes| *bytes == heard[0]));
    let attack = say(&server, &[resumption("x", 60_020, &[])]);
    assert_eq!(
        attack.said_ad(0),
        [("ReturnCode".to_owned(), "\"SID_NOT_FOUND\"".to_owned())]
    );
}

#[test]
fn odd_resumptions() {
    let (server, _, session) = made();
    for more in [&[("Sid", "")][..], &[("Sid", "7")], &[("Sid", "undefined")]] {
        let attack = say(&server, &[resumption(&session.id, 60_020, more)]);
        assert!(matches!(attack.cause(), ServerCause::OddHello { .. }));
        assert!(attack.said.is_empty());
    }
    let long = "z".repeat(1025);
    let attack = say(&server, &[resumption(&long, 60_020, &[])]);
    assert!(matches!(attack.cause(), ServerCause::OddHello { .. }));
    // Without an answer nothing would make the connection unrepeatable.
    for more in [
        &[("ResumeResponse", "")][..],
        &[("ResumeResponse", "false")],
    ] {
        let attack = say(&server, &[resumption(&session.id, 60_020, more)]);
        assert_eq!(refusal(&attack), ResumeRefusal::Unanswered);
        assert!(attack.said.is_empty());
    }
    // Both at once is a resumption, and never a way around authentication.
    let both = [
        ("NewSession", "\"YES\""),
        ("AuthenticationNew", "\"NEVER\""),
    ];
    let attack = say(&server, &[resumption("unknown", 60_020, &both)]);
    assert_eq!(refusal(&attack), ResumeRefusal::Unknown);
    let attack = say(&server, &[resumption(&session.id, 99_999, &[])]);
    assert!(matches!(attack.cause(), ServerCause::UnknownCommand { .. }));
    assert!(attack.said.is_empty());
}

#[test]
fn a_user_since_denied() {
    let (server, client, session) = made();
    for lists in [
        &[("ALLOW_READ", "*"), ("DENY_READ", "alice@pool.example")][..],
        &[("ALLOW_READ", "bob@pool.example")],
    ] {
        let server = server.clone().with_lists(lists);
        let mut met = Meeting {
            client: &client,
            server: &server,
            wanted: Wanted::run(60_020),
            now: NOW,
            seed: 8,
            resumes: Some(session.clone()),
        }
        .run();
        assert!(
            matches!(met.cause(), ServerCause::Denied { user, .. } if user == "alice@pool.example"),
            "{}",
            met.story()
        );
        assert!(met.talk().is_err());
    }
    // Their owner has the key, and is served as before where the lists say so.
    let mut met = Meeting {
        client: &client,
        server: &server,
        wanted: Wanted::run(60_020),
        now: NOW,
        seed: 9,
        resumes: Some(session),
    }
    .run();
    met.talk().unwrap();
}

/// A session keeps the limits of its token, at every level that it is used for.
#[test]
fn for_another_level() {
    let (mut server, client, session) = made();
    server = server.with_lists(&[
        ("ALLOW_READ", "*"),
        ("ALLOW_WRITE", "*"),
        ("ALLOW_DAEMON", "*"),
        ("ALLOW_ADMINISTRATOR", "*"),
    ]);
    for (command, level) in [
        (60_021, Level::Write),
        (60_023, Level::Administrator),
        (60_026, Level::Daemon),
    ] {
        let met = Meeting {
            client: &client,
            server: &server,
            wanted: Wanted::run(command),
            now: NOW,
            seed: 10,
            resumes: Some(session.clone()),
        }
        .run();
        let ServerCause::Denied { authorization, .. } = met.cause() else {
            panic!("{level:?}: {}", met.story());
        };
        assert!(!authorization.is_allowed());
    }
    let kept = server.sessions.find(&session.id, NOW).unwrap();
    assert_ne!(kept.limits, Limits::Unlimited);
    assert_eq!(
        kept.limits.to_attribute().as_deref(),
        Some("READ,ADVERTISE_STARTD")
    );
}

#[test]
fn a_session_made_in_clear_is_nobodys() {
    let mut server = strict("CLAIMTOBE");
    server.default.crypto_methods = words("BLOWFISH");
    let mut client = ClientSide::default();
    client.settings.methods = words("CLAIMTOBE");
    client.settings.crypto_methods = words("BLOWFISH");
    let meeting = |resumes, seed| Meeting {
        client: &client,
        server: &server,
        wanted: Wanted::run(60_020),
        now: NOW,
        seed,
        resumes,
    };
    let met = meeting(None, 4).run();
    assert!(met.both().is_some(), "{}", met.story());
    let mut session = met.client.unwrap().into_session();
    assert!(!session.is_resumable());
    let attack = say(&server, &[resumption(&session.id, 60_020, &[])]);
    assert_eq!(refusal(&attack), ResumeRefusal::Unknown);
    session.key = Some((ChannelKey::from_bytes([0; 32]), Protection::AES));
    assert!(meeting(Some(session), 5).run().caller().is_none());
}
