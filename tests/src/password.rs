//! PASSWORD: files of `condor_store_cred`'s and odd ones, and what is said where the two sides do not have the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use libtest_mimic::Trial;

use crate::ciphers::relay::Relay;
use crate::compare::{Bench, place};
use crate::daemon::{Daemon, Kind};
use crate::peer::{Peer, server_config};
use crate::roots::Release;
use crate::run::{Output, User, command, finish};
use crate::scenario::{IPV4, OPEN, PLACES};

const LIMIT: Duration = Duration::from_secs(40);

const CONFIG: &str =
    "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = PASSWORD\n";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder for passwords, and a release of which daemons and tools are.
struct Site<'a> {
    bench: &'a Bench,
    release: Release,
    folder: String,
}

impl<'a> Site<'a> {
    fn new(bench: &'a Bench, release: Release) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = bench.roots.folder(&format!("passwords-{number}"), 0, 0o700);
        Self {
            bench,
            release,
            folder,
        }
    }

    /// The setting of a file that has this password, as HTCondor scrambles it.
    fn stored(&self, name: &str, password: &[u8], mode: u32) -> String {
        let mask = [0xde, 0xad, 0xbe, 0xef];
        let bytes = password.iter().enumerate();
        let scrambled: Vec<u8> = bytes.map(|(at, byte)| byte ^ mask[at % 4]).collect();
        let path = format!("{}/{name}", self.folder);
        self.bench.roots.write(&path, scrambled, 0, mode);
        format!("SEC_PASSWORD_FILE = {path}\n")
    }

    fn server(&self, file: &str) -> String {
        place(
            &self.bench.roots,
            &format!("{PLACES}{IPV4}{OPEN}{CONFIG}{file}"),
        )
    }

    fn daemon(&self, file: &str) -> Result<Daemon, String> {
        let text = self.server(file);
        Daemon::start(&self.bench.roots, self.release, Kind::Collector, &text)
    }

    fn peer(&self, file: &str) -> Result<Peer, String> {
        Peer::start(
            self.bench,
            &server_config(&self.bench.roots, &self.server(file)),
        )
    }

    /// A program of this release's root, as root with this password file.
    fn run(&self, file: &str, program: &[&str]) -> Output {
        let config = server_config(&self.bench.roots, &format!("{PLACES}{CONFIG}{file}"));
        let mut command = command(&self.bench.roots.root(self.release), User::Root, &config);
        command.args(program);
        finish(command, LIMIT)
    }

    fn condor_ping(&self, file: &str, address: &str, view: &str) -> Output {
        let program = ["condor_ping", "-address", address, view, "WRITE"];
        self.run(file, &program)
    }

    fn ours(&self, file: &str, address: &str, view: &[&str]) -> Output {
        let program = self.bench.subject.command.iter().map(String::as_str);
        let options = ["-address", address];
        let program: Vec<&str> = program
            .chain(options)
            .chain(view.iter().copied())
            .chain(["WRITE"])
            .collect();
        self.run(file, &program)
    }

    /// Both pings say the same of a daemon: `said`. What ours says with `-why` is given back.
    fn alike(&self, here: &str, there: &str, view: &str, said: &[&str]) -> Result<String, String> {
        let daemon = self.daemon(there)?;
        let theirs = self.condor_ping(here, &daemon.address, view);
        let ours = self.ours(here, &daemon.address, &[view]);
        let missing = said.iter().find(|said| !theirs.stdout.contains(**said));
        if theirs.stdout != ours.stdout || theirs.status != ours.status || missing.is_some() {
            return Err(format!(
                "missing: {missing:?}\n--- condor_ping\n{}{}--- ours\n{}{}{}",
                theirs.stdout,
                theirs.stderr,
                ours.stdout,
                ours.stderr,
                daemon.story(&self.bench.roots)
            ));
        }
        let why = self.ours(here, &daemon.address, &["-table", "-why"]);
        Ok(why.stdout + &why.stderr)
    }

    /// What `condor_ping` of this release prints of a peer, and then the peer's log.
    fn of_peer(&self, here: &str, there: &str, view: &str) -> Result<(String, String), String> {
        let mut peer = self.peer(there)?;
        let ping = self.condor_ping(here, &peer.address, view);
        Ok((ping.stdout + &ping.stderr, peer.end()))
    }
}

fn says(text: &str, parts: &[&str]) -> Result<(), String> {
    match parts.iter().find(|part| !text.contains(**part)) {
        None => Ok(()),
        Some(part) => Err(format!("no {part:?} in\n{text}")),
    }
}

const ALLOWED: [&str; 3] = ["condor@password", "PASSWORD", "ALLOW"];

/// Both sides have this; both pings get in, into a daemon and into the peer.
fn lets_in(site: &Site<'_>, here: &str, there: &str) -> Result<(), String> {
    let why = site.alike(here, there, "-table", &ALLOWED)?;
    says(&why, &["for condor@password, authenticated by PASSWORD"])?;
    let (ping, log) = site.of_peer(here, there, "-table")?;
    says(&ping, &ALLOWED).map_err(|error| format!("{error}\n--- the peer's log\n{log}"))?;
    says(&log, &ALLOWED)
}

fn of_store_cred(site: &Site<'_>) -> Result<(), String> {
    let file = format!("SEC_PASSWORD_FILE = {}/made\n", site.folder);
    let program = ["condor_store_cred", "-c", "add", "-p", "a secret"];
    let stored = site.run(&file, &program);
    if !site
        .bench
        .roots
        .host(&format!("{}/made", site.folder))
        .exists()
    {
        return Err(format!("condor_store_cred: {stored:?}"));
    }
    lets_in(site, &file, &file)?;
    // The file that it makes is the one that this test makes, with zeros behind or without.
    lets_in(site, &site.stored("same", b"a secret", 0o600), &file)
}

