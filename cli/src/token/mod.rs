//! `countersign token create`, `list` and `inspect`.

mod arguments;
mod create;
mod inspect;
mod list;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Parsed, Task};

use crate::options::words;
use crate::output::Output;
use crate::site::{self, Site};
use crate::usage;

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], site: Site, output: &mut Output) -> ExitCode {
    let parsed = words(arguments).and_then(|words| arguments::parse(&words));
    let (task, config) = match parsed {
        Ok(Parsed::Help) => {
            output.text(usage::TOKEN);
            return ExitCode::SUCCESS;
        }
        Ok(Parsed::Run { task, config }) => (task, config),
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry countersign token --help"));
            return ExitCode::FAILURE;
        }
    };
    let site = match site::read(site, config.as_deref(), output) {
        Ok(site) => site,
        Err(error) => {
            output.complain(&format!("ERROR: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match task {
        Task::Create(create) => create::run(&site, &create, output),
        Task::List(what) => list::run(&site, &what, output),
        Task::Inspect(files) => inspect::run(&site, &files, output),
    }
}
