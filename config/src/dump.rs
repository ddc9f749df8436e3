//! What `condor_config_val -dump` prints, read as what it is.
//!
//! A dump looks like a configuration file, but HTCondor itself cannot read every dump back: a value with newlines that
//! stands in HTCondor's table of defaults is printed over several lines with nothing that says so, and a value that ends in
//! a backslash or in blanks changes when it is read. So a dump is told by its first and its last comment, and its lines
//! are taken literally.

use std::sync::Arc;

use crate::error::{ConfigError, SyntaxError, excerpt};
use crate::origin::{Origin, Source};
use crate::read::{Reader, syntax};
use crate::table::is_setting_name;

const FIRST: &[u8] = b"# Configuration from ";
const LAST: &str = "# Contributing configuration file(s):";

/// Whether a file is a whole dump.
pub(crate) fn is_dump(content: &[u8]) -> bool {
    content.starts_with(FIRST)
        && content
            .split(|&b| b == b'\n')
            .rev()
            .any(|line| line == LAST.as_bytes())
}

/// A setting whose further lines may follow.
struct Pending<'a> {
    name: &'a str,
    value: String,
    heredoc: bool,
    origin: Origin,
}

pub(crate) fn read(
    reader: &mut Reader,
    source: &Arc<Source>,
    content: &[u8],
) -> Result<(), ConfigError> {
    let mut pending: Option<Pending<'_>> = None;
    let mut ended = false;
    for (index, line) in content.split(|&b| b == b'\n').enumerate() {
        let origin = Origin::File {
            source: Arc::clone(source),
            line: index + 1,
            last_line: index + 1,
        };
        let line = std::str::from_utf8(line).map_err(|_| syntax(&origin, SyntaxError::NotUtf8))?;
        if line.contains('\0') {
            return Err(syntax(&origin, SyntaxError::Nul));
        }
        if line == LAST {
            ended = true;
            continue;
        }
        if ended && !line.is_empty() && !line.starts_with('#') {
            let text = excerpt(line);
            return Err(syntax(&origin, SyntaxError::NoOperator { text }));
        }
        // ` # at:` and the like are what -verbose adds.
        if line.starts_with('#') || line.starts_with(" # ") {
            continue;
        }
        if let Some(open) = pending.as_mut().filter(|open| open.heredoc) {
            if line == "@end" {
                assign(reader, pending.take())?;
            } else {
                // The indentation is the dump's own.
                push_line(open, line.trim_ascii());
            }
        } else if let Some((name, value, heredoc)) = start(line) {
            assign(reader, pending.take())?;
            pending = Some(Pending {
                name,
                value: value.to_owned(),
                heredoc,
                origin,
            });
        } else if let Some(open) = pending.as_mut().filter(|open| is_open(&open.value)) {
            open.value.push('\n');
            open.value.push_str(line);
        } else if !line.is_empty() {
            let text = excerpt(line);
            return Err(syntax(&origin, SyntaxError::NoOperator { text }));
        }
    }
    match pending {
        Some(open) if open.heredoc => Err(syntax(
            &open.origin,
            SyntaxError::UnclosedHeredoc {
                name: excerpt(open.name),
                tag: "end".to_owned(),
            },
        )),
        last => assign(reader, last),
    }
}

/// Whether a value goes on: those with several lines are expressions, which close what they open.
fn is_open(value: &str) -> bool {
    value.matches('(').count() > value.matches(')').count()
}

fn push_line(open: &mut Pending<'_>, line: &str) {
    if !open.value.is_empty() {
        open.value.push('\n');
    }
    open.value.push_str(line);
}

/// The name and the beginning of the value, if a setting starts on this line.
fn start(line: &str) -> Option<(&str, &str, bool)> {
    let (name, rest) = line.split_once(' ')?;
    if !is_setting_name(name) {
        return None;
    }
    match rest {
        "@=end" => Some((name, "", true)),
        "=" => Some((name, "", false)),
        _ => Some((name, rest.strip_prefix("= ")?, false)),
    }
}

fn assign(reader: &mut Reader, setting: Option<Pending<'_>>) -> Result<(), ConfigError> {
    match setting {
        Some(setting) => reader.assign(setting.name, &setting.value, setting.origin),
        None => Ok(()),
    }
}
