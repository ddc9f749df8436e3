//! What a token or a method lets its bearer do at most, whatever the lists say.

use std::collections::BTreeSet;
use std::fmt;

use super::list::words;
use crate::names::Level;

/// What stands before a level in a token's scope.
const SCOPE: &str = "condor:/";
/// What stands for limits that leave nothing: the word that HTCondor itself puts into a SciToken's limits so that they are
/// never empty, because it takes an empty text for no limits.
const NOTHING: &str = "DENY";

/// The levels that an identity may use at most.
///
/// Limits that name nothing leave nothing but ALLOW: that is not the same as no limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limits {
    /// There are none.
    Unlimited,
    /// These levels, and what they imply: DAEMON gives WRITE and READ too, but not ADVERTISE_*. ALLOW is never limited.
    Only(BTreeSet<Level>),
}

impl Limits {
    /// Limits to the named levels, compared without case. What is no level's name gives nothing.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Only(names.into_iter().filter_map(Level::from_name).collect())
    }

    /// The limits of an IDTOKEN, from its `scope` claim: `condor:/READ condor:/WRITE`. Scopes that do not begin with
    /// `condor:/` say nothing; a token with no other is unlimited. (The server's half of `condor_auth_passwd.cpp`.)
    ///
    /// The scope `condor:/` alone names no level and so leaves nothing; HTCondor takes it for no limits.
    #[must_use]
    pub fn from_scope(scope: &str) -> Self {
        let names: Vec<&str> = words(scope)
            .filter_map(|word| word.strip_prefix(SCOPE))
            .collect();
        if names.is_empty() {
            return Self::Unlimited;
        }
        Self::only(names)
    }

    /// The limits that a policy's attribute LimitAuthorization states; `None` where there is no such attribute.
    ///
    /// An empty text leaves nothing; HTCondor takes it for no limits, but never writes it except for the scope `condor:/`.
    #[must_use]
    pub fn from_attribute(text: Option<&str>) -> Self {
        text.map_or(Self::Unlimited, |text| Self::only(words(text)))
    }

    /// The text of LimitAuthorization; `None` where there are no limits. Never empty.
    #[must_use]
    pub fn to_attribute(&self) -> Option<String> {
        let Self::Only(levels) = self else {
            return None;
        };
        if levels.is_empty() {
            return Some(NOTHING.to_owned());
        }
        let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
        Some(names.join(","))
    }

    /// The limits of a CLAIMTOBE session: the level of the command that it was made for, and what that implies.
    /// (`DaemonCommandProtocol::AuthenticateFinish`.)
    #[must_use]
    pub fn of_claim(level: Level) -> Self {
        Self::Only(std::iter::successors(Some(level), |level| level.implies()).collect())
    }

    /// The level among the limits by which this one is included; the level itself where there are no limits, and for
    /// ALLOW.
    #[must_use]
    pub fn including(&self, level: Level) -> Option<Level> {
        let Self::Only(levels) = self else {
            return Some(level);
        };
        if level == Level::Allow || levels.contains(&level) {
            return Some(level);
        }
        levels.iter().copied().find(|limit| {
            std::iter::successors(limit.implies(), |limit| limit.implies())
                .any(|implied| implied == level)
        })
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("everything"),
            Self::Only(levels) if levels.is_empty() => f.write_str("nothing but ALLOW"),
            Self::Only(levels) => {
                for (index, level) in levels.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}", level.name())?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(limits: &Limits) -> Vec<Level> {
        Level::ALL
            .into_iter()
            .filter(|level| limits.including(*level).is_some())
            .collect()
    }

    #[test]
    fn a_level_brings_what_it_implies() {
        use Level::{Administrator, AdvertiseStartd, Allow, Daemon, Read, Write};
        for (scope, levels) in [
            ("condor:/READ", &[Allow, Read][..]),
            ("condor:/DAEMON", &[Allow, Read, Write, Daemon]),
            (
                "condor:/administrator",
                &[Allow, Read, Write, Administrator],
            ),
            ("condor:/ADVERTISE_STARTD", &[Allow, Read, AdvertiseStartd]),
            ("openid condor:/ALLOW,condor:/WRITE", &[Allow, Read, Write]),
            ("condor:/ALLOW", &[Allow]),
            ("condor:/NOSUCH", &[Allow]),
            ("condor:/SOAP condor:/DEFAULT", &[Allow]),
            ("condor:/READ:/x", &[Allow]),
            ("condor://READ", &[Allow]),
            ("condor:/", &[Allow]),
        ] {
            assert_eq!(allowed(&Limits::from_scope(scope)), levels, "{scope}");
        }
        for scope in [
            "",
            "openid profile",
            "READ WRITE",
            "condor:READ",
            "CONDOR:/READ",
        ] {
            assert_eq!(Limits::from_scope(scope), Limits::Unlimited, "{scope}");
        }
    }

    #[test]
    fn nothing_is_not_everything() {
        let nothing = Limits::Only(BTreeSet::new());
        for text in ["", " , ", "DENY", "NOSUCH"] {
            assert_eq!(Limits::from_attribute(Some(text)), nothing, "{text}");
        }
        assert_eq!(Limits::from_attribute(None), Limits::Unlimited);
        assert_eq!(allowed(&nothing), [Level::Allow]);
        assert_eq!(nothing.to_attribute().as_deref(), Some("DENY"));
    }

    #[test]
    fn a_claim_is_good_for_its_command() {
        let limits = Limits::of_claim(Level::Daemon);
        assert_eq!(limits.to_attribute().as_deref(), Some("READ,WRITE,DAEMON"));
        assert_eq!(allowed(&Limits::of_claim(Level::Allow)), [Level::Allow]);
    }

    proptest::proptest! {
        #[test]
        fn the_attribute_round_trips(levels in proptest::collection::btree_set(0..Level::ALL.len(), 0..11)) {
            let limits = Limits::Only(levels.into_iter().map(|index| Level::ALL[index]).collect());
            let text = limits.to_attribute();
            proptest::prop_assert!(text.as_ref().is_some_and(|text| !text.is_empty()));
            proptest::prop_assert_eq!(Limits::from_attribute(text.as_deref()), limits);
        }

        #[test]
        fn any_text_is_read(text in ".{0,60}") {
            let _ = Limits::from_scope(&text).to_string();
            let limits = Limits::from_attribute(Some(&text));
            proptest::prop_assert!(limits != Limits::Unlimited);
        }
    }
}