/// The file ends at its first NUL, and so does what is unscrambled of it.
fn cut_at_nul(site: &Site<'_>) -> Result<(), String> {
    for (number, (one, other)) in [
        (&b"secret\0one"[..], &b"secret"[..]),
        (b"s\xadone", b"s"),
        (b"s\xadone", b"s\0two"),
    ]
    .into_iter()
    .enumerate()
    {
        let here = site.stored(&format!("here-{number}"), one, 0o600);
        let there = site.stored(&format!("there-{number}"), other, 0o600);
        lets_in(site, &here, &there).map_err(|error| format!("{number}: {error}"))?;
    }
    Ok(())
}

/// A key that is made up and sent, as between HTCondor before 9.0: each side unwraps what the other wrapped.
fn wrapped_key(site: &Site<'_>) -> Result<(), String> {
    let file = site.stored("both", b"a secret", 0o600);
    let weak = "SEC_DEFAULT_ENCRYPTION = REQUIRED\nSEC_DEFAULT_INTEGRITY = REQUIRED\nSEC_DEFAULT_CRYPTO_METHODS = 3DES\n";
    let file = format!("{file}{weak}");
    let daemon = site.daemon(&file)?;
    let mut peer = site.peer(&file)?;
    let (of_daemon, of_peer) = (
        Relay::before(&daemon.address)?,
        Relay::before(&peer.address)?,
    );
    for (who, ping) in [
        (
            "condor_ping of the daemon",
            site.condor_ping(&file, &of_daemon.address(None), "-table"),
        ),
        (
            "ours of the daemon",
            site.ours(&file, &of_daemon.address(None), &["-table"]),
        ),
        (
            "condor_ping of the peer",
            site.condor_ping(&file, &of_peer.address(None), "-table"),
        ),
        (
            "ours of the peer",
            site.ours(&file, &of_peer.address(None), &["-table"]),
        ),
    ] {
        let text = ping.stdout + &ping.stderr;
        says(&text, &ALLOWED)
            .and_then(|()| says(&text, &["3DES"]))
            .map_err(|error| {
                let story = daemon.story(&site.bench.roots);
                format!("{who}: {error}{story}\n--- the peer's log\n{}", peer.end())
            })?;
    }
    for relay in [of_daemon, of_peer] {
        if relay.taken() == 0 {
            return Err("no key was taken out of a hello".into());
        }
    }
    Ok(())
}

fn another_password(site: &Site<'_>) -> Result<(), String> {
    let here = site.stored("here", b"secret", 0o600);
    let there = site.stored("there", b"Secret", 0o600);
    let why = site.alike(&here, &there, "-verbose", &["using PASSWORD"])?;
    says(&why, &["the server has another password than", "/here"])?;
    let (ping, log) = site.of_peer(&here, &there, "-verbose")?;
    says(&ping, &["using PASSWORD"])?;
    says(&log, &["it has no password, or another one than", "/there"])
}

/// (A collector that can make the file makes it, with random bytes: it is its signing key, too.)
fn none_there(site: &Site<'_>) -> Result<(), String> {
    let here = site.stored("here", b"secret", 0o600);
    for there in [
        site.stored("exposed", b"secret", 0o644),
        site.stored("empty", b"", 0o600),
        format!("SEC_PASSWORD_FILE = {}/no/gone\n", site.folder),
        "SEC_PASSWORD_FILE =\n".to_owned(),
    ] {
        let why = site.alike(&here, &there, "-verbose", &["using PASSWORD"])?;
        says(&why, &["the server gave up before any password"])?;
        let (ping, log) = site.of_peer(&here, &there, "-verbose")?;
        says(&ping, &["using PASSWORD"])?;
        says(&log, &["there is no password here"])?;
    }
    Ok(())
}

fn none_here(site: &Site<'_>) -> Result<(), String> {
    let there = site.stored("there", b"secret", 0o600);
    for (here, reason) in [
        (
            site.stored("exposed", b"secret", 0o644),
            "exposed (SEC_PASSWORD_FILE) was not read: its mode is 0644",
        ),
        (
            site.stored("empty", b"", 0o600),
            "has no password in it: it is empty",
        ),
        (
            format!("SEC_PASSWORD_FILE = {}/gone\n", site.folder),
            "was not read: No such file",
        ),
        (
            "SEC_PASSWORD_FILE =\n".to_owned(),
            "SEC_PASSWORD_FILE is not set",
        ),
    ] {
        let why = site.alike(&here, &there, "-verbose", &["using PASSWORD"])?;
        says(&why, &["PASSWORD: there is no password here", reason])?;
        let (ping, log) = site.of_peer(&here, &there, "-verbose")?;
        says(&ping, &["using PASSWORD"])?;
        says(&log, &["the client gave up: it has no password"])?;
    }
    Ok(())
}

type Check = fn(&Site<'_>) -> Result<(), String>;

/// Every test, for both releases.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>, itself: bool) -> Vec<Trial> {
    let checks: [(&str, Check); 6] = [
        ("of-condor_store_cred", of_store_cred),
        ("cut-at-nul", cut_at_nul),
        ("wrapped-key", wrapped_key),
        ("another-password", another_password),
        ("none-there", none_there),
        ("none-here", none_here),
    ];
    let mut trials = Vec::new();
    for (name, check) in checks {
        for release in Release::BOTH {
            let bench = bench.cloned();
            let test = move || match bench {
                Some(bench) => {
                    check(&Site::new(&bench, release)).map_err(libtest_mimic::Failed::from)
                }
                None => Ok(()),
            };
            let name = format!("password/{name}/{}", release.version());
            trials.push(Trial::test(name, test).with_ignored_flag(itself));
        }
    }
    trials
}
