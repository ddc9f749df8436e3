//! `countersign peer`: a test peer with a site's configuration.

mod arguments;
mod log;
mod parent;
mod ready;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use countersign::Peer;
use countersign::config::Config;
use countersign::handover::Inheritance;
use countersign::peer::{PeerHandle, Subscription, raise_descriptor_limit};
use countersign::settings::{Host, PeerSettings, load_config};

pub(crate) use arguments::address;
use arguments::{Arguments, Parsed};
use parent::{Due, Parent, inherited};
use tokio::task::JoinSet;

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
    let site = match read(&arguments) {
        Ok(site) => site,
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
            let result = runtime.block_on(serve(arguments, site, output));
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

/// What was read.
struct Read {
    settings: PeerSettings,
    config: Config,
    host: Host,
}

/// Reads the site's configuration.
fn read(arguments: &Arguments) -> Result<Read, String> {
    let host = Host::detect(&arguments.subsystem);
    let mut environment = arguments.site.environment();
    environment.local_name.clone_from(&arguments.local_name);
    let config = load_config(&environment, &host).map_err(|error| error.to_string())?;
    let settings = PeerSettings::from_config(&config, &host).map_err(|error| error.to_string())?;
    Ok(Read {
        settings,
        config,
        host,
    })
}

async fn serve(arguments: Arguments, site: Read, output: &mut Output) -> Result<(), String> {
    let Read {
        settings,
        config,
        host,
    } = site;
    use tokio::signal::unix::{SignalKind, signal};
    let watch = |kind| signal(kind).map_err(|error| format!("signals cannot be watched: {error}"));
    let mut interrupt = watch(SignalKind::interrupt())?;
    let mut terminate = watch(SignalKind::terminate())?;
    let mut hangup = watch(SignalKind::hangup())?;
    // How condor_master ends a daemon at once.
    let mut quit = watch(SignalKind::quit())?;
    let mut parent = match inherited(settings.use_family_session)? {
        None => None,
        Some(inheritance) => Some(Parent::new(inheritance, &config, &host)?),
    };
    let ready = ready::facts(&settings);
    let passed_over = log::settings(&settings.warnings);
    let peer = start(&arguments, settings, parent.as_ref()).await?;
    let mut telling = JoinSet::new();
    let mut events = peer.subscribe();
    // Removed on every way out.
    let _file = match &arguments.address_file {
        None => None,
        Some(path) => Some(PublishedFile::of_daemon(path, peer.address())?),
    };
    output.line(&ready::line(&peer, &ready));
    let inheritance = parent.as_ref().map(|parent| &parent.inheritance);
    let unusable = inheritance.map_or(&[][..], Inheritance::unusable);
    for line in passed_over
        .into_iter()
        .chain(unusable.iter().map(log::unusable))
        .chain(log::mapfile(&peer.mapfile_problems()))
    {
        output.complain(&line);
    }
    loop {
        let mut reread = false;
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = quit.recv() => break,
            due = due(&mut parent) => match (due, &parent) {
                (Due::End, _) => break,
                (Due::Reconfigure, _) => reread = true,
                (Due::Tell, Some(parent)) => {
                    telling.spawn(parent.tell());
                }
                (Due::Tell, None) => {}
            },
            Some(told) = telling.join_next() => {
                if let Ok(Some(line)) = told {
                    output.complain(&line);
                }
            }
            _ = hangup.recv() => reread = true,
            () = tell(&mut events, output) => {}
        }
        if reread {
            tokio::select! {
                passed_over = reconfigure(&peer, &arguments) => {
                    if let Some(line) = passed_over {
                        output.complain(&line);
                    }
                }
                // What is waited for may be a silent name server.
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
                _ = quit.recv() => break,
            }
        }
    }
    peer.shutdown().await;
    while let Some(occurrence) = events.next().await {
        output.complain(&log::line(&occurrence));
    }
    Ok(())
}

/// What a parent daemon makes due; nothing ever, without one.
async fn due(parent: &mut Option<Parent>) -> Due {
    match parent {
        Some(parent) => parent.due().await,
        None => std::future::pending().await,
    }
}

async fn start(
    arguments: &Arguments,
    settings: PeerSettings,
    parent: Option<&Parent>,
) -> Result<PeerHandle, String> {
    let room = raise_descriptor_limit();
    let limit = arguments.max_connections.unwrap_or(MAX_CONNECTIONS);
    let mut builder = Peer::builder()
        .max_connections(limit.min(room))
        .settings(settings);
    if arguments.allow_remote {
        builder = builder.allow_remote();
    }
    if let Some(alias) = &arguments.alias {
        builder = builder.alias(alias);
    }
    match (arguments.listen, parent) {
        (Some(address), _) => builder = builder.listen(address),
        (None, Some(parent)) => {
            let socket = parent
                .inheritance
                .listener()
                .map_err(|error| error.to_string())?;
            builder = builder.listen_on(socket);
        }
        (None, None) => {
            let problem = "--listen ADDR is required, such as --listen 127.0.0.1:0";
            return Err(problem.to_owned());
        }
    }
    if let Some(parent) = parent {
        builder = parent.taking_signals(builder.inherited(&parent.inheritance));
    }
    builder.start().await.map_err(|error| error.to_string())
}

/// Reads the configuration anew, on a thread where waiting harms nobody; the wrong values in it are a line of the log.
async fn reconfigure(peer: &PeerHandle, arguments: &Arguments) -> Option<String> {
    let arguments = arguments.clone();
    let settings = tokio::task::spawn_blocking(move || read(&arguments)).await;
    match settings {
        Ok(Ok(Read { settings, .. })) => {
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
