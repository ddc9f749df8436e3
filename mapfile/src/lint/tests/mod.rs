//! What is found in which files.

mod documentation;
mod packaged;
mod properties;
mod shown;
mod table;

use std::path::Path;

use super::{Code, Finding, Host, NoHost, Report, lint};
use crate::document::Document;
use crate::files::MemoryFiles;
use crate::keys::BareKeys;
use crate::load::{Options, Sources};
use crate::lookup::Lookup;
use crate::map::Mapfile;
use crate::statement::Statement;

fn report_of(files: &MemoryFiles, path: &str, keys: BareKeys, host: &dyn Host) -> Report {
    let sources = Sources::read_from(files, Path::new(path), &Options::new(keys)).unwrap();
    let map = Mapfile::compile(&sources);
    let report = lint(&sources, &map, host);
    hold(&report, &map, keys);
    report
}

fn report(text: &[u8], keys: BareKeys) -> Option<Report> {
    let files = MemoryFiles::default();
    let sources = Sources::of_bytes(&files, Path::new("/map"), text, &Options::new(keys)).ok()?;
    let map = Mapfile::compile(&sources);
    let report = lint(&sources, &map, &NoHost);
    hold(&report, &map, keys);
    Some(report)
}

/// Every name does what the finding says, and every correction is one.
fn hold(report: &Report, map: &Mapfile, keys: BareKeys) {
    for finding in &report.findings {
        let told = format!("{finding:?}");
        assert!(finding.columns.start <= finding.columns.end, "{told}");
        assert!(miette::Diagnostic::labels(finding).is_some());
        if let Some(witness) = &finding.witness {
            match map.lookup(&witness.method, &witness.principal) {
                Lookup::Mapped(found) => {
                    assert_eq!(Some(found.canonical), witness.canonical, "{told}");
                    assert_eq!(found.at.line, finding.line, "{told}");
                    assert_eq!(found.at.path, finding.path, "{told}");
                }
                Lookup::GaveUp { at, .. } => {
                    assert_eq!(finding.code, Code::GivesUp, "{told}");
                    assert_eq!(at.line, finding.line, "{told}");
                }
                Lookup::NoMatch { .. } => panic!("{told}"),
            }
        }
        if let Some(line) = &finding.correction {
            let document = Document::parse("", line, keys);
            let [only] = document.lines() else {
                panic!("{told}")
            };
            assert!(matches!(only.statement, Statement::Entry(_)), "{told}");
            let files = MemoryFiles::default();
            let options = Options::new(keys);
            let sources = Sources::of_bytes(&files, Path::new(""), line, &options).unwrap();
            let again = Mapfile::compile(&sources);
            let corrected = lint(&sources, &again, &NoHost);
            let still = corrected
                .findings
                .iter()
                .any(|other| other.code == finding.code);
            assert!(!still, "{told}\n{corrected:?}");
            if let Some(witness) = &finding.witness {
                let found = again.lookup(&witness.method, &witness.principal);
                assert!(!matches!(found, Lookup::Mapped(_)), "{told}");
            }
        }
    }
}

/// The findings as `LINE SEVERITY CODE`.
fn told(report: &Report) -> Vec<String> {
    let one = |finding: &Finding| {
        let Finding {
            line,
            severity,
            code,
            ..
        } = finding;
        format!("{line} {severity} {code}")
    };
    report.findings.iter().map(one).collect()
}
