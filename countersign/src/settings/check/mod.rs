//! What is wrong with a site's security settings.
//!
//! Nothing is contacted and no name is looked up: what is said follows from the configuration, from the files that it names,
//! and from what HTCondor's daemons were seen to do with such settings.

mod dangers;
mod distance;
mod entries;
mod files;
mod levels;
mod lines;
mod lists;
mod methods;
mod names;
mod obsolete;
mod references;
mod report;
mod spoilt;
mod switches;
#[cfg(test)]
mod tests;
mod tls;
mod unset;
mod users;
mod values;

pub use report::{Code, Finding, NotChecked, Report, Severity};

use std::collections::HashSet;
use std::path::PathBuf;

use countersign_config::{Config, Origin, Setting};
use entries::Written;

use super::knobs::is_subsystem;
use super::{Host, is_security_knob};

/// Checks the configuration of a host as it was loaded for `host` and its subsystem, by the rules of the configuration's
/// release. `local_name` is that of one daemon among several of its kind, if there is one.
///
/// This blocks while the files are looked at that the settings name.
pub fn check(config: &Config, host: &Host, local_name: Option<&str>) -> Report {
    let mut check = Check {
        config,
        host,
        local_name,
        written: entries::written(config),
        findings: Vec::new(),
        not_checked: Vec::new(),
        secrets: HashSet::new(),
    };
    for passed_over in config.passed_over() {
        check.skip(passed_over.path.display().to_string(), &passed_over.reason);
    }
    other_programs(&mut check);
    names::check(&mut check);
    lines::check(&mut check);
    unset::check(&mut check);
    spoilt::check(&mut check);
    values::check(&mut check);
    lists::check(&mut check);
    switches::check(&mut check);
    tls::check(&mut check);
    let mut methods = methods::Methods::default();
    levels::check(&mut check, &mut methods);
    dangers::check(&mut check);
    files::check(&mut check);
    check.not_checked.extend(methods.not_checked());
    entries::overridden(&mut check);
    let settings = check
        .written
        .iter()
        .filter(|written| is_security_knob(&written.name))
        .count();
    let Check {
        mut findings,
        mut not_checked,
        ..
    } = check;
    findings.sort_by_cached_key(|finding| {
        let place = &finding.place;
        (
            place.path().map(ToOwned::to_owned),
            place.line(),
            finding.severity,
            finding.code,
        )
    });
    findings.dedup();
    not_checked.sort();
    not_checked.dedup();
    Report {
        findings,
        not_checked,
        release: config.release(),
        settings,
    }
}

/// Settings that only another program than the one whose configuration was loaded looks at.
fn other_programs(check: &mut Check<'_>) {
    let own = check.host.subsystem.as_str();
    let mut others: Vec<String> = Vec::new();
    for entry in check.config.iter() {
        let Some((program, _)) = entry.name.split_once('.') else {
            continue;
        };
        let program = program.to_ascii_uppercase();
        if is_security_knob(entry.name)
            && is_subsystem(&program)
            && program != own.to_ascii_uppercase()
            && !others.contains(&program)
        {
            others.push(program);
        }
    }
    for program in others {
        let why = format!("they count for that program alone; -subsystem {program} checks them");
        check.skip(format!("settings {program}.*"), why);
    }
}

/// A check under way.
struct Check<'a> {
    config: &'a Config,
    host: &'a Host,
    local_name: Option<&'a str>,
    written: Vec<Written<'a>>,
    findings: Vec<Finding>,
    not_checked: Vec<NotChecked>,
    /// Those that were told already.
    secrets: HashSet<PathBuf>,
}

/// What is to be said of a setting.
struct Said {
    code: Code,
    severity: Severity,
    what: String,
    htcondor: String,
    fix: String,
}

impl<'a> Check<'a> {
    /// A setting's value. One that cannot be expanded is told as such, and then is none.
    fn get(&self, name: &str) -> Option<Setting<'a>> {
        self.config.get(name).ok().flatten()
    }

    fn find(&mut self, setting: &str, place: &Origin, said: Said) {
        let Said {
            code,
            severity,
            what,
            htcondor,
            fix,
        } = said;
        self.findings.push(Finding {
            code,
            severity,
            place: place.clone(),
            setting: setting.to_owned(),
            what,
            htcondor,
            fix,
        });
    }

    fn skip(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.not_checked.push(NotChecked {
            what: what.into(),
            why: why.into(),
        });
    }
}
