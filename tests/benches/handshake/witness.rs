//! The collector's own word that each handshake was a full one: a second collector, which logs what it decides.

use countersign_tests::daemon::{Daemon, Kind};
use countersign_tests::roots::{Release, Roots};

use crate::sides::Side;

/// Said once for each session that is made, before the session's ad.
const MADE: &str = "DC_AUTHENTICATE: added incoming session id ";

/// What the ad of each session must say.
const FULL: [&str; 6] = [
    "AuthMethods = \"IDTOKENS\"",
    "CryptoMethods = \"AES\"",
    "Authentication = \"YES\"",
    "Encryption = \"YES\"",
    "Integrity = \"YES\"",
    "User = \"alice@pool.example\"",
];

/// Has every program make handshakes, and reads in the collector's log what they were.
pub(crate) fn ask(
    roots: &Roots,
    server: &str,
    start: impl Fn(&str) -> Result<Vec<Side>, String>,
) -> Result<(), String> {
    const EACH: usize = 5;
    let text = server.replace("COLLECTOR_DEBUG =", "COLLECTOR_DEBUG = D_SECURITY:2");
    let collector = Daemon::start(roots, Release::Newest, Kind::Collector, &text)?;
    for mut side in start(&collector.address)? {
        let before = sessions(&collector.collector_log(roots), side.name)?;
        side.run(EACH, collector.pid())?;
        let made = sessions(&collector.collector_log(roots), side.name)? - before;
        // A measurement makes two more of its own.
        if made != EACH + 2 {
            let name = side.name;
            return Err(format!(
                "{name}: {EACH} + 2 handshakes made {made} sessions"
            ));
        }
    }
    Ok(())
}

/// The number of sessions in a log, each of which must be a full one.
fn sessions(log: &str, name: &str) -> Result<usize, String> {
    let ads: Vec<&str> = log.split(MADE).skip(1).collect();
    for ad in &ads {
        for line in FULL {
            if !ad.lines().any(|told| told == line) {
                return Err(format!(
                    "{name}: the collector made a session without {line}: {ad}"
                ));
            }
        }
    }
    Ok(ads.len())
}
