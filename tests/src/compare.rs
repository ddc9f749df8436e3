//! Runs both programs and says where they differ.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::daemon::Daemon;
use crate::kdc::Kdc;
use crate::munge::Munged;
use crate::roots::{Release, Roots};
use crate::run::{Output, User, command, finish};
use crate::scenario::{Scenario, Target, View};
use crate::subject::Subject;
use crate::tokens::Tokens;

const LIMIT: Duration = Duration::from_secs(40);

/// What all tests share.
#[derive(Debug)]
pub struct Bench {
    /// What answers to MUNGE.
    pub munged: Munged,
    /// What answers to KERBEROS.
    pub kdc: Kdc,
    /// Both releases. (The last to be dropped.)
    pub roots: Roots,
    /// The tokens.
    pub tokens: Tokens,
    /// The program under test.
    pub subject: Subject,
    /// What was compared so far.
    pub tally: Tally,
}

/// What was compared.
#[derive(Debug, Default)]
pub struct Tally {
    /// Table rows.
    pub rows: AtomicUsize,
    /// Table rows in which `condor_ping` said ALLOW.
    pub allowed: AtomicUsize,
    /// Table rows that were compared of our peer, and those of them that said ALLOW.
    pub of_peer: (AtomicUsize, AtomicUsize),
}

impl Tally {
    /// Counts the rows of a table of a real daemon's.
    pub(crate) fn count(&self, table: &str) {
        count(&self.rows, &self.allowed, table);
    }

    /// Counts the rows of a table of our peer's.
    pub(crate) fn of_peer(&self, table: &str) {
        count(&self.of_peer.0, &self.of_peer.1, table);
    }
}

/// A daemon that is started when its first test runs and killed with its last.
#[derive(Debug)]
pub struct Shared {
    release: Release,
    target: Target,
    state: OnceLock<Result<Running, String>>,
}

#[derive(Debug)]
enum Running {
    Real(Daemon),
    Odd(String),
}

impl Shared {
    /// Not started yet.
    #[must_use]
    pub fn new(release: Release, target: Target) -> Self {
        Self {
            release,
            target,
            state: OnceLock::new(),
        }
    }

    /// The addresses of the daemon and of the collector beside it, and what to show of the daemon after a failure.
    fn with<T>(
        &self,
        roots: &Roots,
        use_it: impl FnOnce(&str, &str, &dyn Fn() -> String) -> T,
    ) -> Result<T, String> {
        let running = self.state.get_or_init(|| match &self.target {
            Target::Real(kind, text) => {
                Daemon::start(roots, self.release, *kind, &place(roots, text)).map(Running::Real)
            }
            Target::Odd(odd) => Ok(Running::Odd(odd.serve())),
        });
        match running {
            Ok(Running::Real(daemon)) => Ok(use_it(&daemon.address, &daemon.collector, &|| {
                daemon.story(roots)
            })),
            Ok(Running::Odd(address)) => Ok(use_it(address, address, &String::new)),
            Err(error) => Err(error.clone()),
        }
    }
}

