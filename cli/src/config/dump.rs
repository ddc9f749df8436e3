//! `config dump`: all settings, as `condor_config_val -dump` prints them.

use std::process::ExitCode;

use countersign::config::{Config, Origin};
use countersign::settings::{Host, is_security_knob};
use pcre2::bytes::{Regex, RegexBuilder};

use super::arguments::Arguments;
use super::text::{assignment, comment, expanded};
use crate::output::Output;
use crate::site::warn_of_release;

/// Prints what was set and the defaults of all else, in the order of the names.
pub(super) fn run(
    arguments: &Arguments,
    config: &Config,
    host: &Host,
    output: &mut Output,
) -> Result<ExitCode, String> {
    let mut patterns = Vec::new();
    for text in &arguments.names {
        let pattern = RegexBuilder::new().caseless(true).build(text);
        let pattern = pattern.map_err(|error| format!("{text} is no pattern: {error}"))?;
        patterns.push((text, pattern));
    }
    output.line(&format!(
        "# Configuration from machine: {}",
        host.full_hostname
    ));
    let release = config.release();
    output.line(&format!(
        "# Defaults and templates: those of HTCondor {release}"
    ));
    warn_of_release(config, output);
    if patterns.is_empty() {
        settings(arguments, config, None, output);
    }
    for (text, pattern) in &patterns {
        output.others_line(&format!("\n# Parameters with names that match {text}:"));
        settings(arguments, config, Some(pattern), output);
    }
    if !arguments.verbose {
        output.line("# Contributing configuration file(s):");
        for file in config.files() {
            output.others_line(&format!("#\t{}", file.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings whose names a pattern fits.
fn settings(arguments: &Arguments, config: &Config, pattern: Option<&Regex>, output: &mut Output) {
    let mut text = String::new();
    for listed in config.dump() {
        let fits = pattern.is_none_or(|pattern| {
            let fits = pattern.is_match(listed.name.as_bytes());
            fits.unwrap_or(false)
        });
        if !fits || arguments.security && !is_security_knob(listed.name) {
            continue;
        }
        // What decides the name may be the subsystem's own, and is shown instead.
        let entry = config.listed(listed.name).unwrap_or(listed);
        let is_long = entry.raw.contains('\n');
        let value = || expanded(config, entry.name, entry.raw, &mut Output);
        let line = if arguments.expanded {
            assignment(listed.name, &value(), is_long)
        } else {
            assignment(entry.name, entry.raw, is_long)
        };
        text.push_str(&line);
        text.push('\n');
        if arguments.verbose {
            let (title, other) = if arguments.expanded {
                ("raw", entry.raw.to_owned())
            } else {
                ("expanded", value())
            };
            let default = match entry.origin {
                Origin::Default => config.default_of(listed.name).map(|_| entry.raw),
                _ => config.default_of(entry.name).map(|default| default.raw),
            };
            text.push_str(&format!(" # at: {}\n", entry.origin.condor_place()));
            text.push_str(&comment(title, &other, " #     ", is_long));
            text.push('\n');
            if let Some(default) = default {
                text.push_str(&comment(
                    "default",
                    default,
                    " #     ",
                    default.contains('\n'),
                ));
                text.push('\n');
            }
        }
    }
    output.others_text(&text);
}
