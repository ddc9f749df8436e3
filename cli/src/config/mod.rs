//! `countersign config`: what this host's configuration says, and where.

mod arguments;
mod check;
mod dump;
mod get;
mod text;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Arguments, Command, Parsed};
use countersign::config::Config;
use countersign::settings::{Host, load_config};

use crate::output::Output;
use crate::site::{Site, warn_of_files};
use crate::usage;

/// The exit status of an error.
const ERROR: u8 = 2;

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], site: Site, output: &mut Output) -> ExitCode {
    let arguments = match arguments::parse(arguments) {
        Ok(Parsed::Run(arguments)) => *arguments,
        Ok(Parsed::Help) => {
            output.text(usage::CONFIG);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry countersign config --help"));
            return ExitCode::from(ERROR);
        }
    };
    let (config, host) = match load(&arguments, site, output) {
        Ok(loaded) => loaded,
        Err(error) => {
            output.complain(&format!("ERROR: {error}"));
            return ExitCode::from(ERROR);
        }
    };
    let done = match &arguments.command {
        Command::Get => Ok(get::run(&arguments, &config, output)),
        Command::Dump => dump::run(&arguments, &config, &host, output),
        Command::Check => Ok(check::run(&arguments, &config, &host, output)),
    };
    done.unwrap_or_else(|error| {
        output.complain(&format!("ERROR: {error}"));
        ExitCode::from(ERROR)
    })
}

fn load(arguments: &Arguments, site: Site, output: &mut Output) -> Result<(Config, Host), String> {
    let host = Host::detect(&arguments.subsystem);
    let mut environment = site.with_root(arguments.config.as_deref());
    environment.local_name.clone_from(&arguments.local_name);
    environment.release = arguments.release;
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    if !matches!(arguments.command, Command::Check) {
        // The check lists them among what it did not look at.
        warn_of_files(&config, output);
    }
    Ok((config, host))
}
