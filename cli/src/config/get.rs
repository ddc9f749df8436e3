//! `config get`: single settings, as condor_config_val prints them.

use std::process::ExitCode;

use countersign::config::Config;

use super::arguments::Arguments;
use super::text::{assignment, chain, expanded, indented};
use crate::output::Output;
use crate::site::warn_of_release;

/// Prints the settings; the exit status is 1 if one has no value.
pub(super) fn run(arguments: &Arguments, config: &Config, output: &mut Output) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    warn_of_release(config, output);
    for name in &arguments.names {
        if !one(arguments, config, name, output) {
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Prints one; false if it has no value.
fn one(arguments: &Arguments, config: &Config, name: &str, output: &mut Output) -> bool {
    let entry = config.entry(name);
    let found = entry.map(|entry| {
        let value = if arguments.raw {
            entry.raw.to_owned()
        } else {
            expanded(config, entry.name, entry.raw, output)
        };
        (entry, value)
    });
    let shown_name = found.as_ref().map_or_else(
        || name.to_ascii_uppercase(),
        |(entry, _)| entry.name.to_owned(),
    );
    let value = found
        .as_ref()
        .map(|(_, value)| value)
        .filter(|value| arguments.raw || !value.is_empty());
    match value {
        None => output.complain(&format!("Not defined: {shown_name}")),
        Some(value) if arguments.verbose => {
            output.others_line(&assignment(&shown_name, value, value.contains('\n')))
        }
        Some(value) => output.others_line(value),
    }
    if arguments.verbose {
        if let Some((entry, _)) = &found {
            output.others_line(&format!(" # at: {}", entry.origin.condor_place()));
            output.others_text(&chain(entry.origin));
            if !arguments.raw {
                let raw = format!("{} = {}", entry.name, entry.raw);
                output.others_line(&if raw.contains('\n') {
                    format!(" # raw: {}", indented(&raw, " #   "))
                } else {
                    format!(" # raw: {raw}")
                });
            }
            for former in entry.former.iter().rev() {
                let place = former.origin.condor_place();
                output.others_line(&format!(" # overrides: {} at {place}", former.raw));
            }
        }
        output.line("");
    }
    value.is_some()
}
