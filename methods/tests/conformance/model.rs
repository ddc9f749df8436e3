//! What may come out of a meeting, worked out anew from the settings: not how the machines do it,
//! only what must be so whenever both go on.

use countersign_core::names::{Command, Level};
use countersign_core::policy::{LevelSettings, Requirement};

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

/// Whether some level that gives this one lets a user in: less than that, and nobody may.
pub fn listed(server: &ServerSide, user: &str, level: Level) -> bool {
    level == Level::Allow
        || Level::ALL.into_iter().any(|by| {
            gives(by).contains(&level)
                && on_list(server, "ALLOW", user, by)
                && !on_list(server, "DENY", user, by)
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

/// What is to come of a whole handshake, from the settings of both: who is served, or nobody.
///
/// `wishes` are what the two sides say they want: authentication, encryption, integrity.
pub fn predicted(
    client: &ClientSide,
    token: Token,
    server: &ServerSide,
    command: &Command,
    wishes: [(Requirement, Requirement); 3],
) -> Option<Proved> {
    let settings = server.level(command.level);
    let [authenticate, encrypt, verify] = wishes.map(|(client, server)| agreed(client, server));
    let (authenticate, encrypt, verify) = (authenticate?, encrypt?, verify?);
    let cipher = settings
        .crypto_methods
        .iter()
        .find(|cipher| *cipher != "aes" && client.settings.crypto_methods.contains(cipher));
    let named = settings.crypto_methods.iter().any(|cipher| cipher != "aes");
    if !named || (encrypt || verify) && cipher.is_none() {
        return None;
    }
    let method = if authenticate {
        let required = [wishes[0].0, wishes[0].1].contains(&Requirement::Required);
        method(client, token, settings, command.level, required)?
    } else {
        None
    };
    let proved = provable(method, client, token, command.level)?;
    let levels = || command.levels();
    let limits = proved.limits.as_deref();
    let may = levels().any(|level| level == Level::Allow)
        || levels().any(|level| leave(limits, level))
            && levels().any(|level| passes(server, &proved.user, level));
    // The client's own list knows servers by the name that only a token proves.
    let believes = client.allow == "*" || method == Some("IDTOKENS");
    (may && believes).then_some(proved)
}

/// The method by which somebody authenticates: the first of the server's that works; `Some(None)` where none does and
/// none must.
fn method(
    client: &ClientSide,
    token: Token,
    settings: &LevelSettings,
    level: Level,
    required: bool,
) -> Option<Option<&'static str>> {
    let known = |text: &String| {
        let canonical = match text.to_uppercase().as_str() {
            "TOKEN" | "IDTOKENS" => "IDTOKENS",
            "FS" => "FS",
            "CLAIMTOBE" => "CLAIMTOBE",
            "ANONYMOUS" => "ANONYMOUS",
            "KERBEROS" => "KERBEROS",
            "SSL" => "SSL",
            _ => return None,
        };
        Some(canonical)
    };
    let mut offered: Vec<_> = client.settings.methods.iter().filter_map(known).collect();
    // Without any token there is nothing to offer.
    offered.retain(|method| *method != "IDTOKENS" || token != Token::None);
    let common: Vec<_> = settings
        .methods
        .iter()
        .filter_map(known)
        .filter(|method| offered.contains(method))
        .collect();
    if common.is_empty() {
        return None;
    }
    let mut works = common
        .into_iter()
        .filter(|method| provable(Some(method), client, token, level).is_some());
    match works.next() {
        Some(method) => Some(Some(method)),
        None if required => None,
        None => Some(None),
    }
}

/// Whether the lists let a user in at a level: denied there is denied; where its own list says nothing, levels that
/// give it are asked.
fn passes(server: &ServerSide, user: &str, level: Level) -> bool {
    match (
        on_list(server, "DENY", user, level),
        on_list(server, "ALLOW", user, level),
    ) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => level
            .implied_by()
            .any(|higher| passes(server, user, higher)),
    }
}

/// Whether a list of a level names a user; ADVERTISE_* read DAEMON's where they have none of their own.
fn on_list(server: &ServerSide, kind: &str, user: &str, level: Level) -> bool {
    use Level::{AdvertiseMaster, AdvertiseSchedd, AdvertiseStartd};
    let of = |name: &str| {
        let knob = format!("{kind}_{name}");
        server.lists.iter().find(|(found, _)| *found == knob)
    };
    let own = of(level.name());
    let list = match level {
        AdvertiseStartd | AdvertiseSchedd | AdvertiseMaster => own.or_else(|| of("DAEMON")),
        _ => own,
    };
    list.is_some_and(|(_, text)| text.split(", ").any(|entry| means(entry, user)))
}
