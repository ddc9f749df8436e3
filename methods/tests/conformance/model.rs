//! What may come out of a meeting, worked out anew from the settings: not how the machines do it,
//! only what must be so whenever both go on.

use countersign_core::names::Level;
use countersign_core::policy::Requirement;

use crate::token::{key_file, payload, signed};
use crate::world::{ClientSide, NOW, ServerSide};

/// A token, and what is right or wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    None,
    Good,
    Limited,
    Daemon,
    Nothing,
    Bobs,
    Expired,
    WrongKey,
    UnknownKey,
    NotYet,
    Revoked,
    OtherIssuer,
}

impl Token {
    pub const ALL: [Self; 12] = [
        Self::None,
        Self::Good,
        Self::Limited,
        Self::Daemon,
        Self::Nothing,
        Self::Bobs,
        Self::Expired,
        Self::WrongKey,
        Self::UnknownKey,
        Self::NotYet,
        Self::Revoked,
        Self::OtherIssuer,
    ];

    pub fn text(self) -> Option<String> {
        let of = |kid: &str, seed: u8, payload: &str| {
            let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
            Some(signed(&header, payload, kid, &key_file(seed)))
        };
        let more = |more: &str| of("POOL", 1, &payload(more));
        match self {
            Self::None => None,
            Self::Good => more(""),
            Self::Limited => more(r#","scope":"condor:/READ condor:/ADVERTISE_STARTD""#),
            Self::Daemon => more(r#","scope":"condor:/DAEMON""#),
            Self::Nothing => more(r#","scope":"condor:/NONSENSE""#),
            Self::Bobs => of(
                "POOL",
                1,
                r#"{"iat":1799999000,"iss":"pool.example","jti":"b","sub":"bob@pool.example"}"#,
            ),
            Self::Expired => more(&format!(r#","exp":{}"#, NOW - 1_000_000)),
            Self::WrongKey => of("POOL", 7, &payload("")),
            Self::UnknownKey => of("elsewhere", 1, &payload("")),
            Self::NotYet => more(&format!(r#","nbf":{}"#, NOW + 1_000_000_000)),
            Self::Revoked => of(
                "POOL",
                1,
                r#"{"iat":1799999000,"iss":"pool.example","jti":"gone","sub":"alice@pool.example"}"#,
            ),
            Self::OtherIssuer => of(
                "POOL",
                1,
                r#"{"iat":1799999000,"iss":"evil.example","jti":"e","sub":"alice@pool.example"}"#,
            ),
        }
    }

    /// Whom it proves.
    fn subject(self) -> Option<&'static str> {
        match self {
            Self::Good | Self::Limited | Self::Daemon | Self::Nothing => Some("alice@pool.example"),
            Self::Bobs => Some("bob@pool.example"),
            _ => None,
        }
    }

    /// The levels that it names; `None` if it has no limits.
    fn names(self) -> Option<&'static [Level]> {
        match self {
            Self::Limited => Some(&[Level::Read, Level::AdvertiseStartd]),
            Self::Daemon => Some(&[Level::Daemon]),
            Self::Nothing => Some(&[]),
            _ => None,
        }
    }
}

/// What somebody proved, and to what it is limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    pub user: String,
    pub method: Option<&'static str>,
    /// The levels that its credential names; `None` if it has no limits.
    pub limits: Option<Vec<Level>>,
}

/// Whom this method could prove at all, and with which limits, for a command of a level.
pub fn provable(
    method: Option<&'static str>,
    client: &ClientSide,
    token: Token,
    level: Level,
) -> Option<Proved> {
    let proved = |user: &str, limits| {
        Some(Proved {
            user: user.to_owned(),
            method,
            limits,
        })
    };
    let local = || format!("{}@pool.example", client.user);
    match method {
        None => proved("unauthenticated@unmapped", None),
        Some("FS") => proved(&local(), None),
        Some("IDTOKENS") => proved(token.subject()?, token.names().map(<[Level]>::to_vec)),
        Some("CLAIMTOBE") => proved(&local(), Some(vec![level])),
        Some("ANONYMOUS") => proved("CONDOR_ANONYMOUS_USER", None),
        Some(_) => None,
    }
}

/// The levels that one gives, by HTCondor's table.
fn gives(level: Level) -> &'static [Level] {
    use Level::{
        Administrator, AdvertiseMaster, AdvertiseSchedd, AdvertiseStartd, Config, Daemon,
        Negotiator, Read, Write,
    };
    match level {
        Administrator => &[Administrator, Write, Read],
        Daemon => &[Daemon, Write, Read],
        Write => &[Write, Read],
        Read => &[Read],
        Negotiator => &[Negotiator, Read],
        Config => &[Config, Read],
        AdvertiseStartd => &[AdvertiseStartd, Read],
        AdvertiseSchedd => &[AdvertiseSchedd, Read],
        AdvertiseMaster => &[AdvertiseMaster, Read],
        _ => &[],
    }
}

/// Whether limits leave a level.
pub fn leave(limits: Option<&[Level]>, level: Level) -> bool {
    level == Level::Allow
        || limits.is_none_or(|limits| limits.iter().any(|limit| gives(*limit).contains(&level)))
}

/// Whether an entry of these tests' lists means a user.
fn means(entry: &str, user: &str) -> bool {
    match entry.split_once('@') {
        _ if entry == "*" => true,
        Some(("*", domain)) => user.ends_with(&format!("@{domain}")),
        Some((name, "*")) => user.starts_with(&format!("{name}@")),
        _ => entry == user,
    }
}

/// Whether the lists let a user in at a level, by itself or through one that gives it.
pub fn listed(server: &ServerSide, user: &str, level: Level) -> bool {
    let list = |knob: String| {
        let found = server.lists.iter().find(|(name, _)| *name == knob);
        found.map(|(_, text)| text.as_str())
    };
    level == Level::Allow
        || Level::ALL.into_iter().any(|by| {
            // ADVERTISE_* read DAEMON's where they have none of their own.
            let names = match by {
                Level::AdvertiseStartd | Level::AdvertiseSchedd | Level::AdvertiseMaster => {
                    vec![by.name(), "DAEMON"]
                }
                _ => vec![by.name()],
            };
            let knob = |kind: &str| {
                names
                    .iter()
                    .find_map(|name| list(format!("{kind}_{name}")))
                    .unwrap_or_default()
            };
            let allowed = knob("ALLOW").split(", ").any(|entry| means(entry, user));
            let denied = knob("DENY")
                .split(", ")
                .any(|entry| !entry.is_empty() && means(entry, user));
            gives(by).contains(&level) && allowed && !denied
        })
}

/// What two wishes come to: yes, no, or nothing.
pub fn agreed(client: Requirement, server: Requirement) -> Option<bool> {
    use Requirement::{Never, Optional, Required};
    match (client, server) {
        (Required, Never) | (Never, Required) => None,
        (Never, _) | (_, Never) | (Optional, Optional) => Some(false),
        _ => Some(true),
    }
}
