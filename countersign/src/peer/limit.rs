//! How many descriptors the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are kept for files and for what else the program does.
const RESERVE: u64 = 64;

/// Raises the process's soft limit on open descriptors to its hard one, and says how many
/// connections a peer can then hold. For programs: a library should not do this behind its
/// embedder's back.
#[must_use]
pub fn raise_descriptor_limit() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let now = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(_) => current,
    };
    let room = now.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVE));
    usize::try_from(room).unwrap_or(usize::MAX).max(1)
}
