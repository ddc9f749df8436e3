//! The order in which the sources are read (`real_config` in `condor_config.cpp`).

use std::collections::VecDeque;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pcre2::bytes::Regex;

use crate::config::{Config, Setting};
use crate::dump;
use crate::error::{ConfigError, excerpt};
use crate::files::{self, MAX_FILES};
use crate::include::{Exit, is_command};
use crate::origin::{Origin, Source};
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

/// Built-in values that the root file cannot refer to yet (`real_config`).
const LATE: [&str; 11] = [
    "HOSTNAME",
    "FULL_HOSTNAME",
    "USERNAME",
    "REAL_UID",
    "REAL_GID",
    "PID",
    "PPID",
    "IP_ADDRESS",
    "IP_ADDRESS_IS_IPV6",
    "IPV4_ADDRESS",
    "IPV6_ADDRESS",
];

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
    let mut table = Table::new(sources.release, sources.defaults, environment(), scopes);
    table.set_not_text(sources.not_text.iter().cloned());
    let mut reader = Reader::new(table, sources.commands());
    builtins(&mut reader, sources, |name| !LATE.contains(&name))?;

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
        reader.named(path, "-config", &by, true, 1)?;
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
    persistent(&mut reader, sources)?;
    builtins(&mut reader, sources, |name| FIXED.contains(&name))?;
    domains(&mut reader, sources)?;
    auto_use(&mut reader)?;
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
    let (path, by) = match &sources.root {
        Root::Text(name, text) => {
            config_root(reader, name)?;
            let source = Source {
                path: name.clone(),
                is_command: false,
                by: None,
            };
            reader.files.push(name.clone());
            reader.read(&Arc::new(source), text.as_bytes(), 0)?;
            return Ok(dumped(reader, name, text.as_bytes()));
        }
        Root::File(path) => (Some(path.clone()), "the program"),
        Root::Search => {
            let by = match sources.variable("CONDOR_CONFIG") {
                Some(_) => "the environment variable CONDOR_CONFIG",
                None => "the usual places",
            };
            (files::find_root(sources)?, by)
        }
    };
    let Some(path) = path else {
        return Ok(false);
    };
    let by = sources.root_by.as_deref().unwrap_or(by);
    let by = Origin::Program {
        by: format!("named by {by}"),
    };
    config_root(reader, &path)?;
    if let Some(command) = path.to_str().filter(|text| is_command(text)) {
        reader.command(command, &by, true, Exit::Counts, 0, None)?;
        return Ok(false);
    }
    let files::Content::Read(content) =
        files::read(&path, "the root of the configuration", &by, true)?
    else {
        // It must be there, so anything else was an error.
        return Ok(false);
    };
    reader.files.push(path.clone());
    let source = Source {
        path: path.clone(),
        is_command: false,
        by: None,
    };
    reader.read(&Arc::new(source), &content, 0)?;
    Ok(dumped(reader, &path, &content))
}

/// Whether the root is a dump, which stands for everything else too.
fn dumped(reader: &mut Reader, path: &Path, content: &[u8]) -> bool {
    let dumped = dump::is_dump(content);
    if dumped {
        let by = Origin::Program {
            by: "the root of the configuration".to_owned(),
        };
        reader.warn(
            &by,
            format!(
                "{} is the output of condor_config_val -dump, so no other configuration file is read",
                path.display()
            ),
        );
    }
    dumped
}

