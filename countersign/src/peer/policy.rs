//! ALLOW and DENY lists that are given in code.

use std::collections::BTreeMap;
use std::convert::Infallible;

use countersign_core::authz::{FoundKnob, Policy, PolicyRules};
use countersign_core::names::Level;

/// The name that reasons give for where these lists stand.
const PLACE: &str = "given to the peer's builder";

/// Lists by the knob that they stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct CodeLists(BTreeMap<String, String>);

impl CodeLists {
    pub(super) fn allow(&mut self, level: Level, entries: &str) {
        self.add(format!("ALLOW_{}", level.name()), entries);
    }

    pub(super) fn deny(&mut self, level: Level, entries: &str) {
        self.add(format!("DENY_{}", level.name()), entries);
    }

    /// Entries that are added one call after the other are one list.
    fn add(&mut self, knob: String, entries: &str) {
        let list = self.0.entry(knob).or_default();
        if !list.is_empty() {
            list.push(' ');
        }
        list.push_str(entries);
    }

    pub(super) fn policy(&self, subsystem: &str) -> Policy {
        let read = Policy::read(&PolicyRules::new(subsystem), |knob| {
            Ok::<_, Infallible>(self.0.get(knob).map(|text| FoundKnob {
                name: knob.to_owned(),
                text: text.clone(),
                place: PLACE.to_owned(),
            }))
        });
        match read {
            Ok(policy) => policy,
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::authz::{Limits, Peer};

    #[test]
    fn nothing_said_is_nothing_allowed() {
        let peer = Peer::new([127, 0, 0, 1].into());
        let asked = |lists: &CodeLists, level| {
            lists
                .policy("PEER")
                .authorize(level, "alice@x", &peer, &Limits::Unlimited)
                .is_allowed()
        };
        let mut lists = CodeLists::default();
        for level in Level::ALL {
            assert_eq!(asked(&lists, level), level == Level::Allow, "{level:?}");
        }
        lists.allow(Level::Write, "bob@x");
        lists.allow(Level::Write, "alice@x");
        assert!(asked(&lists, Level::Write) && asked(&lists, Level::Read));
        lists.deny(Level::Write, "alice@x");
        assert!(!asked(&lists, Level::Write));
    }
}
