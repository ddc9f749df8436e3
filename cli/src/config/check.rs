//! `config check`: what is wrong with the security settings.

use std::process::ExitCode;

use countersign::config::{Config, Origin, Warning};
use countersign::settings::Host;
use countersign::settings::check::{Code, Finding, Report, Severity, check};
use serde_json::{Value, json};

use super::arguments::Arguments;
use crate::output::{Output, printable};
use crate::site::warn_of_release;

const SEVERITIES: [Severity; 4] = [
    Severity::Error,
    Severity::Dangerous,
    Severity::Suspicious,
    Severity::Note,
];

/// Checks, and prints what was found; the exit status is 1 if something should be mended.
pub(super) fn run(
    arguments: &Arguments,
    config: &Config,
    host: &Host,
    output: &mut Output,
) -> ExitCode {
    let local_name = arguments.local_name.as_deref();
    let report = check(config, host, local_name);
    warn_of_release(config, output);
    let told = |warning: &&Warning| {
        let mut findings = report.findings.iter();
        findings.any(|found| found.code == Code::MisreadLine && found.place == warning.origin)
    };
    for warning in config.warnings().iter().filter(|warning| !told(warning)) {
        output.complain(&format!("WARNING: {warning}"));
    }
    if arguments.json {
        output.line(&as_json(&report).to_string());
    } else {
        output.text(&printable(&as_text(&report, &arguments.subsystem)));
    }
    ExitCode::from(u8::from(report.has_faults()))
}

/// A block for each finding, what was not looked at, and a line that sums up.
fn as_text(report: &Report, subsystem: &str) -> String {
    let mut text: String = report.findings.iter().map(block).collect();
    for skipped in &report.not_checked {
        text.push_str(&format!("not checked: {}: {}\n", skipped.what, skipped.why));
    }
    let counts = SEVERITIES.map(|severity| counted(report.count(severity), severity));
    text.push_str(&format!(
        "{} settings that bear on security, as {subsystem} reads them, by the rules of HTCondor {}: {}; {} not checked\n",
        report.settings,
        report.release,
        counts.join(", "),
        report.not_checked.len()
    ));
    text
}

fn counted(count: usize, severity: Severity) -> String {
    let many = match severity {
        Severity::Error if count != 1 => "errors",
        Severity::Note if count != 1 => "notes",
        Severity::Error => "error",
        Severity::Note => "note",
        Severity::Dangerous => "dangerous",
        Severity::Suspicious => "suspicious",
    };
    format!("{count} {many}")
}

fn block(finding: &Finding) -> String {
    let place = &finding.place;
    let mut text = format!(
        "{}: {}[{}]: {}\n",
        position(place),
        finding.severity,
        finding.code,
        finding.what
    );
    if !finding.what.contains(&finding.setting) {
        text.push_str(&format!("    setting: {}\n", finding.setting));
    }
    if matches!(place, Origin::Template { .. } | Origin::AutoUse { .. }) {
        text.push_str(&format!("    at: {place}\n"));
    }
    text.push_str(&format!(
        "    HTCondor: {}\n    fix: {}\n",
        finding.htcondor, finding.fix
    ));
    text
}

/// `FILE:LINE`; for what stands in no file, where else.
fn position(place: &Origin) -> String {
    match (place.path(), place.line()) {
        (Some(path), Some(line)) => format!("{}:{line}", path.display()),
        _ => place.to_string(),
    }
}

fn as_json(report: &Report) -> Value {
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code.as_str(),
                "severity": finding.severity.to_string(),
                "file": finding.place.path().map(|path| path.display().to_string()),
                "line": finding.place.line(),
                "place": finding.place.to_string(),
                "setting": finding.setting,
                "what": finding.what,
                "htcondor": finding.htcondor,
                "fix": finding.fix,
            })
        })
        .collect();
    let skipped = report.not_checked.iter();
    let skipped: Vec<Value> = skipped
        .map(|skipped| json!({ "what": skipped.what, "why": skipped.why }))
        .collect();
    let count = |severity| report.count(severity);
    json!({
        "findings": findings,
        "not_checked": skipped,
        "summary": {
            "release": report.release.to_string(),
            "settings": report.settings,
            "errors": count(Severity::Error),
            "dangerous": count(Severity::Dangerous),
            "suspicious": count(Severity::Suspicious),
            "notes": count(Severity::Note),
        },
    })
}
