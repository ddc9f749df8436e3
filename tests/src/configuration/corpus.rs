//! Configurations that other people wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Case, HERE};
use crate::roots;
use crate::run::User;

/// The cases of one origin.
#[derive(Debug)]
pub struct Origin {
    /// What it is called.
    pub name: String,
    /// Its cases; or why there are none here.
    pub cases: Result<Vec<Case>, String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configurations")
}

/// All of them.
///
/// # Errors
/// The folder with them cannot be read.
pub fn all() -> Result<Vec<Origin>, String> {
    let mut origins = vec![packaged()];
    for name in ["examples", "manual", "tests"] {
        origins.push(Origin {
            name: format!("htcondor-{name}"),
            cases: Ok(files(&folder().join("htcondor").join(name))?),
        });
    }
    origins.extend(clones()?);
    Ok(origins)
}

fn text(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Each file is a case; in one called `*.blocks`, each block.
fn files(folder: &Path) -> Result<Vec<Case>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bytes = text(&path)?;
        let Some(document) = name.strip_suffix(".blocks") else {
            cases.push(Case::new(name, bytes));
            continue;
        };
        let bytes = String::from_utf8_lossy(&bytes);
        for block in bytes.split("=== line ").skip(1) {
            let (line, body) = block.split_once('\n').unwrap_or((block, ""));
            cases.push(Case::new(format!("{document}:{line}"), body));
        }
    }
    Ok(cases)
}

/// What the two packages bring, read as several daemons and users.
fn packaged() -> Origin {
    let mut cases = Vec::new();
    let readers = [
        (None, None, User::Root),
        (None, None, User::Alice),
        (Some("SCHEDD"), None, User::Root),
        (Some("STARTD"), Some("east"), User::Root),
    ];
    for (subsystem, local_name, user) in readers {
        let name = format!(
            "/etc/condor/condor_config {subsystem:?} {local_name:?} {}",
            user.name()
        );
        let mut case = Case::new(name, "");
        case.files.clear();
        case.first = "/etc/condor/condor_config".to_owned();
        case.subsystem = subsystem.map(str::to_owned);
        case.local_name = local_name.map(str::to_owned);
        case.user = user;
        cases.push(case);
    }
    let mut none = Case::new("no file at all", "");
    none.files.clear();
    none.first = "/dev/null".to_owned();
    let mut only = none.clone();
    only.name = "the environment alone".to_owned();
    only.variables = [
        ("CONDOR_CONFIG", "ONLY_ENV"),
        ("_CONDOR_ALLOW_READ", "*.$(UID_DOMAIN)"),
        ("_condor_tool.allow_write", "$(ALLOW_READ)"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    cases.extend([none, only]);
    Origin {
        name: "packaged".to_owned(),
        cases: Ok(cases),
    }
}

/// Where somebody may have put git clones.
fn cloned(repository: &str) -> Result<PathBuf, String> {
    let name = repository.replace('/', "+");
    let path = roots::cache()?.join("sources").join(&name);
    if path.is_dir() {
        return Ok(path);
    }
    Err(format!(
        "there is no clone of https://github.com/{repository} in {}",
        path.display()
    ))
}

fn clones() -> Result<Vec<Origin>, String> {
    let list = String::from_utf8_lossy(&text(&folder().join("clones"))?).into_owned();
    let mut origins: Vec<(String, String, Vec<String>)> = Vec::new();
    for line in list
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        match (line.strip_prefix("    "), origins.last_mut()) {
            (Some(path), Some((_, _, paths))) => paths.push(path.to_owned()),
            _ => {
                let mut words = line.split(' ').map(str::to_owned);
                let repository = words.next().unwrap_or_default();
                origins.push((repository, words.next().unwrap_or_default(), Vec::new()));
            }
        }
    }
    let made = origins
        .into_iter()
        .map(|(repository, commit, paths)| Origin {
            cases: cloned(&repository).and_then(|clone| of_clone(&clone, &commit, &paths)),
            name: repository.rsplit('/').next().unwrap_or_default().to_owned(),
        });
    Ok(made.collect())
}

fn of_clone(clone: &Path, commit: &str, paths: &[String]) -> Result<Vec<Case>, String> {
    let mut texts = BTreeMap::new();
    for path in paths {
        let output = Command::new("git")
            .arg("-C")
            .arg(clone)
            .args(["show", &format!("{commit}:{path}")])
            .output()
            .map_err(|error| format!("git: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{}: {said}", clone.display()));
        }
        texts.insert(path.as_str(), output.stdout);
    }
    let mut cases: Vec<Case> = texts
        .iter()
        .map(|(path, text)| Case::new(*path, text.clone()))
        .collect();
    cases.extend(compute_element(&texts));
    cases.extend(glidein(&texts));
    Ok(cases)
}

