//! The files and folders that settings name: whether they are there, and who may read what is secret.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use countersign_config::{Origin, Setting, split_list};

use super::methods::is_missing;
use super::{Check, Code, Said, Severity};

/// Files whose absence is worth telling where a site names them, and what HTCondor does without.
const FILES: [(&str, &str); 10] = [
    (
        "CERTIFICATE_MAPFILE",
        "goes on without a mapfile, and maps nobody by it",
    ),
    ("KERBEROS_MAP_FILE", "goes on without it"),
    (
        "AUTH_SSL_SERVER_CAFILE",
        "trusts no client's certificate for its sake",
    ),
    (
        "AUTH_SSL_CLIENT_CAFILE",
        "trusts no server's certificate for its sake",
    ),
    ("AUTH_SSL_SERVER_CADIR", "finds no authority there"),
    ("AUTH_SSL_CLIENT_CADIR", "finds no authority there"),
    ("FS_LOCAL_DIR", "cannot perform FS"),
    ("FS_REMOTE_DIR", "cannot perform FS_REMOTE"),
    (
        "SEC_PASSWORD_DIRECTORY",
        "finds no signing key there, and takes no token",
    ),
    (
        "KERBEROS_SERVER_KEYTAB",
        "cannot perform KERBEROS as a server",
    ),
];

/// A setting and where it stands.
type At<'a> = (&'a str, &'a Origin);

/// What a secret is.
enum Secret {
    /// HTCondor refuses to use it if others can read it.
    Refused(&'static str),
    /// HTCondor does not look who can read it.
    NotLookedAt(&'static str),
}

const SIGNS: &str = "signs tokens for anybody, as anybody";
const POSES: &str = "poses as this host";
const SPEAKS: &str = "is whoever the token names";

pub(super) fn check(check: &mut Check<'_>) {
    for (knob, without) in FILES {
        if let Some(setting) = of_site(check, knob) {
            missing(check, &setting, without);
        }
    }
    further_configuration(check);
    certificates(check);
    secrets(check);
}

/// What HTCondor's packages name although they have no such file.
const OF_PACKAGES: &str = "condor_config.local";

/// Folders and files with more configuration that are not there, over which HTCondor goes on.
fn further_configuration(check: &mut Check<'_>) {
    let without =
        "reads nothing from there, without a word: what is thought to be set there is not";
    for (knob, severity) in [
        ("LOCAL_CONFIG_DIR", Severity::Suspicious),
        ("LOCAL_CONFIG_FILE", Severity::Note),
    ] {
        let Some(setting) = of_site(check, knob).filter(|setting| !setting.value.contains('|'))
        else {
            continue;
        };
        let root = check.config.files().first().and_then(|root| root.parent());
        let usual = root.map(|root| root.join(OF_PACKAGES));
        let absent: Vec<String> = split_list(&setting.value)
            .map(Path::new)
            .filter(|path| Some(*path) != usual.as_deref())
            .filter(|path| fs::metadata(path).is_err_and(|error| is_missing(&error)))
            .map(|path| path.display().to_string())
            .collect();
        if absent.is_empty() {
            continue;
        }
        let rest: Vec<&str> = split_list(&setting.value)
            .filter(|path| !absent.iter().any(|gone| gone == path))
            .collect();
        let said = Said {
            code: Code::MissingFile,
            severity,
            what: format!("{}, which {knob} names, is not there", absent.join(", ")),
            htcondor: without.to_owned(),
            fix: if rest.is_empty() {
                format!("make it, correct its name, or remove {}", setting.name)
            } else {
                let rest = rest.join(", ");
                format!(
                    "make it, correct its name, or write {} = {rest}",
                    setting.name
                )
            },
        };
        check.find(setting.name, setting.origin, said);
    }
}

/// The paths of a list; HTCondor splits these at commas alone.
pub(super) fn paths(value: &str) -> Vec<PathBuf> {
    let paths = value.split(',').map(str::trim);
    paths
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect()
}

/// A setting that the site wrote.
fn of_site<'a>(check: &Check<'a>, knob: &str) -> Option<Setting<'a>> {
    let setting = check.get(knob);
    setting.filter(|setting| !matches!(setting.origin, Origin::Default | Origin::Builtin))
}

