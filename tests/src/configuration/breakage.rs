//! Rules that are broken on purpose: each must show as a difference from HTCondor.
//!
//! Ours then reads what the rule's breaking makes of the files, and only values are compared, not places, so that an
//! altered file shows by what it means.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::Bench;
use super::compare::volatile;
use super::reading::Knob;
use super::sides::{Answer, Form, Side};
use super::{Case, HERE};
use crate::roots::Release;

/// A rule of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The last assignment counts.
    LastAssignmentCounts,
    /// `SUBSYS.NAME` counts before `NAME`.
    SubsystemFirst,
    /// `LOCALNAME.NAME` counts before `NAME`.
    LocalNameFirst,
    /// `_CONDOR_NAME` counts over files.
    EnvironmentOverFiles,
    /// Names have no case.
    NamesHaveNoCase,
    /// A line that ends in a backslash goes on.
    Continuation,
    /// A value is everything behind the `=`, `#` too.
    NoCommentBehindAValue,
    /// `@=tag` begins a value of several lines.
    LongValues,
    /// A reference to a knob's own former value is replaced at once.
    OwnFormerValue,
    /// `$(NAME:default)`.
    DefaultOfAReference,
    /// `$INT`, `$F` and so on are functions.
    Functions,
    /// `$ENV` is the environment.
    EnvironmentFunction,
    /// What is set to nothing is not defined.
    EmptyIsUndefined,
    /// `!` negates.
    Negation,
    /// `if` decides.
    Conditions,
    /// `elif` decides.
    Elif,
    /// `version` compares with the release.
    Versions,
    /// `include` reads the file.
    Includes,
    /// `include command` runs the command.
    Commands,
    /// `use` brings in a template.
    Templates,
    /// A template has arguments.
    TemplateArguments,
    /// LOCAL_CONFIG_FILE is read.
    LocalFiles,
    /// LOCAL_CONFIG_DIR is read in the order of the names.
    OrderOfFolders,
    /// LOCAL_CONFIG_DIR_EXCLUDE_REGEXP leaves files out.
    ExcludedFiles,
    /// LOCAL_CONFIG_DIR comes before LOCAL_CONFIG_FILE.
    FoldersBeforeFiles,
    /// `AUTO_USE_…` brings in templates.
    AutoUse,
    /// Nobody but root has no file of his own.
    UsersFile,
    /// The defaults are the release's.
    Defaults,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::LastAssignmentCounts,
        Self::SubsystemFirst,
        Self::LocalNameFirst,
        Self::EnvironmentOverFiles,
        Self::NamesHaveNoCase,
        Self::Continuation,
        Self::NoCommentBehindAValue,
        Self::LongValues,
        Self::OwnFormerValue,
        Self::DefaultOfAReference,
        Self::Functions,
        Self::EnvironmentFunction,
        Self::EmptyIsUndefined,
        Self::Negation,
        Self::Conditions,
        Self::Elif,
        Self::Versions,
        Self::Includes,
        Self::Commands,
        Self::Templates,
        Self::TemplateArguments,
        Self::LocalFiles,
        Self::OrderOfFolders,
        Self::ExcludedFiles,
        Self::FoldersBeforeFiles,
        Self::AutoUse,
        Self::UsersFile,
        Self::Defaults,
    ];
}

/// The case as somebody would read it to whom the rule is unknown; `None` if the rule does not matter here.
fn broken(rule: Rule, case: &Case) -> Option<Case> {
    let mut other = case.clone();
    match rule {
        Rule::SubsystemFirst => other.subsystem = Some("NOBODY".to_owned()),
        Rule::LocalNameFirst => other.local_name = None,
        Rule::EnvironmentOverFiles => {
            other
                .variables
                .retain(|(name, _)| !name.to_ascii_lowercase().starts_with("_condor_"));
        }
        Rule::OrderOfFolders => reverse_folders(&mut other),
        _ => {
            for (name, text) in &mut other.files {
                let old = String::from_utf8_lossy(text).into_owned();
                *text = rewritten(rule, name, &old).into_bytes();
            }
        }
    }
    let same = other.files == case.files
        && other.variables == case.variables
        && other.subsystem == case.subsystem
        && other.local_name == case.local_name;
    (!same || rule == Rule::Defaults).then_some(other)
}

/// Each name in a folder for local files gets the text of its counterpart from the other end.
fn reverse_folders(case: &mut Case) {
    for folder in ["d0/", "d1/"] {
        let mut places: Vec<usize> = (0..case.files.len())
            .filter(|at| {
                case.files[*at].0.starts_with(folder) && !case.files[*at].0.contains("below")
            })
            .collect();
        places.sort_by(|left, right| case.files[*left].0.cmp(&case.files[*right].0));
        while places.len() > 1 {
            let (first, last) = (places.remove(0), places.remove(places.len() - 1));
            let text = std::mem::take(&mut case.files[first].1);
            case.files[first].1 = std::mem::replace(&mut case.files[last].1, text);
        }
    }
}

fn first_word(line: &str) -> String {
    let word = line
        .trim_start()
        .split([' ', '\t', '=', ':'])
        .next()
        .unwrap_or_default();
    word.trim_start_matches('@').to_ascii_lowercase()
}

