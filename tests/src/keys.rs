//! Keys and tokens that `countersign` makes, for real HTCondor to use; and the other way around.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;
use crate::run::{Output, User, command, finish};
use crate::tokens::Token;

/// One test of keys and tokens.
type Check = fn(&Site<'_>) -> Result<(), String>;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Every test, for both releases.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>) -> Vec<Trial> {
    let checks: [(&str, Check); 8] = [
        ("our-key-and-token", our_key_and_token),
        ("our-limits", our_limits),
        ("our-key-for-condor", our_key_for_condor),
        ("a-password-for-us", a_password_for_us),
        ("a-collectors-key-for-us", a_collectors_key_for_us),
        ("list-is-the-same", list_is_the_same),
        ("replaced-is-refused", replaced_is_refused),
        ("somebody-elses-file", somebody_elses_file),
    ];
    let mut trials = Vec::new();
    for (name, check) in checks {
        for release in Release::BOTH {
            let bench = bench.cloned();
            let run = move || match bench {
                Some(bench) => Site::new(&bench, release)
                    .and_then(|site| check(&site))
                    .map_err(Failed::from),
                None => Ok(()),
            };
            trials.push(Trial::test(
                format!("keys/{name}/{}", release.version()),
                run,
            ));
        }
    }
    trials
}

/// Folders for keys and tokens, and the configurations that name them.
struct Site<'a> {
    bench: &'a Bench,
    release: Release,
    keys: String,
    tokens: String,
    config: String,
}

impl<'a> Site<'a> {
    fn new(bench: &'a Bench, release: Release) -> Result<Self, String> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let keys = bench.roots.folder(&format!("site-{number}-keys"), 0, 0o700);
        let tokens = bench
            .roots
            .folder(&format!("site-{number}-tokens"), 0, 0o700);
        let site = Self {
            bench,
            release,
            config: format!("{}/site-{number}-config", bench.roots.area()),
            keys,
            tokens,
        };
        let text = format!(
            "{}SEC_TOKEN_DIRECTORY = {}\nSEC_CLIENT_AUTHENTICATION_METHODS = IDTOKENS\n",
            site.common(),
            site.tokens
        );
        bench.roots.write(&site.config, text, 0, 0o644);
        Ok(site)
    }

    fn common(&self) -> String {
        format!(
            "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\nNETWORK_INTERFACE = 127.0.0.1\n\
             CONDOR_HOST = 127.0.0.1\nSEC_PASSWORD_DIRECTORY = {keys}\n\
             SEC_TOKEN_POOL_SIGNING_KEY_FILE = {keys}/POOL\n",
            keys = self.keys
        )
    }

    fn daemon(&self) -> Result<Daemon, String> {
        let text = format!(
            "{}ALLOW_READ = *\nALLOW_WRITE = *\nALLOW_DAEMON = *\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n\
             SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n",
            self.common()
        );
        Daemon::start(&self.bench.roots, self.release, Kind::Collector, &text)
    }

    /// Runs a program of this release.
    fn run(&self, user: User, program: &[&str]) -> Output {
        let mut command = command(&self.bench.roots.root(self.release), user, &self.config);
        command.args(program);
        finish(command, Duration::from_secs(30))
    }

    /// Runs `countersign`.
    fn ours(&self, arguments: &[&str]) -> Result<Output, String> {
        let program = self.bench.subject.command.first();
        let mut whole = vec![program.ok_or("no program")?.as_str()];
        whole.extend(arguments);
        Ok(self.run(User::Root, &whole))
    }

    /// The same, where it must succeed.
    fn ours_succeeds(&self, arguments: &[&str]) -> Result<Output, String> {
        let output = self.ours(arguments)?;
        match output.status {
            Some(0) => Ok(output),
            _ => Err(format!("countersign {arguments:?}: {output:?}")),
        }
    }

    /// What 25.14.1's condor_ping prints of one level.
    fn ping(&self, daemon: &Daemon, level: &str) -> String {
        let root = self.bench.roots.root(Release::Newest);
        let mut ping = command(&root, User::Root, &self.config);
        ping.args(["condor_ping", "-address", &daemon.address, "-table", level]);
        finish(ping, Duration::from_secs(60)).stdout
    }

    fn expect(&self, daemon: &Daemon, level: &str, row: &[&str]) -> Result<(), String> {
        let table = self.ping(daemon, level);
        let last: Vec<&str> = table
            .lines()
            .last()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        if row.iter().all(|word| last.contains(word)) {
            Ok(())
        } else {
            Err(format!(
                "{level} should be {row:?}:\n{table}\n{}",
                daemon.story(&self.bench.roots)
            ))
        }
    }

