//! `countersign mapfile explain`: why a name maps to what it maps to.

use std::process::ExitCode;

use countersign::core::names::known_method;
use countersign::mapfile::{
    Explanation, Lookup, Mapfile, Match, NearMiss, NearMissKind, Outcome, Remark, escape, explain,
};

use super::arguments::Arguments;
use super::mode;
use super::read::{never_asked, read_whole};
use crate::output::Output;

/// Where a line that was meant otherwise is put right.
const CORRECTED: &str =
    "    do: countersign mapfile check shows the line that was meant, where it can tell";

/// Runs it. The status is 1 if the name maps to nothing.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitCode, String> {
    let options = mode::choose(arguments, output)?;
    let path = arguments.files.first().ok_or("there is no file")?;
    let principal = arguments.principals.first().ok_or("there is no name")?;
    let method = arguments.method.as_deref().unwrap_or_default();
    let sources = read_whole(path, &options)?;
    let map = Mapfile::compile(&sources);
    let explanation = explain(&sources, &map, method.as_bytes(), principal);
    let mut lines = Vec::new();
    let mut mapped = outcome(&explanation, method, principal, &mut lines);
    if let Some(why) = never_asked(method) {
        lines.insert(
            0,
            format!("{method} {} maps to nothing: {why}", escape(principal)),
        );
        if let Some(line) = lines.get_mut(1) {
            line.insert_str(0, "  if it were asked: ");
        }
        mapped = false;
    }
    lines.extend(about_method(method));
    for problem in &explanation.skipped {
        lines.push(format!("  not in force: {problem}"));
    }
    if explanation.left_out > 0 {
        lines.push(format!(
            "  not looked at for what else may have been meant: {} lines at the end",
            explanation.left_out
        ));
    }
    for line in lines {
        output.line(&line);
    }
    Ok(ExitCode::from(u8::from(!mapped)))
}

/// What became of the name; whether that is a user.
fn outcome(
    explanation: &Explanation<'_>,
    method: &str,
    principal: &[u8],
    lines: &mut Vec<String>,
) -> bool {
    let name = format!("{method} {}", escape(principal));
    match &explanation.lookup {
        Lookup::Mapped(found) => {
            let is_user = mapped(found, &name, principal, lines);
            lines.extend(
                explanation
                    .remarks
                    .iter()
                    .flat_map(|one| remark(one, principal)),
            );
            for line in &explanation.shadowed {
                let canonical = escape(&line.canonical);
                lines.push(format!(
                    "  too late: {} would match, too, and give {canonical}",
                    line.at
                ));
            }
            is_user
        }
        Lookup::NoMatch { lines: count } => {
            lines.push(match count {
                0 => format!("{name} maps to nothing: there is no line for {method}"),
                1 => format!("{name} maps to nothing: the one line for {method} does not match"),
                _ => format!(
                    "{name} maps to nothing: none of the {count} lines for {method} matches"
                ),
            });
            if *count == 0 {
                lines.push(methods(explanation));
            }
            lines.extend(explanation.misses.iter().map(miss));
            false
        }
        Lookup::GaveUp { at, why } => {
            lines.push(format!(
                "{name} is nobody: the pattern of {at} was given up ({why})"
            ));
            lines.push(
                "  do: write it without nested repetitions such as (a+)+; until then no line behind it is looked at for \
                 such names, since this one may be a ban"
                    .to_owned(),
            );
            false
        }
    }
}

