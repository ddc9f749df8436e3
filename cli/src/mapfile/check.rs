//! `countersign mapfile check`: what is probably wrong with mapfiles.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use countersign::mapfile::lint::{self, Difference, Report, Severity, ThisHost, differences};
use countersign::mapfile::{BareKeys, LoadError, Mapfile, Options, Sources, escape};

use super::arguments::Arguments;
use super::{ERROR, mode, report};
use crate::output::Output;

/// The exit status where there is an error.
const WRONG: u8 = 1;

/// The exit status where there is a warning, with `--strict`.
const WARNED: u8 = 3;

/// How many lines that the other reading changes are told one by one.
const MAX_DIFFERENCES: usize = 5;

/// Runs it.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitCode, String> {
    let (files, options): (Vec<PathBuf>, Options) = if arguments.files.is_empty() {
        let (path, options) = mode::of_configuration(arguments)?;
        (vec![path], options)
    } else {
        (arguments.files.clone(), mode::choose(arguments, output)?)
    };
    let guessed = !arguments.files.is_empty()
        && arguments.assume_hash.is_none()
        && arguments.config.is_none();
    let host = ThisHost::trusting(trusted());
    let mut reports = Vec::new();
    let mut unreadable = false;
    for path in &files {
        match Sources::read(path, &options) {
            Ok(sources) => {
                if guessed {
                    tell(&differences(&sources), output);
                }
                let map = Mapfile::compile(&sources);
                reports.push(lint::lint(&sources, &map, &host));
            }
            Err(error) => match of_error(&error, options.keys) {
                Some(report) => reports.push(report),
                None => {
                    unreadable = true;
                    output.complain(&format!("ERROR: {error}"));
                }
            },
        }
    }
    if arguments.json {
        output.line(&report::json(&reports, options.keys).to_string());
    } else if std::io::stdout().is_terminal() {
        output.text(&report::graphical(&reports));
    } else {
        output.text(&report::plain(&reports));
    }
    Ok(ExitCode::from(status(
        &reports,
        unreadable,
        arguments.strict,
    )))
}

fn of_error(error: &LoadError, keys: BareKeys) -> Option<Report> {
    lint::of_error(error, keys)
}

fn status(reports: &[Report], unreadable: bool, strict: bool) -> u8 {
    let worst = reports.iter().filter_map(Report::worst).max();
    match worst {
        _ if unreadable => ERROR,
        Some(Severity::Error) => WRONG,
        Some(Severity::Warning) if strict => WARNED,
        _ => 0,
    }
}

/// Who may own a mapfile besides root: who runs this, and condor.
fn trusted() -> Vec<u32> {
    let condor = nix::unistd::User::from_name("condor").ok().flatten();
    std::iter::once(nix::unistd::geteuid().as_raw())
        .chain(condor.map(|user| user.uid.as_raw()))
        .collect()
}

/// Says which lines are something else under the reading that was not taken.
fn tell(differences: &[Difference], output: &mut Output) {
    if differences.is_empty() {
        return;
    }
    let (suiting, other): (Vec<_>, Vec<_>) = differences
        .iter()
        .partition(|difference| difference.suits_the_other);
    output.complain(&format!(
        "{} lines say something else with --assume-hash{}",
        differences.len(),
        match suiting.len() {
            0 => String::new(),
            count => format!(", and {count} look as if they were written for it"),
        }
    ));
    for difference in suiting.iter().chain(&other).take(MAX_DIFFERENCES) {
        output.complain(&format!(
            "{}:{}: {}; with --assume-hash, {}",
            escape(difference.path.as_os_str().as_encoded_bytes()),
            difference.line,
            difference.here,
            difference.there
        ));
    }
    let rest = suiting.iter().chain(&other).skip(MAX_DIFFERENCES);
    let mut rest: Vec<(String, usize)> = rest
        .map(|difference| {
            let path = escape(difference.path.as_os_str().as_encoded_bytes());
            (path, difference.line)
        })
        .collect();
    rest.sort();
    for lines in rest.chunk_by(|one, two| one.0 == two.0) {
        let numbers: Vec<usize> = lines.iter().map(|(_, line)| *line).collect();
        if let Some((path, _)) = lines.first() {
            output.complain(&format!("{path}: so do lines {}", ranges(&numbers)));
        }
    }
}

/// `3, 5-9` for ascending numbers.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|one, two| *two <= one + 1);
    let texts: Vec<String> = runs
        .filter_map(|run| match (run.first()?, run.last()?) {
            (first, last) if first == last => Some(first.to_string()),
            (first, last) => Some(format!("{first}-{last}")),
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mapfile's crate stands alone, and so does its table of methods.
    #[test]
    fn every_method_of_the_protocol_is_known() {
        for method in countersign::core::names::KNOWN_METHODS {
            let text = format!("{} alice alice\n", method.canonical);
            let options = Options::new(BareKeys::Literals);
            let files = countersign::mapfile::MemoryFiles::default();
            let sources =
                Sources::of_bytes(&files, "map".as_ref(), text.as_bytes(), &options).unwrap();
            let report = lint::lint(&sources, &Mapfile::compile(&sources), &lint::NoHost);
            let unknown = lint::Code::UnknownMethod;
            assert!(
                report
                    .findings
                    .iter()
                    .all(|finding| finding.code != unknown),
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_in_a_row() {
        assert_eq!(ranges(&[3, 5, 6, 7, 10, 11]), "3, 5-7, 10-11");
        assert_eq!(ranges(&[]), "");
    }
}
