//! Every command that does nothing, run by our client on a real collector.

use std::thread;
use std::time::{Duration, Instant};

use countersign::core::names::{CommandTable, Level};
use countersign::{ConnectionError, Sessions};

use super::sessions::{SERVER, Someone};
use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;
use crate::scenario::OPEN;
use crate::tokens::Token;

const SOON: Duration = Duration::from_secs(10);

/// The collector's own log says that it called the handler of each, for this user, on sessions of their own and on one
/// that is resumed.
pub(super) fn nops(bench: &Bench, release: Release) -> Result<(), String> {
    let text = format!("{SERVER}{OPEN}COLLECTOR_DEBUG = D_COMMAND\n");
    let daemon = Daemon::start(&bench.roots, release, Kind::Collector, &text)?;
    let alice = Someone::with(bench, Token::Alice);
    let table = CommandTable::collector();
    let nops: Vec<_> = table
        .iter()
        .filter(|command| command.name.starts_with("DC_NOP"))
        .collect();
    assert_eq!(nops.len(), 11);
    for sessions in [Sessions::Fresh, Sessions::Cached, Sessions::Cached] {
        for command in &nops {
            let attempt = alice.open(&daemon, command.number, sessions);
            let mut connection = attempt
                .result
                .map_err(|failure| format!("{}: {failure}\n{}", command.name, attempt.trace))?;
            // There is nothing to say to it, nor has it anything to say.
            match alice.runtime.block_on(connection.receive()) {
                Err(ConnectionError::Closed) => {}
                other => return Err(format!("{}: {other:?}", command.name)),
            }
        }
    }
    let end = Instant::now() + SOON;
    loop {
        let log = daemon.collector_log(&bench.roots);
        let missing = nops.iter().find(|command| {
            // To ALLOW nobody needs to authenticate, and with 25.14.1 nobody does.
            let by = match command.level {
                Level::Allow => format!("<handle_nop()> (0) for command {} ", command.number),
                _ => format!("({}) from alice@pool.example ", command.name),
            };
            let called = log.lines().filter(|line| {
                line.contains("Calling HandleReq <handle_nop()>") && line.contains(&by)
            });
            called.count() < 3
        });
        match missing {
            None => break Ok(()),
            Some(command) if Instant::now() > end => {
                return Err(format!("{} was not run three times:\n{log}", command.name));
            }
            Some(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}