fn mapped(found: &Match<'_>, name: &str, principal: &[u8], lines: &mut Vec<String>) -> bool {
    let canonical = escape(&found.canonical);
    let (text, is_user) = match found.outcome() {
        Outcome::User {
            domain: Some(_), ..
        } => (format!("{name} is {canonical}"), true),
        Outcome::User { domain: None, .. } => (
            format!("{name} is {canonical}, to which HTCondor adds the server's UID_DOMAIN"),
            true,
        ),
        Outcome::Nothing => (
            format!("{name} maps to nothing: the line that matches gives an empty name"),
            false,
        ),
        Outcome::Plugin { .. } => (
            format!(
                "{name} maps to nothing here: {canonical} asks HTCondor's SCITOKENS for a plugin"
            ),
            false,
        ),
    };
    lines.push(text);
    let kind = if found.is_pattern {
        "the pattern"
    } else {
        "the name"
    };
    lines.push(format!(
        "  by {}: {kind} {} gives {}",
        found.at,
        escape(found.principal),
        escape(found.template)
    ));
    for (number, group) in found.groups.iter().enumerate().skip(1) {
        let text = principal.get(group.clone()).unwrap_or_default();
        lines.push(format!("  \\{number} is {}", quoted(text)));
    }
    is_user
}

fn remark(remark: &Remark, principal: &[u8]) -> Vec<String> {
    match remark {
        Remark::EndsAtSlash => vec![
            "  beware: the pattern ends at a slash that is not escaped, and the name behind it is what it gives".into(),
            CORRECTED.into(),
        ],
        Remark::CutAtBlank => vec![
            "  beware: the name to map ends at a blank, and the next word is what it gives".into(),
            CORRECTED.into(),
        ],
        Remark::Partial { part } => {
            let part = principal.get(part.clone()).unwrap_or_default();
            vec![format!(
                "  beware: it matches {} alone, whatever stands around that; ^ and $ would tie it to the whole name",
                quoted(part)
            )]
        }
        Remark::LooseDot { pattern } => vec![format!(
            "  beware: it matches only since a dot stands for any character; {} would not",
            escape(pattern)
        )],
        _ => Vec::new(),
    }
}

fn miss(miss: &NearMiss<'_>) -> String {
    let (at, canonical) = (miss.line.at, escape(&miss.line.canonical));
    let would = format!("  close: {at} would give {canonical}");
    match &miss.kind {
        NearMissKind::TrailingSlash { name } => {
            format!(
                "{would} for {}: the issuer's last slash counts",
                escape(name)
            )
        }
        NearMissKind::CutAtBlank { principal } => format!(
            "{would} if the name to map did not end at its first blank: write \"{}\"",
            escape(principal)
        ),
        NearMissKind::ReadAsLiteral => format!(
            "{would} if its name to map were a pattern: it stands without slashes, and \
             CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS is True"
        ),
        NearMissKind::SlashesCount => format!(
            "{would} without the slashes: they belong to the pattern, since \
             CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS is False"
        ),
        NearMissKind::DoubledBackslash { pattern } => {
            format!("{would} with single backslashes: {}", escape(pattern))
        }
        NearMissKind::Case => format!("{would} if upper and lower case were alike"),
        NearMissKind::Anchor { start, end } => {
            let anchors = match (start, end) {
                (true, true) => "^ and $",
                (true, false) => "^",
                _ => "$",
            };
            format!("{would} without {anchors}: something more stands in the name")
        }
        NearMissKind::OtherMethod { method } => {
            format!("{would}, but for {} alone", escape(method))
        }
        NearMissKind::Similar { literal } => {
            format!(
                "{would} for {}, which differs by a few letters",
                escape(literal)
            )
        }
        _ => would,
    }
}

/// The methods that the file speaks of.
fn methods(explanation: &Explanation<'_>) -> String {
    if explanation.methods.is_empty() {
        return "  the file has no line that maps anything".to_owned();
    }
    let named: Vec<String> = explanation
        .methods
        .iter()
        .map(|(method, count)| format!("{} ({count})", escape(method)))
        .collect();
    format!("  the file has lines for {}", named.join(", "))
}

/// What is to be known of a method beside the file.
fn about_method(method: &str) -> Option<String> {
    match known_method(method).map(|known| known.canonical) {
        None => Some(format!("  beware: HTCondor has no method called {method}")),
        Some(canonical) if !canonical.eq_ignore_ascii_case(method) => Some(format!(
            "  beware: what {method} authenticates is looked up as {canonical}"
        )),
        Some(_) => None,
    }
}

fn quoted(text: &[u8]) -> String {
    format!("\"{}\"", escape(text))
}