    fn host(&self, inside: &str) -> PathBuf {
        self.bench.roots.host(inside)
    }
}

const ALICE: [&str; 2] = ["-identity", "alice@pool.example"];
const ALLOWED: [&str; 3] = ["IDTOKENS", "ALLOW", "alice@pool.example"];

/// A key and a token of ours: HTCondor takes both.
fn our_key_and_token(site: &Site<'_>) -> Result<(), String> {
    for name in ["POOL", "OTHER"] {
        site.ours_succeeds(&["key", "create", "-name", name])?;
        let token = format!("by-{name}");
        site.ours_succeeds(&[
            "token",
            "create",
            ALICE[0],
            ALICE[1],
            "-key",
            name,
            "-lifetime",
            "600",
            "-token",
            &token,
        ])?;
        let daemon = site.daemon()?;
        site.expect(&daemon, "WRITE", &ALLOWED)?;
        let file = format!("{}/{token}", site.tokens);
        fs::remove_file(site.host(&file)).map_err(|error| error.to_string())?;
    }
    // Nothing is overwritten by accident.
    let again = site.ours(&["key", "create"])?;
    if again.status == Some(1) && again.stderr.contains("kid POOL") {
        Ok(())
    } else {
        Err(format!("a key was overwritten: {again:?}"))
    }
}

fn our_limits(site: &Site<'_>) -> Result<(), String> {
    site.ours_succeeds(&["key", "create"])?;
    let made = [
        "token", "create", ALICE[0], ALICE[1], "-authz", "READ", "-token", "t",
    ];
    let output = site.ours_succeeds(&made)?;
    if !output.stderr.contains("never expires") {
        return Err(format!("no warning: {output:?}"));
    }
    // What is there is overwritten only if that is asked for.
    let again = site.ours(&made)?;
    let named = format!("{}/t, line 1: the token of {:?}", site.tokens, ALICE[1]);
    if again.status != Some(1) || !again.stderr.contains(&named) {
        return Err(format!(
            "a token was overwritten, or is not named: {again:?}"
        ));
    }
    let replaced = site.ours_succeeds(&[&made[..], &["-replace"]].concat())?;
    if !replaced.stderr.contains(&named) {
        return Err(format!("what was replaced is not named: {replaced:?}"));
    }
    let daemon = site.daemon()?;
    site.expect(&daemon, "READ", &ALLOWED)?;
    site.expect(&daemon, "WRITE", &["FAIL"])
}

/// A key of ours signs condor_token_create's tokens, and ours verifies them.
fn our_key_for_condor(site: &Site<'_>) -> Result<(), String> {
    for name in ["POOL", "OTHER"] {
        site.ours_succeeds(&["key", "create", "-name", name])?;
        let made = site.run(
            User::Root,
            &[
                "condor_token_create",
                ALICE[0],
                ALICE[1],
                "-key",
                name,
                "-authz",
                "READ",
                "-token",
                name,
            ],
        );
        if made.status != Some(0) {
            return Err(format!("condor_token_create: {made:?}"));
        }
        let file = format!("{}/{name}", site.tokens);
        let told = site.ours_succeeds(&["token", "inspect", &file])?.stdout;
        for part in [
            "subject    alice@pool.example",
            "limits     READ",
            "expires    never",
            "verified   yes",
            "taken here yes",
        ] {
            if !told.contains(part) {
                return Err(format!("{part:?} is missing:\n{told}"));
            }
        }
        let whole = fs::read_to_string(site.host(&file)).map_err(|error| error.to_string())?;
        if told.contains(whole.trim().rsplit('.').next().unwrap_or_default()) {
            return Err(format!("a signature was printed:\n{told}"));
        }
        site.ours_succeeds(&["key", "create", "-name", name, "-replace"])?;
        let told = site.ours_succeeds(&["token", "inspect", &file])?.stdout;
        if !told.contains("verified   no") {
            return Err(format!("another key signed it:\n{told}"));
        }
    }
    Ok(())
}

/// A key file that condor_store_cred made.
fn a_password_for_us(site: &Site<'_>) -> Result<(), String> {
    let pool = format!("{}/POOL", site.keys);
    let stored = site.run(
        User::Root,
        &["condor_store_cred", "-f", &pool, "-p", "a password"],
    );
    if !site.host(&pool).exists() {
        return Err(format!("condor_store_cred: {stored:?}"));
    }
    token_is_taken(site)
}

