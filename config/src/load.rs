//! The order in which the sources are read (`real_config` in `condor_config.cpp`).

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pcre2::bytes::Regex;

use crate::config::{Config, Setting};
use crate::dump;
use crate::error::{ConfigError, excerpt};
use crate::files::{self, MAX_FILES};
use crate::origin::Origin;
use crate::read::Reader;
use crate::sources::{Root, Sources};
use crate::table::Table;
use crate::values::{ValueError, parse_bool, split_list};

const DIRECTORIES: &str = "LOCAL_CONFIG_DIR";
const EXCLUDE: &str = "LOCAL_CONFIG_DIR_EXCLUDE_REGEXP";
const FILES: &str = "LOCAL_CONFIG_FILE";
const REQUIRED: &str = "REQUIRE_LOCAL_CONFIG_FILE";
const USER: &str = "USER_CONFIG_FILE";
const PREFIX: &str = "_CONDOR_";

/// Built-in values that are put back after everything else was read (`reinsert_specials`).
const FIXED: [&str; 16] = [
    "TILDE",
    "HOSTNAME",
    "FULL_HOSTNAME",
    "SUBSYSTEM",
    "LOCALNAME",
    "USERNAME",
    "REAL_UID",
    "REAL_GID",
    "PID",
    "PPID",
    "IP_ADDRESS",
    "IP_ADDRESS_IS_IPV6",
    "IPV4_ADDRESS",
    "IPV6_ADDRESS",
    "DETECTED_CPUS",
    "DETECTED_CPUS_LIMIT",
];

pub(crate) fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let environment = || {
        let variables = sources.environment.iter();
        variables.map(|(name, value)| (name.as_str(), value.as_str()))
    };
    let scopes = [sources.local_name.as_str(), sources.subsystem.as_str()];
    let defaults = sources.defaults.iter().copied();
    let mut reader = Reader::new(Table::new(defaults, environment(), scopes));
    builtins(&mut reader, sources, |_| true)?;

    let dumped = root(&mut reader, sources)?;
    builtins(&mut reader, sources, |name| {
        ["HOSTNAME", "FULL_HOSTNAME", "TILDE"].contains(&name)
    })?;
    if !dumped {
        let before = value(&mut reader, DIRECTORIES)?;
        directories(&mut reader, before.as_ref())?;
        local_files(&mut reader)?;
        let after = value(&mut reader, DIRECTORIES)?;
        let list =
            |setting: &Option<(String, Origin)>| setting.as_ref().map(|(value, _)| value.clone());
        if list(&before) != list(&after) {
            directories(&mut reader, after.as_ref())?;
        }
        user_file(&mut reader, sources)?;
    }
    if let Some(path) = &sources.last_file {
        let by = Origin::Program {
            by: "the command line".to_owned(),
        };
        source(&mut reader, path.clone(), "-config", &by, true)?;
    }

    for (variable, value) in environment() {
        let (prefix, name) = variable.split_at_checked(PREFIX.len()).unwrap_or_default();
        let name = name.split(|c: char| c.is_ascii_whitespace()).next();
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            continue;
        };
        if prefix.eq_ignore_ascii_case(PREFIX) {
            let origin = Origin::Environment {
                variable: variable.to_owned(),
            };
            reader.insert(name, value.trim_ascii_start(), origin)?;
        }
    }
    builtins(&mut reader, sources, |name| FIXED.contains(&name))?;
    Ok(reader.finish())
}

/// Sets the built-in values whose names, in upper case, are wanted.
fn builtins(
    reader: &mut Reader,
    sources: &Sources,
    wanted: impl Fn(&str) -> bool,
) -> Result<(), ConfigError> {
    let local = match sources.local_name.as_str() {
        "" => sources.subsystem.as_str(),
        local => local,
    };
    let own = [
        ("SUBSYSTEM", sources.subsystem.as_str()),
        ("LOCALNAME", local),
    ];
    let given = sources.builtins.iter();
    for (name, value) in given.map(|(n, v)| (n.as_str(), v.as_str())).chain(own) {
        if wanted(&name.to_ascii_uppercase()) {
            reader.insert(name, value, Origin::Builtin)?;
        }
    }
    Ok(())
}

/// Reads the root file; true if it is a dump, which stands for everything else too.
fn root(reader: &mut Reader, sources: &Sources) -> Result<bool, ConfigError> {
    let (path, content, by) = match &sources.root {
        Root::Text(name, text) => {
            let by = Origin::Builtin;
            (name.clone(), text.clone().into_bytes(), by)
        }
        root => {
            let (path, by) = match root {
                Root::File(path) => (Some(path.clone()), "the program"),
                _ => (
                    files::find_root(sources)?,
                    "the environment or the usual places",
                ),
            };
            let Some(path) = path else {
                return Ok(false);
            };
            let by = Origin::Program { by: by.to_owned() };
            let content = files::read(&path, "the root of the configuration", &by, true)?;
            (path, content.unwrap_or_default(), by)
        }
    };
    if path != Path::new("/dev/null") {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_string_lossy(),
            Some(_) => ".".into(),
            None => "/".into(),
        };
        reader.insert("CONFIG_ROOT", &directory, Origin::Builtin)?;
    }
    reader.read(&path, &content)?;
    let dumped = dump::is_dump(&content);
    if dumped {
        reader.warn(
            &by,
            format!(
                "{} is the output of condor_config_val -dump, so no other configuration file is read",
                path.display()
            ),
        );
    }
    reader.files.push(path);
    Ok(dumped)
}

