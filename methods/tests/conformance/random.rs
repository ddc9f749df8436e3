//! Ten thousand meetings: random policies, credentials, lists and times, resumptions in between.
//!
//! Whenever both sides go on they must mean the same, and what the server does must be covered by
//! the settings; otherwise at least one of them must know that it failed.

use std::collections::BTreeMap;

use countersign_core::authz::Limits;
use countersign_core::crypto::ChannelKey;
use countersign_core::names::{CommandTable, DC_AUTHENTICATE, Level};
use countersign_core::policy::{LevelSettings, Requirement};
use countersign_core::session::Session;
use countersign_core::trace::{Event, ServerEvent};

use crate::dice::Dice;
use crate::meet::{End, Meeting, Met};
use crate::model::{Proved, Token, agreed, leave, listed, predicted, provable};
use crate::world::{ClientSide, NOW, ServerSide, Wanted};

const MEETINGS: usize = 10_000;
/// Meetings with one server, before another takes its place.
const EPOCH: usize = 25;
/// Seconds that a server keeps a session beyond its time.
const SLOP: u64 = 20;

const ALL: [Requirement; 4] = [
    Requirement::Never,
    Requirement::Optional,
    Requirement::Preferred,
    Requirement::Required,
];
const METHODS: [&str; 9] = [
    "FS",
    "IDTOKENS",
    "idtokens",
    "TOKEN",
    "CLAIMTOBE",
    "ANONYMOUS",
    "KERBEROS",
    "SSL",
    "FROBNICATE",
];
const USERS: [&str; 5] = [
    "*",
    "alice@pool.example",
    "*@pool.example",
    "bob@*",
    "unauthenticated@unmapped",
];

/// A session that a client holds, and what it was made with.
struct Held {
    session: Session,
    proved: Proved,
    client: ClientSide,
    token: Token,
    expires: u64,
    idle_until: u64,
    lease: u64,
}

