//! Whether this host can perform an authentication method.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use countersign_core::names::{Standing, known_method};

use super::{Check, NotChecked};
use crate::settings::{Lookup, SettingsError, tokens};

/// Whether a method can be performed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ability {
    /// Nothing speaks against it.
    Can,
    /// It cannot, for this reason.
    Cannot(String),
    /// Nobody knows, for this reason.
    Unknown(String),
}

/// Which side performs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Client,
    Server,
}

/// What was not found out.
#[derive(Debug, Default)]
pub(super) struct Methods {
    not_checked: Vec<NotChecked>,
}

/// Where MIT Kerberos keeps a host's keys.
const KEYTAB: &str = "/etc/krb5.keytab";
/// Where munged listens.
const MUNGE_SOCKET: &str = "/run/munge/munge.socket.2";

impl Methods {
    /// Why none of the listed methods can be performed; `None` if one can, or may.
    pub(super) fn none_of(
        &mut self,
        check: &Check<'_>,
        listed: &[String],
        side: Side,
    ) -> Option<Vec<String>> {
        let mut reasons = Vec::new();
        let mut unknown = Vec::new();
        for text in listed {
            match ability(check, text, side) {
                Ability::Can => return None,
                Ability::Cannot(why) => reasons.push(format!("{text}: {why}")),
                Ability::Unknown(why) => unknown.push((text, why)),
            }
        }
        if unknown.is_empty() {
            return Some(reasons);
        }
        let who = match side {
            Side::Client => "tools",
            Side::Server => "daemons",
        };
        self.not_checked
            .extend(unknown.into_iter().map(|(method, why)| NotChecked {
                what: format!("whether {who} here can perform {method}"),
                why,
            }));
        None
    }

    pub(super) fn not_checked(self) -> Vec<NotChecked> {
        self.not_checked
    }
}

fn ability(check: &Check<'_>, text: &str, side: Side) -> Ability {
    performed(check, text, side).unwrap_or_else(|error| Ability::Unknown(error.to_string()))
}

fn performed(check: &Check<'_>, text: &str, side: Side) -> Result<Ability, SettingsError> {
    let lookup = Lookup::new(check.config, "TOOL");
    let Some(method) = known_method(text) else {
        return Ok(Ability::Cannot("HTCondor knows no such method".to_owned()));
    };
    if let Standing::Dropped(why) = method.standing {
        return Ok(Ability::Cannot(why.to_owned()));
    }
    Ok(match (method.canonical, side) {
        ("FS", _) => folder(&lookup, "FS_LOCAL_DIR")?,
        ("FS_REMOTE", _) => folder(&lookup, "FS_REMOTE_DIR")?,
        ("IDTOKENS", side) => idtokens(check, &lookup, side)?,
        ("SSL" | "SCITOKENS", Side::Server) => certificate(&lookup)?,
        ("SCITOKENS", Side::Client) => match lookup.path("SCITOKENS_FILE")? {
            Some(path) => there(&path, "the token"),
            None => {
                Ability::Unknown("its token is looked for in each user's environment".to_owned())
            }
        },
        ("KERBEROS", Side::Server) => {
            let keytab = lookup.text("KERBEROS_SERVER_KEYTAB")?.unwrap_or_default();
            match keytab.strip_prefix("FILE:").unwrap_or(&keytab) {
                "" => there(Path::new(KEYTAB), "the keytab"),
                path if path.starts_with('/') => there(Path::new(path), "the keytab"),
                other => Ability::Unknown(format!("the keytab {other} is no file")),
            }
        }
        ("KERBEROS", Side::Client) => Ability::Unknown("each user has tickets or not".to_owned()),
        ("MUNGE", _) => there(Path::new(MUNGE_SOCKET), "munged's socket"),
        ("PASSWORD", _) => match lookup.path("SEC_PASSWORD_FILE")? {
            Some(path) => there(&path, "the pool's password"),
            None => Ability::Cannot("SEC_PASSWORD_FILE is not set".to_owned()),
        },
        _ => Ability::Can,
    })
}

