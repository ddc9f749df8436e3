//! The command line of `mapfile`. File names and names to map are bytes.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use crate::site::Site;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Check,
    Map,
    Explain,
    Diff,
}

/// A command line that does something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) command: Command,
    /// `--assume-hash`, `--no-assume-hash`.
    pub(super) assume_hash: Option<bool>,
    pub(super) config: Option<String>,
    pub(super) method: Option<String>,
    /// `--strict`: warnings count.
    pub(super) strict: bool,
    /// `--json`.
    pub(super) json: bool,
    /// The mapfile, its two versions, or those to check.
    pub(super) files: Vec<PathBuf>,
    pub(super) principals: Vec<Vec<u8>>,
    /// Where the configuration is.
    pub(super) site: Site,
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Run(Box<Arguments>),
    Help,
}

/// Reads a command line, `mapfile` left out.
pub(super) fn parse(arguments: &[OsString]) -> Result<Parsed, String> {
    let mut words = arguments.iter();
    let command = match words.next().and_then(|word| word.to_str()) {
        Some("check") => Command::Check,
        Some("map") => Command::Map,
        Some("explain") => Command::Explain,
        Some("diff") => Command::Diff,
        Some("--help" | "-h" | "-help" | "help") => return Ok(Parsed::Help),
        Some(other) => return Err(format!("{other} is not a command of mapfile")),
        None => return Err("mapfile needs a command".to_owned()),
    };
    let (mut assume_hash, mut config, mut method) = (None, None, None);
    let (mut strict, mut json) = (false, false);
    let mut operands: Vec<&OsString> = Vec::new();
    let mut options_end = false;
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .and_then(|value| value.to_str())
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| format!("{} needs a value", word.display()))
        };
        if options_end || !is_option(word) {
            operands.push(word);
            continue;
        }
        match word.to_str() {
            Some("--") => options_end = true,
            Some("--help" | "-h" | "-help") => return Ok(Parsed::Help),
            Some("--assume-hash") => assume_hash = Some(true),
            Some("--no-assume-hash") => assume_hash = Some(false),
            Some("--strict") if command == Command::Check => strict = true,
            Some("--json") if command == Command::Check => json = true,
            Some("--config" | "-config") => config = Some(value()?),
            Some("--method" | "-method") if command != Command::Check => method = Some(value()?),
            _ => return Err(format!("{} is not an option", word.display())),
        }
    }
    let (files, least, what) = match command {
        Command::Check => (operands.len(), 0, "FILE..."),
        Command::Map => (1, 2, "FILE PRINCIPAL..."),
        Command::Explain => (1, 2, "FILE PRINCIPAL"),
        Command::Diff => (2, 2, "OLD NEW [PRINCIPAL...]"),
    };
    let too_many = command == Command::Explain && operands.len() > 2;
    if operands.len() < least || too_many {
        return Err(format!("what is needed is {what}"));
    }
    if matches!(command, Command::Map | Command::Explain) && method.is_none() {
        return Err("--method says which method authenticated the name, such as SCITOKENS".into());
    }
    let (files, principals) = operands.split_at(files);
    Ok(Parsed::Run(Box::new(Arguments {
        command,
        assume_hash,
        config,
        method,
        strict,
        json,
        files: files.iter().map(PathBuf::from).collect(),
        principals: principals
            .iter()
            .map(|principal| (*principal).clone().into_vec())
            .collect(),
        site: Site::default(),
    })))
}

/// A dash alone is none: it stands for standard input.
fn is_option(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.starts_with(b"-") && bytes.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Parsed, String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(&words)
    }

    #[test]
    fn options_may_stand_anywhere() {
        let Parsed::Run(found) =
            read("map FILE --no-assume-hash a -config C --method FS -- -b").unwrap()
        else {
            panic!("help");
        };
        assert_eq!(found.files, [PathBuf::from("FILE")]);
        assert_eq!(found.principals, [b"a".to_vec(), b"-b".to_vec()]);
        assert_eq!(found.assume_hash, Some(false));
        assert_eq!(found.config.as_deref(), Some("C"));
        let Parsed::Run(found) = read("diff A B").unwrap() else {
            panic!("help");
        };
        assert_eq!((found.files.len(), found.principals.len()), (2, 0));
        assert_eq!(read("explain --help").unwrap(), Parsed::Help);
        let Parsed::Run(found) = read("check A --strict B --json").unwrap() else {
            panic!("help");
        };
        assert_eq!((found.files.len(), found.principals.len()), (2, 0));
        assert!(found.strict && found.json);
    }

    #[test]
    fn what_is_wrong() {
        for line in [
            "",
            "frob",
            "map --method FS FILE",
            "map FILE a",
            "explain --method FS FILE a b",
            "diff A",
            "map --method",
            "map --frob FILE a",
            "map --json --method FS FILE a",
            "check --method FS FILE",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