/// A file without the rule.
fn rewritten(rule: Rule, file: &str, text: &str) -> String {
    let mut seen = BTreeSet::new();
    let mut made = Vec::new();
    for line in text.split('\n') {
        let word = first_word(line);
        let by_line = |gone: bool| {
            if gone {
                "# gone".to_owned()
            } else {
                line.to_owned()
            }
        };
        made.push(match rule {
            Rule::LastAssignmentCounts => {
                let assigns = line.contains(" = ")
                    && !line.ends_with('\\')
                    && !line.contains(&format!("({word}"));
                by_line(assigns && !seen.insert(word))
            }
            Rule::NamesHaveNoCase
                if line.contains(" = ") && !line.trim_start().starts_with('#') =>
            {
                let (name, value) = line.split_once(" = ").unwrap_or_default();
                let is_lower = name.chars().all(|c| !c.is_ascii_uppercase()) && name.contains('_');
                if is_lower {
                    format!("{name}_lower = {value}")
                } else {
                    line.to_owned()
                }
            }
            Rule::Continuation => line.strip_suffix('\\').unwrap_or(line).to_owned(),
            Rule::NoCommentBehindAValue if !line.trim_start().starts_with('#') => line
                .split_once(" #")
                .map_or(line, |(before, _)| before)
                .to_owned(),
            Rule::LongValues if line.contains("@=") => {
                line.replace("@=", "= @=").replace("@= @", "@")
            }
            Rule::OwnFormerValue if line.contains(" = ") => {
                let (name, value) = line.split_once(" = ").unwrap_or_default();
                format!(
                    "{name} = {}",
                    value.replace(&format!("$({})", name.trim()), "")
                )
            }
            Rule::DefaultOfAReference => line.replace("$(NO_SUCH:", "$(NO_SUCH_"),
            Rule::Functions => {
                let mut line = line.to_owned();
                for function in [
                    "INT", "REAL", "STRING", "SUBSTR", "CHOICE", "BASENAME", "DIRNAME", "EVAL",
                    "Fn", "Fx",
                ] {
                    line = line.replace(&format!("${function}("), &format!("$_{function}("));
                }
                line
            }
            Rule::EnvironmentFunction => line.replace("$ENV(", "$(ENV_"),
            Rule::EmptyIsUndefined if line == "C_Nothing =" => "C_Nothing = something".to_owned(),
            Rule::Negation if matches!(word.as_str(), "if" | "elif") => {
                line.replace("! ", "").replace('!', "")
            }
            Rule::Conditions if word == "if" => {
                let indent = &line[..line.len() - line.trim_start().len()];
                format!("{indent}if true")
            }
            Rule::Elif if word == "elif" => {
                let indent = &line[..line.len() - line.trim_start().len()];
                format!("{indent}elif false")
            }
            Rule::Versions if matches!(word.as_str(), "if" | "elif") => line
                .replace(">=", "@@")
                .replace("<=", ">=")
                .replace("@@", "<="),
            Rule::Includes => {
                by_line(word == "include" && !line.contains("command") && !line.ends_with('|'))
            }
            Rule::Commands => {
                by_line(word == "include" && (line.contains("command") || line.ends_with('|')))
            }
            Rule::Templates => by_line(word == "use"),
            Rule::TemplateArguments if word == "use" => {
                line.split('(').next().unwrap_or(line).to_owned()
            }
            Rule::LocalFiles => by_line(word == "local_config_file"),
            Rule::FoldersBeforeFiles if word == "local_config_dir" && file == "condor_config" => {
                "# gone".to_owned()
            }
            Rule::ExcludedFiles => {
                if line.starts_with("LOCAL_CONFIG_DIR =") {
                    format!("{line}\nLOCAL_CONFIG_DIR_EXCLUDE_REGEXP = ^nothing")
                } else {
                    by_line(word == "local_config_dir_exclude_regexp")
                }
            }
            Rule::AutoUse => by_line(word.starts_with("auto_use")),
            Rule::UsersFile => by_line(word == "user_config_file"),
            _ => line.to_owned(),
        });
    }
    if rule == Rule::FoldersBeforeFiles && file == "local.1" && !text.contains("LOCAL_CONFIG") {
        made.push(format!("LOCAL_CONFIG_DIR = {HERE}/d0, {HERE}/d1"));
    }
    made.join("\n")
}

/// What does not depend on the place: each knob and its expanded value.
fn values(knobs: &[Knob]) -> BTreeMap<&str, &str> {
    let loose = volatile(knobs);
    let stable = knobs
        .iter()
        .filter(|knob| !loose.contains(&knob.name.to_ascii_uppercase()));
    stable
        .map(|knob| (knob.name.as_str(), knob.expanded.as_str()))
        .collect()
}

/// How many of the cases show that a rule is broken, up to `enough`.
#[must_use]
pub fn caught(
    bench: &Bench,
    release: Release,
    cases: &[Case],
    enough: usize,
) -> BTreeMap<Rule, usize> {
    let mut found: BTreeMap<Rule, usize> = Rule::ALL.into_iter().map(|rule| (rule, 0)).collect();
    for case in cases {
        if found.values().all(|count| *count >= enough) {
            break;
        }
        let folder = bench.folder();
        let (theirs, _) = bench.ask(release, Side::Theirs, case, &folder, Form::Verbose);
        if let Some(right) = theirs
            .knobs()
            .filter(|_| matches!(theirs, Answer::Read(..)))
        {
            for (rule, count) in &mut found {
                let other = broken(*rule, case).filter(|_| *count < enough);
                let Some(other) = other else {
                    continue;
                };
                let told = match (rule, release) {
                    (Rule::Defaults, Release::Newest) => Release::Stable,
                    (Rule::Defaults, Release::Stable) => Release::Newest,
                    _ => release,
                };
                let side = Side::Ours(&bench.program, told);
                let (ours, _) = bench.ask(release, side, &other, &folder, Form::Verbose);
                let shows = ours
                    .knobs()
                    .is_none_or(|left| values(&left) != values(&right));
                *count += usize::from(shows);
            }
        }
        bench.remove(&folder);
    }
    found
}
