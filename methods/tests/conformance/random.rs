//! Ten thousand meetings: random policies, credentials, lists and times, resumptions in between.
//!
//! Whenever both sides go on they must mean the same, and what the server does must be covered by
//! the settings; otherwise at least one of them must know that it failed.

mod counts;
mod worlds;

use countersign_core::Stage;
use countersign_core::authz::Limits;
use countersign_core::crypto::{ChannelKey, Cipher, Protection};
use countersign_core::names::{CommandTable, DC_AUTHENTICATE, Level};
use countersign_core::policy::Requirement;
use countersign_core::session::Session;
use countersign_core::trace::{Event, ServerEvent};

use crate::dice::Dice;
use crate::meet::{End, Meeting, Met};
use crate::model::{Proved, Token, agreed, leave, listed, predicted, provable};
use crate::world::{ClientSide, NOW, ServerSide, Wanted};
use counts::{Counts, report};
use worlds::{client, server, wanted};

const MEETINGS: usize = 10_000;
/// Meetings with one server, before another takes its place.
const EPOCH: usize = 25;
/// Seconds that a server keeps a session beyond its time.
const SLOP: u64 = 20;

/// A session that a client holds, and what it was made with.
struct Held {
    session: Session,
    proved: Proved,
    client: ClientSide,
    expires: u64,
    idle_until: u64,
    lease: u64,
}

/// The levels that will do for a command.
fn levels(number: i32) -> Vec<Level> {
    let table = CommandTable::collector();
    let command = table.get(number).expect("only known commands are served");
    command.levels().collect()
}

