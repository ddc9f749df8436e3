//! The session that all daemons of one master share, to and from its other children.

use countersign::core::names::Role;
use countersign::core::session::{ClaimId, HandedSession};
use countersign::core::trace::{Event, Trace};
use countersign::{Client, Sessions};

use super::{Family, SOON, nobody, runtime, target};
use crate::compare::Bench;
use crate::daemon::{Daemon, Kind, free_port};
use crate::roots::Release;

const NOP_READ: i32 = 60020;
const NOP_CONFIG: i32 = 60025;
const NOP_DAEMON: i32 = 60026;

/// The master takes our peer for a second collector, and reports to it; a client with what the master gave asks the
/// real collector.
pub(super) fn of_a_collector(bench: &Bench, release: Release) -> Result<(), String> {
    let port = free_port();
    let family = Family::start(
        bench,
        release,
        &format!("--listen 127.0.0.1:{port}"),
        &format!("MORE_COLLECTORS = 127.0.0.1:{port}\nMASTER_UPDATE_INTERVAL = 2\n"),
    )?;
    let update = family.told(bench, "the master's ad", |line| {
        line["command"] == "UPDATE_MASTER_AD" && line["event"] == "command"
    })?;
    if update["user"] != "condor@family" || update["level"] != "ADVERTISE_MASTER" {
        return Err(update.to_string());
    }

    let inheritance = family.inheritance(bench)?;
    let shared = inheritance.family().ok_or("no family session")?;
    let client = Client::builder(nobody()).inherited(&inheritance).build();
    let collector = target(&family.daemon.address);
    let runtime = runtime();
    let opened =
        runtime.block_on(client.open(&collector, NOP_DAEMON, None, Sessions::Cached, SOON));
    if opened.result.is_err() || !is_handed(&opened.trace, Role::Family) {
        return Err(format!("of itself: {}", opened.trace));
    }
    for (command, allowed) in [(NOP_DAEMON, true), (NOP_READ, true), (NOP_CONFIG, false)] {
        let asked = runtime.block_on(client.sec_query_handed(&collector, command, shared, SOON));
        if asked.result.as_ref().is_ok_and(|answer| answer.succeeded) != allowed {
            return Err(format!(
                "{command}: {}\n{}",
                asked.trace,
                family.daemon.story(&bench.roots)
            ));
        }
    }
    // The id alone is worth nothing.
    let forged = format!("{}#[]00", shared.id());
    let forged = ClaimId::parse(&forged).map_err(|error| error.to_string())?;
    let forged = HandedSession::new(&forged, Role::Family).map_err(|error| error.to_string())?;
    let asked = runtime.block_on(client.sec_query_handed(&collector, NOP_DAEMON, &forged, SOON));
    match asked.result {
        Err(_) => Ok(()),
        Ok(answer) => Err(format!("with another key: {answer:?}")),
    }
}

/// A collector of nobody's family does not know the session: the client negotiates, and does not try again.
pub(super) fn another_family(bench: &Bench, release: Release) -> Result<(), String> {
    let family = Family::start(bench, release, "", "")?;
    family.ready(bench)?;
    let inheritance = family.inheritance(bench)?;
    let text =
        "NETWORK_INTERFACE = 127.0.0.1\nALLOW_READ = *\nSEC_DEFAULT_AUTHENTICATION = OPTIONAL\n";
    let stranger = Daemon::start(&bench.roots, release, Kind::Collector, text)?;
    let mut settings = nobody();
    settings.allow = "ALLOW_CLIENT = *"
        .parse()
        .ok()
        .and_then(|config| {
            let host = countersign::settings::Host::detect("TOOL");
            countersign::Settings::from_config(&config, &host).ok()
        })
        .and_then(|settings| settings.allow);
    let client = Client::builder(settings).inherited(&inheritance).build();
    for (tries, how) in [(true, "first"), (false, "then")] {
        let opened = runtime().block_on(client.open(
            &target(&stranger.address),
            NOP_READ,
            None,
            Sessions::Cached,
            SOON,
        ));
        let forgotten = opened
            .trace
            .iter()
            .any(|event| matches!(event, Event::SessionForgotten { .. }));
        if opened.result.is_err()
            || forgotten != tries
            || is_handed(&opened.trace, Role::Family) != tries
        {
            return Err(format!("{how}: {}", opened.trace));
        }
    }
    Ok(())
}

fn is_handed(trace: &Trace, wanted: Role) -> bool {
    trace
        .iter()
        .any(|event| matches!(event, Event::HandedOver { role, .. } if *role == wanted))
}
