//! `countersign scitoken create` and `inspect`.

mod arguments;
mod create;
mod fetched;
mod inspect;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::Parsed;

use crate::options::words;
use crate::output::Output;
use crate::usage;

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], output: &mut Output) -> ExitCode {
    let parsed = words(arguments).and_then(|words| arguments::parse(&words));
    let result = match parsed {
        Ok(Parsed::Help) => {
            output.text(usage::SCITOKEN);
            return ExitCode::SUCCESS;
        }
        Ok(Parsed::Create(task)) => create::run(&task, output).map(|()| ExitCode::SUCCESS),
        Ok(Parsed::Inspect(task)) => inspect::run(&task, output),
        Err(error) => Err(format!("{error}\ntry countersign scitoken --help")),
    };
    result.unwrap_or_else(|error| {
        output.complain(&format!("ERROR: {error}"));
        ExitCode::FAILURE
    })
}
