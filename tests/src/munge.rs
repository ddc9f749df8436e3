//! MUNGE: a munged for the time of the run, with a key of its own, and what its absence and another key do.
//!
//! libmunge knows one socket, below `/run` of the root that a program runs in. So this process, and with it all that it
//! starts, gets mounts of its own, in which that folder is this run's: other runs neither see it nor are seen.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::compare::{Bench, place};
use crate::daemon::Daemon;
use crate::peer::{Peer, server_config};
use crate::roots::{Release, Roots};
use crate::run::{Output, User, command, finish};
use crate::scenario::{IPV4, OPEN, PLACES};

const LIMIT: Duration = Duration::from_secs(40);
const START: Duration = Duration::from_secs(10);

/// Where libmunge looks.
const FOLDER: &str = "run/munge";
const SOCKET: &str = "munge.socket.2";

/// A munged for as long as this lives.
#[derive(Debug)]
pub struct Munged(Child);

impl Munged {
    /// Starts one that both roots see where libmunge looks. No other thread may run yet.
    ///
    /// # Errors
    /// What went wrong.
    pub fn everywhere(roots: &Roots) -> Result<Self, String> {
        let munged = Self::start(roots, "munge")?;
        unshare(CloneFlags::CLONE_NEWNS).map_err(|error| format!("unshare: {error}"))?;
        let nothing = None::<&str>;
        let private = MsFlags::MS_REC | MsFlags::MS_SLAVE;
        mount(nothing, "/", nothing, private, nothing)
            .map_err(|error| format!("mount: {error}"))?;
        let folder = roots.host(&format!("{}/munge", roots.area()));
        for release in Release::BOTH {
            let there = roots.root(release).join(FOLDER);
            mount(Some(&folder), &there, nothing, MsFlags::MS_BIND, nothing)
                .map_err(|error| format!("mount {}: {error}", there.display()))?;
        }
        Ok(munged)
    }

    /// Starts one with a key of its own, in a folder of this run's.
    fn start(roots: &Roots, name: &str) -> Result<Self, String> {
        let folder = roots.folder(name, 0, 0o755);
        let private = roots.folder(&format!("{name}-private"), 0, 0o700);
        let mut key = [0; 1024];
        rustix::rand::getrandom(&mut key, rustix::rand::GetRandomFlags::empty())
            .map_err(|error| error.to_string())?;
        roots.write(&format!("{private}/key"), key, 0, 0o600);
        // Should this process be killed, it ends too.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "chroot"])
            .arg(roots.root(Release::Newest))
            .args(["munged", "--foreground", "--force"])
            .arg(format!("--socket={folder}/{SOCKET}"))
            .arg(format!("--key-file={private}/key"))
            .arg(format!("--pid-file={private}/pid"))
            .arg(format!("--seed-file={private}/seed"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| error.to_string())?;
        let munged = Self(child);
        let socket = roots.host(&folder).join(SOCKET);
        let end = Instant::now() + START;
        while !socket.exists() {
            if Instant::now() > end {
                return Err(format!("munged made no {}", socket.display()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(munged)
    }
}

impl Drop for Munged {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program in the root of 25.14.1, to which munged's folder is another one.
fn with_folder(bench: &Bench, user: User, config: &str, folder: &str) -> Command {
    let there = bench.roots.root(Release::Newest).join(FOLDER);
    let inner = command(&bench.roots.root(Release::Newest), user, config);
    let mut outer = Command::new("unshare");
    outer
        .args([
            "-m",
            "sh",
            "-c",
            "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"",
            "sh",
        ])
        .arg(bench.roots.host(folder))
        .arg(there)
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null());
    for (name, value) in inner.get_envs() {
        outer.env(name, value.unwrap_or_default());
    }
    outer
}

const CONFIG: &str =
    "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = MUNGE\n";

/// Both pings, as alice, where munged's folder is `folder`, of a daemon that has the run's munged.
fn pings(bench: &Bench, folder: &str, address: &str) -> (Output, Output) {
    let client = server_config(&bench.roots, &format!("{PLACES}{CONFIG}"));
    let ping = |program: &[&str]| {
        let mut ping = with_folder(bench, User::Alice, &client, folder);
        ping.args(program)
            .args(["-address", address, "-verbose", "WRITE"]);
        finish(ping, LIMIT)
    };
    (
        ping(&["condor_ping"]),
        ping(
            &bench
                .subject
                .command
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        ),
    )
}

/// What both print must be the same, and why is told.
fn fails_alike(bench: &Bench, folder: &str, reason: &str) -> Result<(), String> {
    let roots = &bench.roots;
    let text = place(roots, &format!("{PLACES}{IPV4}{OPEN}{CONFIG}"));
    for release in Release::BOTH {
        let daemon = Daemon::start(roots, release, crate::daemon::Kind::Collector, &text)?;
        let (theirs, ours) = pings(bench, folder, &daemon.address);
        if theirs.stdout != ours.stdout
            || theirs.status != ours.status
            || !theirs.stdout.contains("using MUNGE")
        {
            return Err(format!(
                "--- condor_ping\n{}{}--- ours\n{}{}{}",
                theirs.stdout,
                theirs.stderr,
                ours.stdout,
                ours.stderr,
                daemon.story(roots)
            ));
        }
        let client = server_config(roots, &format!("{PLACES}{CONFIG}"));
        let mut why = with_folder(bench, User::Alice, &client, folder);
        why.args(&bench.subject.command).args([
            "-address",
            &daemon.address,
            "-table",
            "-why",
            "WRITE",
        ]);
        let why = finish(why, LIMIT);
        if !why.stdout.contains(reason) {
            return Err(format!("no {reason:?} in\n{}{}", why.stdout, why.stderr));
        }
    }
    // The peer says it too.
    let mut peer = Peer::start(bench, &server_config(roots, &text))?;
    let (theirs, _) = pings(bench, folder, &peer.address);
    let log = peer.end();
    if !theirs.stdout.contains("using MUNGE") || !log.contains("credential") {
        return Err(format!(
            "--- condor_ping\n{}--- the peer\n{log}",
            theirs.stdout
        ));
    }
    Ok(())
}

fn no_munged(bench: &Bench) -> Result<(), String> {
    let empty = bench.roots.folder("munge-nobody", 0, 0o755);
    fails_alike(bench, &empty, "start munged on this host")
}

fn another_key(bench: &Bench) -> Result<(), String> {
    let _other = Munged::start(&bench.roots, "munge-other")?;
    let folder = format!("{}/munge-other", bench.roots.area());
    fails_alike(bench, &folder, "the server does not take it")
}

type Check = fn(&Bench) -> Result<(), String>;

/// Where no munged answers, and where it has another key.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let all: [(&str, Check); 2] = [
        ("munge/no-munged", no_munged),
        ("munge/another-key", another_key),
    ];
    all.into_iter()
        .map(|(name, check)| {
            let bench = bench.cloned();
            let test = move || match bench {
                Some(bench) => check(&bench).map_err(libtest_mimic::Failed::from),
                None => Ok(()),
            };
            Trial::test(name, test).with_ignored_flag(itself)
        })
        .collect()
}