/// A setting's value and origin, detached from the table.
fn value(reader: &mut Reader, name: &str) -> Result<Option<(String, Origin)>, ConfigError> {
    let setting = reader.get(name)?;
    Ok(setting.map(|Setting { value, origin, .. }| (value, origin.clone())))
}

/// `REQUIRE_LOCAL_CONFIG_FILE`: whatever starts with `t` or `f` counts (`param_boolean_crufty`).
fn required(reader: &mut Reader) -> Result<bool, ConfigError> {
    let Some((text, origin)) = value(reader, REQUIRED)? else {
        return Ok(true);
    };
    match text.bytes().next() {
        Some(b't' | b'T') => Ok(true),
        Some(b'f' | b'F') => Ok(false),
        _ => parse_bool(&text).map_err(|cause: ValueError| ConfigError::Value {
            name: REQUIRED.to_owned(),
            origin,
            cause,
        }),
    }
}

fn source(
    reader: &mut Reader,
    path: PathBuf,
    name: &'static str,
    by: &Origin,
    required: bool,
) -> Result<(), ConfigError> {
    if reader.files.len() >= MAX_FILES {
        return Err(ConfigError::TooManyFiles {
            max: MAX_FILES,
            name,
        });
    }
    if let Some(content) = files::read(&path, name, by, required)? {
        reader.read(&path, &content)?;
        reader.files.push(path);
    }
    Ok(())
}

/// Reads the files in the directories that `LOCAL_CONFIG_DIR` lists.
fn directories(reader: &mut Reader, setting: Option<&(String, Origin)>) -> Result<(), ConfigError> {
    let Some((list, by)) = setting else {
        return Ok(());
    };
    let required = required(reader)?;
    for directory in split_list(list) {
        let exclude = exclude(reader)?;
        for path in files::list(Path::new(directory), DIRECTORIES, by)? {
            let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
            let excluded = match &exclude {
                Some((pattern, text, origin)) => pattern
                    .is_match(name)
                    .map_err(|error| bad_pattern(text, origin, &error))?,
                None => false,
            };
            if !excluded {
                source(reader, path, DIRECTORIES, by, required)?;
            }
        }
    }
    Ok(())
}

fn exclude(reader: &mut Reader) -> Result<Option<(Regex, String, Origin)>, ConfigError> {
    let Some((text, origin)) = value(reader, EXCLUDE)? else {
        return Ok(None);
    };
    let pattern = Regex::new(&text).map_err(|error| bad_pattern(&text, &origin, &error))?;
    Ok(Some((pattern, text, origin)))
}

fn bad_pattern(text: &str, origin: &Origin, error: &pcre2::Error) -> ConfigError {
    ConfigError::Pattern {
        name: EXCLUDE,
        origin: origin.clone(),
        pattern: excerpt(text),
        message: error.to_string(),
    }
}

/// Reads the files that `LOCAL_CONFIG_FILE` lists. If one of them changes the list, the rest of the new list is read.
fn local_files(reader: &mut Reader) -> Result<(), ConfigError> {
    let required = required(reader)?;
    let mut done: Vec<String> = Vec::new();
    while let Some((list, by)) = value(reader, FILES)? {
        if list.contains('|') {
            return Err(ConfigError::Unsupported {
                origin: by,
                what: format!("a command as a source ({FILES})"),
            });
        }
        let next = split_list(&list).find(|path| !done.iter().any(|known| known == path));
        let Some(next) = next.map(str::to_owned) else {
            break;
        };
        if done.len() >= MAX_FILES {
            return Err(ConfigError::TooManyFiles {
                max: MAX_FILES,
                name: FILES,
            });
        }
        done.push(next.clone());
        source(reader, PathBuf::from(next), FILES, &by, required)?;
    }
    Ok(())
}

/// Reads the user's own file, if the process is not root and it can be read.
fn user_file(reader: &mut Reader, sources: &Sources) -> Result<(), ConfigError> {
    if sources.superuser {
        return Ok(());
    }
    let Some((name, by)) = value(reader, USER)? else {
        return Ok(());
    };
    let path = match &sources.home {
        _ if name.starts_with('/') => PathBuf::from(name),
        Some(home) => home.join(".condor").join(name),
        None => return Ok(()),
    };
    source(reader, path, USER, &by, false)
}
