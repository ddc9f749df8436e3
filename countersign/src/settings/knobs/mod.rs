//! Every setting that bears on security, once: its name, what it may be, which releases read it, and what HTCondor does with a
//! wrong value. Settings are read by this table, checked by it, and documented from it.
//!
//! What HTCondor does was found out from the collector and `condor_ping` of 25.14.1.

mod bearing;
mod document;
mod kind;
mod name;
mod subsystems;
mod table;
mod wrong;

pub use bearing::is_security_knob;
pub use document::document;
pub use kind::{Kind, Unit};
pub use name::{DEFAULT_LEVEL, Found, KnownName, find, known_names};
pub use subsystems::{SUBSYSTEMS, is_subsystem};
pub use table::ALL;
pub use wrong::{Reaction, Wrong};

use countersign_config::Release;

/// A setting, or a family of settings whose names differ in a level or a subsystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knob {
    /// Its name; `<LEVEL>`, `<SUBSYS>` and `<NAME>` stand for what differs.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What HTCondor does with anything else.
    pub wrong: Wrong,
    /// Which releases read it.
    pub releases: Releases,
    /// What counts where nothing is set and the release's table of defaults has nothing either.
    pub otherwise: Option<&'static str>,
}

/// Which releases read a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Releases {
    /// All that are known here.
    All,
    /// 25.14.1, and 23.9.6 not yet.
    Since25,
    /// 23.9.6, and 25.14.1 no more.
    Until23,
    /// None: it is Countersign's own, and HTCondor passes it over.
    Countersign,
}

impl Releases {
    /// Whether this release is one of them.
    #[must_use]
    pub fn include(self, release: Release) -> bool {
        match self {
            Self::All | Self::Countersign => true,
            Self::Since25 => release != Release::V23_9_6,
            Self::Until23 => release == Release::V23_9_6,
        }
    }
}

impl Knob {
    /// What counts in this release where nothing is set, as it is written. `name` is the full name, for families.
    #[must_use]
    pub fn default_in(&self, name: &str, release: Release) -> Option<&'static str> {
        let table = release.default_of(name).map(|(_, value)| value);
        table.or(self.otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that 25.14.1 or 23.9.6 has a default for.
    #[test]
    fn every_default_that_looks_like_security_is_in_the_table() {
        let beside = [
            // What these set has nothing to do with who may do what.
            "ALLOW_COMMON_FILES_ON_LVS",
            "ALLOW_PSLOT_PREEMPTION",
            "ALLOW_TRANSFER_REMAP_TO_MKDIR",
            "ALLOW_ADMIN_COMMANDS",
            "SEC_C_GAHP_WORKER_THREAD_DEFAULT_SESSION_DURATION",
        ];
        for release in Release::ALL {
            for (name, _) in release.defaults() {
                if is_security_knob(name) && !beside.contains(&name) {
                    let found = find(name).unwrap_or_else(|| panic!("{name} is not known"));
                    assert!(found.knob.releases.include(release), "{name} in {release}");
                }
            }
        }
    }

    #[test]
    fn defaults_are_right_themselves() {
        for release in Release::ALL {
            for known in known_names() {
                let default = known.found.knob.default_in(&known.name, release);
                let Some(default) = default.filter(|text| !text.is_empty() && !text.contains('$'))
                else {
                    continue;
                };
                let verdict = known.found.knob.kind.judge(default);
                assert!(verdict.is_ok(), "{} = {default}: {verdict:?}", known.name);
            }
        }
    }

    #[test]
    fn the_document_is_what_the_table_says() {
        let written = include_str!("../../../../docs/security-settings.md");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/security-settings.md");
        if std::env::var_os("COUNTERSIGN_WRITE_DOCS").is_some() {
            std::fs::write(path, document()).unwrap();
        } else {
            assert!(
                written == document(),
                "docs/security-settings.md is behind: run this test with COUNTERSIGN_WRITE_DOCS=1"
            );
        }
    }
}