#[derive(Default)]
struct Counts {
    meetings: usize,
    succeeded: usize,
    resumed: usize,
    resumptions: usize,
    /// By feature, client and server.
    cells: BTreeMap<(&'static str, Requirement, Requirement), usize>,
    /// Successes by method.
    methods: BTreeMap<&'static str, usize>,
    tokens: BTreeMap<Token, usize>,
    causes: BTreeMap<String, usize>,
    levels: BTreeMap<Level, usize>,
}

fn requirement(dice: &mut Dice) -> Requirement {
    if dice.chance(1, 3) {
        dice.pick(&ALL)
    } else {
        dice.pick(&ALL[1..3])
    }
}

fn level_settings(dice: &mut Dice) -> LevelSettings {
    let ciphers = if dice.chance(5, 6) {
        "AES,BLOWFISH"
    } else {
        dice.pick(&["AES", "BLOWFISH,AES", "3DES", "aes"])
    };
    LevelSettings {
        authentication: requirement(dice),
        encryption: requirement(dice),
        integrity: requirement(dice),
        negotiation: dice.pick(&ALL[1..]),
        methods: methods(dice),
        crypto_methods: crate::world::words(ciphers),
        session_duration: dice.pick(&[0, 30, 60, 86_400]),
        session_lease: dice.pick(&[0, 0, 20, 3_600]),
    }
}

fn methods(dice: &mut Dice) -> Vec<String> {
    let methods = dice.some(&METHODS, 1, 9);
    methods.into_iter().map(str::to_owned).collect()
}

fn lists(dice: &mut Dice) -> Vec<(String, String)> {
    let mut lists = Vec::new();
    for level in [
        "READ",
        "WRITE",
        "DAEMON",
        "ADMINISTRATOR",
        "ADVERTISE_STARTD",
    ] {
        if dice.chance(9, 10) {
            let allowed = if dice.chance(4, 5) {
                vec!["*"]
            } else {
                dice.some(&USERS, 1, 3)
            };
            lists.push((format!("ALLOW_{level}"), allowed.join(", ")));
        }
        if dice.chance(1, 6) {
            let denied = dice.some(&USERS[1..], 1, 2);
            lists.push((format!("DENY_{level}"), denied.join(", ")));
        }
    }
    lists
}

fn server(dice: &mut Dice) -> ServerSide {
    let mut server = ServerSide {
        default: level_settings(dice),
        lists: lists(dice),
        revocation: Some(r#"jti == "gone""#),
        ..ServerSide::default()
    };
    for level in [Level::Read, Level::Write, Level::Daemon] {
        if dice.chance(1, 2) {
            server.levels.push((level, level_settings(dice)));
        }
    }
    server
}

fn client(dice: &mut Dice) -> (ClientSide, Token) {
    let mut client = ClientSide::default();
    let settings = &mut client.settings;
    settings.authentication = requirement(dice);
    settings.encryption = requirement(dice);
    settings.integrity = requirement(dice);
    settings.negotiation = dice.pick(&ALL[1..]);
    settings.methods = methods(dice);
    let ciphers = ["AES", "AES", "AES", "AES", "AES,3DES", "BLOWFISH,AES"];
    settings.crypto_methods = crate::world::words(dice.pick(&ciphers));
    settings.session_duration = dice.pick(&[10, 60, 3_600]);
    settings.session_lease = dice.pick(&[0, 30, 3_600]);
    client.user = dice.pick(&["alice", "bob", "carol"]).to_owned();
    if dice.chance(1, 20) {
        client.allow = "condor@password";
    }
    let token = if dice.chance(1, 2) {
        dice.pick(&Token::ALL[1..6])
    } else {
        dice.pick(&Token::ALL)
    };
    client.token = token.text();
    (client, token)
}

fn wanted(dice: &mut Dice) -> Wanted {
    let commands = [
        60_011, 60_020, 60_020, 60_021, 60_021, 5, 60_023, 60_026, 60_027, 67, 60_052,
    ];
    let command = if dice.chance(1, 50) {
        479 // no command of a collector's
    } else {
        dice.pick(&commands)
    };
    match dice.below(6) {
        0 | 1 => Wanted::ask(command),
        2 => Wanted {
            command: DC_AUTHENTICATE,
            about: Some(command),
        },
        _ => Wanted::run(command),
    }
}

/// The levels that will do for a command.
fn levels(number: i32) -> Vec<Level> {
    let table = CommandTable::collector();
    let command = table.get(number).expect("only known commands are served");
    command.levels().collect()
}

/// The wishes of both, as far as they got: authentication, encryption, integrity.
fn wishes(met: &Met) -> Option<[(&'static str, Requirement, Requirement); 3]> {
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
fn covered(server: &ServerSide, wanted: Wanted, proved: &Proved, protected: bool, context: &str) {
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
    if [settings.encryption, settings.integrity].contains(&Requirement::Required) {
        assert!(protected, "in clear: {context}");
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
    let (established, caller) = met.both()?;
    let method = caller.method.map(|method| method.canonical);
    let level = levels(wanted.meant())[0];
    let proved = provable(method, client, token, level)
        .unwrap_or_else(|| panic!("nobody could prove that: {context}"));
    assert_eq!(Some(&proved), expected.as_ref(), "{context}");
    assert_eq!(caller.identity.user, proved.user, "{context}");
    assert_eq!(
        established.session().policy.get_str("MyRemoteUserName"),
        Some(proved.user.as_str()),
        "{context}"
    );
    assert_eq!(
        established.method().map(|method| method.canonical),
        method,
        "{context}"
    );
    same_limits(&caller.limits, proved.limits.as_deref(), &context);
    let protected = established.is_protected();
    covered(server, wanted, &proved, protected, &context);
    for (feature, mine, theirs) in wishes.unwrap() {
        let yes = agreed(mine, theirs).unwrap_or_else(|| panic!("{feature}: {context}"));
        let required = [mine, theirs].contains(&Requirement::Required);
        if feature == "authentication" {
            assert!(yes || method.is_none(), "{context}");
            assert!(!required || method.is_some(), "{context}");
        } else {
            assert!(!yes || protected, "{feature}: {context}");
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
        session.key = Some(ChannelKey::from_bytes([7; 32]));
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
    covered(server, wanted, &held.proved, true, &context);
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
                assert_eq!(*key, kept.key);
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
                    token,
                });
            }
            (Some(_), None) => assert!(
                side.level(levels(wants.meant())[0]).session_duration == 0,
                "a session with a key is kept"
            ),
            (None, kept) => assert!(kept.is_none(), "a session without a key is kept"),
        }
    }
    report(&counts, &held);
}

fn report(counts: &Counts, held: &[Held]) {
    println!(
        "{} meetings, {} succeeded ({} of {} resumptions)",
        counts.meetings, counts.succeeded, counts.resumed, counts.resumptions
    );
    println!("methods: {:?}", counts.methods);
    println!("levels: {:?}", counts.levels);
    println!("tokens: {:?}", counts.tokens);
    println!("causes: {:?}", counts.causes);
    for feature in ["authentication", "encryption", "integrity"] {
        println!("{feature}, by client (rows) and server:");
        for client in ALL {
            let row = ALL.map(|server| {
                let cell = counts.cells.get(&(feature, client, server));
                let count = cell.copied().unwrap_or(0);
                assert!(count >= 20, "{feature} {client} {server}: {count}");
                format!("{count:6}")
            });
            println!("{:>10} {}", client.to_string(), row.concat());
        }
    }
    assert!(counts.succeeded * 10 >= counts.meetings * 4);
    assert!(counts.resumed >= 300 && counts.resumptions - counts.resumed >= 300);
    for method in ["none", "FS", "IDTOKENS", "CLAIMTOBE", "ANONYMOUS"] {
        assert!(
            counts.methods.get(method).is_some_and(|count| *count >= 50),
            "{method}"
        );
    }
    for token in Token::ALL {
        assert!(
            counts.tokens.get(&token).is_some_and(|count| *count >= 50),
            "{token:?}"
        );
    }
    assert!(held.iter().all(|held| Token::ALL.contains(&held.token)));
}
