//! `countersign key create`.

use std::ffi::OsString;
use std::process::ExitCode;

use countersign::SystemEntropy;
use countersign::keys::{KeyError, NewKey, create_key, find_token_files};
use countersign::methods::idtokens::WholeToken;
use countersign::settings::ServerMethods;

use crate::options::{OptionName, option_of, value, words};
use crate::output::Output;
use crate::site::{self, Site};
use crate::usage;

const HELP: OptionName = OptionName("help", 1);
const NAME: OptionName = OptionName("name", 1);
const DIR: OptionName = OptionName("dir", 1);
const REPLACE: OptionName = OptionName("replace", 1);
const CONFIG: OptionName = OptionName("config", 1);

/// A command line.
#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Help,
    Create { new: NewKey, config: Option<String> },
}

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], site: Site, output: &mut Output) -> ExitCode {
    let parsed = words(arguments).and_then(|words| parse(&words));
    match parsed {
        Ok(Parsed::Help) => {
            output.text(usage::KEY);
            ExitCode::SUCCESS
        }
        Ok(Parsed::Create { new, config }) => create(&new, site, config.as_deref(), output),
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry countersign key --help"));
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[&str]) -> Result<Parsed, String> {
    let mut words = words.iter().copied();
    match words.next() {
        Some("create") => {}
        Some(word) if option_of(word).is_some_and(|option| HELP.is(option)) => {
            return Ok(Parsed::Help);
        }
        Some(word) => return Err(format!("{word} is nothing that can be done with a key")),
        None => return Err("say what to do: create".into()),
    }
    let mut new = NewKey {
        name: "POOL".into(),
        folder: None,
        replace: false,
    };
    let mut config = None;
    while let Some(word) = words.next() {
        match option_of(word) {
            Some(option) if HELP.is(option) => return Ok(Parsed::Help),
            Some(option) if NAME.is(option) => new.name = value(&mut words, word)?,
            Some(option) if DIR.is(option) => new.folder = Some(value(&mut words, word)?.into()),
            Some(option) if REPLACE.is(option) => new.replace = true,
            Some(option) if CONFIG.is(option) => config = Some(value(&mut words, word)?),
            _ => return Err(format!("Unknown argument: {word}")),
        }
    }
    Ok(Parsed::Create { new, config })
}

fn create(new: &NewKey, site: Site, config: Option<&str>, output: &mut Output) -> ExitCode {
    let site = match site::read(site, config, output) {
        Ok(site) => site,
        Err(error) => {
            output.complain(&format!("ERROR: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match create_key(&site.keys, new, &mut SystemEntropy) {
        Ok(made) => {
            let (name, path) = (&new.name, made.path.display());
            output.line(&format!("made the signing key {name} in {path}"));
            if made.replaced {
                output.complain(&format!(
                    "it takes the place of another: every token signed with the old {name} is refused from \
                     now on, by every daemon that reads this file"
                ));
                for token in ended(&site, name) {
                    output.complain(&format!("  {token}"));
                }
            }
            ExitCode::SUCCESS
        }
        Err(error @ KeyError::Exists { .. }) => {
            output.complain(&format!("ERROR: {error}"));
            for token in ended(&site, &new.name) {
                output.complain(&format!("  {token}"));
            }
            output.complain("say -replace to do it all the same");
            ExitCode::FAILURE
        }
        Err(error) => {
            output.complain(&format!("ERROR: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The tokens of this user's folder that say that the key signed them.
fn ended(site: &ServerMethods, key: &str) -> Vec<String> {
    let mut ended = Vec::new();
    for file in find_token_files(&site.keys, None).unwrap_or_default() {
        for (line, text) in file.lines() {
            let Ok(token) = WholeToken::read(text) else {
                continue;
            };
            let facts = token.facts();
            if facts.key.as_deref() == Some(key) {
                let subject = facts.subject.unwrap_or_default();
                let path = file.path.display();
                ended.push(format!("{path}, line {line}: the token of {subject:?}"));
            }
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Parsed, String> {
        parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[test]
    fn command_lines() {
        let new = |name: &str, folder: Option<&str>, replace| {
            Ok(Parsed::Create {
                new: NewKey {
                    name: name.into(),
                    folder: folder.map(Into::into),
                    replace,
                },
                config: None,
            })
        };
        assert_eq!(read("create"), new("POOL", None, false));
        assert_eq!(
            read("create --name AP --dir /x --replace"),
            new("AP", Some("/x"), true)
        );
        assert_eq!(read("create -n AP -r"), new("AP", None, true));
        assert_eq!(read("-h"), Ok(Parsed::Help));
        for wrong in ["", "make", "create x", "create -name", "create -frob"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
