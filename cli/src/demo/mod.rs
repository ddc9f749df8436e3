//! `countersign demo`: everything at work, with nothing installed.

mod issuer;
mod setup;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use countersign::Peer;

use crate::folder::Folder;
use crate::output::Output;
use crate::usage;

/// What still runs on threads at the end is waited for this long.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], output: &mut Output) -> ExitCode {
    let mut keep = false;
    for argument in arguments {
        match argument.to_str() {
            Some("--keep") => keep = true,
            Some("--help" | "-h") => {
                output.text(usage::DEMO);
                return ExitCode::SUCCESS;
            }
            _ => {
                output.complain(&format!(
                    "ERROR: Unknown argument: {}\n\n{}",
                    argument.display(),
                    usage::DEMO
                ));
                return ExitCode::FAILURE;
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let code = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(interruptible(keep, output));
            runtime.shutdown_timeout(LAST_WORK);
            result
        }
        Err(error) => Err(format!("no event loop could be started: {error}")),
    };
    code.unwrap_or_else(|error| {
        output.complain(&format!("ERROR: {error}"));
        ExitCode::FAILURE
    })
}

/// Runs until done or until a signal asks to stop; either way the folder goes.
async fn interruptible(keep: bool, output: &mut Output) -> Result<ExitCode, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let watch = |kind| signal(kind).map_err(|error| format!("signals cannot be watched: {error}"));
    let mut interrupt = watch(SignalKind::interrupt())?;
    let mut terminate = watch(SignalKind::terminate())?;
    let mut hangup = watch(SignalKind::hangup())?;
    // The exit status a shell expects of a process that a signal ended.
    tokio::select! {
        result = demo(keep, output) => result.map(|()| ExitCode::SUCCESS),
        _ = interrupt.recv() => Ok(ExitCode::from(130)),
        _ = terminate.recv() => Ok(ExitCode::from(143)),
        _ = hangup.recv() => Ok(ExitCode::from(129)),
    }
}

async fn demo(keep: bool, output: &mut Output) -> Result<(), String> {
    let folder = Folder::make("demo", keep)?;
    // It lives until the end: the peer asks it for its keys.
    let issuer = issuer::start(&folder).await?;
    let setup = setup::make(&folder, &issuer)?;
    let peer = Peer::builder()
        .settings(setup.settings)
        .start()
        .await
        .map_err(|error| error.to_string())?;
    output.line(&format!(
        "A test peer listens on {}\nwith keys, tokens, certificates and configuration of its own in {}.\n\
         {} issues its SciTokens.",
        peer.address(),
        folder.path().display(),
        issuer.url(),
    ));
    for asker in &setup.askers {
        show::table(asker, &peer, output).await?;
    }
    peer.shutdown().await;
    let (url, listened) = (issuer.url().to_owned(), issuer.socket_address());
    issuer.shutdown().await;
    if keep {
        output.line(&format!(
            "\nEverything stays in {0}. To go on by hand:\n\
             \x20 countersign issuer --listen {listened} --url {url} --keys {0}/issuer --certificate {0}/host.pem --key {0}/host.key\n\
             \x20 SCITOKEN_CONFIG_TLS_CA_FILE={0}/ca.pem CONDOR_CONFIG={0}/peer.conf countersign peer --listen 127.0.0.1:9618\n\
             \x20 CONDOR_CONFIG={0}/scitoken.conf countersign ping -address '<127.0.0.1:9618?alias=localhost>' -table -why ALL",
            folder.path().display()
        ));
    }
    Ok(())
}
