//! A decision in words.

use std::fmt;

use super::{Decision, Matched, Rule, Verdict};
use crate::names::Level;

impl Decision {
    /// True if the lists let the peer through.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("the user"),
            Self::Everybody => f.write_str("everybody"),
            Self::UserAndAddress => f.write_str("the user and its address"),
            Self::Address => f.write_str("its address"),
            Self::Name(name) => write!(f, "its name {name}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllowsEveryone { knob } => write!(f, "{knob} lets everyone through"),
            Self::NotDenied { knob } => write!(f, "nothing in {knob} matches"),
            Self::Allow {
                knob,
                index,
                entry,
                matched,
            }
            | Self::Deny {
                knob,
                index,
                entry,
                matched,
            } => write!(
                f,
                "entry {} of {knob}, {entry}, matches {matched}",
                index.saturating_add(1)
            ),
            Self::CannotTell {
                knob,
                index,
                entry,
                missing,
            } => write!(
                f,
                "whether entry {} of {knob}, {entry}, matches is not known ({missing}), and what \
                 is not known is denied",
                index.saturating_add(1)
            ),
            Self::DeniesEveryone { knob } => write!(f, "{knob} refuses everyone"),
            Self::NoAllowList { knob } => write!(f, "there is no {knob} list at all"),
            Self::NoMatch { knob, near } if near.is_empty() => {
                write!(f, "nothing in {knob} matches")
            }
            Self::NoMatch { knob, near } => {
                write!(f, "nothing in {knob} matches; nearest: {}", near.join(", "))
            }
            Self::Unreadable { knob, defect } => write!(f, "{knob} cannot be read: {defect}"),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, ip, by, .. } = self;
        match (self.level, self.is_allowed()) {
            (Level::Client, true) => write!(f, "server {user}/{ip} accepted: {by}"),
            (Level::Client, false) => write!(f, "server {user}/{ip} refused: {by}"),
            (level, true) => write!(f, "{} for {user}/{ip} allowed: {by}", level.name()),
            (level, false) => write!(f, "{} for {user}/{ip} denied: {by}", level.name()),
        }?;
        match &self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}
