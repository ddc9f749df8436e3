use super::{Code, report};
use crate::keys::BareKeys::{Literals, Patterns};
use crate::lint::Report;

const TEXT: &str = include_str!("../../../../docs/mapfile-lint.md");

#[test]
fn every_code_has_its_entry() {
    for code in Code::ALL {
        let heading = format!("\n### {code}\n");
        assert_eq!(TEXT.matches(&heading).count(), 1, "{code}");
    }
    let entries = TEXT.matches("\n### ").count();
    assert_eq!(entries, Code::ALL.len());
}

/// What is about more than a line by itself.
const NO_LINE: [Code; 8] = [
    Code::Shadowed,
    Code::DeadlyBackslash,
    Code::UnreadableInclude,
    Code::NestedInclude,
    Code::IncludedTwice,
    Code::EmptyInclude,
    Code::WritableByOthers,
    Code::ForeignOwner,
];

#[test]
fn every_example_is_one() {
    for code in Code::ALL.iter().filter(|code| !NO_LINE.contains(code)) {
        let heading = format!("\n### {code}\n");
        let entry = TEXT.split(&heading).nth(1).unwrap();
        let entry = entry.split("\n### ").next().unwrap();
        let examples: Vec<(&str, &str)> = entry
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split_once("→"))
            .collect();
        assert!(!examples.is_empty(), "{code}");
        for (wrong, right) in examples {
            let wrong = wrong.trim().replace('␍', "\r").replace('␀', "\0");
            let right = right.trim();
            let has = |text: &str, keys| {
                let found: Report = report(format!("{text}\n").as_bytes(), keys).unwrap();
                found.findings.iter().any(|finding| finding.code == *code)
            };
            let mode = [Literals, Patterns]
                .into_iter()
                .find(|keys| has(&wrong, *keys));
            let mode = mode.unwrap_or_else(|| panic!("{code}: {wrong}"));
            assert!(!has(right, mode), "{code}: {right}");
        }
    }
}
