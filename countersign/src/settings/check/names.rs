//! Names: misspelt, unknown, no longer read, with a level or a program that does not exist.

use std::collections::HashSet;

use countersign_config::{Config, Origin, split_list};
use countersign_core::names::Level;

use super::entries::{Written, assignment};
use super::{Check, Code, Said, Severity, distance, obsolete, references};
use crate::settings::knobs::{self, Releases, SUBSYSTEMS};

/// What the names begin with that are looked at. A name of the site's own may begin so too, if something refers to it.
const PREFIXES: [&str; 12] = [
    "ALLOW_",
    "AUTH_SSL_",
    "CERTIFICATE_MAPFILE",
    "DENY_",
    "GRIDMAP",
    "GSI_",
    "HOSTALLOW",
    "HOSTDENY",
    "KERBEROS_",
    "SCITOKENS_",
    "SEC_",
    "TRUST_DOMAIN",
];

/// So many unknown names are compared with all that are known: a site has a few macros of its own, and hostile input many.
const MOST_COMPARED: usize = 500;

/// How long a name must be to be taken for a misspelt one although it begins with none of these.
const LONG: usize = 9;

pub(super) fn check(check: &mut Check<'_>) {
    let used = references::all(check.config);
    let programs = programs(check);
    let mut compared = 0;
    for written in check.written.clone() {
        let base = written.base.to_ascii_uppercase();
        match written.found {
            Some(found) => {
                prefix(check, &written, &programs);
                if !found.knob.releases.include(check.config.release()) {
                    not_in_release(check, &written, found.knob.releases);
                }
                if found.level == Some(Level::Allow.name()) && !base.starts_with("SEC_") {
                    let htcondor = "lets everybody use the level ALLOW, whatever this says";
                    level(check, &written, Level::Allow.name(), htcondor);
                }
            }
            None if used.contains(&base) || used.contains(&written.name.to_ascii_uppercase()) => {}
            None if compared < MOST_COMPARED => {
                compared += usize::from(unknown(check, &written, &base))
            }
            None => check.skip(
                "further names of settings".to_owned(),
                format!(
                    "{MOST_COMPARED} unknown ones were compared with those that HTCondor knows"
                ),
            ),
        }
    }
}

/// A name that is not in the table. True if it had to be compared with all that are.
fn unknown(check: &mut Check<'_>, written: &Written<'_>, base: &str) -> bool {
    let release = check.config.release();
    let looks_like_one = PREFIXES.iter().any(|prefix| base.starts_with(prefix));
    if is_any_setting(check.config, base) || !looks_like_one && base.len() < LONG {
        return false;
    }
    if let Some(advice) = obsolete::advice(base) {
        let said = Said {
            code: Code::Obsolete,
            severity: if base.starts_with("HOST") {
                Severity::Error
            } else {
                Severity::Suspicious
            },
            what: format!("{} is not read any more", written.name),
            htcondor: "goes on as if it were not there, without a word".to_owned(),
            fix: advice,
        };
        check.find(&written.name, written.origin, said);
        return true;
    }
    let most = if looks_like_one {
        distance::tolerance(base)
    } else {
        1
    };
    if let Some(meant) = nearest(base, most, written.prefix, check) {
        let full = prefixed(written.prefix, meant);
        let said = Said {
            code: Code::Misspelt,
            severity: Severity::Error,
            what: format!(
                "{} is no setting of HTCondor {release}; {meant} is",
                written.name
            ),
            htcondor: format!(
                "goes on as if it were not there, without a word: {meant} stays what it is without it"
            ),
            fix: instead(check, &full, written),
        };
        check.find(&written.name, written.origin, said);
        return true;
    }
    if !looks_like_one {
        return true;
    }
    if let Some(word) = level_word(base) {
        let htcondor = "goes on as if it were not there: no command has this level";
        level(check, written, word, htcondor);
        return true;
    }
    let said = Said {
        code: Code::UnknownSetting,
        severity: Severity::Suspicious,
        what: format!(
            "{} is no setting of HTCondor {release}, and nothing refers to it as $({})",
            written.name, written.name
        ),
        htcondor: "goes on as if it were not there, without a word".to_owned(),
        fix: "remove it, or write the name of the setting that is meant".to_owned(),
    };
    check.find(&written.name, written.origin, said);
    true
}

fn prefixed(prefix: Option<&str>, base: &str) -> String {
    match prefix {
        Some(prefix) => format!("{prefix}.{base}"),
        None => base.to_owned(),
    }
}

/// Where exactly this name is set by the site.
fn place_of<'a>(check: &Check<'a>, name: &str) -> Option<&'a Origin> {
    let mut written = check.written.iter();
    let known = written.find(|written| written.name.eq_ignore_ascii_case(name));
    known.map(|written| written.origin)
}

/// A setting in the place of another, unless there is one of that name that it would take the place of.
fn instead(check: &Check<'_>, name: &str, written: &Written<'_>) -> String {
    match place_of(check, name) {
        None => format!("write {}", assignment(name, &written.raw)),
        Some(place) => format!(
            "remove it if {name} ({place}) says what is meant; else write there what both say"
        ),
    }
}

