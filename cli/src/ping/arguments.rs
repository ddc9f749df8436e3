//! The command line, read as condor_ping reads its own: an option may be shortened, down to as
//! many letters as condor_ping insists on, and may start with one dash or two.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use countersign::locate::DaemonKind;

use crate::options::{OptionName, option_of};

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Quiet,
    /// A sentence for each level.
    Sentence,
    /// A paragraph for each level.
    Verbose,
    /// The policy ad.
    Long,
    /// A row for each level.
    Table,
}

/// Which daemon to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whom {
    /// The one at this address.
    Address(String),
    /// The one that a look-up finds.
    LookUp {
        /// `-pool`.
        pool: Option<String>,
        /// `-name`.
        name: Option<String>,
        /// `-type`.
        kind: Option<DaemonKind>,
    },
}

/// A command line that asks for a ping.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    pub(crate) whom: Whom,
    pub(crate) mode: Mode,
    pub(crate) levels: Vec<String>,
    pub(crate) why: bool,
    pub(crate) debug: bool,
    pub(crate) config: Option<String>,
    pub(crate) methods: Option<String>,
    pub(crate) no_self_token: bool,
    pub(crate) timeout: Duration,
    /// The file with the claim id whose session is used.
    pub(crate) claim_id_file: Option<PathBuf>,
}

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Parsed {
    Run(Box<Arguments>),
    Help,
    Version,
}

/// The order matters: the first that fits is meant, as in condor_ping.
const HELP: OptionName = OptionName("help", 1);
const QUIET: OptionName = OptionName("quiet", 1);
const TABLE: OptionName = OptionName("table", 2);
const VERBOSE: OptionName = OptionName("verbose", 1);
const LONG: OptionName = OptionName("long", 1);
const FORMAT: OptionName = OptionName("format", 1);
const AF: OptionName = OptionName("af", 2);
const AUTOFORMAT: OptionName = OptionName("autoformat", 5);
const CONFIG: OptionName = OptionName("config", 1);
const POOL: OptionName = OptionName("pool", 1);
const NAME: OptionName = OptionName("name", 1);
const SUBSYSTEM: OptionName = OptionName("subsystem", 3);
const TYPE: OptionName = OptionName("type", 4);
const ADDRESS: OptionName = OptionName("address", 1);
const VERSION: OptionName = OptionName("version", 4);
const DEBUG: OptionName = OptionName("debug", 1);
const WHY: OptionName = OptionName("why", 1);
const METHODS: OptionName = OptionName("methods", 1);
const NO_SELF_TOKEN: OptionName = OptionName("no-self-token", 2);
const TIMEOUT: OptionName = OptionName("timeout", 2);
const CLAIM_ID_FILE: OptionName = OptionName("claim-id-file", 2);

/// Reads a command line.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Parsed, String> {
    let mut words = Vec::with_capacity(arguments.len());
    for argument in arguments {
        words.push(
            argument
                .to_str()
                .ok_or_else(|| format!("{} is not text", argument.display()))?,
        );
    }
    let mut words = words.into_iter();
    let mut reading = Reading::default();
    while let Some(word) = words.next() {
        let Some(option) = option_of(word) else {
            reading.level(word);
            continue;
        };
        // -debug:FLAGS is one word; the flags choose nothing here.
        let (option, _) = option.split_once(':').unwrap_or((option, ""));
        let mut value = |name: &str| {
            words
                .next()
                .map(str::to_owned)
                .ok_or_else(|| format!("{name} requires an argument."))
        };
        if HELP.is(option) {
            return Ok(Parsed::Help);
        } else if QUIET.is(option) {
            reading.mode(Mode::Quiet)?;
        } else if TABLE.is(option) {
            reading.mode(Mode::Table)?;
        } else if VERBOSE.is(option) {
            reading.mode(Mode::Verbose)?;
        } else if LONG.is(option) {
            reading.mode(Mode::Long)?;
        } else if FORMAT.is(option) || AF.is(option) || AUTOFORMAT.is(option) {
            return Err(format!(
                "{word} is not supported here; -long prints every attribute"
            ));
        } else if CONFIG.is(option) {
            reading.config = Some(value("-config")?);
        } else if POOL.is(option) {
            reading.pool = Some(value("-pool")?);
        } else if NAME.is(option) {
            reading.name = Some(value("-name")?);
        } else if SUBSYSTEM.is(option) || TYPE.is(option) {
            let kind = value(word)?;
            reading.kind = Some(
                DaemonKind::parse(&kind)
                    .ok_or_else(|| format!("unrecognized daemon type: {kind}"))?,
            );
        } else if ADDRESS.is(option) {
            reading.address = Some(value("-address")?);
        } else if VERSION.is(option) {
            return Ok(Parsed::Version);
        } else if DEBUG.is(option) {
            reading.debug = true;
        } else if WHY.is(option) {
            reading.why = true;
        } else if METHODS.is(option) {
            reading.methods = Some(value("--methods")?);
        } else if NO_SELF_TOKEN.is(option) {
            reading.no_self_token = true;
        } else if TIMEOUT.is(option) {
            reading.timeout = Some(seconds(&value("--timeout")?)?);
        } else if CLAIM_ID_FILE.is(option) {
            reading.claim_id_file = Some(value("--claim-id-file")?.into());
        } else {
            return Err(format!("Unknown argument: {word}"));
        }
    }
    reading
        .finish()
        .map(|arguments| Parsed::Run(Box::new(arguments)))
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        _ => Err(format!(
            "--timeout takes a number of seconds, not {text:?}."
        )),
    }
}

