//! `countersign mapfile`: which name a mapfile makes of which, why, and what is wrong with it.

mod arguments;
mod check;
mod diff;
mod explain;
mod map;
mod mode;
mod read;
mod report;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Arguments, Command, Parsed};

use crate::output::Output;
use crate::site::Site;
use crate::usage;

/// The exit status of an error.
const ERROR: u8 = 2;

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], site: Site, output: &mut Output) -> ExitCode {
    let arguments = match arguments::parse(arguments) {
        Ok(Parsed::Run(arguments)) => Arguments { site, ..*arguments },
        Ok(Parsed::Help) => {
            output.text(usage::MAPFILE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry countersign mapfile --help"));
            return ExitCode::from(ERROR);
        }
    };
    let done = match &arguments.command {
        Command::Check => check::run(&arguments, output),
        Command::Map => map::run(&arguments, output),
        Command::Explain => explain::run(&arguments, output),
        Command::Diff => diff::run(&arguments, output),
    };
    done.unwrap_or_else(|error| {
        output.complain(&format!("ERROR: {error}"));
        ExitCode::from(ERROR)
    })
}
