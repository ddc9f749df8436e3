//! The command `countersign`. Parses arguments and renders results; decides nothing.

#![forbid(unsafe_code)]

mod authz;
mod calendar;
mod config;
mod demo;
mod folder;
mod issuer;
mod key;
mod mapfile;
mod options;
mod output;
mod peer;
mod ping;
mod published_file;
mod scitoken;
mod site;
mod token;
mod usage;

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

use output::Output;
use site::Site;

/// A handshake asks for some 280 pieces of memory and gives them back, in which this costs less than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    // Called through a link named condor_ping it is condor_ping, and likewise condor_ce_ping.
    let name = Path::new(&program).file_name().and_then(OsStr::to_str);
    let (site, arguments) = Site::take(arguments.collect(), name == Some("condor_ce_ping"));
    let mut output = Output;
    if matches!(name, Some("condor_ping" | "condor_ce_ping")) {
        return ping::run(&arguments, site, &mut output);
    }
    match arguments.split_first() {
        Some((first, rest)) if first == "ping" => ping::run(rest, site, &mut output),
        Some((first, rest)) if first == "peer" => peer::run(rest, site, &mut output),
        Some((first, rest)) if first == "demo" => demo::run(rest, &mut output),
        Some((first, rest)) if first == "key" => key::run(rest, site, &mut output),
        Some((first, rest)) if first == "token" => token::run(rest, site, &mut output),
        Some((first, rest)) if first == "issuer" => issuer::run(rest, &mut output),
        Some((first, rest)) if first == "scitoken" => scitoken::run(rest, &mut output),
        Some((first, rest)) if first == "authz" => authz::run(rest, site, &mut output),
        Some((first, rest)) if first == "mapfile" => mapfile::run(rest, site, &mut output),
        Some((first, rest)) if first == "config" => config::run(rest, site, &mut output),
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
