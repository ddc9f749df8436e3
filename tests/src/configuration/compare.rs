//! Two answers side by side.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Case;
use super::reading::Knob;
use super::sides::Answer;

/// The name of a knob whatever its case.
fn key(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// Knobs that are never twice the same: those of the process, those with `$RANDOM_…`, and all that refer to one.
#[must_use]
pub fn volatile(knobs: &[Knob]) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = ["PID", "PPID"].map(str::to_owned).into();
    let raws: Vec<(String, String)> = knobs
        .iter()
        .map(|knob| (key(&knob.name), knob.raw.to_ascii_uppercase()))
        .collect();
    for (name, raw) in &raws {
        if raw.contains("$RANDOM_") {
            found.insert(name.clone());
        }
    }
    loop {
        let before = found.len();
        for (name, raw) in &raws {
            if raw.contains('$') && words(raw).any(|word| found.contains(word)) {
                found.insert(name.clone());
                // `TOOL.A` is what a reference to `A` may mean.
                if let Some((_, bare)) = name.split_once('.') {
                    found.insert(bare.to_owned());
                }
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c)))
}

/// A text with `#` for each number: what stays of a value that is random.
fn form(text: &str) -> String {
    let mut made = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_sign = c == '-' && rest.peek().is_some_and(char::is_ascii_digit);
        if !c.is_ascii_digit() && !is_sign {
            made.push(c);
        } else if !made.ends_with('#') {
            made.push('#');
        }
    }
    made
}