#[derive(Default)]
struct Reading {
    mode: Option<Mode>,
    levels: Vec<String>,
    address: Option<String>,
    pool: Option<String>,
    name: Option<String>,
    kind: Option<DaemonKind>,
    why: bool,
    debug: bool,
    config: Option<String>,
    methods: Option<String>,
    no_self_token: bool,
    timeout: Option<Duration>,
    claim_id_file: Option<PathBuf>,
}

impl Reading {
    fn mode(&mut self, mode: Mode) -> Result<(), String> {
        match self.mode {
            Some(known) if known != mode || mode != Mode::Long => {
                Err("only one output mode may be specified.".into())
            }
            _ => {
                self.mode = Some(mode);
                Ok(())
            }
        }
    }

    fn level(&mut self, word: &str) {
        if word.eq_ignore_ascii_case("ALL") {
            self.levels
                .extend(countersign::core::names::PING_ALL.map(str::to_owned));
        } else {
            self.levels.push(word.to_owned());
        }
    }

    fn finish(self) -> Result<Arguments, String> {
        let whom = match self.address {
            Some(_) if self.pool.is_some() || self.name.is_some() => {
                return Err("-address cannot be used with -pool or -name.".into());
            }
            Some(address) => Whom::Address(address),
            None => Whom::LookUp {
                pool: self.pool,
                name: self.name,
                kind: self.kind,
            },
        };
        Ok(Arguments {
            whom,
            mode: self.mode.unwrap_or(Mode::Sentence),
            levels: self.levels,
            why: self.why,
            debug: self.debug,
            config: self.config,
            methods: self.methods,
            no_self_token: self.no_self_token,
            timeout: self.timeout.unwrap_or(countersign::DEFAULT_TIMEOUT),
            claim_id_file: self.claim_id_file,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Arguments {
        match read(line) {
            Ok(Parsed::Run(arguments)) => *arguments,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn read(line: &str) -> Result<Parsed, String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(&words)
    }

    #[test]
    fn shortened_options() {
        for line in [
            "-a X -ta READ",
            "--address X --table READ",
            "-addr X -tab READ",
        ] {
            let arguments = run(line);
            assert_eq!(arguments.whom, Whom::Address("X".into()));
            assert_eq!(arguments.mode, Mode::Table);
            assert_eq!(arguments.levels, ["READ"]);
        }
        assert!(read("-a X -t READ").is_err(), "-t could be -type");
        assert_eq!(run("-a X -v").mode, Mode::Verbose);
        assert!(matches!(read("-vers"), Ok(Parsed::Version)));
    }

    #[test]
    fn a_claim_id_stands_in_a_file() {
        let arguments = run("-cl F -c C READ");
        assert_eq!(arguments.claim_id_file, Some("F".into()));
        assert_eq!(arguments.config.as_deref(), Some("C"));
    }

    #[test]
    fn all_is_eleven() {
        assert_eq!(run("-a X all").levels.len(), 11);
    }

    #[test]
    fn what_does_not_go_together() {
        assert!(read("-table -quiet").is_err());
        assert!(read("-address X -pool Y").is_err());
        assert!(read("-address").is_err());
        assert!(read("-type NOSUCH").is_err());
        assert!(read("-frob").is_err());
        assert!(read("--timeout 0").is_err());
    }
}
