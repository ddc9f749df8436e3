//! Configurations, against real HTCondor.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A test program: it reports on the terminal.

use std::process::ExitCode;
use std::sync::Arc;

use countersign_tests::configuration::wrong_values;
use countersign_tests::roots::Roots;
use countersign_tests::subject::Subject;
use libtest_mimic::Arguments;

/// Both roots, and our program in them.
struct Bench {
    roots: Roots,
    program: String,
}

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    args.test_threads.get_or_insert(2);
    if let Some(reason) = Roots::obstacle() {
        println!("LEFT OUT: the configuration suite, because {reason}");
        let must = std::env::var_os("CI").is_some_and(|value| value == "true");
        return ExitCode::from(u8::from(must));
    }
    let bench = if args.list {
        Ok(None)
    } else {
        prepare().map(|bench| Some(Arc::new(bench)))
    };
    match bench {
        Ok(bench) => {
            let trials =
                wrong_values::trials(bench.as_ref(), |bench| (&bench.roots, &bench.program));
            libtest_mimic::run(&args, trials).exit_code()
        }
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
    Ok(Bench { roots, program })
}
