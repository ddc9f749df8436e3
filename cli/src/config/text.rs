//! Values as condor_config_val prints them.

use countersign::config::{Config, Origin};

use crate::output::Output;

/// `NAME = value`, or the lines of a value between `@=end` and `@end`, if it is written in several.
pub(super) fn assignment(name: &str, value: &str, is_long: bool) -> String {
    if is_long {
        format!("{name} @=end{}\n@end", indented(value, "   "))
    } else {
        format!("{name} = {value}")
    }
}

/// The lines of a value, trimmed, each on a line behind `indent`; empty ones are left out.
pub(super) fn indented(value: &str, indent: &str) -> String {
    value
        .split('\n')
        .map(str::trim_ascii)
        .filter(|line| !line.is_empty())
        .map(|line| format!("\n{indent}{line}"))
        .collect()
}

/// A value behind a comment like ` # raw: `.
pub(super) fn comment(title: &str, value: &str, indent: &str, is_long: bool) -> String {
    if is_long {
        format!(" # {title}: {}", indented(value, indent))
    } else {
        format!(" # {title}: {value}")
    }
}

/// A value with its macros expanded, as the tools do: what cannot be evaluated is complained about.
pub(super) fn expanded(config: &Config, name: &str, raw: &str, output: &mut Output) -> String {
    match config.expand_anyway(raw) {
        Ok((text, complaints)) => {
            for complaint in complaints {
                output.complain(&format!("ERROR: {name}: {complaint}"));
            }
            text
        }
        Err(error) => {
            output.complain(&format!("ERROR: {name}: {error}"));
            String::new()
        }
    }
}

/// What brought a place in: templates and includes, a line each.
pub(super) fn chain(origin: &Origin) -> String {
    let inner = origin.chain();
    let pairs = inner.zip(origin.chain().skip(1));
    pairs
        .filter(|(_, outer)| !matches!(outer, Origin::Program { .. }))
        .map(|(inner, outer)| match inner {
            Origin::Template { .. } => format!(" # used at: {outer}\n"),
            _ => format!(" # named by: {outer}\n"),
        })
        .collect()
}
