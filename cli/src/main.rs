//! The command `countersign`. Parses arguments and renders results; decides nothing.

#![forbid(unsafe_code)]

mod authz;
mod demo;
mod key;
mod mapfile;
mod options;
mod output;
mod peer;
mod ping;
mod site;
mod token;
mod usage;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use output::Output;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let arguments: Vec<OsString> = arguments.collect();
    let mut output = Output;
    // Called through a link named condor_ping it is condor_ping.
    if Path::new(&program)
        .file_name()
        .is_some_and(|name| name == "condor_ping")
    {
        return ping::run(&arguments, &mut output);
    }
    match arguments.split_first() {
        Some((first, rest)) if first == "ping" => ping::run(rest, &mut output),
        Some((first, rest)) if first == "peer" => peer::run(rest, &mut output),
        Some((first, rest)) if first == "demo" => demo::run(rest, &mut output),
        Some((first, rest)) if first == "key" => key::run(rest, &mut output),
        Some((first, rest)) if first == "token" => token::run(rest, &mut output),
        Some((first, rest)) if first == "authz" => authz::run(rest, &mut output),
        Some((first, rest)) if first == "mapfile" => mapfile::run(rest, &mut output),
        Some((first, _)) if first == "--version" || first == "-V" => {
            output.line(&format!("countersign {}", env!("CARGO_PKG_VERSION")));
            ExitCode::SUCCESS
        }
        Some((first, _)) if first == "--help" || first == "-h" || first == "help" => {
            output.text(usage::COUNTERSIGN);
            ExitCode::SUCCESS
        }
        Some((first, _)) => {
            output.complain(&format!(
                "ERROR: {} is not a command of countersign\n\n{}",
                first.display(),
                usage::COUNTERSIGN
            ));
            ExitCode::FAILURE
        }
        None => {
            output.complain(usage::COUNTERSIGN);
            ExitCode::FAILURE
        }
    }
}
