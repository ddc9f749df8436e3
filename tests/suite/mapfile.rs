//! Mapfiles: ours against HTCondor's own library, from PyPI.
//!
//! `COUNTERSIGN_SEED` and `COUNTERSIGN_MAPPINGS` take other and more of them.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A test program: it reports on the terminal.

use std::process::ExitCode;

use countersign_tests::mapfiles::cases::Mode;
use countersign_tests::mapfiles::oracle::Oracle;
use countersign_tests::mapfiles::{differences, wheel};
use countersign_tests::roots::{self, Roots};
use countersign_tests::wheels;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let mut trials = vec![Trial::test("mapfile/generated", generated)];
    for (name, check) in differences::ALL {
        let run = move || Ok(check(&mut oracle()?.0)?);
        trials.push(Trial::test(format!("mapfile/differences/{name}"), run));
    }
    libtest_mimic::run(&args, trials).exit_code()
}

fn number(name: &str, default: u64) -> u64 {
    let value = std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok());
    value.unwrap_or(default)
}

/// HTCondor's library, with the PCRE2 of a distribution where there is one.
fn oracle() -> Result<(Oracle, bool), Failed> {
    let wheel = wheels::ready(&roots::cache()?, "25.14.1")?;
    let pcre2 = match Roots::obstacle() {
        None => Some(Roots::ready()?.pcre2()),
        Some(_) => None,
    };
    let oracle = Oracle::start(&wheel, &wheels::python(), pcre2.as_deref())?;
    Ok((oracle, pcre2.is_some()))
}

fn generated() -> Result<(), Failed> {
    let cases = usize::try_from(number("COUNTERSIGN_MAPPINGS", 120_000))?;
    let (mut oracle, all_of_pcre2) = oracle()?;
    let mode = Mode {
        all_of_pcre2,
        ..wheel::MODE
    };
    if !all_of_pcre2 {
        println!("LEFT OUT: rarer parts of PCRE2, of which the wheel's own is of 2018");
    }
    let tally = wheel::compare(number("COUNTERSIGN_SEED", 1), cases, &mut oracle, mode)?;
    println!("{tally}");
    Ok(tally.check(cases / 120, &wheel::rules())?)
}
