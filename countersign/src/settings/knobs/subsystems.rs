//! The names that HTCondor's programs go by in configuration.

/// What may stand in front of a setting (`SCHEDD.ALLOW_WRITE`) or in its name (`ALLOW_WRITE_SCHEDD`) because a program of
/// HTCondor calls itself so.
pub const SUBSYSTEMS: [&str; 35] = [
    "ANNEX",
    "ANNEXD",
    "ARC_GAHP",
    "COLLECTOR",
    "CREDD",
    "C_GAHP",
    "C_GAHP_WORKER_THREAD",
    "DAEMON",
    "DAGMAN",
    "DEFRAG",
    "EC2_GAHP",
    "FT_GAHP",
    "GAHP",
    "GANGLIAD",
    "GCE_GAHP",
    "GRIDMANAGER",
    "HAD",
    "JOB",
    "JOB_ROUTER",
    "KBDD",
    "LIBRARIAN",
    "MASTER",
    "NEGOTIATOR",
    "PLACEMENTD",
    "REPLICATION",
    "ROOSTER",
    "SCHEDD",
    "SHADOW",
    "SHARED_PORT",
    "STARTD",
    "STARTER",
    "SUBMIT",
    "TOOL",
    "TRANSFERER",
    "VM_GAHP",
];

/// Whether a program of HTCondor goes by this name; case does not matter.
#[must_use]
pub fn is_subsystem(name: &str) -> bool {
    SUBSYSTEMS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
