//! What it costs to read a host's configuration: ours against `condor_config_val`, in the same root, in turns.

// What goes wrong here ends the benchmark, and says so on the terminal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

#[path = "../handshake/meter.rs"]
#[allow(dead_code)]
mod meter;

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use countersign_tests::roots::{Release, Roots};
use countersign_tests::run::{User, command};
use countersign_tests::subject::Subject;

use meter::Sample;

/// Turns of each program.
const BLOCKS: usize = 15;
/// Runs in a turn.
const RUNS: usize = 20;
/// The configuration as Debian packages it.
const PACKAGED: &str = "/etc/condor/condor_config";

fn main() -> ExitCode {
    if let Some(reason) = Roots::obstacle() {
        println!("LEFT OUT: reading configurations, because {reason}");
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<bool, String> {
    let roots = Roots::ready()?;
    let subject = Subject::prepare(&roots)?;
    let ours = subject.command.first().ok_or("no program")?;
    println!(
        "{PACKAGED}, read by a process of its own in the root of each release: wall time in ms, the start of the process\n\
         (of which the last column is an empty one) included; medians of {BLOCKS} blocks of {RUNS} runs in turns."
    );
    let mut met = true;
    for release in Release::BOTH {
        let version = release.version();
        for (what, words) in [
            ("one setting", &["SEC_DEFAULT_AUTHENTICATION"][..]),
            ("one setting, and where", &["-verbose", "ALLOW_WRITE"]),
            ("everything", &["-dump"]),
            ("everything, and where", &["-dump", "-verbose"]),
        ] {
            let mut own = vec![ours.as_str(), "config"];
            match words.strip_prefix(&["-dump"]) {
                Some(rest) => own.extend([&["dump"], rest].concat()),
                None => own.extend([&["get"], words].concat()),
            }
            own.extend(["--release", version]);
            let theirs = [&["condor_config_val"], words].concat();
            let programs = [own, theirs, vec!["true"]];
            let mut times = [const { Vec::new() }; 3];
            for _ in 0..BLOCKS {
                for (words, times) in programs.iter().zip(&mut times) {
                    times.push(block(&roots, release, words)?);
                }
            }
            let [own, theirs, nothing] = times.map(Sample::new);
            let good = own.median() < theirs.median();
            met &= good;
            println!(
                "  {version:<8} {what:<24} ours {:6.2} ({:.2} to {:.2})   condor_config_val {:6.2} ({:.2} to {:.2})   {:.1} times \
                 faster; required: 1: {}   true {:.2}",
                own.median(),
                own.min(),
                own.max(),
                theirs.median(),
                theirs.min(),
                theirs.max(),
                theirs.median() / own.median(),
                if good { "met" } else { "NOT MET" },
                nothing.median()
            );
        }
    }
    Ok(met)
}

/// Milliseconds of a run.
fn block(roots: &Roots, release: Release, words: &[&str]) -> Result<f64, String> {
    let run = || -> Command {
        let mut command = command(&roots.root(release), User::Root, PACKAGED);
        command
            .args(words)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let mut runs: Vec<_> = (0..RUNS).map(|_| run()).collect();
    let began = Instant::now();
    for run in &mut runs {
        let status = run.status().map_err(|error| format!("chroot: {error}"))?;
        if !status.success() {
            return Err(format!("{words:?}: {status}"));
        }
    }
    Ok(began.elapsed().as_secs_f64() * 1e3 / RUNS as f64)
}
