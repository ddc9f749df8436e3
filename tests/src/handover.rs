//! Sessions that real daemons hand over, and that are handed to them: nobody authenticates in any of these
//! tests where it is not said, and the lists let nobody in.

mod child;
mod claim;
mod parent;
mod schedd;
mod sibling;

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use countersign::core::sinful::Sinful;
use countersign::handover::{Inheritance, PRIVATE_VARIABLE, VARIABLE};
use countersign::settings::Host;
use countersign::{Settings, Target};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;

/// How long anything may take.
const SOON: Duration = Duration::from_secs(20);

/// DC_CHILDALIVE.
const DC_CHILDALIVE: i32 = 60008;

/// Only an administrator is let in, by FS.
const CLOSED: &str = "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\n\
    NETWORK_INTERFACE = 127.0.0.1\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n\
    SEC_DEFAULT_ENCRYPTION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = FS\n\
    SEC_FS_ENFORCE_CHANNEL_BINDING = False\nALLOW_ADMINISTRATOR = condor@pool.example\n\
    ALLOW_DAEMON = nobody@nowhere\nALLOW_ADVERTISE_MASTER = nobody@nowhere\n";

/// One test.
type Check = fn(&Bench, Release) -> Result<(), String>;

/// Every test, with daemons of both releases.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let checks: [(&str, Check); 6] = [
        ("child-of-a-master", child::of_a_master),
        ("sibling", sibling::of_a_collector),
        ("another-family", sibling::another_family),
        ("parent-of-a-collector", parent::of_a_collector),
        ("claim-of-a-startd", claim::of_a_startd),
        ("claim-used-by-a-schedd", schedd::requests_a_claim),
    ];
    let mut trials = Vec::new();
    for (name, check) in checks {
        for release in Release::BOTH {
            let bench = bench.cloned();
            let run = move || match bench {
                Some(bench) => check(&bench, release).map_err(Failed::from),
                None => Ok(()),
            };
            let name = format!("handover/{name}/{}", release.version());
            trials.push(Trial::test(name, run).with_ignored_flag(itself));
        }
    }
    trials
}

/// A master with a collector and our peer, and what else is listed, as its children.
struct Family {
    daemon: Daemon,
    folder: String,
}

impl Family {
    /// Starts it. `arguments` are the peer's, `more` is configuration.
    fn start(bench: &Bench, release: Release, arguments: &str, more: &str) -> Result<Self, String> {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let roots = &bench.roots;
        let folder = roots.folder(&format!("family-{number}"), 0, 0o755);
        let program = bench.subject.command.first().ok_or("no program")?;
        let script = format!("{folder}/peer");
        let text = format!(
            "#!/bin/sh\numask 077\nenv > {folder}/env\n\
             exec {program} peer \"$@\" > {folder}/out 2> {folder}/err\n"
        );
        roots.write(&script, text, 0, 0o755);
        let text = format!(
            "{CLOSED}DAEMON_LIST = MASTER, COLLECTOR, CSPEER, $(MORE_DAEMONS)\nDC_DAEMON_LIST = +CSPEER\n\
             CSPEER = {script}\nCSPEER_ARGS = --subsystem CSPEER {arguments}\n\
             MASTER_DEBUG = D_SECURITY:2 D_DAEMONCORE\n{more}"
        );
        let daemon = Daemon::start(roots, release, Kind::Family, &text)?;
        Ok(Self { daemon, folder })
    }

    fn read(&self, bench: &Bench, name: &str) -> String {
        let path = bench.roots.host(&format!("{}/{name}", self.folder));
        fs::read_to_string(path).unwrap_or_default()
    }

    /// What the peer said when it was ready.
    fn ready(&self, bench: &Bench) -> Result<Value, String> {
        self.wait(bench, "it is ready", || {
            serde_json::from_str(&self.read(bench, "out")).ok()
        })
    }

    /// The first line of the peer's log of which `wanted` is true.
    fn told(
        &self,
        bench: &Bench,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, String> {
        self.wait(bench, what, || {
            let log = self.read(bench, "err");
            let lines = log
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok());
            let mut lines = lines.filter(|line: &Value| wanted(line));
            lines.next()
        })
    }

    fn wait<T>(
        &self,
        bench: &Bench,
        what: &str,
        found: impl Fn() -> Option<T>,
    ) -> Result<T, String> {
        until(found).ok_or_else(|| {
            format!(
                "not within {SOON:?}: {what}\n--- the peer's log\n{}{}\n{}",
                self.read(bench, "out"),
                self.read(bench, "err"),
                self.daemon.story(&bench.roots)
            )
        })
    }

    /// What the master gave to the peer.
    fn inheritance(&self, bench: &Bench) -> Result<Inheritance, String> {
        let environment = self.read(bench, "env");
        let value = |name: &str| {
            let start = format!("{name}=");
            let mut lines = environment.lines();
            lines.find_map(|line| line.strip_prefix(&start).map(str::to_owned))
        };
        let private = value(PRIVATE_VARIABLE).ok_or("no CONDOR_PRIVATE_INHERIT")?;
        Inheritance::read(value(VARIABLE).as_deref(), &private, true).map_err(|e| e.to_string())
    }
}

/// What is found within the time.
fn until<T>(found: impl Fn() -> Option<T>) -> Option<T> {
    let end = Instant::now() + SOON;
    loop {
        match found() {
            Some(value) => return Some(value),
            None if Instant::now() > end => return None,
            None => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Settings of a client that has no credential and trusts no server.
fn nobody() -> Settings {
    let text = "ALLOW_CLIENT = nobody@nowhere\nSEC_TOKEN_DIRECTORY = /nonexistent\n\
        SEC_PASSWORD_DIRECTORY = /nonexistent\nSEC_CLIENT_AUTHENTICATION = NEVER\n";
    Settings::from_config(&text.parse().unwrap(), &Host::detect("TOOL")).unwrap()
}

fn target(address: &str) -> Target {
    Target::typed(Sinful::parse(address).unwrap())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
