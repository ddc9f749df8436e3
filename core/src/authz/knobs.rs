//! Which knobs hold the client's lists.

/// The knobs of a pair of lists, in the order they are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListKnobs {
    /// For the ALLOW list. The first that is not empty counts.
    pub allow: Vec<String>,
    /// For the DENY list, independently of where the ALLOW list was found.
    pub deny: Vec<String>,
}

/// Where a client of this subsystem (`TOOL` for the command line tools) finds its lists.
///
/// An empty value is as good as none: the lookup goes on. ALLOW_CLIENT has a built-in value, `*`, so ALLOW_DEFAULT is
/// reached only where ALLOW_CLIENT was set to nothing; and where then no ALLOW list is found at all, nobody is allowed.
/// DENY_CLIENT has none, so DENY_DEFAULT applies to clients. Each name may also stand with the subsystem in front
/// (`TOOL.ALLOW_CLIENT`), which the configuration's lookup does for every knob. The lists of other levels never matter to
/// a client.
#[must_use]
pub fn client_list_knobs(subsystem: &str) -> ListKnobs {
    let order = |kind: &str| {
        let levels = ["CLIENT", "DEFAULT"].into_iter();
        levels
            .flat_map(|level| {
                [
                    format!("{kind}_{level}_{subsystem}"),
                    format!("{kind}_{level}"),
                ]
            })
            .collect()
    };
    ListKnobs {
        allow: order("ALLOW"),
        deny: order("DENY"),
    }
}
