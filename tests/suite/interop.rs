//! Compares `countersign ping` with 25.14.1's `condor_ping` against real daemons of both releases.

#![allow(clippy::print_stdout, clippy::print_stderr)] // A test program: it reports on the terminal.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use countersign_tests::authz;
use countersign_tests::ce;
use countersign_tests::ciphers;
use countersign_tests::compare::{Bench, Shared, Tally, compare};
use countersign_tests::crowd;
use countersign_tests::handover;
use countersign_tests::hostile;
use countersign_tests::kdc::Kdc;
use countersign_tests::kerberos;
use countersign_tests::keys;
use countersign_tests::library;
use countersign_tests::mapfiles;
use countersign_tests::matrix;
use countersign_tests::munge::{self, Munged};
use countersign_tests::page;
use countersign_tests::password;
use countersign_tests::peer;
use countersign_tests::revocation;
use countersign_tests::roots::Roots;
use countersign_tests::scenario::{Target, View};
use countersign_tests::scenarios;
use countersign_tests::subject::Subject;
use countersign_tests::tls;
use countersign_tests::tokens::Tokens;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    args.test_threads.get_or_insert(2);
    if let Some(reason) = Roots::obstacle() {
        println!("LEFT OUT: the interop suite, because {reason}");
        return if std::env::var_os("CI").is_some_and(|value| value == "true") {
            println!("CI=true asks for all suites, so that is a failure");
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let bench = if args.list { None } else { Some(prepare()) };
    match bench {
        None => run(&args, None),
        Some(Ok(bench)) => run(&args, Some(Arc::new(bench))),
        Some(Err(error)) => {
            println!("the interop suite could not start: {error}");
            ExitCode::FAILURE
        }
    }
}

fn prepare() -> Result<Bench, String> {
    let roots = Roots::ready()?;
    let munged = Munged::everywhere(&roots)?;
    let kdc = Kdc::everywhere(&roots)?;
    let tokens = Tokens::make(&roots)?;
    let subject = Subject::prepare(&roots)?;
    Ok(Bench {
        tokens,
        subject,
        tally: Tally::default(),
        munged,
        kdc,
        roots,
    })
}

fn run(args: &Arguments, bench: Option<Arc<Bench>>) -> ExitCode {
    let scenarios = scenarios::all();
    let itself = std::env::var_os("COUNTERSIGN_TEST_SUBJECT").is_some();
    let configurations = scenarios.len();
    let of_peer = peer::trials(bench.as_ref(), &scenarios, itself);
    // Scenarios of the same daemon stand together, so that it is started once and does not outlive them.
    let mut daemons: HashMap<_, Arc<Shared>> = HashMap::new();
    // First, since it lasts two minutes, in which it mostly waits.
    let mut groups: Vec<Vec<Trial>> = vec![crowd::trials(bench.as_ref(), itself)];
    let mut places = HashMap::new();
    for scenario in scenarios {
        for release in &scenario.releases {
            let key = (*release, scenario.target.clone());
            let place = *places.entry(key.clone()).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            let shared = daemons.entry(key).or_insert_with_key(|(release, target)| {
                Arc::new(Shared::new(*release, target.clone()))
            });
            for view in &scenario.views {
                let daemon = match scenario.target {
                    Target::Real(..) => release.version(),
                    Target::Odd(_) => "no-daemon",
                };
                let name = format!("{}/{daemon}/{}", scenario.name, view.name());
                let (bench, shared, scenario, view) = (
                    bench.clone(),
                    shared.clone(),
                    scenario.clone(),
                    view.clone(),
                );
                if let Some(group) = groups.get_mut(place) {
                    let waits = itself && matches!(view, View::Alone(..));
                    let test = move || match bench {
                        Some(bench) => {
                            compare(&bench, &shared, &scenario, &view).map_err(Failed::from)
                        }
                        None => Ok(()),
                    };
                    group.push(Trial::test(name, test).with_ignored_flag(waits));
                }
            }
        }
    }
    drop(daemons);
    groups.push(library::trials(bench.as_ref()));
    groups.push(handover::trials(bench.as_ref(), itself));
    groups.push(of_peer);
    groups.push(matrix::trials(bench.as_ref(), itself));
    groups.push(ciphers::trials(bench.as_ref(), itself));
    groups.push(keys::trials(bench.as_ref()));
    groups.push(kerberos::trials(bench.as_ref(), itself));
    groups.push(munge::trials(bench.as_ref(), itself));
    groups.push(password::trials(bench.as_ref(), itself));
    groups.push(tls::trials(bench.as_ref(), itself));
    groups.push(ce::trials(bench.as_ref()));
    groups.push(page::trials(bench.as_ref(), itself));
    groups.push(revocation::trials(bench.as_ref()));
    groups.push(authz::trials(bench.as_ref()));
    groups.push(mapfiles::collector::trials(bench.as_ref()));
    for case in hostile::cases() {
        let bench = bench.clone();
        let test = move || match bench {
            Some(bench) => (case.run)(&bench).map_err(Failed::from),
            None => Ok(()),
        };
        groups.push(vec![Trial::test(case.name, test)]);
    }
    let conclusion = libtest_mimic::run(args, groups.into_iter().flatten().collect());
    let mut good = !conclusion.has_failed();
    if let Some(bench) = bench {
        let (rows, allowed) = (
            bench.tally.rows.load(Ordering::Relaxed),
            bench.tally.allowed.load(Ordering::Relaxed),
        );
        println!(
            "{configurations} configurations; {rows} table rows compared, {allowed} of them ALLOW"
        );
        println!(
            "{} table rows of the test peer compared, {} of them ALLOW",
            bench.tally.of_peer.0.load(Ordering::Relaxed),
            bench.tally.of_peer.1.load(Ordering::Relaxed)
        );
        let everything = conclusion.num_filtered_out == 0;
        if everything && (rows == 0 || allowed * 2 < rows) {
            println!("at least half of the rows must be ALLOW");
            good = false;
        }
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
