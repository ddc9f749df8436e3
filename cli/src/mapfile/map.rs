//! `countersign mapfile map`: the canonical name of each name, one a line.

use std::io::Read as _;
use std::process::ExitCode;

use countersign::mapfile::{Lookup, Mapfile, Outcome, escape};

use super::arguments::Arguments;
use super::mode;
use super::read::{never_asked, read_whole};
use crate::output::Output;

/// The most that is read from standard input.
const MAX_INPUT: u64 = 256 << 20;

/// Runs it. The status is 1 if some name maps to nothing.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitCode, String> {
    let options = mode::choose(arguments, output)?;
    let path = arguments.files.first().ok_or("there is no file")?;
    let map = Mapfile::compile(&read_whole(path, &options)?);
    let method = arguments.method.as_deref().unwrap_or_default();
    let asked = never_asked(method);
    if let Some(why) = &asked {
        output.complain(&format!("every name maps to nothing: {why}"));
    }
    let mut lines = Vec::new();
    let mut all = true;
    for principal in principals(arguments)? {
        let name = match asked {
            Some(_) => None,
            None => name(&map, method, &principal, output),
        };
        all &= name.is_some();
        lines.extend(name.unwrap_or_default());
        lines.push(b'\n');
    }
    output.bytes(&lines);
    Ok(ExitCode::from(u8::from(!all)))
}

/// What a name maps to. Why it maps to nothing is told where that is no plain miss.
fn name(map: &Mapfile, method: &str, principal: &[u8], output: &mut Output) -> Option<Vec<u8>> {
    let wrong = match map.lookup(method.as_bytes(), principal) {
        Lookup::NoMatch { .. } => return None,
        Lookup::GaveUp { at, why } => format!("{at}: the pattern was given up: {why}"),
        Lookup::Mapped(found) => match found.outcome() {
            Outcome::Nothing => format!("{} gives an empty name, which maps to nothing", found.at),
            Outcome::Plugin { .. } => format!(
                "{} gives {}, which asks for a plugin; none is run here",
                found.at,
                escape(&found.canonical)
            ),
            Outcome::User { .. } if found.canonical.contains(&b'\n') => format!(
                "{} gives {}, which is not one line",
                found.at,
                escape(&found.canonical)
            ),
            Outcome::User { .. } => return Some(found.canonical),
        },
    };
    output.complain(&format!("{}: {wrong}", escape(principal)));
    None
}

/// Those of the command line; `-` stands for the lines of standard input.
fn principals(arguments: &Arguments) -> Result<Vec<Vec<u8>>, String> {
    let mut all = Vec::new();
    for principal in &arguments.principals {
        if principal != b"-" {
            all.push(principal.clone());
            continue;
        }
        let mut input = Vec::new();
        std::io::stdin()
            .lock()
            .take(MAX_INPUT + 1)
            .read_to_end(&mut input)
            .map_err(|error| format!("standard input cannot be read: {error}"))?;
        if input.len() as u64 > MAX_INPUT {
            return Err(format!(
                "there are more than {MAX_INPUT} bytes on standard input"
            ));
        }
        all.extend(input.split_inclusive(|byte| *byte == b'\n').map(|line| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            line.to_vec()
        }));
    }
    Ok(all)
}
