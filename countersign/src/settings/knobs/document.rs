//! The table as a page of documentation.

use std::fmt::Write as _;

use countersign_config::Release;

use super::{ALL, Releases};

/// `docs/security-settings.md`.
#[must_use]
pub fn document() -> String {
    let mut text = String::from(
        "# Settings that bear on security\n\n\
         What each may be, and what HTCondor 25.14.1 does with anything else. `<LEVEL>` is an authorization level (READ, WRITE,\n\
         ADVERTISE_STARTD ...) or DEFAULT, `<SUBSYS>` a subsystem (SCHEDD, COLLECTOR ...). Any of them may also have a subsystem\n\
         or a local name in front: `SCHEDD.ALLOW_WRITE`. `countersign config check` finds wrong values: [config-check.md](config-check.md).\n\n\
         | setting | may be | without it | what HTCondor does with a wrong value |\n|---|---|---|---|\n",
    );
    let newest = Release::V25_14_1;
    for knob in ALL {
        let default = knob.default_in(knob.name, newest).unwrap_or_default();
        let default = default.replace('|', "\\|");
        let default = if default.is_empty() {
            String::new()
        } else {
            format!("`{default}`")
        };
        let releases = match knob.releases {
            Releases::All => "",
            Releases::Since25 => " (not in 23.9.6)",
            Releases::Until23 => " (no more in 25.14.1)",
            Releases::Countersign => " (Countersign's own; HTCondor passes it over)",
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}`{releases} | {} | {default} | {} |",
            knob.name,
            knob.kind.allowed(),
            knob.wrong
        );
    }
    text
}