/// None of the paths is there.
fn missing(check: &mut Check<'_>, setting: &Setting<'_>, without: &str) {
    let mut absent = Vec::new();
    for path in paths(&setting.value) {
        match fs::metadata(&path) {
            Ok(_) => return,
            Err(error) if is_missing(&error) => absent.push(path.display().to_string()),
            Err(error) => return check.skip(path.display().to_string(), error.to_string()),
        }
    }
    let pool_key = match base(setting.name) {
        "SEC_PASSWORD_DIRECTORY" => pool_key(check),
        _ => None,
    };
    let said = match pool_key {
        Some(key) => Said {
            code: Code::MissingFile,
            severity: Severity::Note,
            what: format!("{} is not there", absent.join(", ")),
            htcondor: format!(
                "takes the tokens that {key} signed, and no others: any other key would be in this folder"
            ),
            fix: format!(
                "make it before there is another signing key, or remove {}",
                setting.name
            ),
        },
        None => Said {
            code: Code::MissingFile,
            severity: Severity::Error,
            what: format!("{} is not there", absent.join(", ")),
            htcondor: without.to_owned(),
            fix: format!("make it, or correct {}", setting.name),
        },
    };
    check.find(setting.name, setting.origin, said);
}

/// A name without what stands in front of it.
fn base(name: &str) -> &str {
    name.split_once('.').map_or(name, |(_, base)| base)
}

/// The file of the signing key POOL, if it is there, or may be.
fn pool_key(check: &Check<'_>) -> Option<String> {
    let setting = check.get("SEC_TOKEN_POOL_SIGNING_KEY_FILE")?;
    let path = setting.value.trim();
    let is_gone = fs::metadata(path).is_err_and(|error| is_missing(&error));
    (!is_gone).then(|| path.to_owned())
}

/// A host's certificate without its key, or the other way round.
fn certificates(check: &mut Check<'_>) {
    for (of_certificate, of_key) in [
        ("AUTH_SSL_SERVER_CERTFILE", "AUTH_SSL_SERVER_KEYFILE"),
        ("AUTH_SSL_CLIENT_CERTFILE", "AUTH_SSL_CLIENT_KEYFILE"),
    ] {
        let (Some(certificate), Some(key)) = (check.get(of_certificate), check.get(of_key)) else {
            continue;
        };
        for (one, other) in paths(&certificate.value).into_iter().zip(paths(&key.value)) {
            let is_there = |path: &Path| {
                fs::metadata(path).map(|_| true).or_else(|error| {
                    if is_missing(&error) {
                        Ok(false)
                    } else {
                        Err(error)
                    }
                })
            };
            let (setting, absent, present) = match (is_there(&one), is_there(&other)) {
                (Ok(true), Ok(false)) => (&key, other, one),
                (Ok(false), Ok(true)) => (&certificate, one, other),
                _ => continue,
            };
            if matches!(setting.origin, Origin::Default) {
                continue;
            }
            let said = Said {
                code: Code::MissingFile,
                severity: Severity::Error,
                what: format!(
                    "{} is there, but {} is not",
                    present.display(),
                    absent.display()
                ),
                htcondor: "cannot use a certificate without its key, and goes without it"
                    .to_owned(),
                fix: format!("make {}, or correct {}", absent.display(), setting.name),
            };
            check.find(setting.name, setting.origin, said);
        }
    }
}

