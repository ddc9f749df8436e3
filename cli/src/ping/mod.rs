//! `countersign ping`: condor_ping's options, output and exit status, and the reasons.

pub(crate) mod arguments;
mod claim;
mod find;
pub(crate) mod instruction;
mod reasons;
pub(crate) mod render;
mod rows;
mod trust;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use arguments::Parsed;
use countersign::core::PROTOCOL_VERSION;
use rows::Prepared;

use crate::output::Output;
use crate::site::Site;
use crate::usage;

/// What still runs on threads at the end is waited for this long: a directory that is just being
/// made must be removed again, but the name servers of the system may be silent for much longer.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], site: Site, output: &mut Output) -> ExitCode {
    let arguments = match arguments::parse(arguments) {
        Ok(Parsed::Run(arguments)) => *arguments,
        Ok(Parsed::Help) => {
            output.text(usage::PING);
            return ExitCode::SUCCESS;
        }
        Ok(Parsed::Version) => {
            output.line(PROTOCOL_VERSION);
            output.line(&platform());
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry --help"));
            return ExitCode::FAILURE;
        }
    };
    // Before signals are watched: what waits for a file or for a name here, a signal simply ends.
    let prepared = match rows::prepare(arguments, site, output) {
        Ok(prepared) => prepared,
        Err(code) => return code,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(interruptible(prepared, output));
            runtime.shutdown_timeout(LAST_WORK);
            code
        }
        Err(error) => {
            output.complain(&format!("ERROR: no event loop could be started: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs until done or until a signal asks to stop. Either way everything is put away: dropping
/// the work removes what it left behind.
async fn interruptible(prepared: Prepared, output: &mut Output) -> ExitCode {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        output.complain("ERROR: signals cannot be watched, so nothing was started");
        return ExitCode::FAILURE;
    };
    // The exit status a shell expects of a process that a signal ended.
    tokio::select! {
        code = rows::run(prepared, output) => code,
        _ = interrupt.recv() => ExitCode::from(130),
        _ = terminate.recv() => ExitCode::from(143),
        _ = hangup.recv() => ExitCode::from(129),
    }
}

fn platform() -> String {
    format!(
        "$CondorPlatform: {}-{} $",
        std::env::consts::ARCH.to_ascii_uppercase(),
        std::env::consts::OS
    )
}