/// Where the knobs of the verbose form differ, a few of them.
#[must_use]
pub fn differences(case: &Case, theirs: &[Knob], ours: &[Knob]) -> Vec<String> {
    let loose = volatile(theirs);
    let names = |knobs: &[Knob]| {
        knobs
            .iter()
            .map(|knob| knob.name.clone())
            .collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    // A name may stand there twice: `TOOL.A` is shown in place of `A`, too.
    let mut by_name: BTreeMap<&str, VecDeque<&Knob>> = BTreeMap::new();
    for knob in ours {
        by_name.entry(&knob.name).or_default().push_back(knob);
    }
    for knob in theirs {
        let other = by_name
            .get_mut(knob.name.as_str())
            .and_then(VecDeque::pop_front);
        let Some(other) = other else {
            found.push(format!(
                "{} is missing: {:?} at {}",
                knob.name, knob.raw, knob.place
            ));
            continue;
        };
        if let Some(difference) = difference(case, knob, other, loose.contains(&key(&knob.name))) {
            found.push(difference);
        }
    }
    for knob in by_name.values().flatten() {
        found.push(format!(
            "{} is too much: {:?} at {}",
            knob.name, knob.raw, knob.place
        ));
    }
    if found.is_empty() && names(theirs) != names(ours) {
        found.push("the order is another one".to_owned());
    }
    found
}

fn difference(case: &Case, theirs: &Knob, ours: &Knob, is_loose: bool) -> Option<String> {
    let name = &theirs.name;
    let differs = |what: &str, theirs: &str, ours: &str| {
        Some(format!(
            "{name}: {what} is\n          {theirs:?}, not\n          {ours:?}"
        ))
    };
    // What a command wrote is shown as that command's when it is written, and as the file's where it was there: HTCondor finds
    // it there when the same statement comes again.
    let was_kept = theirs.place.contains("/made.") && ours.place.contains(" |, line ");
    if theirs.place != ours.place && !was_kept {
        return differs("its place", &theirs.place, &ours.place);
    }
    if theirs.default != ours.default {
        let text = |knob: &Knob| knob.default.clone().unwrap_or_default();
        return differs("its default", &text(theirs), &text(ours));
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(name.as_str(), "PID" | "PPID") {
        return (!is_number(&ours.raw)).then(|| format!("{name} is no number: {}", ours.raw));
    }
    if theirs.raw != ours.raw {
        return differs("it", &theirs.raw, &ours.raw);
    }
    let (left, right) = (theirs.expanded.trim_start(), ours.expanded.trim_start());
    if let Some(allowed) = case.chances.get(name) {
        for (whose, value) in [("theirs", left), ("ours", right)] {
            if !allowed.iter().any(|one| one == value) {
                return Some(format!(
                    "{name}: {whose} is {value:?}, which is none of {allowed:?}"
                ));
            }
        }
        return None;
    }
    if is_loose && form(left) == form(right) || theirs.expanded == ours.expanded {
        return None;
    }
    if is_loose && theirs.raw.to_ascii_uppercase().contains("$RANDOM_CHOICE") {
        return None; // Of any form.
    }
    differs("its expanded value", &theirs.expanded, &ours.expanded)
}

/// A place in a file.
type Place = (String, usize);

/// Where HTCondor says that it stopped: the statement, and the statements that brought the file in.
fn their_places(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for line in text.lines() {
        let quoted = line.strip_prefix("Config source Error \"");
        let quoted = quoted.and_then(|rest| rest.split_once("\", Line "));
        let plain = line.strip_prefix("Configuration Error Line ");
        let plain = plain.and_then(|rest| {
            let (number, rest) = rest.split_once(' ')?;
            Some((rest.split_once("source ")?.1, number))
        });
        if let Some((file, rest)) = quoted.or(plain) {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(number) = digits.parse() {
                places.push((file.trim().to_owned(), number));
            }
        }
    }
    places.retain(|(_, line)| *line > 0);
    places
}

/// Where ours says that it stopped.
fn our_places(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for (at, _) in text.match_indices(", line ") {
        let file: String = text[..at]
            .rsplit([' ', '(', '\n'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let digits: String = text[at + 7..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        if let Ok(number) = digits.parse() {
            places.push((file, number));
        }
    }
    places
}

/// Why two refusals are not for the same statement, if they are not.
///
/// HTCondor counts to the last line of a statement, ours names its first.
#[must_use]
pub fn refusals_differ(case: &Case, here: &str, theirs: &str, ours: &str) -> Option<String> {
    let (left, right) = (their_places(theirs), our_places(ours));
    let same = |(file, line): &Place, (other, first): &Place| {
        file == other
            && (first..=line).contains(&first)
            && is_one_statement(case, here, file, *first, *line)
    };
    let fits = left.is_empty()
        || left
            .iter()
            .any(|place| right.iter().any(|other| same(place, other)));
    (!fits).then(|| format!("both refuse it, but not the same line: {left:?}, not {right:?}"))
}

fn is_one_statement(case: &Case, here: &str, file: &str, first: usize, last: usize) -> bool {
    if first == last {
        return true;
    }
    let name = file
        .strip_prefix(here)
        .unwrap_or(file)
        .trim_start_matches('/');
    let Some((_, text)) = case.files.iter().find(|(known, _)| known == name) else {
        return false;
    };
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let is_long = lines.get(first - 1).is_some_and(|line| line.contains("@="));
    let inner = lines
        .get(first - 1..last.saturating_sub(1))
        .unwrap_or_default();
    first < last
        && (is_long
            || inner
                .iter()
                .all(|line| line.trim_end().ends_with('\\') || line.trim_start().starts_with('#')))
}

/// Lines of the other two forms, without those that are never twice the same.
#[must_use]
pub fn stable_lines(text: &str, loose: &BTreeSet<String>) -> Vec<String> {
    let knobs = text
        .lines()
        .take_while(|line| !line.starts_with("# Contributing"));
    let lines = knobs.filter(|line| {
        let name = line.split([' ', '=']).next().unwrap_or_default();
        !loose.contains(&key(name))
            && !line.starts_with("# Configuration from machine: ")
            && !line.starts_with("# Defaults and templates: ")
    });
    lines.map(str::to_owned).collect()
}

/// HTCondor ended at a knob that it cannot expand: up to there ours must be the same, and must complain about that knob.
fn broke_off(
    case: &Case,
    theirs: &Answer,
    ours: &Answer,
    why: &str,
    complaints: &str,
) -> Option<String> {
    let (mut left, mut right) = (theirs.knobs()?, ours.knobs()?);
    // The last one has no value any more.
    let last = left.pop()?;
    right.truncate(left.len() + 1);
    let at = right.pop()?;
    if !at.name.eq_ignore_ascii_case(&last.name) {
        return Some(format!(
            "HTCondor ends at {}, which ours has {} in place of",
            last.name, at.name
        ));
    }
    if !complaints
        .lines()
        .any(|line| line.contains(&format!("{}:", at.name)))
    {
        return Some(format!(
            "HTCondor ends at {} ({}), ours says only {complaints:?}",
            at.name,
            why.trim()
        ));
    }
    differences(case, &left, &right).into_iter().next()
}

/// Why the answers are not the same.
#[must_use]
pub fn verdict(case: &Case, here: &str, theirs: &Answer, ours: &Answer) -> Option<String> {
    match (theirs, ours) {
        (Answer::Read(..), Answer::Read(..)) => {
            let (left, right) = (theirs.knobs()?, ours.knobs()?);
            let found = differences(case, &left, &right);
            let more = found.len().saturating_sub(4);
            let mut text: Vec<String> = found.into_iter().take(4).collect();
            if more > 0 {
                text.push(format!("and {more} more"));
            }
            (!text.is_empty()).then(|| text.join("\n        "))
        }
        (Answer::BrokeOff(_, why), Answer::Read(_, complaints)) => {
            broke_off(case, theirs, ours, why, complaints)
        }
        // 23.9.6 ends where it needs a value while reading whose macro function it cannot evaluate.
        (Answer::Refused(left), Answer::Read(_, complaints))
            if left.lines().any(|line| line.starts_with("ERROR \"$"))
                && complaints.contains("ERROR: ") =>
        {
            None
        }
        (Answer::Refused(left), Answer::Refused(right)) => {
            let why = refusals_differ(case, here, left, right)?;
            Some(format!(
                "{why}\n        theirs: {}\n        ours: {}",
                left.trim(),
                right.trim()
            ))
        }
        (Answer::Refused(left), Answer::Read(..)) => {
            Some(format!("HTCondor refuses what ours reads: {}", left.trim()))
        }
        (Answer::Read(..), Answer::Refused(right)) => Some(format!(
            "ours refuses what HTCondor reads: {}",
            right.trim()
        )),
        (Answer::BrokeOff(_, why), _) => Some(format!(
            "HTCondor begins to print it ({why}), ours does not: {ours:.400?}"
        )),
        (_, Answer::BrokeOff(..)) => Some("ours breaks off".to_owned()),
        (_, Answer::Hangs) => Some("ours finds no end".to_owned()),
        (Answer::Hangs, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_messages() {
        let theirs = "Config source Error \"/x\", Line 0, Include Depth 1: can't open file /x: No\nConfiguration Error Line 2 \
                      while reading global config source /c\n";
        assert_eq!(their_places(theirs), [("/c".to_owned(), 2)]);
        let ours = "ERROR: reading the file /x (include, /c, line 2): No; /d, line 4: y";
        assert_eq!(
            our_places(ours),
            [("/c".to_owned(), 2), ("/d".to_owned(), 4)]
        );
        assert_eq!(form("a + -12 b7"), "a + # b#");
    }
}