fn secrets(check: &mut Check<'_>) {
    for (knob, secret) in [
        ("SEC_TOKEN_POOL_SIGNING_KEY_FILE", Secret::Refused(SIGNS)),
        ("SEC_PASSWORD_FILE", Secret::Refused(SIGNS)),
        ("AUTH_SSL_SERVER_KEYFILE", Secret::NotLookedAt(POSES)),
        ("AUTH_SSL_CLIENT_KEYFILE", Secret::NotLookedAt(POSES)),
        (
            "TRUST_DOMAIN_CAKEY",
            Secret::NotLookedAt("makes certificates that the pool trusts"),
        ),
        ("KERBEROS_SERVER_KEYTAB", Secret::NotLookedAt(POSES)),
    ] {
        if let Some(setting) = check.get(knob) {
            // A keytab may have its kind before it.
            let value = setting
                .value
                .strip_prefix("FILE:")
                .unwrap_or(&setting.value);
            for path in paths(value) {
                file(check, (setting.name, setting.origin), &path, &secret);
            }
        }
    }
    let home = check.host.home.as_ref().filter(|_| !check.host.is_root);
    let tokens = home.map(|home| home.join(".condor/tokens.d"));
    if let (Some(path), None) = (tokens, check.get("SEC_TOKEN_DIRECTORY")) {
        folder(
            check,
            ("SEC_TOKEN_DIRECTORY", &Origin::Default),
            &path,
            SPEAKS,
        );
    }
    for (knob, whose) in [
        ("SEC_PASSWORD_DIRECTORY", SIGNS),
        ("SEC_TOKEN_DIRECTORY", SPEAKS),
        ("SEC_TOKEN_SYSTEM_DIRECTORY", SPEAKS),
    ] {
        if let Some(setting) = check.get(knob) {
            let at = (setting.name, setting.origin);
            folder(check, at, Path::new(setting.value.trim()), whose);
        }
    }
}

/// The most files of a folder that are looked at.
const MOST_FILES: usize = 10_000;

fn folder(check: &mut Check<'_>, at: At<'_>, path: &Path, whose: &'static str) {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return not_seen(check, path, &error),
    };
    let mode = metadata.mode() & 0o7777;
    if metadata.is_dir() && mode & 0o022 != 0 {
        let said = Said {
            code: Code::ExposedSecret,
            severity: Severity::Dangerous,
            what: format!(
                "others than its owner can write to {} (mode {mode:04o})",
                path.display()
            ),
            htcondor: "does not look at a folder's mode; who puts a file there has it used"
                .to_owned(),
            fix: format!("chmod go-w {}", path.display()),
        };
        check.find(at.0, at.1, said);
    }
    match fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries.flatten().take(MOST_FILES) {
                file(check, at, &entry.path(), &Secret::Refused(whose));
            }
        }
        Err(error) => not_seen(check, path, &error),
    }
}

fn not_seen(check: &mut Check<'_>, path: &Path, error: &std::io::Error) {
    if !is_missing(error) {
        check.skip(path.display().to_string(), error.to_string());
    }
}

fn file(check: &mut Check<'_>, at: At<'_>, path: &Path, secret: &Secret) {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return not_seen(check, path, &error),
    };
    let mode = metadata.mode() & 0o7777;
    let (exposed, whose, htcondor) = match secret {
        Secret::Refused(whose) => (
            mode & 0o077,
            whose,
            "refuses to use it as long as others may do anything with it",
        ),
        Secret::NotLookedAt(whose) => (mode & 0o077, whose, "does not look who can read it"),
    };
    if !metadata.is_file() || exposed == 0 || !check.secrets.insert(path.to_owned()) {
        return;
    }
    // A group of its own for the programs that need a host's key is usual.
    let is_usual = matches!(secret, Secret::NotLookedAt(_)) && exposed == 0o040;
    let who = if mode & 0o007 != 0 {
        "everybody on this host"
    } else {
        "its group"
    };
    let said = Said {
        code: Code::ExposedSecret,
        severity: if is_usual {
            Severity::Note
        } else {
            Severity::Dangerous
        },
        what: format!(
            "{} is open to {who} (mode {mode:04o}); who has it {whose}",
            path.display()
        ),
        htcondor: htcondor.to_owned(),
        fix: format!(
            "chmod 0600 {}, and make a new one if somebody may have read it",
            path.display()
        ),
    };
    check.find(at.0, at.1, said);
}
