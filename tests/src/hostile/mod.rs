//! Our client library against a real 25.14.1 collector with somebody in between: who tampers (`tamper`), or who takes
//! over what the client proves (`takeover`). And what a server tells anybody who asks (`oracle`).

mod oracle;
mod proxy;
mod relay;
mod takeover;
mod tamper;
mod thief;
mod victim;

use crate::compare::Bench;

/// A test of this kind.
pub struct Case {
    /// Its name: `hostile/…`.
    pub name: String,
    /// What it does.
    pub run: fn(&Bench) -> Result<(), String>,
}

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    tamper::CASES
        .iter()
        .chain(takeover::CASES)
        .chain(oracle::CASES)
        .map(|&(name, run)| Case {
            name: format!("hostile/{name}"),
            run,
        })
        .collect()
}
