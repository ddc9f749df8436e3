//! Lines that HTCondor reads as something else than they look like.

use countersign_config::{OddLine, Origin};

use super::entries::assignment;
use super::{Check, Code, Said, Severity};
use crate::settings::{is_security_knob, knobs};

const CATEGORIES: [&str; 4] = ["ROLE", "FEATURE", "POLICY", "SECURITY"];

pub(super) fn check(check: &mut Check<'_>) {
    for warning in check.config.warnings() {
        let (name, said) = match &warning.odd {
            Some(OddLine::ExtraWords { name, words }) => {
                let Some(fix) = without_words(check, &warning.origin, name, words) else {
                    continue;
                };
                let said = Said {
                    code: Code::MisreadLine,
                    severity: Severity::Error,
                    what: format!("this line sets {name}, not what `{name} {words}` looks like"),
                    htcondor: format!("ignores `{words}` in front of the operator, without a word"),
                    fix,
                };
                (name, said)
            }
            Some(OddLine::Colon { name }) => {
                let Some(said) = colon(check, &warning.origin, name) else {
                    continue;
                };
                (name, said)
            }
            Some(OddLine::NoTemplate { category }) if category.eq_ignore_ascii_case("SECURITY") => {
                let release = check.config.release();
                let template = ["recommended", "recommended_v9_0"]
                    .into_iter()
                    .find(|name| release.template("SECURITY", name).is_some())
                    .unwrap_or("recommended");
                let said = Said {
                    code: Code::MisreadLine,
                    severity: Severity::Error,
                    what: format!("`use {category}:` names no template"),
                    htcondor: "does nothing for this line, without a word".to_owned(),
                    fix: format!("write use {category}:{template}, or remove the line"),
                };
                (category, said)
            }
            _ => continue,
        };
        check.find(name, &warning.origin, said);
    }
}

/// What to write, with the value if it is still there.
fn written(check: &Check<'_>, origin: &Origin, set: &str, meant: &str) -> String {
    let value = check
        .written
        .iter()
        .find(|written| written.name.eq_ignore_ascii_case(set) && written.origin == origin);
    match value {
        Some(value) => assignment(meant, &value.raw),
        None => meant.to_owned(),
    }
}

/// What to write for `NAME WORDS = value`; `None` if it has nothing to do with security.
fn without_words(check: &Check<'_>, origin: &Origin, name: &str, words: &str) -> Option<String> {
    let joined = std::iter::once(name).chain(words.split_whitespace());
    let joined = joined.collect::<Vec<_>>().join("_");
    let last = words.split_whitespace().next_back().unwrap_or_default();
    let is_known = |name: &str| {
        let base = name.split_once('.').map_or(name, |(_, base)| base);
        knobs::find(base).is_some()
    };
    if let Some(meant) = [joined.as_str(), last, name]
        .into_iter()
        .find(|meant| is_known(meant))
    {
        let text = written(check, origin, name, meant);
        // The release has no such operator.
        return Some(match (words, text.split_once(" = ")) {
            ("+", Some((name, value))) => format!("write {name} = $({name}) {value}"),
            _ => format!("write {text}"),
        });
    }
    let looks_like_one = [joined.as_str(), last, name]
        .into_iter()
        .any(is_security_knob);
    looks_like_one
        .then(|| "write the one name that is meant in front of the =, without blanks".to_owned())
}

fn colon(check: &Check<'_>, origin: &Origin, name: &str) -> Option<Said> {
    let is_category = CATEGORIES
        .iter()
        .any(|category| category.eq_ignore_ascii_case(name));
    let text = written(check, origin, name, name);
    if is_category {
        let used = text.replacen(" = ", ":", 1);
        return Some(Said {
            code: Code::MisreadLine,
            severity: Severity::Error,
            what: format!("this line sets a macro called {name}, and uses no template"),
            htcondor: "takes the colon for a = where the line does not begin with use; daemons log a warning".to_owned(),
            fix: format!("write use {used}"),
        });
    }
    is_security_knob(name).then(|| Said {
        code: Code::MisreadLine,
        severity: Severity::Note,
        what: format!("{name} is set with a colon, which is obsolete"),
        htcondor: "takes it for a =, and daemons log a warning; behind #opt:strict they end"
            .to_owned(),
        fix: format!("write {text}"),
    })
}