/// The folder of the root file, which other files may be named by.
fn config_root(reader: &mut Reader, path: &Path) -> Result<(), ConfigError> {
    if path == Path::new("/dev/null") {
        return Ok(());
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_string_lossy(),
        Some(_) => ".".into(),
        None => "/".into(),
    };
    reader.insert("CONFIG_ROOT", &directory, Origin::Builtin)
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

/// Reads the files in the directories that `LOCAL_CONFIG_DIR` lists.
fn directories(reader: &mut Reader, setting: Option<&(String, Origin)>) -> Result<(), ConfigError> {
    let Some((list, by)) = setting else {
        return Ok(());
    };
    let required = required(reader)?;
    for (count, directory) in split_list(list).enumerate() {
        if count >= MAX_FILES {
            return Err(ConfigError::TooManyFiles {
                max: MAX_FILES,
                origin: by.clone(),
            });
        }
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
                reader.named(&path, DIRECTORIES, by, required, 1)?;
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

/// Reads the files that `LOCAL_CONFIG_FILE` lists, or what the command prints that it is. If one of them changes the list,
/// the rest of the new list is read.
fn local_files(reader: &mut Reader) -> Result<(), ConfigError> {
    let required = required(reader)?;
    let Some((mut list, mut by)) = value(reader, FILES)? else {
        return Ok(());
    };
    let mut done: Vec<String> = Vec::new();
    let mut sources = sources_in(&list);
    while let Some(source) = sources.pop_front() {
        if done.len() >= MAX_FILES {
            return Err(ConfigError::TooManyFiles {
                max: MAX_FILES,
                origin: by,
            });
        }
        if is_command(&source) {
            reader.command(&source, &by, true, Exit::Counts, 1, None)?;
        } else {
            reader.named(Path::new(&source), FILES, &by, required, 1)?;
        }
        done.push(source);
        // A list that became empty changes nothing.
        if let Some((now, place)) = value(reader, FILES)?.filter(|(now, _)| *now != list) {
            sources = sources_in(&now);
            sources.retain(|source| !done.contains(source));
            (list, by) = (now, place);
        }
    }
    Ok(())
}

/// The files in a list, or the command that it is.
fn sources_in(list: &str) -> VecDeque<String> {
    if is_command(list) {
        VecDeque::from([list.to_owned()])
    } else {
        split_list(list).map(str::to_owned).collect()
    }
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
    reader.named(&path, USER, &by, false, 1)
}

/// What `condor_config_val -set` left for this daemon, where ENABLE_PERSISTENT_CONFIG is true (`process_persistent_configs`): a
/// file, and one for each name in RUNTIME_CONFIG_ADMIN that it sets.
fn persistent(reader: &mut Reader, sources: &Sources) -> Result<(), ConfigError> {
    const ENABLE: &str = "ENABLE_PERSISTENT_CONFIG";
    let Some((enabled, by)) = value(reader, ENABLE)? else {
        return Ok(());
    };
    // What is no boolean counts as the default.
    if parse_bool(&enabled) != Ok(true) {
        return Ok(());
    }
    let subsystem = sources.subsystem.as_str();
    let own = value(reader, &format!("{subsystem}_CONFIG"))?;
    let folder = value(reader, "PERSISTENT_CONFIG_DIR")?;
    let folder_file = |(folder, _)| format!("{folder}/.config.{subsystem}");
    let Some(top) = own.map(|(file, _)| file).or(folder.map(folder_file)) else {
        return Ok(());
    };
    if matches!(Path::new(&top).try_exists(), Ok(false)) {
        return Ok(());
    }
    reader.owned(Path::new(&top), ENABLE, &by)?;
    if let Some((names, _)) = value(reader, "RUNTIME_CONFIG_ADMIN")? {
        for name in split_list(&names) {
            let file = format!("{top}.{name}");
            reader.owned(Path::new(&file), "RUNTIME_CONFIG_ADMIN", &by)?;
        }
    }
    Ok(())
}

/// UID_DOMAIN and FILESYSTEM_DOMAIN are this host's full name where they are empty (`check_domain_attributes`).
fn domains(reader: &mut Reader, sources: &Sources) -> Result<(), ConfigError> {
    let Some(host) = sources.builtin("FULL_HOSTNAME") else {
        return Ok(());
    };
    for name in ["FILESYSTEM_DOMAIN", "UID_DOMAIN"] {
        // What cannot be expanded is told to whoever asks for it.
        if matches!(reader.get(name), Ok(None)) {
            reader.insert(name, host, Origin::Builtin)?;
        }
    }
    Ok(())
}

/// Settings `AUTO_USE_CATEGORY_TEMPLATE` that are true stand for `use CATEGORY : TEMPLATE` at the very end, behind the
/// environment too (`do_smart_auto_use`).
fn auto_use(reader: &mut Reader) -> Result<(), ConfigError> {
    let names: Vec<String> = reader
        .table
        .all()
        .map(|found| found.name.to_owned())
        .filter(|name| auto_use_of(name).is_some())
        .collect();
    for name in names {
        let Some((condition, set_at)) = value(reader, &name)? else {
            continue;
        };
        let Some((category, template)) = auto_use_of(&name) else {
            continue;
        };
        // Here, what is no condition and a template that does not exist only make HTCondor complain.
        match reader.test(&condition, &set_at) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                reader.warn(
                    &set_at,
                    format!("HTCondor ignores {name}, since its value is no condition: {error}"),
                );
                continue;
            }
        }
        match reader.table.release().template(category, template) {
            None => reader.warn(
                &set_at,
                format!("HTCondor ignores {name}, since there is no such template"),
            ),
            Some(template) => {
                let origin = Origin::AutoUse {
                    name: name.clone(),
                    set_at: Arc::new(set_at),
                };
                reader.use_template(template, "", &origin, 1)?;
            }
        }
    }
    Ok(())
}

fn auto_use_of(name: &str) -> Option<(&str, &str)> {
    const PREFIX: &str = "AUTO_USE_";
    let (prefix, rest) = name.split_at_checked(PREFIX.len())?;
    let (category, template) = rest.split_once('_')?;
    let is_category = !category.is_empty() && category.bytes().all(|b| b.is_ascii_alphabetic());
    (prefix.eq_ignore_ascii_case(PREFIX) && is_category && !template.is_empty())
        .then_some((category, template))
}