/// The key that a collector makes when it starts.
fn a_collectors_key_for_us(site: &Site<'_>) -> Result<(), String> {
    let daemon = site.daemon()?;
    let key = site.host(&format!("{}/POOL", site.keys));
    let end = Instant::now() + Duration::from_secs(10);
    // It may be ready to be asked before it has made one.
    while !fs::metadata(&key).is_ok_and(|file| file.len() > 0) {
        if Instant::now() > end {
            return Err("the collector made no key".into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    drop(daemon);
    token_is_taken(site)
}

fn token_is_taken(site: &Site<'_>) -> Result<(), String> {
    site.ours_succeeds(&["token", "create", ALICE[0], ALICE[1], "-token", "t"])?;
    let daemon = site.daemon()?;
    site.expect(&daemon, "WRITE", &ALLOWED)
}

/// condor_token_list prints the same bytes.
fn list_is_the_same(site: &Site<'_>) -> Result<(), String> {
    site.ours_succeeds(&["key", "create"])?;
    site.ours_succeeds(&["token", "create", ALICE[0], ALICE[1], "-token", "ours"])?;
    let mixed = format!(
        "# a comment\n\n{}not a token\n  {}",
        site.bench.tokens.file(&[Token::Alice, Token::Read]),
        site.bench.tokens.file(&[Token::Expired, Token::OtherKey]),
    );
    for (name, text, mode) in [
        ("mixed", mixed.as_str(), 0o600),
        ("exposed", mixed.as_str(), 0o644),
        (".hidden", mixed.as_str(), 0o600),
        ("old~", mixed.as_str(), 0o600),
        ("empty", "", 0o600),
        ("e30", "e30.e30.\ne30.e30\n.. \na.b.c\ne30.W10.\n", 0o600),
    ] {
        let file = format!("{}/{name}", site.tokens);
        site.bench.roots.write(&file, text, 0, mode);
    }
    let mixed = format!("{}/mixed", site.tokens);
    let slash = format!("{}/", site.tokens);
    for arguments in [
        &[][..],
        &["-dir", &site.tokens],
        &["-dir", &slash],
        &["-file", &mixed],
        &["-dir", "/nonexistent"],
    ] {
        let theirs = site.run(User::Root, &[&["condor_token_list"], arguments].concat());
        let ours = site.ours(&[&["token", "list"], arguments].concat())?;
        if (&ours.stdout, ours.status) != (&theirs.stdout, theirs.status) {
            return Err(format!("{arguments:?}\n{theirs:?}\n{ours:?}"));
        }
        let has_tokens = !arguments.contains(&"/nonexistent");
        if has_tokens != ours.stdout.contains("Header: {") {
            return Err(format!("{arguments:?}: {ours:?}"));
        }
        let signature = site.bench.tokens.file(&[Token::Alice]);
        let signature = signature.trim().rsplit('.').next().unwrap_or_default();
        if format!("{ours:?}").contains(signature) {
            return Err("a signature was printed".into());
        }
    }
    Ok(())
}

/// A key that took another one's place counts at once, for a daemon that runs all the while.
fn replaced_is_refused(site: &Site<'_>) -> Result<(), String> {
    site.ours_succeeds(&["key", "create"])?;
    site.ours_succeeds(&["token", "create", ALICE[0], ALICE[1], "-token", "t"])?;
    let daemon = site.daemon()?;
    site.expect(&daemon, "WRITE", &ALLOWED)?;
    let replaced = site.ours_succeeds(&["key", "create", "-replace"])?;
    let named = format!(
        "{}/t, line 1: the token of \"alice@pool.example\"",
        site.tokens
    );
    if !replaced.stderr.contains(&named) {
        return Err(format!("what stops working is not named: {replaced:?}"));
    }
    site.expect(&daemon, "WRITE", &["FAIL"])
}

/// `-owner` makes a file that the user's own tools take.
fn somebody_elses_file(site: &Site<'_>) -> Result<(), String> {
    site.ours_succeeds(&["key", "create"])?;
    let name = format!("zz-{}", site.release.version());
    let create = [
        "token",
        "create",
        ALICE[0],
        ALICE[1],
        "-lifetime",
        "60",
        "-token",
        &name,
        "-owner",
        "alice",
    ];
    site.ours_succeeds(&create)?;
    let file = format!("/home/alice/.condor/tokens.d/{name}");
    let listed = site.run(User::Alice, &["condor_token_list", "-file", &file]);
    let outside = site.bench.roots.root(site.release).join(&file[1..]);
    let metadata = fs::metadata(&outside).map_err(|error| error.to_string())?;
    let _ = fs::remove_file(outside);
    use std::os::unix::fs::MetadataExt as _;
    let owned = (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777);
    if owned != (User::Alice.id(), User::Alice.id(), 0o600) {
        return Err(format!("{owned:?}"));
    }
    if listed.stdout.contains("alice@pool.example") {
        Ok(())
    } else {
        Err(format!("{listed:?}"))
    }
}
