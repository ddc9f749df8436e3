//! Configurations: `countersign config dump` against the `condor_config_val -dump` of 25.14.1 and 23.9.6, and
//! `countersign config check` against what 25.14.1 does with wrong values.
//!
//! `COUNTERSIGN_SEED` and `COUNTERSIGN_CONFIGURATIONS` take other and more of those that are made by dice, and
//! `COUNTERSIGN_CONFIGURATION` the one with this number.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A test program: it reports on the terminal.

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::configuration::bench::Bench;
use countersign_tests::configuration::generate::{self, FEATURES};
use countersign_tests::configuration::{Case, breakage, corpus, releases, wrong_values};
use countersign_tests::roots::{Release, Roots};
use countersign_tests::subject::Subject;
use libtest_mimic::{Arguments, Failed, Trial};

type Check = Box<dyn FnOnce(&Bench) -> Result<(), String> + Send>;

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    args.test_threads.get_or_insert(2);
    if let Some(reason) = Roots::obstacle() {
        println!("LEFT OUT: the comparison of configurations, because {reason}");
        let must = std::env::var_os("CI").is_some_and(|value| value == "true");
        return if must {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let bench = if args.list {
        Ok(None)
    } else {
        prepare().map(|bench| Some(Arc::new(bench)))
    };
    match bench.and_then(|bench| trials(bench.as_ref())) {
        Ok(trials) => libtest_mimic::run(&args, trials).exit_code(),
        Err(error) => {
            println!("the configuration suite could not start: {error}");
            ExitCode::FAILURE
        }
    }
}

fn prepare() -> Result<Bench, String> {
    let roots = Roots::ready()?;
    let subject = Subject::prepare(&roots)?;
    let program = subject.command.first().cloned().unwrap_or_default();
    Ok(Bench::new(roots, program))
}

fn trials(bench: Option<&Arc<Bench>>) -> Result<Vec<Trial>, String> {
    let mut trials = Vec::new();
    let mut add = |name: String, run: Check| {
        let bench = bench.cloned();
        let run = move || match bench {
            Some(bench) => run(&bench).map_err(Failed::from),
            None => Ok(()),
        };
        trials.push(Trial::test(format!("configuration/{name}"), run));
    };
    for release in Release::BOTH {
        let version = release.version();
        add(
            format!("generated/{version}"),
            Box::new(move |bench| generated(bench, release)),
        );
        add(
            format!("broken-rules/{version}"),
            Box::new(move |bench| broken_rules(bench, release)),
        );
        for (name, check) in releases::CHECKS {
            add(
                format!("releases/{name}/{version}"),
                Box::new(move |bench| {
                    let count = releases::check(bench, release, check)?;
                    println!("releases/{name}/{version}: {count} compared");
                    Ok(())
                }),
            );
        }
        add(
            format!("releases/uses/{version}"),
            Box::new(move |bench| {
                println!(
                    "releases/uses/{version}: {}",
                    releases::uses(bench, release)?
                );
                Ok(())
            }),
        );
    }
    for origin in corpus::all()? {
        let cases = match origin.cases {
            Ok(cases) => Arc::new(cases),
            Err(reason) => {
                println!("LEFT OUT: the configurations of {}: {reason}", origin.name);
                continue;
            }
        };
        for release in Release::BOTH {
            let (name, cases) = (
                format!("{}/{}", origin.name, release.version()),
                cases.clone(),
            );
            let title = name.clone();
            add(
                name,
                Box::new(move |bench| {
                    println!("{title}: {}", bench.all(release, &cases)?);
                    Ok(())
                }),
            );
        }
    }
    trials.extend(wrong_values::trials(bench));
    Ok(trials)
}

fn number(name: &str, default: u64) -> u64 {
    let value = std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok());
    value.unwrap_or(default)
}

/// Made by dice: one in twelve with a mistake.
fn cases() -> Vec<Case> {
    let seed = number("COUNTERSIGN_SEED", 1);
    let count = number("COUNTERSIGN_CONFIGURATIONS", 480);
    let only = number("COUNTERSIGN_CONFIGURATION", u64::MAX);
    (0..count)
        .filter(|number| only == u64::MAX || only == *number)
        .map(|number| generate::case(seed, number, number % 12 == 7))
        .collect()
}

fn generated(bench: &Bench, release: Release) -> Result<(), String> {
    let cases = cases();
    let tally = bench.all(release, &cases)?;
    println!("generated/{}: {tally}", release.version());
    let least = cases.len() / 80;
    let mut wrong = Vec::new();
    for feature in FEATURES {
        let [cases, _] = tally.features.get(feature).copied().unwrap_or_default();
        if cases < least {
            wrong.push(format!(
                "{feature} stands in only {cases} configurations that were read"
            ));
        }
    }
    if tally.refused * 4 > cases.len() {
        wrong.push(format!(
            "HTCondor refuses {} of them: more than a quarter",
            tally.refused
        ));
    }
    if tally.refused * 20 < cases.len() {
        wrong.push(format!("HTCondor refuses only {}", tally.refused));
    }
    if tally.endless * 100 > cases.len() {
        wrong.push(format!(
            "HTCondor reads {} of them without end",
            tally.endless
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

fn broken_rules(bench: &Bench, release: Release) -> Result<(), String> {
    let found = breakage::caught(bench, release, &cases(), 3);
    let missed: Vec<_> = found.iter().filter(|(_, count)| **count == 0).collect();
    println!("broken-rules/{}: {found:?}", release.version());
    if missed.is_empty() {
        return Ok(());
    }
    Err(format!("nobody notices that these are broken: {missed:?}"))
}
