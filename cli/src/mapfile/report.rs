//! What `mapfile check` prints.

use std::path::Path;

use countersign::mapfile::lint::{Finding, Report, Severity, Summary, Undecided};
use countersign::mapfile::{BareKeys, escape};
use miette::{GraphicalReportHandler, GraphicalTheme};
use serde_json::{Map, Value, json};

/// The columns of a terminal that are used.
const WIDTH: usize = 110;

/// For people at a terminal.
pub(super) fn graphical(reports: &[Report]) -> String {
    let handler = GraphicalReportHandler::new_themed(theme())
        .with_width(WIDTH)
        // A correction is copied as it stands.
        .with_wrap_lines(false)
        .without_cause_chain();
    let mut text = String::new();
    for report in reports {
        for finding in &report.findings {
            if handler.render_report(&mut text, finding).is_err() {
                text.push_str(&line(finding));
            }
            text.push('\n');
        }
        end(report, &mut text);
    }
    text
}

/// Colours and drawing characters as far as the environment has them.
fn theme() -> GraphicalTheme {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let unicode = locale.is_some_and(|value| {
        let value = value.to_string_lossy().to_ascii_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    });
    let colour = set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb");
    match (unicode, colour) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme {
            styles: miette::ThemeStyles::ansi(),
            ..GraphicalTheme::ascii()
        },
        (false, false) => GraphicalTheme::none(),
    }
}

/// For files and other programs: a line for each finding begins with its place, what belongs to it is
/// indented.
pub(super) fn plain(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        for finding in &report.findings {
            text.push_str(&line(finding));
        }
        end(report, &mut text);
    }
    text
}

fn line(finding: &Finding) -> String {
    let mut text = format!(
        "{}:{}:{}: {}[{}]: {}\n    why: {}\n",
        file(&finding.path),
        finding.line,
        finding.columns.start,
        finding.severity,
        finding.code,
        finding.message,
        finding.why
    );
    if let Some(witness) = &finding.witness {
        text.push_str(&format!("    name: {witness}\n"));
    }
    if let Some(line) = &finding.correction {
        text.push_str(&format!("    corrected: {}\n", escape(line)));
    }
    text
}

/// What was not decided, and what was looked at.
fn end(report: &Report, text: &mut String) {
    for undecided in &report.undecided {
        text.push_str(&format!("undecided: {undecided}\n"));
    }
    let count = |severity, one: &str, many: &str| match report.count(severity) {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    text.push_str(&format!(
        "{}, {}, {}; {}\n",
        count(Severity::Error, "error", "errors"),
        count(Severity::Warning, "warning", "warnings"),
        count(Severity::Advice, "piece of advice", "pieces of advice"),
        report.summary
    ));
}

fn file(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}

/// For programs.
pub(super) fn json(reports: &[Report], keys: BareKeys) -> Value {
    let all =
        |part: fn(&Report) -> Vec<Value>| -> Vec<Value> { reports.iter().flat_map(part).collect() };
    let sum = |part: fn(&Summary) -> usize| -> usize {
        reports.iter().map(|report| part(&report.summary)).sum()
    };
    let count =
        |severity: Severity| -> usize { reports.iter().map(|report| report.count(severity)).sum() };
    let rules = reports.first().map(|report| report.summary.rules());
    let rules: Vec<&str> = rules
        .unwrap_or_default()
        .iter()
        .map(|code| code.as_str())
        .collect();
    json!({
        "findings": all(|report| report.findings.iter().map(finding).collect()),
        "undecided": all(|report| report.undecided.iter().map(undecided).collect()),
        "summary": {
            "files": sum(|summary| summary.files),
            "lines": sum(|summary| summary.lines),
            "entries": sum(|summary| summary.entries),
            "patterns": sum(|summary| summary.patterns),
            "assume_hash_keys": keys.assume_hash_keys(),
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "advice": count(Severity::Advice),
            "rules": rules,
            "says_nothing_about": Summary::NOT_SAID,
        },
    })
}

fn finding(finding: &Finding) -> Value {
    let mut object = Map::new();
    object.insert("code".into(), finding.code.as_str().into());
    object.insert("severity".into(), finding.severity.to_string().into());
    bytes(
        &mut object,
        "file",
        finding.path.as_os_str().as_encoded_bytes(),
    );
    object.insert("line".into(), finding.line.into());
    object.insert("column".into(), finding.columns.start.into());
    object.insert("end_column".into(), finding.columns.end.into());
    object.insert("start".into(), finding.span.start.into());
    object.insert("end".into(), finding.span.end.into());
    object.insert("message".into(), finding.message.as_str().into());
    object.insert("why".into(), finding.why.as_str().into());
    if let Some(witness) = &finding.witness {
        let mut inner = Map::new();
        bytes(&mut inner, "method", &witness.method);
        bytes(&mut inner, "principal", &witness.principal);
        match &witness.canonical {
            Some(canonical) => bytes(&mut inner, "canonical", canonical),
            None => {
                inner.insert("given_up".into(), true.into());
            }
        }
        object.insert("witness".into(), inner.into());
    }
    if let Some(line) = &finding.correction {
        bytes(&mut object, "correction", line);
    }
    object.into()
}

fn undecided(undecided: &Undecided) -> Value {
    let mut object = Map::new();
    if let Some((path, line)) = &undecided.at {
        bytes(&mut object, "file", path.as_os_str().as_encoded_bytes());
        object.insert("line".into(), (*line).into());
    }
    if let Some(code) = undecided.code {
        object.insert("code".into(), code.as_str().into());
    }
    object.insert("what".into(), undecided.what.as_str().into());
    object.into()
}

/// Text as it is; where it is none, escaped, with the bytes beside it in hexadecimal digits.
fn bytes(object: &mut Map<String, Value>, name: &str, bytes: &[u8]) {
    let text = escape(bytes);
    if text.as_bytes() != bytes {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        object.insert(format!("{name}_hex"), digits.into());
    }
    object.insert(name.to_owned(), text.into());
}
