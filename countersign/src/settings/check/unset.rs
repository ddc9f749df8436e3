//! References to macros that nobody sets.

use std::collections::HashSet;

use countersign_config::{Config, Origin};

use super::entries::{Written, assignment};
use super::{Check, Code, Said, Severity, distance};

/// What HTCondor finds out itself, where the host has such.
const FOUND_OUT: [&str; 4] = [
    "IPV4_ADDRESS",
    "IPV6_ADDRESS",
    "IP_ADDRESS",
    "IP_ADDRESS_IS_IPV6",
];
const OTHERS: [&str; 3] = ["DOLLAR", "TILDE", "CONFIG_ROOT"];
/// How deep references are followed.
const DEEPEST: usize = 20;
/// The most names that a misspelt one is compared with.
const MOST_COMPARED: usize = 20_000;

pub(super) fn check(check: &mut Check<'_>) {
    for written in check.written.clone() {
        // What a template of HTCondor's refers to is not the site's to mend.
        let is_own = matches!(
            written.origin,
            Origin::File { .. } | Origin::Environment { .. }
        );
        if written.found.is_none() || !is_own {
            continue;
        }
        let mut names = Vec::new();
        let mut seen = HashSet::new();
        follow(check.config, &written.raw, DEEPEST, &mut seen, &mut names);
        for (name, inside) in names {
            tell(check, &written, &name, inside);
        }
    }
}

/// The names in `$(NAME)` without a default.
fn referred(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("$(").filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let (name, _) = text.get(at + 2..)?.split_once(')')?;
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        (is_name && !before.ends_with('$')).then_some(name)
    })
}

/// Adds the names that are set nowhere, each once, with whether the setting itself refers to them.
fn follow(
    config: &Config,
    raw: &str,
    depth: usize,
    seen: &mut HashSet<String>,
    names: &mut Vec<(String, bool)>,
) {
    for name in referred(raw) {
        let upper = name.to_ascii_uppercase();
        if FOUND_OUT.contains(&upper.as_str())
            || OTHERS.contains(&upper.as_str())
            || !seen.insert(upper)
        {
            continue;
        }
        match config.entry(name) {
            Some(entry) if depth > 0 => follow(config, entry.raw, depth - 1, seen, names),
            Some(_) => {}
            None => names.push((name.to_owned(), depth == DEEPEST)),
        }
    }
}

fn tell(check: &mut Check<'_>, written: &Written<'_>, name: &str, inside: bool) {
    let is_deny = written.base.to_ascii_uppercase().starts_with("DENY_");
    let is_empty = written
        .value
        .as_deref()
        .is_none_or(|value| value.trim().is_empty());
    let near = nearest(check.config, name);
    let said = Said {
        code: Code::EmptyMacro,
        severity: match (is_deny, is_empty) {
            (true, _) => Severity::Dangerous,
            (false, true) => Severity::Error,
            (false, false) => Severity::Suspicious,
        },
        what: format!(
            "{} refers to $({name}), and nothing sets {name}",
            written.name
        ),
        htcondor: if is_empty {
            format!(
                "puts nothing there, and goes on as if {} were not set",
                written.name
            )
        } else {
            "puts nothing there, without a word".to_owned()
        },
        fix: match near {
            Some(near) if inside => {
                let raw = written
                    .raw
                    .replace(&format!("$({name})"), &format!("$({near})"));
                format!("write {}", assignment(&written.name, &raw))
            }
            Some(near) => format!("write $({near}) for $({name})"),
            None => {
                format!("set {name}, or take $({name}) out; $({name}:) says that it may be unset")
            }
        },
    };
    check.find(&written.name, written.origin, said);
}

/// A name that is set and nearly this one.
fn nearest(config: &Config, name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    let most = distance::tolerance(&upper);
    config
        .iter()
        .take(MOST_COMPARED)
        .filter_map(|entry| {
            let known = entry.name.to_ascii_uppercase();
            Some((distance::within(&upper, &known, most)?, known))
        })
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::referred;

    #[test]
    fn references() {
        let names: Vec<&str> = referred("$(A) $$(B) $(C:d) x$(D.E)$( $(F").collect();
        assert_eq!(names, ["A", "D.E"]);
    }
}
