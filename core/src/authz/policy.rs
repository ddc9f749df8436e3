//! A server's lists, all levels of them.

use std::collections::{BTreeMap, BTreeSet};

use super::knobs::{ListKnobs, list_knobs};
use super::list::List;
use super::peer::Lookup;
use crate::names::Level;

/// Whose lists are read, and how (knobs that change what lists mean).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRules {
    /// The subsystem, such as `COLLECTOR`: `ALLOW_READ_COLLECTOR` comes before `ALLOW_READ`.
    pub subsystem: String,
    /// LEGACY_ALLOW_SEMANTICS (default false): DAEMON, and so ADVERTISE_*, read WRITE's lists where they have none.
    pub legacy_allow_semantics: bool,
    /// USE_POOL_USERNAME_EQUIVALENT (default true): `condor@...` also means `condor_pool@...`, and the other way round.
    pub pool_username_equivalent: bool,
}

impl PolicyRules {
    /// The rules of a subsystem where nothing else is configured.
    #[must_use]
    pub fn new(subsystem: &str) -> Self {
        Self {
            subsystem: subsystem.to_owned(),
            legacy_allow_semantics: false,
            pool_username_equivalent: true,
        }
    }
}

/// A knob that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKnob {
    /// Its name as it was set, perhaps with the subsystem in front (`COLLECTOR.ALLOW_READ`).
    pub name: String,
    /// Its value, expanded.
    pub text: String,
    /// Where it stands (a file and line).
    pub place: String,
}

/// Who may do what to a server: ALLOW_x and DENY_x for every level x.
///
/// Read it once per configuration, give it the addresses of the hosts that its lists name, and ask it
/// [`authorize`](Self::authorize).
#[derive(Debug, Clone)]
pub struct Policy {
    /// Every list once, however many levels it is for.
    lists: Vec<List>,
    levels: BTreeMap<Level, LevelLists>,
}

/// Where a level's lists stand among all lists, and where they were looked for.
#[derive(Debug, Clone)]
struct LevelLists {
    allow: Option<usize>,
    deny: Option<usize>,
    knobs: ListKnobs,
}

impl Policy {
    /// Reads the lists of every level. `lookup` answers for one knob as HTCondor's `param()` does: `None` where it is not
    /// set or empty, the built-in value where it has one (ALLOW_CLIENT alone has).
    ///
    /// # Errors
    /// The first of `lookup`'s. There is no half of a policy.
    pub fn read<E>(
        rules: &PolicyRules,
        mut lookup: impl FnMut(&str) -> Result<Option<FoundKnob>, E>,
    ) -> Result<Self, E> {
        let mut lists: Vec<List> = Vec::new();
        let mut seen: BTreeMap<String, Option<usize>> = BTreeMap::new();
        let mut first = |knobs: &[String]| {
            for knob in knobs {
                let index = match seen.get(knob) {
                    Some(index) => *index,
                    None => {
                        let found = lookup(knob)?.map(|found| {
                            lists.push(
                                List::parse_with(&found.text, rules.pool_username_equivalent)
                                    .from_knob(found.name)
                                    .at(found.place),
                            );
                            lists.len().saturating_sub(1)
                        });
                        seen.insert(knob.clone(), found);
                        found
                    }
                };
                if index.is_some() {
                    return Ok(index);
                }
            }
            Ok(None)
        };
        let mut levels = BTreeMap::new();
        for level in Level::ALL.into_iter().filter(|l| *l != Level::Allow) {
            let knobs = list_knobs(level, &rules.subsystem, rules.legacy_allow_semantics);
            let (allow, deny) = (first(&knobs.allow)?, first(&knobs.deny)?);
            levels.insert(level, LevelLists { allow, deny, knobs });
        }
        Ok(Self { lists, levels })
    }

    /// The ALLOW list that counts for a level. ALLOW has no lists.
    #[must_use]
    pub fn allow(&self, level: Level) -> Option<&List> {
        self.lists.get(self.levels.get(&level)?.allow?)
    }

    /// The DENY list that counts for a level.
    #[must_use]
    pub fn deny(&self, level: Level) -> Option<&List> {
        self.lists.get(self.levels.get(&level)?.deny?)
    }

    /// The knobs in which a level's lists were looked for.
    #[must_use]
    pub fn knobs(&self, level: Level) -> Option<&ListKnobs> {
        self.levels.get(&level).map(|lists| &lists.knobs)
    }

    /// The host names whose addresses are needed before anything is decided, each once. HTCondor asks when it loads the
    /// lists.
    #[must_use]
    pub fn hosts_to_resolve(&self) -> BTreeSet<String> {
        let hosts = self.lists.iter().flat_map(List::hosts_to_resolve);
        hosts.map(str::to_owned).collect()
    }

    /// Takes the addresses of a host that [`hosts_to_resolve`](Self::hosts_to_resolve) named.
    pub fn resolved(&mut self, host: &str, lookup: &Lookup) {
        for list in &mut self.lists {
            list.resolved(host, lookup);
        }
    }
}
