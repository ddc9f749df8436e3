//! HTCondor's tool and ours, run alike.

use std::time::Duration;

use super::reading::{Knob, parse};
use super::{Case, HERE};
use crate::roots::{Release, Roots};
use crate::run;

/// So long HTCondor may read a configuration; where macros refer to each other in a circle it would read forever.
const LIMIT: Duration = Duration::from_secs(5);

/// Who reads a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side<'a> {
    /// `condor_config_val`.
    Theirs,
    /// Our program, by its name inside the roots, with the defaults of this release.
    Ours(&'a str, Release),
}

/// What is printed of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `-dump -verbose`.
    Verbose,
    /// `-dump`.
    Raw,
    /// `-dump -expanded`.
    Expanded,
}

/// What became of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was read: what was printed, and what was complained about.
    Read(String, String),
    /// It was refused, and why.
    Refused(String),
    /// The output broke off: what was printed, and why. HTCondor ends where a macro function cannot be evaluated.
    BrokeOff(String, String),
    /// No end was seen.
    Hangs,
}

impl Answer {
    /// The knobs, of an answer in the verbose form.
    #[must_use]
    pub fn knobs(&self) -> Option<Vec<Knob>> {
        match self {
            Self::Read(text, _) | Self::BrokeOff(text, _) => Some(parse(text)),
            _ => None,
        }
    }
}

/// Lets one side read the case, whose files are in `here`.
#[must_use]
pub fn read(
    roots: &Roots,
    release: Release,
    side: Side<'_>,
    case: &Case,
    here: &str,
    form: Form,
) -> Answer {
    let mut command = run::command(&roots.root(release), case.user, &case.first_in(here));
    for (name, value) in &case.variables {
        command.env(name, value.replace(HERE, here));
    }
    match side {
        Side::Theirs => {
            command.arg("condor_config_val");
        }
        Side::Ours(program, told) => {
            command.args([program, "config", "dump", "--release", told.version()]);
            if case.has_commands() {
                command.arg("--run-config-commands");
            }
        }
    }
    if let Some(subsystem) = &case.subsystem {
        command.args(["-subsystem", subsystem]);
    }
    if let Some(name) = &case.local_name {
        command.args(["-local-name", name]);
    }
    if side == Side::Theirs {
        command.arg("-dump");
    }
    match form {
        Form::Verbose => command.arg("-verbose"),
        Form::Expanded => command.arg("-expanded"),
        Form::Raw => &mut command,
    };
    let output = run::finish(command, LIMIT);
    match output.status {
        _ if output.timed_out => Answer::Hangs,
        Some(0) => Answer::Read(output.stdout, output.stderr),
        _ if output.stdout.starts_with("# Configuration from") => {
            Answer::BrokeOff(output.stdout, output.stderr)
        }
        _ => Answer::Refused(format!("{}{}", output.stderr, output.stdout)),
    }
}
