//! The programs that make handshakes, and what one block of handshakes costs each.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::meter;
use countersign_tests::wheels::python;

/// How far the sum over the threads may be from the process's own clock, which also counts threads that ended: this
/// share, and what it takes to read the clock and write the answer.
const TOLERANCE: f64 = 0.01;
const ANSWERING: f64 = 200_000.0;

/// What the last handshake of a block must have come to, in the words of HTCondor's policy ad. Who the server is, and
/// who it takes this client for, it says itself once the channel is encrypted.
pub(crate) const FULL: &[(&str, &[&str])] = &[
    ("AuthMethods", &["IDTOKENS", "TOKEN"]),
    ("CryptoMethods", &["AES"]),
    ("Authentication", &["YES"]),
    ("Encryption", &["YES"]),
    ("Integrity", &["YES"]),
    ("NegotiatedSession", &["true", "True"]),
    ("User", &["condor@password"]),
    ("MyRemoteUserName", &["alice@pool.example"]),
    ("AuthorizationSucceeded", &["true", "True"]),
];

/// How a program authenticates.
pub(crate) struct Login {
    /// What the last handshake of a block must have come to.
    pub(crate) full: &'static [(&'static str, &'static [&'static str])],
    /// What it finds in its environment besides.
    pub(crate) environment: Vec<(String, String)>,
}

impl Login {
    /// With the token of its settings.
    pub(crate) fn by_idtoken() -> Self {
        Self {
            full: FULL,
            environment: Vec::new(),
        }
    }
}

/// One program, ready to make handshakes.
pub(crate) struct Side {
    pub(crate) name: &'static str,
    full: &'static [(&'static str, &'static [&'static str])],
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What a block cost.
pub(crate) struct Block {
    /// Nanoseconds of this program's CPU.
    pub(crate) client: u64,
    /// Nanoseconds of the server's CPU.
    pub(crate) server: u64,
}

impl Side {
    /// Our own library.
    pub(crate) fn ours(config: &Path, address: &str, login: Login) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handshake-client"));
        command.arg(address);
        Self::start("countersign", command, config, login)
    }

    /// HTCondor's library, from a wheel.
    pub(crate) fn wheel(
        name: &'static str,
        wheel: &Path,
        config: &Path,
        address: &str,
        login: Login,
    ) -> Result<Self, String> {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/handshake/driver.py");
        let mut command = Command::new(python());
        command.arg(driver).arg(address).env("PYTHONPATH", wheel);
        Self::start(name, command, config, login)
    }

    fn start(
        name: &'static str,
        mut command: Command,
        config: &Path,
        login: Login,
    ) -> Result<Self, String> {
        let mut child = command
            .env("CONDOR_CONFIG", config)
            .envs(login.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let mut side = Self {
            name,
            full: login.full,
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        match side.hear()?.as_str() {
            "ready" => Ok(side),
            other => Err(format!("{name} is not ready: {other:?}")),
        }
    }

    /// Makes `count` handshakes with a collector, and checks that each was a full one.
    pub(crate) fn run(&mut self, count: usize, collector: u32) -> Result<Block, String> {
        let (block, answer) = self.block(count, collector)?;
        // The collector numbers its sessions: as many were made as there were handshakes.
        let (first, last) = (number(&answer, "first"), number(&answer, "Sid"));
        match (first, last) {
            (Some(first), Some(last)) if last + 1 == first + count as u64 => Ok(block),
            _ => Err(format!(
                "{}: {count} handshakes made sessions {first:?} to {last:?}",
                self.name
            )),
        }
    }

    /// Makes `count` handshakes with a server, and checks what the last of them came to.
    pub(crate) fn block(
        &mut self,
        count: usize,
        server: u32,
    ) -> Result<(Block, HashMap<String, String>), String> {
        let before = meter::read(server)?;
        let (client, answer) = self.measure("run", count)?;
        let server = meter::read(server)?.since(&before)?;
        for (attribute, values) in self.full {
            let value = answer.get(*attribute).map(String::as_str);
            if !value.is_some_and(|value| values.contains(&value)) {
                return Err(format!("{}: {attribute} is {value:?}", self.name));
            }
        }
        Ok((Block { client, server }, answer))
    }

    /// What `count` turns of the driver's loop cost without a handshake in them.
    pub(crate) fn empty(&mut self, count: usize) -> Result<u64, String> {
        Ok(self.measure("empty", count)?.0)
    }

    fn measure(
        &mut self,
        what: &str,
        count: usize,
    ) -> Result<(u64, HashMap<String, String>), String> {
        let pid = self.child.id();
        // The same command for one turn brings the process's own clock.
        let clock = self.ask(&format!("{what} 2"))?;
        settle();
        let before = meter::read(pid)?;
        let answer = self.ask(&format!("{what} {count}"))?;
        settle();
        let spent = meter::read(pid)?.since(&before)?;
        let own = time(&answer)?.saturating_sub(time(&clock)?);
        let difference = own.abs_diff(spent) as f64;
        if what == "run" && difference > ANSWERING + TOLERANCE * own as f64 {
            return Err(format!(
                "{}: its threads took {spent} ns, the process {own} ns: a thread ended unseen",
                self.name
            ));
        }
        Ok((spent, answer))
    }

    fn ask(&mut self, line: &str) -> Result<HashMap<String, String>, String> {
        writeln!(self.input, "{line}").map_err(|error| format!("{}: {error}", self.name))?;
        Ok(self
            .hear()?
            .split('\t')
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    fn hear(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .map_err(|error| format!("{}: {error}", self.name))?;
        if line.is_empty() {
            return Err(format!("{} ended", self.name));
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets a program that has just answered go to sleep, and so be accounted for.
fn settle() {
    std::thread::sleep(Duration::from_millis(5));
}

fn time(answer: &HashMap<String, String>) -> Result<u64, String> {
    answer
        .get("clock")
        .and_then(|clock| clock.parse().ok())
        .ok_or_else(|| format!("no clock in {answer:?}"))
}

/// The last part of a session's id.
fn number(answer: &HashMap<String, String>, name: &str) -> Option<u64> {
    answer.get(name)?.rsplit(':').next()?.parse().ok()
}
