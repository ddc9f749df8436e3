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
use countersign::settings::{Host, installed_release, load_config};

use crate::output::Output;
use crate::site::Site;
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
    let (config, host) = match load(&arguments, site) {
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

fn load(arguments: &Arguments, site: Site) -> Result<(Config, Host), String> {
    let host = Host::detect(&arguments.subsystem);
    let mut environment = site.with_root(arguments.config.as_deref());
    environment.local_name.clone_from(&arguments.local_name);
    environment.release = arguments.release;
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    Ok((config, host))
}

/// Says so where another release is installed here than the one whose rules count.
fn warn_of_release(config: &Config, output: &mut Output) {
    let release = config.release();
    if let Some(installed) = installed_release().filter(|found| *found != release.to_string()) {
        output.complain(&format!(
            "WARNING: HTCondor {installed} is installed on this host; its defaults and templates may differ from those of \
             {release}, which count here"
        ));
    }
}
