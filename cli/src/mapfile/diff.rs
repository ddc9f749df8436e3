//! `countersign mapfile diff`: which names become somebody else.

use std::process::ExitCode;

use countersign::mapfile::{
    Lookup, Mapfile, Name, Sources, changes, escape, methods, names, one_sided,
};

use super::arguments::Arguments;
use super::mode;
use super::read::read_whole;
use crate::output::Output;

/// The most lines of each kind that are printed.
const MOST: usize = 1000;

/// Runs it. The status is 1 if some name changes.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitCode, String> {
    let options = mode::choose(arguments, output)?;
    let [old, new] = arguments.files.as_slice() else {
        return Err("two files are compared".to_owned());
    };
    let (old, new) = (read_whole(old, &options)?, read_whole(new, &options)?);
    let (old_map, new_map) = (Mapfile::compile(&old), Mapfile::compile(&new));
    let asked = if arguments.principals.is_empty() {
        spelled_out(arguments, &old, &new)
    } else {
        given(arguments, &old, &new)
    };
    let changed = changes(&old_map, &new_map, &asked);
    for change in changed.iter().take(MOST) {
        output.line(&format!(
            "{} {}: {} -> {}",
            escape(&change.name.method),
            escape(&change.name.principal),
            said(&change.old),
            said(&change.new)
        ));
    }
    if changed.len() > MOST {
        output.line(&format!("and {} more names", changed.len() - MOST));
    }
    if arguments.principals.is_empty() {
        not_decided(&old, &new, output);
    }
    if changed.is_empty() {
        output.complain(&format!("none of {} names changes", asked.len()));
    }
    Ok(ExitCode::from(u8::from(!changed.is_empty())))
}

/// The lines of which not every name could be tried.
fn not_decided(old: &Sources, new: &Sources, output: &mut Output) {
    let lines = one_sided(old, new);
    if lines.is_empty() {
        return;
    }
    output.complain(
        "patterns that only one of the files has; they may change names that were not tried:",
    );
    for line in lines.iter().take(MOST) {
        let sign = if line.is_old { '-' } else { '+' };
        output.complain(&format!("{sign} {}: {}", line.at, escape(line.text)));
    }
    if lines.len() > MOST {
        output.complain(&format!("and {} more", lines.len() - MOST));
    }
}

/// Every name that a line of either spells out, or for which a pattern was made.
fn spelled_out(arguments: &Arguments, old: &Sources, new: &Sources) -> Vec<Name> {
    let mut all = names(old);
    all.extend(names(new));
    if let Some(method) = &arguments.method {
        all.retain(|name| name.method.eq_ignore_ascii_case(method.as_bytes()));
    }
    all.sort();
    all.dedup();
    all
}

/// The names of the command line, by the method that is named, or by each that either file has.
fn given(arguments: &Arguments, old: &Sources, new: &Sources) -> Vec<Name> {
    let mut all: Vec<Vec<u8>> = match &arguments.method {
        Some(method) => vec![method.to_ascii_uppercase().into_bytes()],
        None => [old, new]
            .into_iter()
            .flat_map(methods)
            .map(|(method, _)| method.to_ascii_uppercase())
            .collect(),
    };
    all.sort();
    all.dedup();
    let principals = &arguments.principals;
    all.iter()
        .flat_map(|method| {
            principals.iter().map(|principal| Name {
                method: method.clone(),
                principal: principal.clone(),
            })
        })
        .collect()
}

fn said(lookup: &Lookup<'_>) -> String {
    match lookup {
        Lookup::Mapped(found) => format!("{} ({})", escape(&found.canonical), found.at),
        Lookup::NoMatch { .. } => "nothing".to_owned(),
        Lookup::GaveUp { at, .. } => format!("nobody (the pattern of {at} is given up)"),
    }
}
