//! Wall time of `condor_ping -table ALL` and of `countersign ping -table ALL`, each as a whole process.

use std::time::{Duration, Instant};

use countersign_tests::roots::{Release, Roots};
use countersign_tests::run::{Output, User, command, finish};
use countersign_tests::subject::Subject;

use crate::meter::Sample;

const RUNS: usize = 21;

/// Measures and prints, or says why not.
pub(crate) fn measure(roots: &Roots, config: &str, address: &str) -> Result<(), String> {
    println!(
        "\ncondor_ping -table ALL (11 levels, {RUNS} runs each), wall time in ms, whole process"
    );
    let subject = match Subject::prepare(roots) {
        Ok(subject) => subject.command,
        Err(error) => {
            println!("LEFT OUT: {error}");
            return Ok(());
        }
    };
    let theirs = vec!["condor_ping".to_owned()];
    let run = |program: &[String]| -> (Duration, Output) {
        let mut command = command(&roots.root(Release::Newest), User::Root, config);
        command
            .args(program)
            .args(["-address", address, "-table", "ALL"]);
        let start = Instant::now();
        let output = finish(command, Duration::from_secs(60));
        (start.elapsed(), output)
    };
    let (expected, output) = (run(&theirs).1, run(&subject).1);
    if expected.status != Some(0) || !expected.stdout.contains("IDTOKENS") {
        return Err(format!("condor_ping: {expected:?}"));
    }
    if output.stdout != expected.stdout {
        println!("LEFT OUT: countersign ping does not print condor_ping's table yet");
        return Ok(());
    }
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        a.push(run(&theirs).0.as_secs_f64() * 1e3);
        b.push(run(&subject).0.as_secs_f64() * 1e3);
    }
    let (a, b) = (Sample::new(a), Sample::new(b));
    for (name, sample) in [("condor_ping 25.14.1", &a), ("countersign ping", &b)] {
        println!(
            "  {name:<24} median {:7.1}  min {:7.1}  max {:7.1}",
            sample.median(),
            sample.min(),
            sample.max()
        );
    }
    println!("  ratio of medians {:.2}", b.median() / a.median());
    Ok(())
}
