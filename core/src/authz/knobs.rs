//! Which knobs hold the lists of a level.

use crate::names::Level;

/// The knobs of a pair of lists, in the order they are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListKnobs {
    /// For the ALLOW list. The first that is not empty counts.
    pub allow: Vec<String>,
    /// For the DENY list, independently of where the ALLOW list was found.
    pub deny: Vec<String>,
}

/// Where a program of this subsystem (`COLLECTOR`; `TOOL` for the command line tools) finds the lists of a level.
/// (`SecMan::getSecSetting`.)
///
/// An empty value is as good as none: the lookup goes on. Each name may also stand with the subsystem in front
/// (`COLLECTOR.ALLOW_READ`), which the configuration's lookup does for every knob. ADVERTISE_* read DAEMON's lists where they
/// have none of their own, and with LEGACY_ALLOW_SEMANTICS DAEMON reads WRITE's. HOSTALLOW_* and HOSTDENY_* are read no more.
///
/// ALLOW_CLIENT alone has a built-in value, `*`, so ALLOW_DEFAULT counts for clients only where ALLOW_CLIENT was set to
/// nothing. No other list has one: where nothing is found, a level is for nobody, unless a higher level implies it. A client
/// reads the lists of CLIENT alone.
#[must_use]
pub fn list_knobs(level: Level, subsystem: &str, legacy_allow_semantics: bool) -> ListKnobs {
    let levels = std::iter::successors(Some(level), |level| {
        level.settings_from(legacy_allow_semantics)
    });
    let names: Vec<&str> = levels.map(Level::name).chain(["DEFAULT"]).collect();
    let order = |kind: &str| {
        let names = names.iter();
        names
            .flat_map(|name| {
                [
                    format!("{kind}_{name}_{subsystem}"),
                    format!("{kind}_{name}"),
                ]
            })
            .collect()
    };
    ListKnobs {
        allow: order("ALLOW"),
        deny: order("DENY"),
    }
}
