//! The command line of `countersign peer`.

use std::ffi::OsString;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use crate::site::Site;

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    /// Where to listen; `None` is the socket that a parent daemon bound.
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) allow_remote: bool,
    pub(crate) alias: Option<String>,
    pub(crate) address_file: Option<PathBuf>,
    pub(crate) subsystem: String,
    pub(crate) local_name: Option<String>,
    pub(crate) max_connections: Option<usize>,
    /// Where the configuration is.
    pub(crate) site: Site,
}

/// A command line.
#[derive(Debug)]
pub(crate) enum Parsed {
    Run(Box<Arguments>),
    Help,
}

/// Reads a command line.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Parsed, String> {
    let mut listen = None;
    let mut allow_remote = false;
    let mut alias = None;
    let mut address_file = None;
    let mut subsystem = "COLLECTOR".to_owned();
    let mut local_name = None;
    let mut max_connections = None;
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let option = word
            .to_str()
            .ok_or_else(|| format!("{} is not text", word.display()))?;
        let mut value = || {
            rest.next()
                .ok_or_else(|| format!("{option} requires an argument."))
        };
        let text = |value: &OsString| {
            value
                .to_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("{option}: {} is not text", value.display()))
        };
        match option {
            "--help" | "-h" => return Ok(Parsed::Help),
            "--listen" => listen = Some(address(&text(value()?)?)?),
            "--allow-remote" => allow_remote = true,
            "--alias" => alias = Some(text(value()?)?),
            "--address-file" => address_file = Some(PathBuf::from(value()?)),
            "--subsystem" => subsystem = text(value()?)?.to_ascii_uppercase(),
            // As condor_master writes it.
            "--local-name" | "-local-name" => local_name = Some(text(value()?)?),
            "-f" => {}
            "--max-connections" => {
                let number = text(value()?)?;
                let parsed = number.parse().ok().filter(|number| *number > 0);
                max_connections = Some(parsed.ok_or_else(|| {
                    format!("--max-connections takes a number above 0, not {number:?}")
                })?);
            }
            other => return Err(format!("Unknown argument: {other}")),
        }
    }
    Ok(Parsed::Run(Box::new(Arguments {
        listen,
        allow_remote,
        alias,
        address_file,
        subsystem,
        local_name,
        max_connections,
        site: Site::default(),
    })))
}

/// The first address of `host:port`.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map(|mut found| found.next());
    match found {
        Ok(Some(address)) => Ok(address),
        Ok(None) => Err(format!("--listen: {text} has no address")),
        Err(error) => Err(format!("--listen: {text}: {error}")),
    }
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
        let Ok(Parsed::Run(arguments)) = read(
            "--listen [::1]:0 --address-file /a --subsystem schedd --local-name east --max-connections 5",
        ) else {
            panic!("not read");
        };
        assert!(arguments.listen.is_some_and(|listen| listen.is_ipv6()));
        assert!(!arguments.allow_remote);
        assert_eq!(arguments.subsystem, "SCHEDD");
        assert_eq!(arguments.local_name.as_deref(), Some("east"));
        assert_eq!(arguments.max_connections, Some(5));
        let Ok(Parsed::Run(arguments)) = read("-f -local-name CHILD --alias x") else {
            panic!("not read");
        };
        assert_eq!(arguments.local_name.as_deref(), Some("CHILD"));
        assert_eq!(arguments.listen, None);
        for wrong in ["--listen", "--listen x", "--frob", "--listen 127.0.0.1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