/// In place of the program whose output is part of HTCondor-CE's configuration.
const ROUTER: &[u8] =
    b"#!/bin/sh\necho 'JOB_ROUTER_DEFAULTS_GENERATED = [ MaxIdleJobs = 2000; ]'\n";

/// HTCondor-CE as its packages install it, for each batch system.
fn compute_element(texts: &BTreeMap<&str, Vec<u8>>) -> Vec<Case> {
    let Some(first) = texts.get("config/condor_config") else {
        return Vec::new();
    };
    let flavours = [
        "bosco",
        "condor",
        "lsf",
        "pbs",
        "sge",
        "slurm",
        "view",
        "collector",
    ];
    let mut cases = Vec::new();
    for flavour in flavours {
        for subsystem in ["TOOL", "SCHEDD"] {
            let mut case = Case::new(format!("CE for {flavour} as {subsystem}"), moved(first));
            case.subsystem = Some(subsystem.to_owned());
            case.files.push((
                "share/condor_ce_router_defaults".to_owned(),
                ROUTER.to_vec(),
            ));
            for (path, text) in texts {
                let Some(name) = path
                    .strip_prefix("config/")
                    .filter(|name| name.ends_with(".conf"))
                else {
                    continue;
                };
                let of = flavours
                    .iter()
                    .find(|one| name.contains(&format!("-ce-{one}")));
                if of.is_some_and(|of| *of != flavour) || name.contains(".osg") {
                    continue;
                }
                let part = if name.contains("-defaults") {
                    "share"
                } else {
                    "etc"
                };
                case.files
                    .push((format!("{part}/config.d/{name}"), moved(text)));
            }
            cases.push(case);
        }
    }
    cases
}

/// A text of HTCondor-CE's that finds its files in the case's folder.
fn moved(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let text = text.replace("/usr/share/condor-ce", &format!("{HERE}/share"));
    text.replace("/etc/condor-ce", &format!("{HERE}/etc"))
        .into_bytes()
}

/// GlideinWMS's central manager and factory: all their files in one folder, and its glidein with each of the extras.
fn glidein(texts: &BTreeMap<&str, Vec<u8>>) -> Vec<Case> {
    let folder = "install/templates/";
    let mut cases = Vec::new();
    for (what, is_of) in [
        (
            "frontend",
            (|name: &str| !name.contains("factory")) as fn(&str) -> bool,
        ),
        ("factory", |name| {
            name.contains("factory") || name.contains("local")
        }),
    ] {
        let mut case = Case::new(
            format!("GlideinWMS {what}"),
            format!("LOCAL_CONFIG_DIR = {HERE}/config.d\n"),
        );
        for (path, text) in texts {
            if let Some(name) = path.strip_prefix(folder).filter(|name| is_of(name)) {
                case.files.push((format!("config.d/{name}"), text.clone()));
            }
        }
        if case.files.len() > 1 {
            cases.push(case);
        }
    }
    let base = "creation/web_base/condor_config";
    let Some(first) = texts.get(base) else {
        return cases;
    };
    for (path, text) in texts {
        if path.starts_with(&format!("{base}.")) {
            let whole = [first.as_slice(), b"\n", text].concat();
            let mut case = Case::new(format!("glidein with {path}"), whole);
            case.subsystem = Some("STARTD".to_owned());
            cases.push(case);
        }
    }
    cases
}