/// Fills in the names of this run's files, and writes the mapfile whose lines stand in the text as `# mapfile:`.
pub(crate) fn place(roots: &Roots, text: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let mut text = text.replace("@AREA@", &roots.folder("empty", User::Root.id(), 0o755));
    text = text.replace(
        "@SHARED@",
        &roots.folder("both-see", User::Root.id(), 0o1777),
    );
    if text.contains("@MAPFILE@") {
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix("# mapfile: "));
        let map = lines.fold(String::new(), |map, line| map + line + "\n");
        let file = format!(
            "{}/mapfile-{}",
            roots.area(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        roots.write(&file, map, User::Root.id(), 0o644);
        text = text.replace("@MAPFILE@", &file);
    }
    text
}

/// One test: the same question from both programs.
///
/// # Errors
/// Everything that helps to see why they differ.
pub fn compare(
    bench: &Bench,
    shared: &Shared,
    scenario: &Scenario,
    view: &View,
) -> Result<(), String> {
    let roots = &bench.roots;
    let label = format!(
        "{}-{}-{}",
        scenario.name.replace('/', "-"),
        shared.release.version(),
        view.name()
    );
    let config = client_config(bench, scenario, &label);

    shared.with(roots, |address, collector, story| {
        let args = fill(view.args(), address, collector);
        let run = |program: &[String], args: &[String], config: &str| {
            let mut command = command(&roots.root(Release::Newest), scenario.user, config);
            command.args(program).args(args);
            finish(command, LIMIT)
        };
        if let View::Alone(_, _, expected) = view {
            return alone(&run(&bench.subject.command, &args, &config), expected);
        }
        let condor_args = fill(view.condor_args(), address, collector);
        let theirs = run(&["condor_ping".to_owned()], &condor_args, &config);
        capture(&label, scenario, &args, &theirs);
        let ours = run(&bench.subject.command, &args, &config);
        if *view == View::Table {
            count(&bench.tally.rows, &bench.tally.allowed, &theirs.stdout);
        }
        if matches!(scenario.target, Target::Real(..)) && theirs.stderr.contains("failed to make connection") {
            return Err(format!("the daemon cannot be reached: {}{}", theirs.stderr, story()));
        }
        let difference = difference(view, &theirs, &ours);
        if difference.is_empty() {
            return Ok(());
        }
        let text = std::fs::read_to_string(roots.host(&config)).unwrap_or_default();
        Err(format!(
            "{difference}\n=== {} as {}\n--- standard error of condor_ping\n{}--- standard error of ours\n{}--- client's configuration\n{text}{}",
            args.join(" "),
            scenario.user.name(),
            theirs.stderr,
            ours.stderr,
            story()
        ))
    })?
}

pub(crate) fn client_config(bench: &Bench, scenario: &Scenario, label: &str) -> String {
    let (roots, owner) = (&bench.roots, scenario.user.id());
    if scenario.client.starts_with('/') {
        return scenario.client.clone();
    }
    let mut text = place(roots, &scenario.client);
    if text.contains("@TOKENS@") {
        let folder = roots.folder(&format!("tokens-{label}"), owner, 0o700);
        for (name, tokens) in &scenario.tokens {
            roots.write(
                &format!("{folder}/{name}"),
                bench.tokens.file(tokens),
                owner,
                0o600,
            );
        }
        text = text.replace("@TOKENS@", &folder);
    }
    let config = format!("{}/client-{label}", roots.area());
    roots.write(&config, text, 0, 0o644);
    config
}

fn fill(args: Vec<String>, address: &str, collector: &str) -> Vec<String> {
    let host = collector
        .trim_matches(['<', '>'])
        .split('?')
        .next()
        .unwrap_or_default();
    args.iter()
        .map(|arg| {
            arg.replace("@ADDRESS@", address)
                .replace("@COLLECTOR@", host)
        })
        .collect()
}

/// Where nothing can be compared: our answer has to be this one, with exit status 1.
fn alone(ours: &Output, expected: &str) -> Result<(), String> {
    let mut text = String::new();
    if ours.status != Some(1) {
        let _ = writeln!(
            text,
            "exit status: expected 1, ours {:?}, timed out: {}",
            ours.status, ours.timed_out
        );
    }
    lines(&mut text, "standard output", expected, &ours.stdout);
    if text.is_empty() {
        Ok(())
    } else {
        Err(format!("{text}--- standard error of ours\n{}", ours.stderr))
    }
}

/// Keeps what `condor_ping` printed, in the folder that `COUNTERSIGN_CAPTURE` names.
fn capture(label: &str, scenario: &Scenario, args: &[String], output: &Output) {
    let Some(folder) = std::env::var_os("COUNTERSIGN_CAPTURE") else {
        return;
    };
    let Output {
        stdout,
        stderr,
        status,
        ..
    } = output;
    let (user, args) = (scenario.user.name(), args.join(" "));
    let text = format!(
        "### condor_ping {args}\n### as {user}; exit status {status:?}\n--- stdout\n{stdout}--- stderr\n{stderr}"
    );
    let text = match &scenario.target {
        Target::Real(_, server) => {
            format!("{text}--- daemon\n{server}--- client\n{}", scenario.client)
        }
        Target::Odd(_) => text,
    };
    std::fs::write(
        std::path::Path::new(&folder).join(format!("{label}.txt")),
        text,
    )
    .expect("the capture is written");
}

fn count(all: &AtomicUsize, allows: &AtomicUsize, table: &str) {
    let rows = table.lines().skip(1);
    all.fetch_add(rows.clone().count(), Ordering::Relaxed);
    let allowed = rows
        .filter(|row| row.split_whitespace().nth(4) == Some("ALLOW"))
        .count();
    allows.fetch_add(allowed, Ordering::Relaxed);
}

pub(crate) fn difference(view: &View, theirs: &Output, ours: &Output) -> String {
    let mut text = String::new();
    if theirs.timed_out {
        let _ = writeln!(text, "condor_ping did not finish: nothing to compare with");
    }
    if (theirs.status, theirs.timed_out) != (ours.status, ours.timed_out) {
        let _ = writeln!(
            text,
            "exit status: condor_ping {:?}, ours {:?}",
            theirs.status, ours.status
        );
    }
    if !matches!(view, View::Usage(..)) {
        lines(
            &mut text,
            "standard output",
            &steady(&theirs.stdout),
            &steady(&ours.stdout),
        );
    }
    lines(
        &mut text,
        "messages",
        &messages(&theirs.stderr),
        &messages(&ours.stderr),
    );
    text
}

fn lines(text: &mut String, what: &str, theirs: &str, ours: &str) {
    if theirs == ours {
        return;
    }
    let _ = writeln!(text, "{what} (- condor_ping, + ours):");
    let (theirs, ours): (Vec<_>, Vec<_>) =
        (theirs.split('\n').collect(), ours.split('\n').collect());
    for index in 0..theirs.len().max(ours.len()) {
        match (theirs.get(index), ours.get(index)) {
            (Some(line), Some(other)) if line == other => drop(writeln!(text, "  {line}")),
            (line, other) => {
                for (sign, line) in [('-', line), ('+', other)] {
                    if let Some(line) = line {
                        let _ = writeln!(text, "{sign} {line:?}");
                    }
                }
            }
        }
    }
}

/// What `condor_ping` itself says on standard error. Ours may say more there.
fn messages(stderr: &str) -> String {
    let said = |line: &&str| line.starts_with("ERROR") || line.starts_with("WARNING: Missing");
    stderr
        .lines()
        .filter(said)
        .fold(String::new(), |text, line| text + line + "\n")
}

/// Leaves out what is another value each time, or another program's version.
pub(crate) fn steady(stdout: &str) -> String {
    let changing = [
        "Session ID:",
        "Local  Version:",
        "Sid = ",
        "ECDHPublicKey = ",
    ];
    let line = |line: &str| {
        changing
            .iter()
            .find(|start| line.starts_with(**start))
            .map_or_else(|| line.to_owned(), |start| format!("{start} *"))
    };
    stdout.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