/// A folder that must be there, if it is set.
fn folder(lookup: &Lookup<'_>, knob: &str) -> Result<Ability, SettingsError> {
    Ok(match lookup.path(knob)? {
        Some(path) => there(&path, knob),
        None => Ability::Can,
    })
}

fn there(path: &Path, what: &str) -> Ability {
    match fs::metadata(path) {
        Ok(_) => Ability::Can,
        Err(error) if is_missing(&error) => {
            Ability::Cannot(format!("{what}, {}, is not there", path.display()))
        }
        Err(error) => Ability::Unknown(format!("{what}, {}: {error}", path.display())),
    }
}

/// Whether an error says that there is no such file.
pub(super) fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn idtokens(check: &Check<'_>, lookup: &Lookup<'_>, side: Side) -> Result<Ability, SettingsError> {
    let Ok(sources) = tokens::sources(lookup, check.host) else {
        return Ok(Ability::Unknown(
            "LOCAL_CONFIG_DIR_EXCLUDE_REGEXP is no pattern".to_owned(),
        ));
    };
    let keys = match &sources.pool_key {
        Some(path) if there(path, "") == Ability::Can => Ability::Can,
        _ => files_in(sources.key_folder.as_deref(), "signing key"),
    };
    Ok(match side {
        // A collector makes the key POOL when it starts, if it has a folder for it.
        Side::Server => match keys {
            Ability::Cannot(_) if sources.key_folder.as_deref().is_some_and(Path::is_dir) => {
                Ability::Unknown(
                    "there is no signing key yet; a collector makes one when it starts".to_owned(),
                )
            }
            keys => keys,
        },
        Side::Client => match (files_in(Some(&sources.token_folder), "token"), keys) {
            (Ability::Can, _) | (_, Ability::Can) => Ability::Can,
            (Ability::Unknown(why), _) | (_, Ability::Unknown(why)) => Ability::Unknown(why),
            (cannot, Ability::Cannot(_)) => cannot,
        },
    })
}

fn files_in(folder: Option<&Path>, what: &str) -> Ability {
    let Some(folder) = folder else {
        return Ability::Cannot(format!("no folder is set for a {what}"));
    };
    let none = || Ability::Cannot(format!("there is no {what} in {}", folder.display()));
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                Ability::Can
            } else {
                none()
            }
        }
        Err(error) if is_missing(&error) => none(),
        Err(error) => Ability::Unknown(format!("{}: {error}", folder.display())),
    }
}

/// A host's certificate and its key.
fn certificate(lookup: &Lookup<'_>) -> Result<Ability, SettingsError> {
    let paths = |knob: &str| -> Result<Vec<PathBuf>, SettingsError> {
        let text = lookup.text(knob)?.unwrap_or_default();
        Ok(super::files::paths(&text))
    };
    let (certificates, keys) = (
        paths("AUTH_SSL_SERVER_CERTFILE")?,
        paths("AUTH_SSL_SERVER_KEYFILE")?,
    );
    let made = lookup.path("AUTH_SSL_AUTOGENERATE_CERTFILE")?;
    let mut unknown = None;
    for (certificate, key) in certificates.iter().zip(&keys) {
        match (there(certificate, "the certificate"), there(key, "its key")) {
            (Ability::Can, Ability::Can) => return Ok(Ability::Can),
            (Ability::Unknown(why), _) | (_, Ability::Unknown(why)) => unknown = Some(why),
            _ => {}
        }
    }
    if let Some(why) = unknown {
        return Ok(Ability::Unknown(why));
    }
    if made.is_some_and(|made| certificates.contains(&made)) {
        let why = "there is no host certificate yet; a collector makes one when it starts";
        return Ok(Ability::Unknown(why.to_owned()));
    }
    Ok(Ability::Cannot(
        "no certificate of AUTH_SSL_SERVER_CERTFILE is there with its key of AUTH_SSL_SERVER_KEYFILE".to_owned(),
    ))
}
