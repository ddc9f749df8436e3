//! `condor_status -pool` of both releases against the example that answers queries.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{User, command, finish};
use crate::scenario::{IPV4, OPEN, PLACES};

const LIMIT: Duration = Duration::from_secs(40);

/// The example, for as long as this lives.
struct Example(Child);

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What it prints is made of the ads that the example sent, as far as they were asked for.
pub(super) fn shown(bench: &Bench) -> Result<(), String> {
    let roots = &bench.roots;
    let inside = format!("{}/small_collector", roots.area());
    let bytes = fs::read(build()?).map_err(|error| error.to_string())?;
    roots.write(&inside, bytes, 0, 0o755);
    let config = format!("{}/small_collector.conf", roots.area());
    let places = "LOCAL_DIR = /nonexistent\nLOG = /nonexistent\n\
                  SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS, FS\n\
                  SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n";
    roots.write(
        &config,
        format!("{PLACES}{IPV4}{OPEN}{places}"),
        User::Root.id(),
        0o644,
    );
    let root = roots.root(Release::Newest);
    let mut example = command(&root, User::Root, &config);
    let child = example
        .args(["timeout", "-k", "1", "600"])
        .arg(&inside)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut example = Example(child);
    let mut address = String::new();
    let _ = BufReader::new(example.0.stdout.take().unwrap()).read_line(&mut address);
    let host = address
        .trim_matches(['<', '>', '\n'])
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    let both = "slot1@one.pool.example Unclaimed 4\nslot1@two.pool.example Claimed 4\n";
    for release in Release::BOTH {
        for user in [User::Root, User::Alice] {
            for (more, expected) in [
                (&[][..], both),
                (
                    &["-constraint", "State == \"Claimed\" && Cpus > 3"],
                    "slot1@two.pool.example Claimed 4\n",
                ),
                (&["-constraint", "Cpus > 4"], ""),
            ] {
                let mut status = command(&roots.root(release), user, &config);
                status
                    .args(["condor_status", "-pool", &host])
                    .args(more)
                    .args(["-af", "Name", "State", "Cpus"]);
                let output = finish(status, LIMIT);
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
