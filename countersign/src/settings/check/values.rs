//! Values that cannot be used, and words of which the first letter alone is read.

use countersign_config::parse_int;
use countersign_core::policy::Requirement;

use super::entries::Written;
use super::{Check, Code, Said, Severity, distance};
use crate::settings::knobs::{Found, Kind};

pub(super) fn check(check: &mut Check<'_>) {
    for written in check.written.clone() {
        let Some(found) = written.found else { continue };
        match written.value.as_deref() {
            None => {
                let htcondor = "a daemon of HTCondor ends, a tool complains and goes on";
                let said = Said {
                    code: Code::WrongValue,
                    severity: Severity::Error,
                    what: format!("the macros in {} cannot be expanded", written.name),
                    htcondor: htcondor.to_owned(),
                    fix: format!("see countersign config get {}", written.name),
                };
                check.find(&written.name, written.origin, said);
            }
            Some("") => {}
            Some(value) => one(check, &written, found, value),
        }
    }
}

fn one(check: &mut Check<'_>, written: &Written<'_>, found: Found, value: &str) {
    let knob = found.knob;
    if let Err(allowed) = knob.kind.judge(value) {
        let is_number = matches!(knob.kind, Kind::Integer { .. })
            && parse_int(value).is_ok_and(|number| i32::try_from(number).is_ok());
        let said = if is_number {
            Said {
                code: Code::WrongValue,
                severity: Severity::Suspicious,
                what: format!("{} is {value}, which makes no sense", written.name),
                htcondor: "takes the number as it is".to_owned(),
                fix: format!("write {allowed}"),
            }
        } else {
            let release = check.config.release();
            let default = knob
                .default_in(written.base, release)
                .filter(|text| !text.is_empty());
            Said {
                code: Code::WrongValue,
                severity: if knob.kind == Kind::Expression {
                    Severity::Dangerous
                } else {
                    Severity::Error
                },
                what: format!("{} is {}", written.name, shown(value)),
                htcondor: match default {
                    Some(default) => format!("{} (without it {default} counts)", knob.wrong),
                    None => knob.wrong.to_string(),
                },
                fix: fix_of(knob.kind, value, allowed),
            }
        };
        return check.find(&written.name, written.origin, said);
    }
    if knob.kind == Kind::Requirement {
        word(check, written, value);
    }
}

fn fix_of(kind: Kind, value: &str, allowed: &str) -> String {
    let truth = match value.to_ascii_lowercase().as_str() {
        "yes" | "y" | "t" | "on" | "enabled" => "True",
        "no" | "n" | "f" | "off" | "disabled" => "False",
        _ => return format!("write {allowed}"),
    };
    match kind {
        Kind::Boolean | Kind::BooleanOrAuto => format!("write {truth}"),
        _ => format!("write {allowed}"),
    }
}

const WORDS: [(&str, Requirement); 8] = [
    ("REQUIRED", Requirement::Required),
    ("PREFERRED", Requirement::Preferred),
    ("OPTIONAL", Requirement::Optional),
    ("NEVER", Requirement::Never),
    ("YES", Requirement::Required),
    ("TRUE", Requirement::Required),
    ("NO", Requirement::Never),
    ("FALSE", Requirement::Never),
];

/// A word that begins like another.
fn word(check: &mut Check<'_>, written: &Written<'_>, value: &str) {
    let upper = value.to_ascii_uppercase();
    let Some(read) = Requirement::parse(&upper) else {
        return;
    };
    if WORDS.iter().any(|(word, _)| *word == upper) || (upper.len() == 1) {
        return;
    }
    let near = WORDS
        .iter()
        .find(|(word, _)| distance::within(&upper, word, 2).is_some());
    let meant = near.filter(|(_, meant)| *meant == read);
    let said = Said {
        code: Code::MisreadWord,
        severity: if meant.is_some() {
            Severity::Suspicious
        } else {
            Severity::Error
        },
        what: format!(
            "{} is {}, which is no word for it",
            written.name,
            shown(value)
        ),
        htcondor: format!(
            "looks at the first letter alone and takes it for {}",
            read.name()
        ),
        fix: match meant {
            Some(_) => format!("write {}", read.name()),
            None => "write REQUIRED, PREFERRED, OPTIONAL or NEVER".to_owned(),
        },
    };
    check.find(&written.name, written.origin, said);
}

/// The most of a value that is shown, in characters.
const MOST: usize = 80;

/// A value between quotes, cut where it is long.
pub(super) fn shown(value: &str) -> String {
    if value.chars().count() > MOST {
        let start: String = value.chars().take(MOST).collect();
        format!("{start:?}...")
    } else {
        format!("{value:?}")
    }
}
