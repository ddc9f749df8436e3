//! The command lines, with the options of condor_token_create and condor_token_list.

use std::path::PathBuf;

use countersign::keys::TokenPlace;

use crate::options::{OptionName, option_of, value};

const HELP: OptionName = OptionName("help", 1);
const IDENTITY: OptionName = OptionName("identity", 2);
const KEY: OptionName = OptionName("key", 1);
const AUTHZ: OptionName = OptionName("authz", 1);
const LIFETIME: OptionName = OptionName("lifetime", 1);
const TOKEN: OptionName = OptionName("token", 2);
const FILE: OptionName = OptionName("file", 1);
const OWNER: OptionName = OptionName("owner", 1);
const REPLACE: OptionName = OptionName("replace", 1);
const DEBUG: OptionName = OptionName("debug", 1);
const DIR: OptionName = OptionName("dir", 1);
const CONFIG: OptionName = OptionName("config", 1);

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Create {
    pub(crate) identity: String,
    pub(crate) key: String,
    pub(crate) levels: Vec<String>,
    /// Seconds; `None` is for ever.
    pub(crate) lifetime: Option<u64>,
    /// Where it goes; `None` is standard output.
    pub(crate) place: Option<TokenPlace>,
    /// Whether it may take the place of a file.
    pub(crate) replace: bool,
    pub(crate) debug: bool,
}

/// Which tokens are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those of the configured folder.
    Configured,
    /// Those of this folder.
    Folder(PathBuf),
    /// Those of this file.
    File(PathBuf),
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Create(Create),
    List(Which),
    Inspect(Vec<PathBuf>),
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    Help,
    Run { task: Task, config: Option<String> },
}

/// Reads a command line.
pub(crate) fn parse(words: &[&str]) -> Result<Parsed, String> {
    let mut words = words.iter().copied();
    match words.next() {
        Some("create") => create(&mut words),
        Some("list") => list(&mut words),
        Some("inspect") => inspect(&mut words),
        Some(word) if option_of(word).is_some_and(|option| HELP.is(option)) => Ok(Parsed::Help),
        Some(word) => Err(format!("{word} is nothing that can be done with a token")),
        None => Err("say what to do: create, list or inspect".into()),
    }
}

fn create<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Parsed, String> {
    let (mut identity, mut key, mut levels) = (None, "POOL".to_owned(), Vec::new());
    let (mut lifetime, mut place, mut owner) = (None, None, None);
    let (mut debug, mut replace, mut config) = (false, false, None);
    while let Some(word) = words.next() {
        let option = option_of(word).ok_or_else(|| unknown(word))?;
        // -debug:FLAGS is one word; the flags choose nothing here.
        let (option, _) = option.split_once(':').unwrap_or((option, ""));
        if HELP.is(option) {
            return Ok(Parsed::Help);
        } else if IDENTITY.is(option) {
            identity = Some(value(words, word)?);
        } else if KEY.is(option) {
            key = value(words, word)?;
        } else if AUTHZ.is(option) {
            levels.push(value(words, word)?);
        } else if LIFETIME.is(option) {
            lifetime = Some(value(words, word)?);
        } else if TOKEN.is(option) {
            place = Some(TokenPlace::Named(value(words, word)?));
        } else if FILE.is(option) {
            place = Some(TokenPlace::File(value(words, word)?.into()));
        } else if OWNER.is(option) {
            owner = Some(value(words, word)?);
        } else if REPLACE.is(option) {
            replace = true;
        } else if DEBUG.is(option) {
            debug = true;
        } else if CONFIG.is(option) {
            config = Some(value(words, word)?);
        } else {
            return Err(unknown(word));
        }
    }
    let place = match (place, owner) {
        (place, None) => place,
        (Some(TokenPlace::Named(name)), Some(user)) => Some(TokenPlace::Owned { user, name }),
        _ => return Err("-owner goes with -token NAME.".into()),
    };
    let identity = identity
        .filter(|identity| !identity.is_empty())
        .ok_or("-identity USER@DOMAIN is missing: no server takes a token that names nobody.")?;
    let lifetime = match lifetime {
        None => None,
        // As condor_token_create has it, a negative number is no limit.
        Some(text) => match text.parse::<i64>() {
            Ok(seconds) => u64::try_from(seconds).ok(),
            Err(_) => return Err(format!("Invalid argument for -lifetime: {text}.")),
        },
    };
    Ok(Parsed::Run {
        task: Task::Create(Create {
            identity,
            key,
            levels,
            lifetime,
            place,
            replace,
            debug,
        }),
        config,
    })
}

