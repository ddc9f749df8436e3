//! Names of settings, and what of the table they are.

use std::collections::HashMap;
use std::sync::OnceLock;

use countersign_core::names::Level;

use super::table::ALL;
use super::{Knob, SUBSYSTEMS};

/// What stands in for every level.
pub const DEFAULT_LEVEL: &str = "DEFAULT";

/// What a name was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The line of the table.
    pub knob: &'static Knob,
    /// The level in the name, or [`DEFAULT_LEVEL`].
    pub level: Option<&'static str>,
    /// The subsystem in the name.
    pub subsystem: Option<&'static str>,
}

/// A name that HTCondor reads, with nothing in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownName {
    /// In capital letters, mostly.
    pub name: String,
    /// What it is.
    pub found: Found,
}

/// Finds what a name is; case does not matter, and nothing may stand in front of it.
#[must_use]
pub fn find(name: &str) -> Option<Found> {
    let upper = name.to_ascii_uppercase();
    let names = names();
    if let Some(found) = names
        .index
        .get(&upper)
        .and_then(|index| names.all.get(*index))
    {
        return Some(found.found);
    }
    ALL.iter()
        .find(|knob| fits(knob.name, &upper))
        .map(|knob| Found {
            knob,
            level: None,
            subsystem: None,
        })
}

/// Every name of the table, families spelt out for all levels and subsystems; those that hold a name of the site's own are
/// left out.
#[must_use]
pub fn known_names() -> &'static [KnownName] {
    &names().all
}

struct Names {
    all: Vec<KnownName>,
    index: HashMap<String, usize>,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = Names {
            all: Vec::new(),
            index: HashMap::new(),
        };
        // A name that stands by itself counts before a family that it belongs to.
        let (families, single): (Vec<_>, Vec<_>) =
            ALL.iter().partition(|knob| knob.name.contains('<'));
        for knob in single.into_iter().chain(families) {
            for known in spelt_out(knob) {
                let key = known.name.to_ascii_uppercase();
                if !names.index.contains_key(&key) {
                    names.index.insert(key, names.all.len());
                    names.all.push(known);
                }
            }
        }
        names
    })
}

fn spelt_out(knob: &'static Knob) -> Vec<KnownName> {
    if knob.name.contains("<NAME>") {
        return Vec::new();
    }
    let levels: Vec<Option<&'static str>> = if knob.name.contains("<LEVEL>") {
        let names = Level::ALL.into_iter().map(Level::name);
        names.chain([DEFAULT_LEVEL]).map(Some).collect()
    } else {
        vec![None]
    };
    let subsystems: Vec<Option<&'static str>> = if knob.name.contains("<SUBSYS>") {
        SUBSYSTEMS.into_iter().map(Some).collect()
    } else {
        vec![None]
    };
    let mut all = Vec::new();
    for level in levels {
        for subsystem in &subsystems {
            let name = knob.name.replace("<LEVEL>", level.unwrap_or_default());
            let name = name.replace("<SUBSYS>", subsystem.unwrap_or_default());
            let found = Found {
                knob,
                level,
                subsystem: *subsystem,
            };
            all.push(KnownName { name, found });
        }
    }
    all
}

/// Whether a name is one of a family with a name of the site's own in it.
fn fits(family: &str, name: &str) -> bool {
    family.split_once("<NAME>").is_some_and(|(before, after)| {
        let rest = name
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after));
        rest.is_some_and(|rest| !rest.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        let found = find("sec_Write_authentication_methods").unwrap();
        assert_eq!(found.level, Some("WRITE"));
        assert_eq!(found.knob.name, "SEC_<LEVEL>_AUTHENTICATION_METHODS");
        let found = find("ALLOW_ADVERTISE_STARTD_COLLECTOR").unwrap();
        assert_eq!(
            (found.level, found.subsystem),
            (Some("ADVERTISE_STARTD"), Some("COLLECTOR"))
        );
        let found = find("SEC_SCHEDD_DEFAULT_SESSION_DURATION").unwrap();
        assert_eq!(
            (found.level, found.subsystem),
            (Some("DEFAULT"), Some("SCHEDD"))
        );
        // It stands by itself in the table as well.
        assert_eq!(
            find("SEC_DEFAULT_SESSION_DURATION").unwrap().knob.name,
            "SEC_DEFAULT_SESSION_DURATION"
        );
        assert!(find("SEC_SCITOKENS_PLUGIN_VO_COMMAND").is_some());
        for unknown in [
            "SEC_OWNER_ENCRYPTION",
            "ALLOW_OWNER",
            "SEC_SCITOKENS_PLUGIN__COMMAND",
            "SEC_DEFAULT",
            "",
        ] {
            assert!(find(unknown).is_none(), "{unknown}");
        }
    }
}
