//! The command line of `authz check`.

use std::ffi::OsString;
use std::net::IpAddr;

use countersign::config::Release;
use countersign::core::authz::Limits;
use countersign::core::names::Level;

/// What is asked: whether somebody may use a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) level: Level,
    pub(super) user: String,
    pub(super) address: IpAddr,
}

/// Where the questions are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// On the command line.
    One(Question),
    /// On standard input.
    Batch,
}

/// A command line that asks something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) subsystem: String,
    pub(super) local_name: Option<String>,
    pub(super) config: Option<String>,
    pub(super) release: Release,
    pub(super) limits: Limits,
    pub(super) asked: Asked,
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Run(Arguments),
    Help,
}

impl Question {
    /// Reads the three words of a question.
    pub(super) fn read(words: &[&str]) -> Result<Self, String> {
        let [level, user, address] = words else {
            return Err(format!(
                "LEVEL USER ADDRESS are three words, not {}",
                words.len()
            ));
        };
        let names = || Level::ALL.map(Level::name).join(", ");
        Ok(Self {
            level: Level::from_name(level)
                .ok_or_else(|| format!("{level} is not a level; levels are {}", names()))?,
            user: (*user).to_owned(),
            address: address
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .unwrap_or(address)
                .parse()
                .map_err(|_| format!("{address} is not an IP address"))?,
        })
    }
}

/// Reads a command line, `authz` left out.
pub(super) fn parse(arguments: &[OsString]) -> Result<Parsed, String> {
    let mut words = Vec::with_capacity(arguments.len());
    for argument in arguments {
        let word = argument.to_str();
        words.push(word.ok_or_else(|| format!("{} is not text", argument.display()))?);
    }
    let mut words = words.into_iter();
    match words.next() {
        Some("check") => {}
        Some("--help" | "-h" | "help") => return Ok(Parsed::Help),
        Some(other) => return Err(format!("{other} is not a command of authz")),
        None => return Err("authz needs a command: check".to_owned()),
    }
    let (mut subsystem, mut config, mut limits) = ("COLLECTOR".to_owned(), None, Limits::Unlimited);
    let (mut local_name, mut batch, mut release) = (None, false, Release::default());
    let mut question = Vec::new();
    while let Some(word) = words.next() {
        let mut value = || {
            let value = words.next().filter(|value| !value.is_empty());
            value
                .map(str::to_owned)
                .ok_or_else(|| format!("{word} needs a value"))
        };
        match word {
            "--help" | "-h" => return Ok(Parsed::Help),
            "--subsystem" | "-subsystem" => subsystem = value()?.to_ascii_uppercase(),
            "--local-name" | "-local-name" => local_name = Some(value()?),
            "--config" | "-config" => config = Some(value()?),
            "--release" | "-release" => {
                let version = value()?;
                release = version
                    .parse()
                    .map_err(|error| format!("{word}: {error}"))?;
            }
            "--limits" | "-limits" => limits = read_limits(&value()?)?,
            "--batch" | "-batch" => batch = true,
            _ if word.starts_with('-') => return Err(format!("{word} is not an option")),
            _ => question.push(word),
        }
    }
    let asked = match (batch, question.as_slice()) {
        (true, []) => Asked::Batch,
        (true, _) => {
            return Err("with --batch the questions come from standard input".to_owned());
        }
        (false, words) => Asked::One(Question::read(words)?),
    };
    Ok(Parsed::Run(Arguments {
        subsystem,
        local_name,
        config,
        release,
        limits,
        asked,
    }))
}

/// Here a wrong name is a mistake; in a token it is a level that nobody gets.
fn read_limits(text: &str) -> Result<Limits, String> {
    let wrong = text
        .split(',')
        .find(|name| Level::from_name(name).is_none());
    match wrong {
        Some(name) => Err(format!("--limits: {name:?} is not a level")),
        None => Ok(Limits::from_attribute(Some(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Parsed, String> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse(&words)
    }

    #[test]
    fn options_may_stand_anywhere() {
        let one = read("check --subsystem schedd write alice@x [::1] --config FILE").unwrap();
        let Parsed::Run(arguments) = one else {
            panic!("{one:?}")
        };
        let asked = Question {
            level: Level::Write,
            user: "alice@x".to_owned(),
            address: "::1".parse().unwrap(),
        };
        assert_eq!(arguments.asked, Asked::One(asked));
        assert_eq!(arguments.subsystem, "SCHEDD");
        assert_eq!(arguments.config.as_deref(), Some("FILE"));
        assert_eq!(read("check --batch -h").unwrap(), Parsed::Help);
        let older = read("check READ a@b 127.0.0.1 --release 23.9.6").unwrap();
        assert!(
            matches!(older, Parsed::Run(Arguments { release, .. }) if release == Release::V23_9_6)
        );
        let limited = read("check --limits READ,write READ a@b 127.0.0.1").unwrap();
        assert!(
            matches!(limited, Parsed::Run(Arguments { limits: Limits::Only(levels), .. }) if levels.len() == 2)
        );
    }

    #[test]
    fn what_is_wrong() {
        for line in [
            "",
            "chek READ a@b 127.0.0.1",
            "check",
            "check READ a@b",
            "check READ a@b 127.0.0.1 more",
            "check REED a@b 127.0.0.1",
            "check READ a@b localhost",
            "check READ a@b 127.0.0.1:9618",
            "check READ a@b 127.0.0.1 --config",
            "check READ a@b 127.0.0.1 --frob",
            "check --batch READ a@b 127.0.0.1",
            "check --release 1.0 READ a@b 127.0.0.1",
            "check --limits REED READ a@b 127.0.0.1",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
