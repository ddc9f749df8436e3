//! The configurations, one file for each subject.

mod ciphers;
mod command_line;
mod identities;
mod levels;
mod lists;
mod methods;
mod packaged;
mod policy;
mod tokens;
mod transports;

use crate::scenario::Scenario;

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [
        packaged::scenarios(),
        policy::scenarios(),
        ciphers::scenarios(),
        levels::scenarios(),
        methods::scenarios(),
        tokens::scenarios(),
        identities::scenarios(),
        lists::scenarios(),
        transports::scenarios(),
        command_line::scenarios(),
    ]
    .concat()
}
