//! Single claims, and what they mean: times, profiles, audiences, scopes.
//!
//! Rule: `Validator` and `Enforcer` of scitokens-cpp.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::settings::words;

/// The audience that means any server, in SciTokens 2.0.
const ANY: &str = "ANY";

/// The audience that means any server, in WLCG's profile.
const ANY_WLCG: &str = "https://wlcg.cern.ch/jwt/v1/any";

/// The audiences that mean any server.
pub(super) const ANY_AUDIENCES: [&str; 2] = [ANY, ANY_WLCG];

/// The furthest time that is read, in seconds to either side of 1970: what a double holds exactly.
const MAX_TIME: f64 = 9.0e15;

/// By which rules a token is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// SciTokens 1.0, or nothing that says otherwise.
    SciTokens1,
    /// SciTokens 2.0.
    SciTokens2,
    /// The WLCG's profile 1.0.
    Wlcg,
    /// RFC 9068: `typ` is `at+jwt`.
    AtJwt,
}

impl Profile {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SciTokens1 => "SciTokens 1.0",
            Self::SciTokens2 => "SciTokens 2.0",
            Self::Wlcg => "WLCG 1.0",
            Self::AtJwt => "RFC 9068",
        }
    }

    /// The audience that stands for every server.
    pub(super) fn any_audience(self) -> Option<&'static str> {
        match self {
            Self::SciTokens2 => Some(ANY),
            Self::Wlcg => Some(ANY_WLCG),
            Self::SciTokens1 | Self::AtJwt => None,
        }
    }

    /// Finds it. `ver` counts more than `wlcg.ver`, and that more than `typ`.
    pub(super) fn of(claims: &Claims<'_>, kind: Option<&str>) -> Result<Self, Refusal> {
        let unknown = |claim, version: &str| Refusal::Version {
            claim,
            version: version.to_owned(),
        };
        match (claims.text("ver")?, claims.text("wlcg.ver")?) {
            (Some("scitokens:2.0" | "scitoken:2.0"), _) => Ok(Self::SciTokens2),
            (Some("scitokens:1.0"), _) => Ok(Self::SciTokens1),
            (Some(other), _) => Err(unknown("ver", other)),
            (None, Some("1.0")) => Ok(Self::Wlcg),
            (None, Some(other)) => Err(unknown("wlcg.ver", other)),
            (None, None) => Ok(match kind {
                Some("at+jwt" | "application/at+jwt") => Self::AtJwt,
                _ => Self::SciTokens1,
            }),
        }
    }
}

/// A payload.
#[derive(Clone, Copy)]
pub(super) struct Claims<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Claims<'a> {
    /// A claim that must be text if it is there.
    pub(super) fn text(self, claim: &'static str) -> Result<Option<&'a str>, Refusal> {
        match self.0.get(claim) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::WrongType {
                claim,
                wanted: "text",
            }),
        }
    }

    /// A claim that must be there, as text.
    pub(super) fn needed(self, claim: &'static str) -> Result<&'a str, Refusal> {
        self.text(claim)?.ok_or(Refusal::Missing { claim })
    }

    /// A claim that must be a time if it is there, in seconds since 1970; fractions are rounded.
    pub(super) fn time(self, claim: &'static str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.0.get(claim) else {
            return Ok(None);
        };
        let time = match (value.as_i64(), value.as_f64()) {
            (Some(seconds), _) => Some(seconds),
            (None, Some(seconds)) if seconds.abs() <= MAX_TIME => Some(seconds.round() as i64),
            _ => None,
        };
        time.map(Some).ok_or(Refusal::WrongType {
            claim,
            wanted: "a number of seconds since 1970",
        })
    }

    /// Whom it is for; `None` where it does not say.
    pub(super) fn audiences(self) -> Result<Option<Vec<&'a str>>, Refusal> {
        match self.0.get("aud") {
            None => Ok(None),
            Some(Value::String(one)) => Ok(Some(vec![one])),
            Some(Value::Array(several)) => {
                let several: Option<Vec<_>> = several.iter().map(Value::as_str).collect();
                several.map(Some).ok_or(Refusal::WrongType {
                    claim: "aud",
                    wanted: "text or a list of texts",
                })
            }
            Some(_) => Ok(Some(Vec::new())),
        }
    }

    /// `wlcg.groups`; a list that has anything but text in it counts as none.
    pub(super) fn groups(self) -> Vec<String> {
        let Some(Value::Array(groups)) = self.0.get("wlcg.groups") else {
            return Vec::new();
        };
        let groups: Option<Vec<_>> = groups.iter().map(Value::as_str).collect();
        let groups = groups.unwrap_or_default();
        groups.into_iter().map(str::to_owned).collect()
    }
}

/// The levels that the scopes of a token of SciTokens' own kind name, in their order.
pub(super) fn levels(scope: &str, profile: Profile) -> Result<Vec<String>, Refusal> {
    let mut levels = Vec::new();
    let (mut create, mut modify, mut cancel) = (false, false, false);
    for word in scope.split(' ') {
        let (authorization, path) = word.split_once(':').unwrap_or((word, ""));
        let path = normalized(path).map_err(|problem| Refusal::Scope {
            scope: word.to_owned(),
            problem,
        })?;
        match (authorization, profile) {
            ("condor", _) => levels.push(path),
            ("compute.read", Profile::Wlcg) => levels.push("READ".into()),
            ("compute.create", _) => create = true,
            ("compute.modify", _) => modify = true,
            ("compute.cancel", _) => cancel = true,
            _ => {}
        }
    }
    if profile == Profile::Wlcg && create && modify && cancel {
        levels.push("WRITE".into());
    }
    Ok(levels)
}

/// The levels that the scopes of a foreign token name.
pub(super) fn foreign_levels(scope: &str) -> Vec<String> {
    let mut levels = Vec::new();
    let (mut create, mut modify, mut cancel) = (false, false, false);
    for word in words(scope) {
        match word {
            "compute.read" => levels.push("READ".into()),
            "compute.create" => create = true,
            "compute.modify" => modify = true,
            "compute.cancel" => cancel = true,
            _ => levels.extend(word.strip_prefix("condor:/").map(str::to_owned)),
        }
    }
    if create && modify && cancel {
        levels.push("WRITE".into());
    }
    levels
}

/// What a token is limited to. The first one, which is no level, keeps the list from being empty, which would
/// mean no limits. A name with a separator in it would become two once the list is written: it is left out.
pub(super) fn limits(levels: Vec<String>) -> Vec<String> {
    let names = levels.into_iter().filter(|level| {
        !level.is_empty() && !level.contains([',', ' ']) && !level.contains(char::is_control)
    });
    std::iter::once("DENY".to_owned()).chain(names).collect()
}

/// A scope's path without the slashes before it. The parts are decoded as often as they have been encoded.
fn normalized(path: &str) -> Result<String, &'static str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        let mut part = part.to_owned();
        for _ in 0..4 {
            if part.contains('%') {
                part = decoded(&part)?;
            }
        }
        if part.contains('%') {
            return Err("it is percent-encoded too often");
        }
        if part.contains(['/', '\\', '\0']) {
            return Err("it has a slash, a backslash or a NUL in a part of its path");
        }
        match part.as_str() {
            ".." => return Err("it has .. in its path"),
            "" | "." => {}
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Text without one layer of percent-encoding.
fn decoded(text: &str) -> Result<String, &'static str> {
    const BAD: &str = "it has a percent sign that encodes nothing";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit().ok_or(BAD)?, digit().ok_or(BAD)?);
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| BAD)?);
    }
    String::from_utf8(bytes).map_err(|_| "it encodes what is no text")
}
