//! `countersign issuer`: a token issuer, and its keys.

mod arguments;
mod keys;
mod serve;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Parsed, Task};

use crate::options::words;
use crate::output::Output;
use crate::usage;

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], output: &mut Output) -> ExitCode {
    let parsed = words(arguments).and_then(|words| arguments::parse(&words));
    let task = match parsed {
        Ok(Parsed::Help) => {
            output.text(usage::ISSUER);
            return ExitCode::SUCCESS;
        }
        Ok(Parsed::Run(task)) => task,
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry countersign issuer --help"));
            return ExitCode::FAILURE;
        }
    };
    let result = match task {
        Task::Serve(arguments) => serve::run(&arguments, output),
        Task::Create { keys, new } => keys::create(&keys, &new, output),
        Task::Rotate {
            keys,
            new,
            rotation,
        } => keys::rotate(&keys, &new, rotation, output),
        Task::Import {
            keys,
            file,
            new,
            rotation,
        } => keys::import(&keys, &file, &new, rotation, output),
        Task::List { keys } => keys::list(&keys, output),
        Task::Export { keys, folder, url } => keys::write_documents(&keys, &folder, &url, output),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.complain(&format!("ERROR: {error}"));
            ExitCode::FAILURE
        }
    }
}