fn level(check: &mut Check<'_>, written: &Written<'_>, word: &str, htcondor: &str) {
    let levels: Vec<&str> = Level::ALL
        .into_iter()
        .filter(|level| *level != Level::Allow)
        .map(Level::name)
        .collect();
    let what = if word == Level::Allow.name() {
        "the level ALLOW has no lists".to_owned()
    } else {
        format!("there is no level {word}")
    };
    let said = Said {
        code: Code::NoSuchLevel,
        severity: Severity::Suspicious,
        what,
        htcondor: htcondor.to_owned(),
        fix: format!(
            "write one of {} or DEFAULT, or remove it",
            levels.join(", ")
        ),
    };
    check.find(&written.name, written.origin, said);
}

/// What stands where a level belongs.
fn level_word(base: &str) -> Option<&str> {
    let features = knobs::ALL
        .iter()
        .filter_map(|knob| knob.name.strip_prefix("SEC_<LEVEL>"));
    let rest = base.strip_prefix("SEC_")?;
    features
        .filter_map(|feature| rest.strip_suffix(feature))
        .min_by_key(|word| word.len())
        .filter(|word| !word.is_empty())
}

fn not_in_release(check: &mut Check<'_>, written: &Written<'_>, releases: Releases) {
    let release = check.config.release();
    let fix = match releases {
        Releases::Until23 => "remove it",
        Releases::Since25 | Releases::All | Releases::Countersign => {
            "remove it, or keep it for a later release"
        }
    };
    let said = Said {
        code: Code::Obsolete,
        severity: Severity::Note,
        what: format!("HTCondor {release} does not have {}", written.base),
        htcondor: "goes on as if it were not there, without a word".to_owned(),
        fix: fix.to_owned(),
    };
    check.find(&written.name, written.origin, said);
}

/// Something in front that is neither a program nor a local name.
fn prefix(check: &mut Check<'_>, written: &Written<'_>, programs: &HashSet<String>) {
    let Some(prefix) = written.prefix.map(str::to_ascii_uppercase) else {
        return;
    };
    if knobs::is_subsystem(&prefix) || programs.contains(&prefix) {
        return;
    }
    let name_of = |program: &str| prefixed(Some(program), written.base);
    // One that is not set yet is meant rather.
    let near = SUBSYSTEMS
        .into_iter()
        .filter(|known| distance::within(&prefix, known, 1).is_some() && known.len() > 3)
        .min_by_key(|known| place_of(check, &name_of(known)).is_some());
    let (severity, fix) = match near {
        Some(near) => (Severity::Error, instead(check, &name_of(near), written)),
        None => (
            Severity::Suspicious,
            format!(
                "write the subsystem that is meant, or remove {prefix}., so that all programs read it"
            ),
        ),
    };
    let said = Said {
        code: Code::NoSuchProgram,
        severity,
        what: format!(
            "no program of HTCondor is called {prefix}, and nothing here gives a daemon that local name"
        ),
        htcondor: format!(
            "reads this in a daemon that is started with -local-name {prefix}, and nowhere else"
        ),
        fix,
    };
    check.find(&written.name, written.origin, said);
}

/// The local names that daemons are given.
fn programs(check: &Check<'_>) -> HashSet<String> {
    let mut names = HashSet::new();
    names.extend(check.local_name.map(str::to_ascii_uppercase));
    for list in ["DAEMON_LIST", "DC_DAEMON_LIST"] {
        if let Ok(Some(setting)) = check.config.get(list) {
            names.extend(
                split_list(&setting.value)
                    .map(|name| name.trim_start_matches('+').to_ascii_uppercase()),
            );
        }
    }
    for entry in check.config.iter() {
        let mut words = entry.raw.split_whitespace();
        while let Some(word) = words.next() {
            if word
                .trim_start_matches('-')
                .eq_ignore_ascii_case("local-name")
            {
                names.extend(words.next().map(str::to_ascii_uppercase));
            }
        }
    }
    names
}

/// Whether a release knows the name, whatever it is about.
fn is_any_setting(config: &Config, base: &str) -> bool {
    let release = config.release();
    // All names of the table, those without a default among them.
    release
        .defaults()
        .any(|(name, _)| name.eq_ignore_ascii_case(base))
}

/// The name that is meant; among those that are as near, one that is not set yet.
fn nearest(
    base: &str,
    most: usize,
    prefix: Option<&str>,
    check: &Check<'_>,
) -> Option<&'static str> {
    let release = check.config.release();
    let known = knobs::known_names().iter();
    let near = known
        .filter(|known| known.found.knob.releases.include(release))
        .filter_map(|known| {
            let distance = distance::within(base, &known.name, most)?;
            Some((distance, known.name.as_str()))
        });
    let near: Vec<(usize, &str)> = near.collect();
    let least = near.iter().map(|(distance, _)| *distance).min()?;
    near.into_iter()
        .filter(|(distance, _)| *distance == least)
        .min_by_key(|(_, name)| place_of(check, &prefixed(prefix, name)).is_some())
        .map(|(_, name)| name)
}