fn list<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Parsed, String> {
    let (mut which, mut config) = (Which::Configured, None);
    while let Some(word) = words.next() {
        let option = option_of(word).ok_or_else(|| unknown(word))?;
        let (option, _) = option.split_once(':').unwrap_or((option, ""));
        if DEBUG.is(option) {
            continue;
        } else if HELP.is(option) {
            return Ok(Parsed::Help);
        } else if DIR.is(option) {
            which = Which::Folder(value(words, word)?.into());
        } else if FILE.is(option) {
            which = Which::File(value(words, word)?.into());
        } else if CONFIG.is(option) {
            config = Some(value(words, word)?);
        } else {
            return Err(unknown(word));
        }
    }
    let task = Task::List(which);
    Ok(Parsed::Run { task, config })
}

fn inspect<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Parsed, String> {
    let (mut files, mut config) = (Vec::new(), None);
    while let Some(word) = words.next() {
        match option_of(word) {
            None => files.push(word.into()),
            Some(option) if HELP.is(option) => return Ok(Parsed::Help),
            Some(option) if FILE.is(option) => files.push(value(words, word)?.into()),
            Some(option) if CONFIG.is(option) => config = Some(value(words, word)?),
            Some(_) => return Err(unknown(word)),
        }
    }
    let task = Task::Inspect(files);
    Ok(Parsed::Run { task, config })
}

fn unknown(word: &str) -> String {
    format!("Invalid command line argument: {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Parsed, String> {
        parse(&line.split_whitespace().collect::<Vec<_>>())
    }

    fn created(line: &str) -> Create {
        match read(line) {
            Ok(Parsed::Run {
                task: Task::Create(create),
                ..
            }) => create,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn create_as_condor_token_create() {
        let plain = created("create -identity a@b");
        assert_eq!((&*plain.identity, &*plain.key), ("a@b", "POOL"));
        assert_eq!((plain.lifetime, plain.place), (None, None));
        let full = created(
            "create -id a@b -k K -a READ --authz WRITE -l 60 -to x -debug:D_ALL -owner alice",
        );
        assert_eq!(full.levels, ["READ", "WRITE"]);
        assert_eq!((full.lifetime, full.debug), (Some(60), true));
        assert_eq!(
            full.place,
            Some(TokenPlace::Owned {
                user: "alice".into(),
                name: "x".into()
            })
        );
        assert_eq!(created("create -id a@b -l -1").lifetime, None);
        assert_eq!(
            created("create -id a@b -f /x").place,
            Some(TokenPlace::File("/x".into()))
        );
        for wrong in [
            "",
            "mint",
            "create",
            "create -id a@b -l 1h",
            "create -id a@b -owner alice",
            "create -id a@b -f /x -owner alice",
            "create -id a@b x",
            "create -i a@b",
            "create -id",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn list_and_inspect() {
        let task = |line: &str| match read(line) {
            Ok(Parsed::Run { task, .. }) => task,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(task("list"), Task::List(Which::Configured));
        assert_eq!(task("list -debug"), Task::List(Which::Configured));
        assert_eq!(task("list -dir /x"), Task::List(Which::Folder("/x".into())));
        assert_eq!(task("list --file /x"), Task::List(Which::File("/x".into())));
        assert_eq!(
            task("inspect a -file b"),
            Task::Inspect(vec!["a".into(), "b".into()])
        );
        assert_eq!(read("list -h"), Ok(Parsed::Help));
        assert!(read("list x").is_err());
    }
}
