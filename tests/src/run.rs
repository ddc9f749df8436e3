//! Runs a program inside a root: as one user, with one configuration and nothing else in its environment.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Who runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// May read the pool's signing key, and becomes `condor` for FS.
    Root,
    /// Has a token in `~/.condor/tokens.d`.
    Alice,
    /// Has no token.
    Bob,
}

impl User {
    /// The login name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Alice => "alice",
            Self::Bob => "bob",
        }
    }

    /// The uid, which is also the gid.
    #[must_use]
    pub fn id(self) -> u32 {
        match self {
            Self::Root => 0,
            Self::Alice => 7001,
            Self::Bob => 7002,
        }
    }

    fn home(self) -> &'static str {
        match self {
            Self::Root => "/root",
            Self::Alice => "/home/alice",
            Self::Bob => "/home/bob",
        }
    }
}

/// What a program left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// Its exit status; `None` where it was killed, by us or by a signal.
    pub status: Option<i32>,
    /// Whether it had to be stopped because its time was up.
    pub timed_out: bool,
}

/// A command in a root, not started yet.
#[must_use]
pub fn command(root: &Path, user: User, config: &str) -> Command {
    let mut command = Command::new("chroot");
    command
        .arg(format!("--userspec={}:{}", user.id(), user.id()))
        .arg(root)
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("HOME", user.home())
        .env("USER", user.name())
        .env("LOGNAME", user.name())
        .env("CONDOR_CONFIG", config)
        .current_dir("/")
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end, or to the end of its time.
#[must_use]
pub fn finish(mut command: Command, limit: Duration) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("chroot runs");
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let (status, timed_out) = wait(&mut child, limit);
    Output {
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
        status,
        timed_out,
    }
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, limit: Duration) -> (Option<i32>, bool) {
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), false);
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            return (None, true);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}
