//! What the client library does on real daemons, beyond what a ping shows.

mod commands;
mod debug;
mod sessions;
mod signals;

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};

use crate::compare::Bench;
use crate::roots::Release;

/// One test of the library.
type Check = fn(&Bench, Release) -> Result<(), String>;

/// Every test, for daemons of both releases.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>) -> Vec<Trial> {
    let checks: [(&str, Check); 8] = [
        ("sessions/resumed", sessions::resumed),
        (
            "sessions/resumed-by-old-ciphers",
            sessions::resumed_by_old_ciphers,
        ),
        ("sessions/forgotten-by-the-server", sessions::forgotten),
        ("sessions/fresh-means-fresh", sessions::fresh),
        ("sessions/not-shared-between-tokens", sessions::not_shared),
        ("commands/every-nop", commands::nops),
        ("debug/no-secret", debug::no_secret),
        ("signals/directory-removed", signals::directory_removed),
    ];
    let mut trials = Vec::new();
    for (name, check) in checks {
        for release in [Release::Newest, Release::Stable] {
            let bench = bench.cloned();
            let run = move || match bench {
                Some(bench) => check(&bench, release).map_err(Failed::from),
                None => Ok(()),
            };
            trials.push(Trial::test(
                format!("library/{name}/{}", release.version()),
                run,
            ));
        }
    }
    trials
}
