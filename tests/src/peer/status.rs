//! `condor_status -pool` of both releases against the example that answers queries.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;
use crate::run::{Output, User, command, finish};
use crate::scenario::{IPV4, OPEN, PLACES};

const LIMIT: Duration = Duration::from_secs(40);

/// The example, for as long as this lives.
struct Example {
    child: Child,
    config: String,
    /// `host:port`.
    host: String,
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Example {
    /// Starts it in the root of 25.14.1, with this configuration for it and for who asks.
    fn start(bench: &Bench, name: &str, settings: &str) -> Result<Self, String> {
        let roots = &bench.roots;
        let inside = format!("{}/small_collector-{name}", roots.area());
        let bytes = fs::read(build()?).map_err(|error| error.to_string())?;
        roots.write(&inside, bytes, 0, 0o755);
        let config = format!("{inside}.conf");
        let places = "LOCAL_DIR = /nonexistent\nLOG = /nonexistent\n";
        let text = format!("{PLACES}{IPV4}{OPEN}{places}{settings}");
        roots.write(&config, text, User::Root.id(), 0o644);
        let mut example = command(&roots.root(Release::Newest), User::Root, &config);
        let child = example
            .args(["timeout", "-k", "1", "600"])
            .arg(&inside)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut example = Self {
            child,
            config,
            host: String::new(),
        };
        let mut address = String::new();
        let _ = BufReader::new(example.child.stdout.take().unwrap()).read_line(&mut address);
        address
            .trim_matches(['<', '>', '\n'])
            .split('?')
            .next()
            .unwrap_or_default()
            .clone_into(&mut example.host);
        Ok(example)
    }
}

/// `condor_status` of a release about the machines of a pool.
fn status(
    bench: &Bench,
    release: Release,
    user: User,
    config: &str,
    pool: &str,
    more: &[&str],
) -> Output {
    let mut status = command(&bench.roots.root(release), user, config);
    status
        .args(["condor_status", "-pool", pool])
        .args(more)
        .args(["-af", "Name", "State", "Cpus"]);
    finish(status, LIMIT)
}

/// What both machines of the example look like.
const BOTH: &str = "slot1@one.pool.example Unclaimed 4\nslot1@two.pool.example Claimed 4\n";

/// What it prints is made of the ads that the example sent, as far as they were asked for.
pub(super) fn shown(bench: &Bench) -> Result<(), String> {
    let settings = "SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS, FS\n\
                    SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n";
    let example = Example::start(bench, "shown", settings)?;
    for release in Release::BOTH {
        for user in [User::Root, User::Alice] {
            for (more, expected) in [
                (&[][..], BOTH),
                (
                    &["-constraint", "State == \"Claimed\" && Cpus > 3"],
                    "slot1@two.pool.example Claimed 4\n",
                ),
                (&["-constraint", "Cpus > 4"], ""),
            ] {
                let output = status(bench, release, user, &example.config, &example.host, more);
                // Of a 23.9.6 client the binding of FS is not asked for, so either method may do.
                if output.stdout != expected || output.status != Some(0) {
                    return Err(format!(
                        "condor_status {} as {} {more:?}: {output:?}",
                        release.version(),
                        user.name()
                    ));
                }
            }
        }
    }
    Ok(())
}

/// A client that is set not to negotiate sends the bare command. The example serves it as nobody's, as a collector does, and
/// where something is required both hang up.
pub(super) fn bare(bench: &Bench) -> Result<(), String> {
    let client = format!("{}/bare-client.conf", bench.roots.area());
    let text =
        format!("{PLACES}{IPV4}SEC_CLIENT_NEGOTIATION = NEVER\nSEC_DEFAULT_NEGOTIATION = NEVER\n");
    bench.roots.write(&client, text, User::Root.id(), 0o644);
    for (name, settings, served) in [
        ("open", "SEC_DEFAULT_NEGOTIATION = OPTIONAL\n", true),
        ("required", "SEC_READ_AUTHENTICATION = REQUIRED\n", false),
        ("encrypted", "SEC_READ_ENCRYPTION = REQUIRED\n", false),
        ("negotiated", "SEC_READ_NEGOTIATION = REQUIRED\n", false),
        (
            "denied",
            "SEC_DEFAULT_NEGOTIATION = OPTIONAL\nDENY_READ = unauthenticated@unmapped\n",
            false,
        ),
    ] {
        let example = Example::start(bench, &format!("bare-{name}"), settings)?;
        let text = format!("{PLACES}{IPV4}{OPEN}{settings}");
        let daemon = Daemon::start(&bench.roots, Release::Newest, Kind::Collector, &text)?;
        let pool = daemon
            .address
            .trim_matches(['<', '>'])
            .split('?')
            .next()
            .unwrap_or_default();
        for release in Release::BOTH {
            let real = status(bench, release, User::Alice, &client, pool, &[]);
            let ours = status(bench, release, User::Alice, &client, &example.host, &[]);
            let expected = if served { BOTH } else { "" };
            if real.status != ours.status
                || (real.status == Some(0)) != served
                || ours.stdout != expected
            {
                return Err(format!(
                    "{name}, {}: of a collector {real:?}\nof the example {ours:?}\n{}",
                    release.version(),
                    daemon.story(&bench.roots)
                ));
            }
        }
    }
    Ok(())
}

fn build() -> Result<PathBuf, String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["build", "-p", "countersign", "--example", "small_collector"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(workspace)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split("\"executable\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|path| path.ends_with("/small_collector"))
        .map(PathBuf::from)
        .ok_or_else(|| format!("cargo built no example small_collector: {}", output.status))
}
