//! ClassAd expressions: ours against HTCondor's own library, from PyPI.
//!
//! `COUNTERSIGN_SEED` and `COUNTERSIGN_EXPRESSIONS` take other and more of them.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A test program: it reports on the terminal.

use std::process::ExitCode;

use countersign::classad::Syntax;
use countersign_tests::expressions::{Case, Generator, MY, TARGET, compare};
use countersign_tests::{roots, wheels};
use libtest_mimic::{Arguments, Failed, Trial};

/// Questions that chance would ask too seldom.
const BY_HAND: &str = include_str!("classad.txt");

fn main() -> ExitCode {
    let args = Arguments::from_args();
    let trials = vec![
        Trial::test("classad/by-hand", || run(by_hand())),
        Trial::test("classad/generated", || run(generated())),
    ];
    libtest_mimic::run(&args, trials).exit_code()
}

fn run(cases: Vec<Case>) -> Result<(), Failed> {
    let wheel = wheels::ready(&roots::cache()?, "25.14.1")?;
    let summary = compare(&cases, &wheel, &wheels::python())?;
    println!("{summary}");
    Ok(())
}

fn generated() -> Vec<Case> {
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    };
    let mut generator = Generator::new(number("COUNTERSIGN_SEED", 1));
    (0..number("COUNTERSIGN_EXPRESSIONS", 12_000))
        .map(|_| generator.case())
        .collect()
}

/// Each in both syntaxes, alone and in a match.
fn by_hand() -> Vec<Case> {
    let mut cases = Vec::new();
    for text in BY_HAND
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        for syntax in [Syntax::New, Syntax::Old] {
            for target in [None, Some(TARGET)] {
                cases.push(Case {
                    syntax,
                    text: text.to_owned(),
                    my: MY,
                    target,
                });
            }
        }
    }
    cases
}
