//! Thousands of connections that do nothing, or next to nothing, in front of our test peer: it goes on answering, drops each
//! at HTCondor's own deadline, and its memory stays bounded.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::compare::{Bench, client_config, place};
use crate::peer::{Peer, server_config};
use crate::roots::Release;
use crate::run::{command, finish};
use crate::scenario::{Scenario, Target};

/// Half of them send nothing at all, half one byte a second.
const CROWD: usize = 5_000;
/// SEC_TCP_SESSION_DEADLINE's default.
const DEADLINE: Duration = Duration::from_secs(120);
/// How late a connection may be dropped, on a machine that has other work.
const LATE: Duration = Duration::from_secs(10);
/// How long a ping may take.
const SOON: Duration = Duration::from_secs(1);
/// What the crowd may cost the peer, in KiB: `docs/peer.md` says so.
const MEMORY: u64 = 64 * 1024;
/// Seconds between two pings.
const PAUSE: usize = 5;

/// The beginning of a hello as a client would send it: one frame of 4 KiB.
const HELLO: [u8; 5] = [1, 0, 0, 0x10, 0];

/// The one test.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let bench = bench.cloned();
    let test = move || match bench {
        Some(bench) => crowd(&bench).map_err(Failed::from),
        None => Ok(()),
    };
    vec![Trial::test("crowd/5000-silent-or-slow", test).with_ignored_flag(itself)]
}

/// One of the crowd.
struct Idler {
    stream: TcpStream,
    since: Instant,
    slow: bool,
    sent: usize,
    /// How long after it came it was dropped.
    dropped: Option<Duration>,
}

impl Idler {
    fn come(address: SocketAddr, slow: bool) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            since: Instant::now(),
            slow,
            sent: 0,
            dropped: None,
        })
    }

    /// Sends a byte, if it is one that does, and looks whether it was dropped.
    fn second(&mut self) -> Result<(), String> {
        if self.dropped.is_some() {
            return Ok(());
        }
        if self.slow {
            let byte = HELLO.get(self.sent).copied().unwrap_or(b' ');
            // Whether it is still wanted shows when reading.
            self.sent += self.stream.write(&[byte]).unwrap_or(0);
        }
        match self.stream.read(&mut [0; 16]) {
            Ok(0) => self.dropped = Some(self.since.elapsed()),
            Ok(_) => return Err("somebody who said nothing was answered".to_owned()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                self.dropped = Some(self.since.elapsed());
            }
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }
}

/// The most memory that a process ever had, and what it has now, in KiB.
fn memory(pid: u32) -> Result<(u64, u64), String> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    field("VmHWM:")
        .zip(field("VmRSS:"))
        .ok_or_else(|| format!("{path} does not say how much memory there is"))
}

fn crowd(bench: &Bench) -> Result<(), String> {
    let room = countersign::peer::raise_descriptor_limit();
    if room < CROWD {
        return Err(format!(
            "{room} descriptors may be open here, and {CROWD} are needed: raise the hard limit"
        ));
    }
    let roots = &bench.roots;
    let scenario = Scenario::new("crowd".to_owned()).both("SEC_DEFAULT_AUTHENTICATION = REQUIRED");
    let Target::Real(_, text) = &scenario.target else {
        return Err("the scenario has a configuration of a collector".into());
    };
    let mut peer = Peer::start(bench, &server_config(roots, &place(roots, text)))?;
    let client = client_config(bench, &scenario, "crowd");
    let result = bear(bench, &peer, |program| {
        let mut ping = command(&roots.root(Release::Newest), scenario.user, &client);
        ping.args(program);
        ping.args(["-address", &peer.address, "-table", "WRITE"]);
        let began = Instant::now();
        let output = finish(ping, Duration::from_secs(20));
        let took = began.elapsed();
        if output.stdout.contains("ALLOW alice@pool.example") && took < SOON {
            return Ok(took);
        }
        Err(format!("{program:?} took {took:?}: {output:?}"))
    });
    let log = peer.end();
    let told = result.map_err(|error| {
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(20)..].join("\n");
        format!("{error}\n--- the end of the peer's log\n{end}")
    })?;
    println!("{told}");
    Ok(())
}

/// The crowd comes, stays until it is dropped, and somebody pings all the while.
fn bear(
    bench: &Bench,
    peer: &Peer,
    ping: impl Fn(&[String]) -> Result<Duration, String>,
) -> Result<String, String> {
    let address = peer.socket().ok_or("the peer's address has no port")?;
    let programs = [
        vec!["condor_ping".to_owned()],
        bench.subject.command.clone(),
    ];
    for program in &programs {
        ping(program)?;
    }
    let (_, before) = memory(peer.pid)?;
    let mut idlers = Vec::with_capacity(CROWD);
    for number in 0..CROWD {
        let idler = Idler::come(address, number % 2 == 0);
        idlers.push(idler.map_err(|error| format!("connection {number}: {error}"))?);
    }
    let (mut pings, mut longest) = (0, Duration::ZERO);
    let end = Instant::now() + DEADLINE + LATE;
    for second in 0.. {
        let next = Instant::now() + Duration::from_secs(1);
        for idler in &mut idlers {
            idler.second()?;
        }
        let left = idlers
            .iter()
            .filter(|idler| idler.dropped.is_none())
            .count();
        if left == 0 {
            break;
        }
        if Instant::now() > end {
            return Err(format!(
                "{left} connections are open after {DEADLINE:?} and {LATE:?}"
            ));
        }
        if second % PAUSE == 0 {
            let took = ping(&programs[pings % programs.len()])?;
            (pings, longest) = (pings + 1, longest.max(took));
        }
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    let (most, after) = memory(peer.pid)?;
    let grown = most.saturating_sub(before);
    let stays = idlers.iter().filter_map(|idler| idler.dropped);
    let (first, last) = (
        stays.clone().min().unwrap_or_default(),
        stays.max().unwrap_or_default(),
    );
    let told = format!(
        "{CROWD} connections: {pings} pings, the longest {longest:?}; dropped after {first:?} to {last:?}; at most {grown} KiB \
         more than before ({before} KiB, and {after} KiB at the end)"
    );
    // Each is looked at once a second.
    if first + Duration::from_secs(2) < DEADLINE || last > DEADLINE + LATE {
        return Err(format!("the deadline is {DEADLINE:?}. {told}"));
    }
    if grown > MEMORY {
        return Err(format!("at most {MEMORY} KiB were to be needed. {told}"));
    }
    Ok(told)
}