/// A feature, what the client wants and what the server wants, three times.
type Wishes = [(&'static str, Requirement, Requirement); 3];

/// The wishes of both, as far as they got: authentication, encryption, integrity.
fn wishes(met: &Met) -> Option<Wishes> {
    let client = met.client_trace.iter().find_map(|event| match event {
        Event::PolicySent {
            authentication,
            encryption,
            integrity,
            ..
        } => Some([*authentication, *encryption, *integrity]),
        _ => None,
    })?;
    let server = met.server_trace.iter().find_map(|event| match event {
        Event::Server(ServerEvent::Policy {
            authentication,
            encryption,
            integrity,
            ..
        }) => Some([*authentication, *encryption, *integrity]),
        _ => None,
    })?;
    let names = ["authentication", "encryption", "integrity"];
    Some([0, 1, 2].map(|index| (names[index], client[index], server[index])))
}

/// The limits that the server keeps must leave what the credential leaves, level by level.
fn same_limits(limits: &Limits, named: Option<&[Level]>, context: &str) {
    for level in Level::ALL {
        if level != Level::Client {
            assert_eq!(
                limits.including(level).is_some(),
                leave(named, level),
                "{level:?} {context}"
            );
        }
    }
}

/// What must hold of every command that is served.
fn covered(server: &ServerSide, wanted: Wanted, proved: &Proved, done: [bool; 2], context: &str) {
    let levels = levels(wanted.meant());
    let settings = server.level(levels[0]);
    // As in HTCondor, it need not be the same level of the command that the lists let this user in
    // for and that the credential's limits leave.
    assert!(
        levels
            .iter()
            .any(|level| listed(server, &proved.user, *level)),
        "served in spite of the lists: {context}"
    );
    assert!(
        levels
            .iter()
            .any(|level| leave(proved.limits.as_deref(), *level)),
        "served in spite of the limits: {context}"
    );
    match proved.method {
        Some(method) => assert!(
            settings.methods.iter().any(|text| {
                let text = text.to_uppercase();
                text == method || (text == "TOKEN" && method == "IDTOKENS")
            }),
            "by a method that this level does not accept: {context}"
        ),
        None => assert!(
            settings.authentication != Requirement::Required || levels[0] == Level::Allow,
            "without authentication: {context}"
        ),
    }
    for (wish, done) in [settings.encryption, settings.integrity]
        .into_iter()
        .zip(done)
    {
        assert!(
            wish != Requirement::Required || done,
            "not protected: {context}"
        );
    }
}

/// A whole handshake. Gives what was proved, if both go on.
fn negotiated(
    met: &Met,
    client: &ClientSide,
    token: Token,
    server: &ServerSide,
    wanted: Wanted,
    counts: &mut Counts,
) -> Option<Proved> {
    let wishes = wishes(met);
    for cell in wishes.iter().flatten() {
        *counts.cells.entry(*cell).or_default() += 1;
    }
    let context = met.story();
    // Where both came so far as to say what they want, the settings say what comes of it.
    let expected = wishes.and_then(|wishes| {
        let table = CommandTable::collector();
        let command = table.get(wanted.meant())?;
        let wishes = wishes.map(|(_, client, server)| (client, server));
        predicted(client, token, server, command, wishes)
    });
    assert_eq!(met.both().is_some(), expected.is_some(), "{context}");
    let proved = served(met, client, token, server, wanted, wishes)?;
    let established = match &met.client {
        Ok(established) => established,
        // Nothing but the client's own lists may end it once the server serves somebody.
        Err(failure) => {
            assert!(client.allow != "*", "{context}");
            assert_eq!(failure.stage, Stage::ServerCheck, "{context}");
            return None;
        }
    };
    assert_eq!(Some(&proved), expected.as_ref(), "{context}");
    assert_eq!(
        established.session().policy.get_str("MyRemoteUserName"),
        Some(proved.user.as_str()),
        "{context}"
    );
    assert_eq!(
        established.method().map(|method| method.canonical),
        proved.method,
        "{context}"
    );
    Some(proved)
}

/// What must hold of whomever the server serves, whatever the client makes of it.
fn served(
    met: &Met,
    client: &ClientSide,
    token: Token,
    server: &ServerSide,
    wanted: Wanted,
    wishes: Option<Wishes>,
) -> Option<Proved> {
    let context = met.story();
    let caller = met.caller()?;
    let method = caller.method.map(|method| method.canonical);
    let level = levels(wanted.meant())[0];
    let proved = provable(method, client, token, level)
        .unwrap_or_else(|| panic!("nobody could prove that: {context}"));
    assert_eq!(caller.identity.user, proved.user, "{context}");
    same_limits(&caller.limits, proved.limits.as_deref(), &context);
    let protection = met.server_trace.iter().find_map(|event| match event {
        Event::Server(ServerEvent::Protected { protection, .. }) => Some(*protection),
        _ => None,
    });
    let encrypts = protection.is_some_and(|protection| protection.encrypts());
    let verifies = protection.is_some_and(|protection| protection.verifies());
    if let Ok(established) = &met.client {
        let protected = encrypts && verifies;
        assert_eq!(established.is_protected(), protected, "{context}");
    }
    covered(server, wanted, &proved, [encrypts, verifies], &context);
    for (feature, mine, theirs) in wishes.unwrap() {
        let yes = agreed(mine, theirs).unwrap_or_else(|| panic!("{feature}: {context}"));
        let required = [mine, theirs].contains(&Requirement::Required);
        if feature == "authentication" {
            assert!(yes || method.is_none(), "{context}");
            assert!(!required || method.is_some(), "{context}");
        } else {
            let done = if feature == "encryption" {
                encrypts
            } else {
                verifies
            };
            assert!(!yes || done, "{feature}: {context}");
        }
    }
    let forced = CommandTable::collector()
        .get(wanted.meant())
        .is_some_and(|command| command.forces_authentication);
    assert!(!forced || method.is_some(), "{context}");
    Some(proved)
}

/// A held session and somebody who resumes it, now and then without its key.
fn resumed(
    held: &mut Held,
    thief: bool,
    server: &ServerSide,
    wanted: Wanted,
    now: u64,
    seed: u64,
) -> bool {
    let mut session = held.session.clone();
    if thief {
        session.key = Some((ChannelKey::from_bytes([7; 32]), Protection::AES));
    }
    let mut met = Meeting {
        client: &held.client,
        server,
        wanted,
        now,
        seed,
        resumes: Some(session),
    }
    .run();
    let context = met.story();
    let served = met.caller().cloned();
    let talks = met.client.is_ok() && met.talk().is_ok();
    if thief {
        // The server's word is in clear, but a command needs the key.
        let session_only = wanted.command == DC_AUTHENTICATE;
        assert!(!talks || session_only, "without the key: {context}");
        return false;
    }
    let Some(caller) = served else {
        return false;
    };
    assert!(talks, "one key for both: {context}");
    assert!(
        now < held.expires && (held.lease == 0 || now < held.idle_until),
        "it had ended: {context}"
    );
    assert_eq!(caller.identity.user, held.proved.user, "{context}");
    assert_eq!(
        caller.method.map(|method| method.canonical),
        held.proved.method,
        "{context}"
    );
    same_limits(&caller.limits, held.proved.limits.as_deref(), &context);
    covered(server, wanted, &held.proved, [true; 2], &context);
    held.idle_until = now + held.lease + SLOP;
    true
}

#[test]
fn ten_thousand_meetings() {
    let mut dice = Dice::new(0x00c0_ffee);
    let mut counts = Counts::default();
    let mut now = NOW;
    let mut side = server(&mut dice);
    let mut held: Vec<Held> = Vec::new();
    while counts.meetings < MEETINGS {
        if counts.meetings.is_multiple_of(EPOCH) {
            // Another server, or the same one with other settings, its sessions alive.
            let mut other = server(&mut dice);
            if dice.chance(2, 3) {
                held.clear();
            } else {
                other.sessions = side.sessions.clone();
            }
            side = other;
        }
        counts.meetings += 1;
        now = match dice.below(20) {
            0 => now + 100,
            1 => now + 5_000,
            2 => now.saturating_sub(50),
            _ => now + 1,
        };
        let (wants, seed) = (wanted(&mut dice), dice.next());
        if !held.is_empty() && dice.chance(1, 3) {
            counts.resumptions += 1;
            let place = dice.below(held.len());
            let thief = dice.chance(1, 4);
            if resumed(&mut held[place], thief, &side, wants, now, seed) {
                counts.resumed += 1;
                counts.succeeded += 1;
                let level = levels(wants.meant())[0];
                *counts.levels.entry(level).or_default() += 1;
            }
            continue;
        }
        let (client, token) = client(&mut dice);
        let before = side.sessions.len();
        let mut met = Meeting {
            client: &client,
            server: &side,
            wanted: wants,
            now,
            seed,
            resumes: None,
        }
        .run();
        *counts.tokens.entry(token).or_default() += 1;
        let Some(proved) = negotiated(&met, &client, token, &side, wants, &mut counts) else {
            match (&met.client, met.caller()) {
                // The client knows; the server made a session that nobody uses, and waits.
                (Err(_), _) => {}
                (Ok(_), None) => panic!("the client goes on alone: {}", met.story()),
                (Ok(_), Some(_)) => unreachable!(),
            }
            if met.caller().is_none() {
                assert!(side.sessions.len() <= before, "{}", met.story());
                let cause = format!("{:?}", met.cause());
                let cause = cause.split([' ', '(', '{']).next().unwrap().to_owned();
                *counts.causes.entry(cause).or_default() += 1;
            } else {
                *counts
                    .causes
                    .entry("the client's lists".into())
                    .or_default() += 1;
            }
            continue;
        };
        met.talk()
            .unwrap_or_else(|problem| panic!("{problem}: {}", met.story()));
        counts.succeeded += 1;
        *counts.levels.entry(levels(wants.meant())[0]).or_default() += 1;
        *counts
            .methods
            .entry(proved.method.unwrap_or("none"))
            .or_default() += 1;
        let session = met.client.unwrap().into_session();
        let kept = side.sessions.find(&session.id, now);
        match (&session.key, kept) {
            (Some(key), Some(kept)) => {
                assert_eq!(*key, (kept.key, kept.protection));
                assert_eq!(kept.protection.cipher, Cipher::Aes);
                if let End::Command(command) = &met.server {
                    assert_eq!(command.session_id(), Some(session.id.as_str()));
                }
                let settings = side.level(levels(wants.meant())[0]);
                let duration = settings
                    .session_duration
                    .min(client.settings.session_duration);
                assert_eq!(i64::from(duration), i64::try_from(kept.duration).unwrap());
                held.push(Held {
                    expires: now + kept.duration + SLOP,
                    idle_until: now + kept.lease + SLOP,
                    lease: kept.lease,
                    session,
                    proved,
                    client,
                });
            }
            (Some((_, protection)), None) => assert!(
                protection.cipher != Cipher::Aes
                    || side.level(levels(wants.meant())[0]).session_duration == 0,
                "a session with a key of AES is kept"
            ),
            (None, kept) => assert!(kept.is_none(), "a session without a key is kept"),
        }
    }
    report(&counts);
}
