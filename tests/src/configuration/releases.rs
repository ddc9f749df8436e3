//! The tables of a release against what its own `condor_config_val` prints: every default, every template.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use countersign::config;

use super::bench::Bench;
use super::{Case, tally::Tally};
use crate::roots::Release;
use crate::run::{self, User};

const CATEGORIES: [&str; 4] = ["ROLE", "FEATURE", "POLICY", "SECURITY"];
/// Subsystems whose defaults are compared. The last one has none of its own, as HTCondor knows none of that name.
const SUBSYSTEMS: [&str; 30] = [
    "TOOL",
    "MASTER",
    "COLLECTOR",
    "NEGOTIATOR",
    "SCHEDD",
    "SHADOW",
    "STARTD",
    "STARTER",
    "CREDD",
    "GRIDMANAGER",
    "GAHP",
    "C_GAHP",
    "DAGMAN",
    "SHARED_PORT",
    "SUBMIT",
    "JOB",
    "JOB_ROUTER",
    "KBDD",
    "HAD",
    "REPLICATION",
    "VIEW_COLLECTOR",
    "GANGLIAD",
    "ROOSTER",
    "TRANSFERER",
    "DEFRAG",
    "EVENTD",
    "METRICD",
    "LIBRARIAN",
    "ANNEXD",
    "NOBODY",
];
const REGIONS: [&str; 16] = [
    "AP_NORTHEAST_1",
    "AP_NORTHEAST_2",
    "AP_SOUTH_1",
    "AP_SOUTHEAST_1",
    "AP_SOUTHEAST_2",
    "CA_CENTRAL_1",
    "EU_CENTRAL_1",
    "EU_NORTH_1",
    "EU_WEST_1",
    "EU_WEST_2",
    "EU_WEST_3",
    "SA_EAST_1",
    "US_EAST_1",
    "US_EAST_2",
    "US_WEST_1",
    "US_WEST_2",
];
const REGIONAL: [&str; 6] = ["", "_V8_7_8", "_V8_8_4", "_V8_8_5", "_V8_9_3", "_V8_9_4"];
/// Arguments for a template that takes some.
const ARGUMENTS: [&str; 3] = ["", "(alpha)", "(alpha, 2, gamma delta, 4)"];

/// A comparison of a release with a table.
pub type Check = fn(&Bench, Release, config::Release) -> Result<usize, String>;

/// What is compared.
pub const CHECKS: [(&str, Check); 3] = [
    ("defaults", defaults),
    ("subsystems", subsystems),
    ("templates", templates),
];

/// The table of a release.
fn table(release: Release) -> config::Release {
    release.version().parse().expect("both are known")
}

/// Compares a release with its table, and sees to it that the other release's table would be noticed.
///
/// # Errors
/// What differs, or that nothing does where it should.
pub fn check(bench: &Bench, release: Release, check: Check) -> Result<usize, String> {
    let own = table(release);
    let count = check(bench, release, own)?;
    for other in config::Release::ALL
        .into_iter()
        .filter(|other| *other != own)
    {
        if check(bench, release, other).is_ok() {
            return Err(format!("the table of {other} passes, too"));
        }
    }
    Ok(count)
}

/// What `condor_config_val` prints without any configuration.
fn ask(bench: &Bench, release: Release, words: &[&str]) -> Result<String, String> {
    let mut command = run::command(&bench.roots.root(release), User::Root, "ONLY_ENV");
    command.arg("condor_config_val").args(words);
    let output = run::finish(command, Duration::from_secs(20));
    match output.status {
        Some(0) => Ok(output.stdout),
        _ => Err(format!("condor_config_val {words:?}: {output:?}")),
    }
}

