//! Our test peer, asked by real clients: what they print must be what they print of a real 25.14.1
//! collector with the same configuration.

mod clear;
mod demo;
mod named;
pub(crate) mod python;
mod refused;
mod status;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::compare::{Bench, client_config, place};
use crate::daemon::{Daemon, Kind};
use crate::roots::{Release, Roots};
use crate::run::{Output, User, command, finish};
use crate::scenario::{Scenario, Target};

const LIMIT: Duration = Duration::from_secs(40);

/// A peer for as long as this lives.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    reader: Option<thread::JoinHandle<()>>,
    log: Arc<Mutex<Vec<u8>>>,
    /// Its address, as it published it.
    pub address: String,
    /// Its process.
    pub pid: u32,
}

impl Peer {
    /// Starts `countersign peer` in the root of 25.14.1 with this configuration, and waits until it is ready.
    ///
    /// # Errors
    /// What it printed.
    pub fn start(bench: &Bench, config: &str) -> Result<Self, String> {
        Self::start_with(bench, config, &[])
    }

    /// The same with further options.
    ///
    /// # Errors
    /// What it printed.
    pub fn start_with(bench: &Bench, config: &str, options: &[&str]) -> Result<Self, String> {
        Self::start_in(bench, config, options, &[])
    }

    /// The same with further variables in its environment.
    ///
    /// # Errors
    /// What it printed.
    pub fn start_in(
        bench: &Bench,
        config: &str,
        options: &[&str],
        environment: &[(String, String)],
    ) -> Result<Self, String> {
        let mut program = command(&bench.roots.root(Release::Newest), User::Root, config);
        // Should this process be killed, it ends by itself.
        let mut child = program
            .args(["timeout", "600"])
            .args(bench.subject.command.first())
            .args(["peer", "--listen", "127.0.0.1:0"])
            .args(options)
            .envs(environment.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut pipe = child.stderr.take().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let written = log.clone();
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut log = written.lock().unwrap_or_else(PoisonError::into_inner);
                log.extend_from_slice(&buffer[..count]);
            }
        });
        let mut line = String::new();
        let _ = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line);
        let mut peer = Self {
            child,
            reader: Some(reader),
            log,
            address: String::new(),
            pid: 0,
        };
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        let pid = ready["pid"].as_u64().and_then(|pid| pid.try_into().ok());
        match (ready["address"].as_str(), pid) {
            (Some(address), Some(pid)) => {
                address.clone_into(&mut peer.address);
                peer.pid = pid;
            }
            _ => return Err(format!("the peer did not start: {line}{}", peer.end())),
        }
        Ok(peer)
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> Option<SocketAddr> {
        let inside = self.address.trim_matches(['<', '>']);
        inside.split('?').next()?.parse().ok()
    }

    /// Ends it; what it logged.
    pub(crate) fn end(&mut self) -> String {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let end = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.logged()
    }

    /// What it has logged so far.
    pub(crate) fn logged(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Every scenario with a collector once more, the peer in its place; other clients; and the demo. `itself` leaves them
/// out.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, scenarios: &[Scenario], itself: bool) -> Vec<Trial> {
    let mut trials = Vec::new();
    for scenario in scenarios {
        let Target::Real(Kind::Collector, server) = &scenario.target else {
            continue;
        };
        if !scenario.releases.contains(&Release::Newest) {
            continue;
        }
        let (bench, scenario, server) = (bench.cloned(), scenario.clone(), server.clone());
        let name = format!("peer/{}", scenario.name);
        let test = move || match bench {
            Some(bench) => same_table(&bench, &scenario, &server).map_err(Failed::from),
            None => Ok(()),
        };
        trials.push(Trial::test(name, test).with_ignored_flag(itself));
    }
    let mut more: Vec<(String, Check)> = vec![
        ("peer/condor_status".into(), Box::new(status::shown)),
        ("peer/local-name".into(), Box::new(named::of_its_name)),
        ("peer/bare-commands".into(), Box::new(status::bare)),
        (
            "peer/refused-tokens".into(),
            Box::new(refused::told_no_reason),
        ),
        (
            "peer/demo-opens-nothing".into(),
            Box::new(demo::opens_nothing),
        ),
    ];
    for version in python::VERSIONS {
        let check = move |bench: &Bench| python::same_answers(bench, version);
        more.push((format!("peer/python/{version}"), Box::new(check)));
    }
    for (name, asker) in clear::Asker::all() {
        let label = name.clone();
        let check = move |bench: &Bench| clear::never_resumed(bench, &label, asker);
        more.push((format!("peer/no-session-in-clear/{name}"), Box::new(check)));
    }
    for (name, check) in more {
        let bench = bench.cloned();
        let test = move || match bench {
            Some(bench) => check(&bench).map_err(Failed::from),
            None => Ok(()),
        };
        trials.push(Trial::test(name, test).with_ignored_flag(itself));
    }
    trials
}

/// A test of one kind.
type Check = Box<dyn FnOnce(&Bench) -> Result<(), String> + Send>;

fn same_table(bench: &Bench, scenario: &Scenario, server: &str) -> Result<(), String> {
    let roots = &bench.roots;
    let text = place(roots, server);
    let daemon = Daemon::start(roots, Release::Newest, Kind::Collector, &text)?;
    let config = server_config(roots, &text);
    let mut peer = Peer::start(bench, &config)?;
    let label = format!("peer-{}", scenario.name.replace('/', "-"));
    let client = client_config(bench, scenario, &label);
    let mut differences = String::new();
    for release in Release::BOTH {
        let ping = |address: &str| {
            let mut ping = command(&roots.root(release), scenario.user, &client);
            ping.args(["condor_ping", "-address", address, "-table", "ALL"]);
            finish(ping, LIMIT)
        };
        let (real, ours) = (ping(&daemon.address), ping(&peer.address));
        bench.tally.of_peer(&ours.stdout);
        if told(&real) != told(&ours) {
            let _ = write!(
                differences,
                "--- condor_ping {} as {}, of the collector ({:?})\n{}{}--- of the peer ({:?})\n{}{}",
                release.version(),
                scenario.user.name(),
                real.status,
                real.stdout,
                real.stderr,
                ours.status,
                ours.stdout,
                ours.stderr,
            );
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{differences}--- the peer's log\n{}\n{}",
        peer.end(),
        daemon.story(roots)
    ))
}

/// What must be the same.
fn told(output: &Output) -> (&str, Option<i32>, bool) {
    (&output.stdout, output.status, output.timed_out)
}

/// The configuration file for the peer.
pub(crate) fn server_config(roots: &Roots, text: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let config = format!("{}/peer-{number}", roots.area());
    // Not there, and if a tool makes it, it goes with the run.
    let places = format!("LOCAL_DIR = {config}-none\nLOG = {config}-none\n");
    roots.write(&config, format!("{text}\n{places}"), 0, 0o644);
    config
}
