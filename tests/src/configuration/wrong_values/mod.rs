//! What 25.14.1's collector and `condor_ping` do with wrong security settings, next to what `countersign config check` says
//! of them: each case is run as it is, and as the check says that it should be.

mod cases;
mod keys;
mod mangled;

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use cases::{CASES, Case, Seen, Whose};
use keys::keys;
use mangled::MANGLED;

use super::bench::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::{Release, Roots};
use crate::run::{Output, User, command, finish};

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
    for case in CASES.iter().chain(MANGLED) {
        let name = format!("{:?}/{}", case.whose, case.name).to_lowercase();
        add(
            name,
            Box::new(move |roots, program| one(roots, program, case)),
        );
    }
    add("keys".to_owned(), Box::new(keys));
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
