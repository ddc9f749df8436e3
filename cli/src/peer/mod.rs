//! `countersign peer`: a test peer with a site's configuration.

mod arguments;
mod log;
mod ready;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use countersign::peer::{PeerHandle, Subscription, raise_descriptor_limit};
use countersign::settings::{Host, PeerSettings, load_config};
use countersign::{Peer, PeerError};

pub(crate) use arguments::address;
use arguments::{Arguments, Parsed};

use crate::output::Output;
use crate::published_file::PublishedFile;
use crate::site::Site;
use crate::usage;

/// Connections at once, if the limit on descriptors allows it.
const MAX_CONNECTIONS: usize = 10_000;

/// What still runs on threads at the end is waited for this long.
const LAST_WORK: Duration = Duration::from_secs(2);

/// Runs the command.
pub(crate) fn run(arguments: &[OsString], site: Site, output: &mut Output) -> ExitCode {
    let arguments = match arguments::parse(arguments) {
        Ok(Parsed::Run(arguments)) => Arguments { site, ..*arguments },
        Ok(Parsed::Help) => {
            output.text(usage::PEER);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            output.complain(&format!("ERROR: {error}\ntry countersign peer --help"));
            return ExitCode::FAILURE;
        }
    };
    // Before signals are watched: what waits for a file or for a name here, a signal simply ends.
    let settings = match read(&arguments) {
        Ok(settings) => settings,
        Err(error) => {
            output.complain(&format!("ERROR: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(serve(arguments, settings, output));
            runtime.shutdown_timeout(LAST_WORK);
            match result {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    output.complain(&format!("ERROR: {error}"));
                    ExitCode::FAILURE
                }
            }
        }
        Err(error) => {
            output.complain(&format!("ERROR: no event loop could be started: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Reads the site's configuration.
fn read(arguments: &Arguments) -> Result<PeerSettings, String> {
    let host = Host::detect(&arguments.subsystem);
    let mut environment = arguments.site.environment();
    environment.local_name.clone_from(&arguments.local_name);
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    PeerSettings::from_config(&config, &host).map_err(|error| error.to_string())
}

async fn serve(
    arguments: Arguments,
    settings: PeerSettings,
    output: &mut Output,
) -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};
    let watch = |kind| signal(kind).map_err(|error| format!("signals cannot be watched: {error}"));
    let mut interrupt = watch(SignalKind::interrupt())?;
    let mut terminate = watch(SignalKind::terminate())?;
    let mut hangup = watch(SignalKind::hangup())?;
    let ready = ready::facts(&settings);
    let passed_over = log::settings(&settings.warnings);
    let peer = start(&arguments, settings)
        .await
        .map_err(|error| error.to_string())?;
    let mut events = peer.subscribe();
    // Removed on every way out.
    let _file = match &arguments.address_file {
        None => None,
        Some(path) => Some(PublishedFile::of_daemon(path, peer.address())?),
    };
    output.line(&ready::line(&peer, &ready));
    for line in passed_over
        .into_iter()
        .chain(log::mapfile(&peer.mapfile_problems()))
    {
        output.complain(&line);
    }
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = hangup.recv() => tokio::select! {
                passed_over = reconfigure(&peer, &arguments) => {
                    if let Some(line) = passed_over {
                        output.complain(&line);
                    }
                }
                // What is waited for may be a silent name server.
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
            },
            () = tell(&mut events, output) => {}
        }
    }
    peer.shutdown().await;
    while let Some(occurrence) = events.next().await {
        output.complain(&log::line(&occurrence));
    }
    Ok(())
}

async fn start(arguments: &Arguments, settings: PeerSettings) -> Result<PeerHandle, PeerError> {
    let room = raise_descriptor_limit();
    let limit = arguments.max_connections.unwrap_or(MAX_CONNECTIONS);
    let mut builder = Peer::builder()
        .listen(arguments.listen)
        .max_connections(limit.min(room))
        .settings(settings);
    if arguments.allow_remote {
        builder = builder.allow_remote();
    }
    if let Some(alias) = &arguments.alias {
        builder = builder.alias(alias);
    }
    builder.start().await
}

/// Reads the configuration anew, on a thread where waiting harms nobody; the wrong values in it are a line of the log.
async fn reconfigure(peer: &PeerHandle, arguments: &Arguments) -> Option<String> {
    let arguments = arguments.clone();
    let settings = tokio::task::spawn_blocking(move || read(&arguments)).await;
    match settings {
        Ok(Ok(settings)) => {
            let passed_over = log::settings(&settings.warnings);
            // It tells the outcome itself.
            drop(peer.reconfigure(settings).await);
            return passed_over;
        }
        Ok(Err(error)) => peer.not_reconfigured(error),
        Err(error) => peer.not_reconfigured(error.to_string()),
    }
    None
}

async fn tell(events: &mut Subscription, output: &mut Output) {
    if let Some(occurrence) = events.next().await {
        output.complain(&log::line(&occurrence));
    }
}
