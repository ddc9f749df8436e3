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

/// The most names that are told.
const MOST_TOLD: usize = 200;
/// The most text that is searched for references.
const MOST_SEARCHED: usize = 64 << 20;

pub(super) fn check(check: &mut Check<'_>) {
    let mut search = Search {
        config: check.config,
        left: MOST_SEARCHED,
        seen: HashSet::new(),
        names: Vec::new(),
    };
    let mut told = 0;
    for written in check.written.clone() {
        // What a template of HTCondor's refers to is not the site's to mend.
        let is_own = matches!(
            written.origin,
            Origin::File { .. } | Origin::Environment { .. }
        );
        if written.found.is_none() || !is_own {
            continue;
        }
        search.seen.clear();
        search.follow(&written.raw, DEEPEST);
        for (name, inside) in std::mem::take(&mut search.names) {
            told += 1;
            if told <= MOST_TOLD {
                tell(check, &written, &name, inside);
            }
        }
    }
    if told > MOST_TOLD || search.left == 0 {
        check.skip(
            "further references to macros that nobody sets",
            "there are too many references",
        );
    }
}

/// The names in `$(NAME)` without a default.
fn referred(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("$(").filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let rest = text.get(at + 2..)?;
        let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        let end = rest.bytes().position(|b| !is_part(b))?;
        let (name, behind) = rest.split_at_checked(end)?;
        let is_name = !name.is_empty() && behind.starts_with(')');
        (is_name && !before.ends_with('$')).then_some(name)
    })
}

/// A search for names that are set nowhere.
struct Search<'a> {
    config: &'a Config,
    /// How much text may still be searched.
    left: usize,
    /// What was looked at for this setting.
    seen: HashSet<String>,
    /// The names, each once, with whether the setting itself refers to them.
    names: Vec<(String, bool)>,
}

impl Search<'_> {
    fn follow(&mut self, raw: &str, depth: usize) {
        let Some(left) = self.left.checked_sub(raw.len()) else {
            self.left = 0;
            return;
        };
        self.left = left;
        for name in referred(raw) {
            let upper = name.to_ascii_uppercase();
            if FOUND_OUT.contains(&upper.as_str())
                || OTHERS.contains(&upper.as_str())
                || !self.seen.insert(upper)
            {
                continue;
            }
            match self.config.entry(name) {
                Some(entry) if depth > 0 => self.follow(entry.raw, depth - 1),
                Some(_) => {}
                None => self.names.push((name.to_owned(), depth == DEEPEST)),
            }
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
