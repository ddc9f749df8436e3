//! Settings of one daemon among several of its kind, by its local name.

use crate::compare::{Bench, client_config, place};
use crate::daemon::Daemon;
use crate::roots::Release;
use crate::run::{User, command, finish};
use crate::scenario::{Scenario, Target};

use super::{LIMIT, Peer, server_config, told};

const NAME: &str = "EAST";

/// The local name's comes before the subsystem's, and that before the plain one.
const LISTS: &str = "\
ALLOW_DAEMON = bob@*
EAST.ALLOW_DAEMON = alice@pool.example
ALLOW_CONFIG = alice@pool.example
COLLECTOR.ALLOW_CONFIG = bob@*
EAST.ALLOW_CONFIG = alice@pool.example
ALLOW_NEGOTIATOR = alice@pool.example
COLLECTOR.ALLOW_NEGOTIATOR = bob@*
WEST.ALLOW_NEGOTIATOR = alice@pool.example
ALLOW_ADVERTISE_SCHEDD = alice@pool.example
EAST.DENY_ADVERTISE_SCHEDD = alice@*
ALLOW_ADMINISTRATOR = bob@*
EAST.ALLOW_ADMINISTRATOR_COLLECTOR = alice@pool.example
EAST.SEC_READ_AUTHENTICATION = NEVER
";

/// `condor_ping` of both releases prints the same of a collector and of the peer; and `authz check` says the same.
pub(super) fn of_its_name(bench: &Bench) -> Result<(), String> {
    let roots = &bench.roots;
    let scenario = Scenario::new("local-name".to_owned())
        .both("SEC_DEFAULT_AUTHENTICATION = REQUIRED")
        .server(LISTS);
    let Target::Real(_, text) = &scenario.target else {
        return Err("the scenario has a configuration of a collector".into());
    };
    let text = place(roots, text);
    let daemon = Daemon::start_east(roots, Release::Newest, &text)?;
    let server = server_config(roots, &text);
    let mut peer = Peer::start_with(bench, &server, &["--local-name", NAME])?;
    let client = client_config(bench, &scenario, "local-name");
    let mut real = String::new();
    for release in Release::BOTH {
        let ping = |address: &str| {
            let mut ping = command(&roots.root(release), scenario.user, &client);
            ping.args(["condor_ping", "-address", address, "-table", "ALL"]);
            finish(ping, LIMIT)
        };
        let (theirs, ours) = (ping(&daemon.address), ping(&peer.address));
        if told(&theirs) != told(&ours) {
            return Err(format!(
                "of the collector {theirs:?}\nof the peer {ours:?}\n{}\n{}",
                peer.end(),
                daemon.story(roots)
            ));
        }
        real = theirs.stdout;
    }
    for (level, allowed) in [
        ("DAEMON", true),
        ("CONFIG", true),
        ("NEGOTIATOR", false),
        ("ADVERTISE_SCHEDD", false),
        ("ADMINISTRATOR", true),
    ] {
        let row = real
            .lines()
            .find(|row| row.trim_start().starts_with(&format!("{level} ")));
        if row.is_none_or(|row| row.contains(" ALLOW ") != allowed) {
            return Err(format!(
                "of {level} a collector should say {allowed}:\n{real}"
            ));
        }
        let mut check = command(&roots.root(Release::Newest), User::Root, &server);
        check.args(bench.subject.command.first());
        check.args([
            "authz",
            "check",
            "--local-name",
            NAME,
            level,
            "alice@pool.example",
            "127.0.0.1",
        ]);
        let output = finish(check, LIMIT);
        if output.status != Some(i32::from(!allowed)) {
            return Err(format!("authz check {level}: {output:?}"));
        }
    }
    Ok(())
}
