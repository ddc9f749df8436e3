//! Servers, clients and wishes by dice.

use countersign_core::names::{DC_AUTHENTICATE, Level};
use countersign_core::policy::{LevelSettings, Requirement};

use crate::dice::Dice;
use crate::model::Token;
use crate::world::{ClientSide, ServerSide, Wanted};

pub(super) const ALL: [Requirement; 4] = [
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

pub(super) fn server(dice: &mut Dice) -> ServerSide {
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

pub(super) fn client(dice: &mut Dice) -> (ClientSide, Token) {
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

pub(super) fn wanted(dice: &mut Dice) -> Wanted {
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
