//! What is probably wrong with a mapfile.
//!
//! [`lint`] looks at each line by itself, at what earlier lines leave to later ones, and at who may write
//! the files. It says of no file that it is safe: [`Report::summary`] says what was looked at, and
//! [`Report::undecided`] what was not decided. Whoever a finding says is let in was given to
//! [`Mapfile::lookup`], and each correction was read and looked through again.

mod case;
mod code;
mod correct;
mod differences;
mod draft;
mod finding;
mod host;
mod method;
pub(crate) mod regex;
mod resolve;
pub(crate) mod rules;
mod run;
mod show;
mod summary;
#[cfg(test)]
mod tests;
mod write;

use crate::keys::BareKeys;
use crate::load::{LoadError, Sources};
use crate::map::Mapfile;

pub use code::{Code, Severity};
pub use differences::{Difference, differences};
pub use finding::{Finding, Report, Undecided, Witness};
pub use host::{Access, Host, NoHost, ThisHost};
pub use summary::Summary;

/// Looks for mistakes in `sources`, of which `map` was made; `host` is asked who may write the files.
#[must_use]
pub fn lint(sources: &Sources, map: &Mapfile, host: &dyn Host) -> Report {
    run::run(sources, map, host)
}

/// What is to be said of a mapfile over which HTCondor's daemons end themselves; `None` for other errors.
#[must_use]
pub fn of_error(error: &LoadError, keys: BareKeys) -> Option<Report> {
    let LoadError::Deadly { path, line } = error else {
        return None;
    };
    let finding = Finding::deadly(path, *line);
    Some(Report {
        findings: vec![finding],
        undecided: vec![Undecided {
            at: None,
            code: None,
            what: "no other line was looked at".to_owned(),
        }],
        summary: Summary {
            files: 1,
            lines: 0,
            entries: 0,
            patterns: 0,
            keys,
        },
    })
}
