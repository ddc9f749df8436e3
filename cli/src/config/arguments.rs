//! The command line of `config`, whose options are condor_config_val's where it has them.

use std::ffi::OsString;

use countersign::config::Release;

use crate::options::{OptionName, option_of, value, words};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Get,
    Dump,
    Check,
}

/// A command line that does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) command: Command,
    pub(super) subsystem: String,
    pub(super) local_name: Option<String>,
    pub(super) config: Option<String>,
    pub(super) release: Release,
    /// `-verbose`: where each value stands.
    pub(super) verbose: bool,
    /// `-raw`: macros and all.
    pub(super) raw: bool,
    /// `-expanded`.
    pub(super) expanded: bool,
    /// `--security`: only what bears on security.
    pub(super) security: bool,
    /// `--json`: one object.
    pub(super) json: bool,
    /// Names, or patterns for them.
    pub(super) names: Vec<String>,
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Run(Box<Arguments>),
    Help,
}

const HELP: OptionName = OptionName("help", 1);
const VERBOSE: OptionName = OptionName("verbose", 1);
const RAW: OptionName = OptionName("raw", 1);
const EXPANDED: OptionName = OptionName("expanded", 1);
const SECURITY: OptionName = OptionName("security", 2);
const SUBSYSTEM: OptionName = OptionName("subsystem", 3);
const LOCAL_NAME: OptionName = OptionName("local-name", 1);
const CONFIG: OptionName = OptionName("config", 1);
const JSON: OptionName = OptionName("json", 1);
const RELEASE: OptionName = OptionName("release", 2);

/// Reads a command line, `config` left out.
pub(super) fn parse(arguments: &[OsString]) -> Result<Parsed, String> {
    let mut words = words(arguments)?.into_iter();
    let command = match words.next() {
        Some("get") => Command::Get,
        Some("dump") => Command::Dump,
        Some("check") => Command::Check,
        Some("--help" | "-h" | "-help" | "help") => return Ok(Parsed::Help),
        Some(other) => return Err(format!("{other} is not a command of config")),
        None => return Err("config needs a command: get, dump or check".to_owned()),
    };
    let mut read = Arguments {
        command,
        subsystem: "TOOL".to_owned(),
        local_name: None,
        config: None,
        release: Release::default(),
        verbose: false,
        raw: false,
        expanded: false,
        security: false,
        json: false,
        names: Vec::new(),
    };
    while let Some(word) = words.next() {
        match option_of(word) {
            Some(option) if HELP.is(option) => return Ok(Parsed::Help),
            Some(option) if JSON.is(option) && command == Command::Check => read.json = true,
            Some(option) if VERBOSE.is(option) && command != Command::Check => read.verbose = true,
            Some(option) if RELEASE.is(option) => {
                let version = value(&mut words, word)?;
                read.release = version
                    .parse()
                    .map_err(|error| format!("{word}: {error}"))?;
            }
            Some(option) if RAW.is(option) && command != Command::Check => read.raw = true,
            Some(option) if EXPANDED.is(option) && command == Command::Dump => {
                read.expanded = true;
            }
            Some(option) if SECURITY.is(option) && command == Command::Dump => {
                read.security = true;
            }
            Some(option) if SUBSYSTEM.is(option) => {
                read.subsystem = value(&mut words, word)?.to_ascii_uppercase();
            }
            Some(option) if LOCAL_NAME.is(option) => {
                read.local_name = Some(value(&mut words, word)?);
            }
            Some(option) if CONFIG.is(option) => read.config = Some(value(&mut words, word)?),
            Some(_) => return Err(format!("Unknown argument: {word}")),
            None if command == Command::Check => {
                return Err(format!("check takes no names, but there is {word}"));
            }
            None => read.names.push(word.to_owned()),
        }
    }
    if command == Command::Get && read.names.is_empty() {
        return Err("get needs the NAME of a setting".to_owned());
    }
    Ok(Parsed::Run(Box::new(read)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Parsed, String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(&words)
    }

    #[test]
    fn options() {
        let Ok(Parsed::Run(read_back)) =
            read("dump --security --subsys schedd -v -local east --release 23.9.6 SEC_")
        else {
            panic!("not read");
        };
        assert_eq!(read_back.subsystem, "SCHEDD");
        assert_eq!(read_back.local_name.as_deref(), Some("east"));
        assert!(read_back.security && read_back.verbose && !read_back.raw);
        assert_eq!(read_back.release, Release::V23_9_6);
        assert_eq!(read_back.names, ["SEC_"]);
        for wrong in [
            "",
            "get",
            "frob",
            "get -expanded X",
            "dump --release 1.0",
            "check X",
            "check -raw",
            "dump --json",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
