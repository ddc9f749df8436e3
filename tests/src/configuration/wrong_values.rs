//! What 25.14.1's collector and `condor_ping` do with wrong security settings, next to what `countersign config check` says
//! of them: each case is run as it is, and as the check says that it should be.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::bench::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::{Release, Roots};
use crate::run::{Output, User, command, finish};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The daemon could not be started.
    NoStart,
    /// It ended, with status 4, when the command came.
    Ended,
    /// It refused the command and lives.
    Refused,
    /// It let the command through, authenticated by a method or by `none`, encrypted by a cipher or by `none`.
    Allowed(&'static str, &'static str),
    /// The tool ended with status 4 before it asked anything.
    ToolEnded,
    /// The tool printed an error, and the command went through as `none`.
    ToolComplained,
}

/// Whose settings are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Daemon,
    Tool,
}

struct Case {
    name: &'static str,
    whose: Whose,
    /// What is in order, and stays.
    beside: &'static str,
    /// The wrong line, and what HTCondor makes of it.
    wrong: (&'static str, Seen),
    /// The line as it should be, and what HTCondor makes of that.
    right: (&'static str, Seen),
    /// The findings on the wrong line, which the right one does not have.
    codes: &'static [&'static str],
}

const NONE: Seen = Seen::Allowed("none", "none");
const FS: Seen = Seen::Allowed("FS", "AES");
const ENCRYPTED: Seen = Seen::Allowed("none", "AES");

const fn daemon(
    name: &'static str,
    beside: &'static str,
    wrong: (&'static str, Seen),
    right: (&'static str, Seen),
    codes: &'static [&'static str],
) -> Case {
    Case {
        name,
        whose: Whose::Daemon,
        beside,
        wrong,
        right,
        codes,
    }
}

const fn tool(
    name: &'static str,
    beside: &'static str,
    wrong: (&'static str, Seen),
    right: (&'static str, Seen),
    codes: &'static [&'static str],
) -> Case {
    Case {
        name,
        whose: Whose::Tool,
        beside,
        wrong,
        right,
        codes,
    }
}

const REQUIRED: &str = "SEC_DEFAULT_AUTHENTICATION = REQUIRED";
const SECRET: &str = "SEC_DEFAULT_ENCRYPTION = REQUIRED";
const WRONG: &[&str] = &["wrong-value"];

const CASES: &[Case] = &[
    // A word.
    daemon(
        "word-at-start",
        "",
        ("SEC_DEFAULT_AUTHENTICATION = MAYBE", Seen::NoStart),
        ("SEC_DEFAULT_AUTHENTICATION = REQUIRED", FS),
        WRONG,
    ),
    daemon(
        "word-when-used",
        "",
        ("SEC_WRITE_AUTHENTICATION = MAYBE", Seen::Ended),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        WRONG,
    ),
    tool(
        "word",
        "",
        ("SEC_CLIENT_AUTHENTICATION = MAYBE", Seen::ToolEnded),
        ("SEC_CLIENT_AUTHENTICATION = REQUIRED", FS),
        WRONG,
    ),
    daemon(
        "first-letter-weaker",
        "",
        ("SEC_WRITE_AUTHENTICATION = NEEDED", NONE),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        &["misread-word"],
    ),
    daemon(
        "first-letter-same",
        "",
        ("SEC_WRITE_AUTHENTICATION = REQURED", FS),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        &["misread-word"],
    ),
    // A truth value.
    daemon(
        "truth-at-start",
        "",
        ("SEC_ENABLE_REMOTE_ADMINISTRATION = yes", Seen::NoStart),
        ("SEC_ENABLE_REMOTE_ADMINISTRATION = True", NONE),
        WRONG,
    ),
    daemon(
        "truth-when-used",
        REQUIRED,
        ("FS_ROOT_TO_CONDOR = si", Seen::Ended),
        ("FS_ROOT_TO_CONDOR = True", FS),
        WRONG,
    ),
    tool(
        "truth",
        "SEC_CLIENT_AUTHENTICATION = OPTIONAL",
        ("LEGACY_ALLOW_SEMANTICS = perhaps", Seen::ToolComplained),
        ("LEGACY_ALLOW_SEMANTICS = False", NONE),
        WRONG,
    ),
    daemon(
        "auto",
        "",
        ("ENABLE_IPV6 = perhaps", Seen::NoStart),
        ("ENABLE_IPV6 = Auto", NONE),
        WRONG,
    ),
    // A number.
    daemon(
        "number-at-start",
        "",
        ("SEC_DEFAULT_SESSION_DURATION = 1d", Seen::NoStart),
        ("SEC_DEFAULT_SESSION_DURATION = 24 * 3600", NONE),
        WRONG,
    ),
    daemon(
        "number-when-used",
        "",
        ("SEC_SESSION_DURATION_SLOP = soon", Seen::Ended),
        ("SEC_SESSION_DURATION_SLOP = 60", NONE),
        WRONG,
    ),
    daemon(
        "number-of-a-level",
        "",
        ("SEC_WRITE_SESSION_DURATION = 1d", NONE),
        ("SEC_WRITE_SESSION_DURATION = 86400", NONE),
        WRONG,
    ),
    daemon(
        "number-without-sense",
        "",
        ("SEC_WRITE_SESSION_LEASE = -5", NONE),
        ("SEC_WRITE_SESSION_LEASE = 5", NONE),
        WRONG,
    ),
    daemon(
        "ids",
        "",
        ("CONDOR_IDS = 101", Seen::NoStart),
        ("CONDOR_IDS = 101.101", NONE),
        WRONG,
    ),
    // Names.
    daemon(
        "misspelt",
        "",
        ("SEC_DEFAULT_AUTENTICATION = REQUIRED", NONE),
        ("SEC_DEFAULT_AUTHENTICATION = REQUIRED", FS),
        &["misspelt"],
    ),
    daemon(
        "hostallow",
        "ALLOW_WRITE =\nALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("HOSTALLOW_WRITE = *", Seen::Refused),
        ("ALLOW_WRITE = *", NONE),
        &["obsolete"],
    ),
    daemon(
        "no-level",
        "",
        ("SEC_SUBMIT_AUTHENTICATION = REQUIRED", NONE),
        ("SEC_WRITE_AUTHENTICATION = REQUIRED", FS),
        &["no-such-level"],
    ),
    daemon(
        "no-program",
        "",
        ("COLECTOR.SEC_DEFAULT_AUTHENTICATION = REQUIRED", NONE),
        ("COLLECTOR.SEC_DEFAULT_AUTHENTICATION = REQUIRED", FS),
        &["no-such-program"],
    ),
    // Lists.
    daemon(
        "methods-separator",
        REQUIRED,
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE;FS",
            Seen::Refused,
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["separator", "no-method"],
    ),
    daemon(
        "methods-unknown",
        REQUIRED,
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = FILE_SYSTEM",
            Seen::Refused,
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["unknown-method", "no-method"],
    ),
    daemon(
        "methods-passed-over",
        REQUIRED,
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FILE_SYSTEM FS", FS),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["unknown-method"],
    ),
    daemon(
        "methods-gone",
        REQUIRED,
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = GSI", Seen::Refused),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["dropped-method", "no-method"],
    ),
    daemon(
        "ciphers-case",
        SECRET,
        ("SEC_DEFAULT_CRYPTO_METHODS = aes", Seen::Refused),
        ("SEC_DEFAULT_CRYPTO_METHODS = AES", ENCRYPTED),
        &["unknown-cipher", "no-cipher"],
    ),
    daemon(
        "ciphers-separator",
        SECRET,
        ("SEC_DEFAULT_CRYPTO_METHODS = AES|3DES", Seen::Refused),
        ("SEC_DEFAULT_CRYPTO_METHODS = AES 3DES", ENCRYPTED),
        &["separator", "no-cipher"],
    ),
    daemon(
        "ciphers-weak-first",
        SECRET,
        (
            "SEC_DEFAULT_CRYPTO_METHODS = 3DES AES",
            Seen::Allowed("none", "3DES"),
        ),
        ("SEC_DEFAULT_CRYPTO_METHODS = AES 3DES", ENCRYPTED),
        &["weak-cipher"],
    ),
    daemon(
        "allow-separator",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = 127.0.0.1;10.0.0.1", Seen::Refused),
        ("ALLOW_WRITE = 127.0.0.1, 10.0.0.1", NONE),
        &["separator"],
    ),
    daemon(
        "deny-separator",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y\nALLOW_WRITE = 127.0.0.1",
        ("DENY_WRITE = 127.0.0.1;10.0.0.1", NONE),
        ("DENY_WRITE = 127.0.0.1, 10.0.0.1", Seen::Refused),
        &["separator"],
    ),
    daemon(
        "allow-address",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = <127.0.0.1:9618>", Seen::Refused),
        ("ALLOW_WRITE = 127.0.0.1", NONE),
        &["matches-nobody"],
    ),
    daemon(
        "allow-network",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = 127.0.0.0/33", Seen::Refused),
        ("ALLOW_WRITE = 127.0.0.0/8", NONE),
        &["misread-network"],
    ),
    daemon(
        "allow-every-network",
        "ALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
        ("ALLOW_WRITE = 10.0.0.0/", NONE),
        ("ALLOW_WRITE = 10.0.0.0/8", Seen::Refused),
        &["misread-network"],
    ),
    // What cannot go together.
    daemon(
        "encryption-without-authentication",
        SECRET,
        ("SEC_WRITE_AUTHENTICATION = NEVER", Seen::Refused),
        ("SEC_WRITE_AUTHENTICATION = OPTIONAL", ENCRYPTED),
        &["contradiction"],
    ),
    daemon(
        "integrity-without-negotiation",
        "SEC_WRITE_INTEGRITY = REQUIRED",
        ("SEC_WRITE_NEGOTIATION = NEVER", Seen::Refused),
        (
            "SEC_WRITE_NEGOTIATION = OPTIONAL",
            Seen::Allowed("none", "none"),
        ),
        &["contradiction"],
    ),
    tool(
        "encryption-without-authentication",
        "SEC_CLIENT_ENCRYPTION = REQUIRED",
        ("SEC_CLIENT_AUTHENTICATION = NEVER", Seen::Refused),
        ("SEC_CLIENT_AUTHENTICATION = OPTIONAL", ENCRYPTED),
        &["contradiction"],
    ),
    tool(
        "no-method",
        "SEC_CLIENT_AUTHENTICATION = REQUIRED",
        (
            "SEC_CLIENT_AUTHENTICATION_METHODS = KERBEROS5",
            Seen::Refused,
        ),
        ("SEC_CLIENT_AUTHENTICATION_METHODS = FS", FS),
        &["unknown-method", "no-method"],
    ),
    // Who gets in who should not.
    daemon(
        "open-to-all",
        "",
        ("ALLOW_WRITE = *", NONE),
        (
            "ALLOW_WRITE = condor@pool.example\nALLOW_DAEMON = x@y\nALLOW_ADMINISTRATOR = x@y",
            Seen::Refused,
        ),
        &["open-to-all"],
    ),
    daemon(
        "bare-word",
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_WRITE = condor@pool.example",
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE",
            Seen::Allowed("CLAIMTOBE", "AES"),
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["proves-nothing"],
    ),
    daemon(
        "anonymous",
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_WRITE = *",
        (
            "SEC_DEFAULT_AUTHENTICATION_METHODS = ANONYMOUS",
            Seen::Allowed("ANONYMOUS", "AES"),
        ),
        ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS", FS),
        &["proves-nothing"],
    ),
    // Files.
    daemon(
        "no-folder-for-fs",
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = FS",
        ("FS_LOCAL_DIR = /nonexistent", Seen::Refused),
        ("FS_LOCAL_DIR = /tmp", FS),
        &["missing-file"],
    ),
    daemon(
        "no-mapfile",
        REQUIRED,
        ("CERTIFICATE_MAPFILE = /nonexistent", FS),
        ("CERTIFICATE_MAPFILE = /dev/null", FS),
        &["missing-file"],
    ),
];

const BASE: &str = "\
NETWORK_INTERFACE = 127.0.0.1
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
ALLOW_READ = *
ALLOW_WRITE = *
ALLOW_DAEMON = *
ALLOW_ADMINISTRATOR = *
";
const CLIENT: &str = "\
NETWORK_INTERFACE = 127.0.0.1
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
SEC_CLIENT_AUTHENTICATION_METHODS = FS, CLAIMTOBE, ANONYMOUS
";
const LIMIT: Duration = Duration::from_secs(60);
const DEATH: Duration = Duration::from_secs(5);

type Run = Box<dyn FnOnce(&Roots, &str) -> Result<(), String> + Send>;

/// A trial for each case, and the packages' own configurations, in which nothing is to be found.
pub fn trials(bench: Option<&Arc<Bench>>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |name: String, run: Run| {
        let bench = bench.cloned();
        let run = move || match bench {
            Some(bench) => run(&bench.roots, &bench.program).map_err(Failed::from),
            None => Ok(()),
        };
        trials.push(Trial::test(format!("wrong-values/{name}"), run));
    };
    for case in CASES {
        let name = format!("{:?}/{}", case.whose, case.name).to_lowercase();
        add(
            name,
            Box::new(move |roots, program| one(roots, program, case)),
        );
    }
    for release in Release::BOTH {
        for user in [User::Root, User::Alice] {
            let name = format!("packaged/{}/{}", release.version(), user.name());
            add(
                name,
                Box::new(move |roots, program| packaged(roots, program, release, user)),
            );
        }
    }
    trials
}

fn one(roots: &Roots, program: &str, case: &Case) -> Result<(), String> {
    for ((line, expected), is_wrong) in [(case.wrong, true), (case.right, false)] {
        let seen = watch(roots, case, line, expected)?;
        if seen != expected {
            return Err(format!("with {line}: {seen:?}, not {expected:?}"));
        }
        let codes = found(roots, program, case, line)?;
        for code in case.codes {
            if codes.iter().any(|found| found == code) != is_wrong {
                return Err(format!(
                    "with {line}: {code} is expected: {is_wrong}, found {codes:?}"
                ));
            }
        }
    }
    Ok(())
}

/// The whole file of a side. What is wrong stands last, so that it counts over what is beside it.
fn file(case: &Case, line: &str, whose: Whose) -> String {
    let base = match whose {
        Whose::Daemon => BASE,
        Whose::Tool => CLIENT,
    };
    if case.whose == whose {
        format!("{base}{}\n{line}\n", case.beside)
    } else {
        base.to_owned()
    }
}

/// Runs a collector and `condor_ping WRITE`.
fn watch(roots: &Roots, case: &Case, line: &str, expected: Seen) -> Result<Seen, String> {
    let newest = Release::Newest;
    let config = file(case, line, Whose::Daemon);
    let mut daemon = match Daemon::start(roots, newest, Kind::Collector, &config) {
        Ok(daemon) => daemon,
        Err(story) if story.contains("ERROR") => return Ok(Seen::NoStart),
        Err(story) => return Err(story),
    };
    // One that ends at its start may have published its address before.
    if expected == Seen::NoStart && daemon.ended(DEATH) == Some(4) {
        return Ok(Seen::NoStart);
    }
    let folder = roots.folder(&format!("tool-{}", daemon.pid()), 0, 0o755);
    let client = format!("{folder}/condor_config");
    roots.write(&client, file(case, line, Whose::Tool), 0, 0o644);
    let mut ping = command(&roots.root(newest), User::Root, &client);
    ping.args(["condor_ping", "-table", "-addr", &daemon.address, "WRITE"]);
    let output = finish(ping, LIMIT);
    if output.status == Some(4) {
        return Ok(Seen::ToolEnded);
    }
    let row = output
        .stdout
        .lines()
        .find(|line| line.trim_start().starts_with("WRITE "));
    let words: Vec<&str> = row.unwrap_or_default().split_whitespace().collect();
    match words.as_slice() {
        [_, "FAIL", ..] => Ok(match daemon.ended(patience(expected)) {
            Some(4) => Seen::Ended,
            Some(other) => {
                return Err(format!(
                    "the daemon ended with {other}\n{}",
                    daemon.story(roots)
                ));
            }
            None => Seen::Refused,
        }),
        [_, method, cipher, _, "ALLOW", ..] => allowed(&output, method, cipher),
        _ => Err(format!("{output:?}\n{}", daemon.story(roots))),
    }
}

/// A daemon that ends does so a moment after its client was hung up on.
fn patience(expected: Seen) -> Duration {
    if expected == Seen::Ended {
        DEATH
    } else {
        Duration::from_millis(200)
    }
}

fn allowed(output: &Output, method: &str, cipher: &str) -> Result<Seen, String> {
    if output.stderr.contains("ERROR") || output.stdout.contains("ERROR") {
        return Ok(Seen::ToolComplained);
    }
    let known = ["none", "FS", "CLAIMTOBE", "ANONYMOUS", "AES", "3DES"];
    let known = |word: &str| known.into_iter().find(|known| *known == word);
    match (known(method), known(cipher)) {
        (Some(method), Some(cipher)) => Ok(Seen::Allowed(method, cipher)),
        _ => Err(format!("{output:?}")),
    }
}

/// The findings of `countersign config check` on a line.
fn found(roots: &Roots, program: &str, case: &Case, line: &str) -> Result<Vec<String>, String> {
    let folder = roots.folder(&format!("check-{:?}-{}", case.whose, case.name), 0, 0o755);
    let path = format!("{folder}/condor_config");
    let config = file(case, line, case.whose);
    let first = line.lines().next().unwrap_or_default();
    // The last of them: the base may have the same line.
    let number = config
        .lines()
        .enumerate()
        .filter(|(_, known)| *known == first)
        .map(|(index, _)| index + 1)
        .last();
    roots.write(&path, config, 0, 0o644);
    let report = report(roots, program, Release::Newest, User::Root, &path)?;
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let here = findings
        .iter()
        .filter(|finding| finding["line"].as_u64() == number.map(|number| number as u64));
    Ok(here
        .filter_map(|finding| finding["code"].as_str().map(str::to_owned))
        .collect())
}

fn report(
    roots: &Roots,
    program: &str,
    release: Release,
    user: User,
    config: &str,
) -> Result<Value, String> {
    let mut check = command(&roots.root(release), user, config);
    check.args([
        program,
        "config",
        "check",
        "--json",
        "--release",
        release.version(),
    ]);
    let output = finish(check, LIMIT);
    let report: Value =
        serde_json::from_str(&output.stdout).map_err(|error| format!("{error}: {output:?}"))?;
    let faults = ["errors", "dangerous", "suspicious"]
        .iter()
        .any(|kind| report["summary"][kind].as_u64() != Some(0));
    if output.status == Some(i32::from(faults)) {
        Ok(report)
    } else {
        Err(format!("status {:?}: {report}", output.status))
    }
}

/// The packages' own configuration.
fn packaged(roots: &Roots, program: &str, release: Release, user: User) -> Result<(), String> {
    let report = report(roots, program, release, user, "/etc/condor/condor_config")?;
    let skipped = report["not_checked"].as_array().map_or(0, Vec::len);
    if report["findings"] != Value::Array(Vec::new()) {
        return Err(format!("there is nothing to find: {report:#}"));
    }
    // Who may not read the keys is told so.
    if (skipped > 0) == (user == User::Root) {
        return Err(format!(
            "as {}, {skipped} things are not checked: {report:#}",
            user.name()
        ));
    }
    Ok(())
}