/// The settings of a dump, in its order. The lines of long values are trimmed.
fn settings(dump: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = dump.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_suffix(" @=end") {
            let long: Vec<_> = lines.by_ref().take_while(|line| *line != "@end").collect();
            let long = long.iter().map(|line| line.trim());
            found.push((name.to_owned(), long.collect::<Vec<_>>().join("\n")));
        } else if let Some((name, value)) = line
            .split_once(" = ")
            .filter(|_| !line.starts_with([' ', '#']))
        {
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    found
}

fn trimmed(value: &str) -> String {
    if !value.contains('\n') {
        return value.to_owned();
    }
    value
        .split('\n')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Names in HTCondor's order, and their defaults as a subsystem has them, where they have one. What is only detected and has
/// no place in the table is left out.
fn dumped(
    bench: &Bench,
    release: Release,
    subsystem: &str,
) -> Result<Vec<(String, Option<String>)>, String> {
    // The subsystem stands in front of what only it has; with -default, only in 23.9.6.
    let prefix = format!("{subsystem}.");
    let plain = |name: &str| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
    let dump = |form| ask(bench, release, &["-subsystem", subsystem, "-dump", form]);
    let verbose = dump("-verbose")?;
    let mut name = String::new();
    let (mut with, mut detected) = (BTreeMap::new(), BTreeSet::new());
    for line in verbose.lines() {
        if let Some(default) = line.strip_prefix(" # default: ") {
            with.insert(name.clone(), default);
        } else if line == " # at: <Detected>" {
            detected.insert(name.clone());
        } else if let Some((found, rest)) = line.split_once(' ')
            && !line.starts_with([' ', '#'])
            && (rest.starts_with("= ") || rest == "@=end")
        {
            name = plain(found);
        }
    }
    // Here a default that is empty looks like none, and 23.9.6 shows what it detected instead.
    let all = settings(&dump("-default")?);
    let all = all.into_iter().map(|(name, value)| (plain(&name), value));
    let all = all.filter(|(name, _)| {
        let in_table = config::Release::ALL.iter().any(|release| {
            let mut names = release.defaults();
            names.any(|(known, _)| known == name)
        });
        in_table || !detected.contains(name)
    });
    Ok(all
        .map(|(name, value)| {
            let shown = with.get(&name).copied();
            let value = match shown {
                Some(shown) if detected.contains(&name) => Some(shown.to_owned()),
                shown => shown.map(|_| value),
            };
            (name, value)
        })
        .collect())
}

/// Every name, its default and whether it has one, in HTCondor's order.
fn defaults(bench: &Bench, release: Release, ours: config::Release) -> Result<usize, String> {
    // A subsystem without defaults of its own.
    let theirs = dumped(bench, release, "NOBODY")?;
    let known: Vec<_> = ours.defaults().collect();
    for ((name, value), (our_name, our_value)) in theirs.iter().zip(&known) {
        let shown = our_value.map(trimmed);
        if name != our_name || *value != shown {
            return Err(format!("{name} = {value:?}, not {our_name} = {shown:?}"));
        }
        let found = ours.default_of(&name.to_lowercase());
        if found.map(|(_, value)| value) != *our_value {
            return Err(format!("{name} is not found in lower case"));
        }
        // Only here are the lines of a long value as they are.
        if our_value.is_some_and(|value| value.contains('\n')) {
            let raw = ask(bench, release, &["-raw", name])?;
            if raw.strip_suffix('\n') != *our_value {
                return Err(format!("{name} is {raw:?}, not {our_value:?}"));
            }
        }
    }
    if theirs.len() != known.len() || known.len() < 1000 {
        return Err(format!("{} names, not {}", theirs.len(), known.len()));
    }
    Ok(known.len())
}

/// The defaults as each subsystem has them, and by their full names.
fn subsystems(bench: &Bench, release: Release, ours: config::Release) -> Result<usize, String> {
    let mut full_names = Vec::new();
    for subsystem in SUBSYSTEMS {
        for (name, value) in dumped(bench, release, subsystem)? {
            let scoped = ours.subsystem_default(subsystem, &name);
            let found = scoped.or_else(|| ours.default_of(&name));
            let shown = found.map(|(_, value)| trimmed(value));
            if shown != value {
                return Err(format!("{subsystem}: {name} = {value:?}, not {shown:?}"));
            }
            full_names.extend(scoped.map(|_| format!("{subsystem}.{name}")));
        }
    }
    // No dump lists these, which regions of a cloud have for condor_annex.
    for region in REGIONS {
        let names = REGIONAL.map(|name| format!("{region}.ANNEX_DEFAULT_ODI_IMAGE_ID{name}"));
        full_names.extend(names);
    }
    let mut own = 0;
    for full in full_names {
        let (subsystem, name) = full.split_once('.').expect("put together above");
        let scoped = ours.subsystem_default(&subsystem.to_lowercase(), &name.to_lowercase());
        let raw = ask(bench, release, &["-raw", &full]).ok();
        let raw = raw.as_deref().and_then(|raw| raw.strip_suffix('\n'));
        if scoped.map(|(_, value)| value) != raw {
            return Err(format!("{full} is {raw:?}, not {scoped:?}"));
        }
        own += usize::from(raw.is_some());
    }
    if own < 50 {
        return Err(format!("only {own} defaults that one subsystem has"));
    }
    Ok(own)
}

/// Names and bodies of all templates, in HTCondor's order. Of comments only the `#` counts.
fn templates(bench: &Bench, release: Release, ours: config::Release) -> Result<usize, String> {
    let mut count = 0;
    for category in CATEGORIES {
        let list = ask(bench, release, &["use", category])?;
        let names: Vec<_> = list.lines().skip(1).map(str::trim).collect();
        let known: Vec<_> = ours.templates(category).map(|found| found.name).collect();
        if names != known {
            return Err(format!("{category} has {names:?}, not {known:?}"));
        }
        for name in names {
            count += 1;
            let full = format!("{category}:{name}");
            let body = ask(bench, release, &["use", &full])?;
            let head = format!("use {full} is\n");
            let body = body
                .strip_prefix(&head)
                .ok_or_else(|| format!("{full} is shown as {body:?}"))?;
            let template = ours.template(&category.to_lowercase(), &name.to_uppercase());
            let template = template.ok_or_else(|| format!("{full} is not found in other case"))?;
            let lines = |text: &str| -> Vec<String> {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                lines
                    .map(|line| if line.starts_with('#') { "#" } else { line }.to_owned())
                    .collect()
            };
            let (theirs, mine) = (lines(body), lines(template.body));
            if theirs != mine || template.category != category {
                return Err(format!("{full} is {theirs:#?}, not {mine:#?}"));
            }
        }
    }
    if count < 60 {
        return Err(format!("only {count} templates"));
    }
    Ok(count)
}

/// Each template used, without arguments and with some: both read it alike, values and places.
///
/// # Errors
/// Where they differ.
pub fn uses(bench: &Bench, release: Release) -> Result<Tally, String> {
    let mut cases = Vec::new();
    for category in CATEGORIES {
        for template in table(release).templates(category) {
            let takes = template.body.contains("$(0") || template.body.contains("$(1");
            let arguments = if takes {
                &ARGUMENTS[..]
            } else {
                &ARGUMENTS[..1]
            };
            for arguments in arguments {
                let line = format!("use {category} : {}{arguments}", template.name);
                let text = format!("A = before\n{line}\n");
                cases.push(Case::new(line, text));
            }
        }
    }
    bench.all(release, &cases)
}
