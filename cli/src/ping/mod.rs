//! `countersign ping`: condor_ping's options, output and exit status, and the reasons.

mod arguments;
mod find;
mod instruction;
mod reasons;
mod render;
mod rows;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Arguments, Parsed};
use countersign::core::PROTOCOL_VERSION;

use crate::output::Output;
use crate::usage;

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], output: &mut Output) -> ExitCode {
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
            output.complain(&format!("ERROR: {error}\n\n{}", usage::PING));
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(interruptible(arguments, output)),
        Err(error) => {
            output.complain(&format!("ERROR: no event loop could be started: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs until done or until a signal asks to stop. Either way everything is put away: dropping
/// the work removes what it left behind.
async fn interruptible(arguments: Arguments, output: &mut Output) -> ExitCode {
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
        code = rows::run(arguments, output) => code,
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
