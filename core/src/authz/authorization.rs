//! A server's decision, and everything it rests on.

use std::fmt;

use super::decision::{Decision, Rule, Verdict};
use super::limits::Limits;
use crate::names::{Level, Role};

/// Whether a peer may use a level, and why.
///
/// Its text (`Display`) is one line for each thing that had a part in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Yes or no.
    pub verdict: Verdict,
    /// The level that was asked for.
    pub level: Level,
    /// Why.
    pub grounds: Grounds,
}

/// What an authorization rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grounds {
    /// The level is ALLOW, which everybody may use.
    Open,
    /// A session that was handed over opens the level to what its other side is. The lists were not asked.
    HandedOver {
        /// What that is.
        role: Role,
    },
    /// The limits do not include the level. The lists were not asked.
    Limited {
        /// The limits.
        limits: Limits,
    },
    /// The lists.
    Lists {
        /// Every level whose lists were asked, in that order: the one that was asked for, then those that imply it. Where
        /// the answer is yes, the last one decided.
        tried: Vec<Attempt>,
    },
}

/// What one level's lists said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What they said; its [`level`](Decision::level) says whose lists.
    pub decision: Decision,
    /// The level for whose sake they were asked, which this one implies; `None` for one that was asked for itself.
    pub implies: Option<Level>,
    /// Where there is no ALLOW list: the knobs in which it was looked for.
    pub looked_for: Vec<String>,
}

impl Authorization {
    /// True if the peer may.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }

    /// The level whose lists said yes, or whose DENY list or missing entry said no; `None` where no list was asked.
    #[must_use]
    pub fn decided_by(&self) -> Option<&Attempt> {
        match &self.grounds {
            Grounds::Lists { tried } if self.is_allowed() => tried.last(),
            Grounds::Lists { tried } => tried.first(),
            Grounds::Open | Grounds::HandedOver { .. } | Grounds::Limited { .. } => None,
        }
    }

    /// What a handed-over session opens of these levels, if anything. (`IpVerify::PunchHole`; HTCondor goes
    /// by the user's name, so that whoever authenticates as `condor@family` would pass too.)
    #[must_use]
    pub fn handed_over(role: Role, mut levels: impl Iterator<Item = Level>) -> Option<Self> {
        levels.find(|level| role.may(*level)).map(|level| Self {
            verdict: Verdict::Allowed,
            level,
            grounds: Grounds::HandedOver { role },
        })
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Decision {
            level, by, place, ..
        } = &self.decision;
        f.write_str(level.name())?;
        if let Some(implied) = self.implies {
            write!(f, ", which implies {}", implied.name())?;
        }
        write!(f, ": {by}")?;
        if let Some(place) = place {
            write!(f, " ({place})")?;
        }
        if let (Rule::NoAllowList { .. }, false) = (by, self.looked_for.is_empty()) {
            write!(f, "; looked for {}", self.looked_for.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.grounds {
            Grounds::Open => write!(f, "{}: everybody may", self.level.name()),
            Grounds::HandedOver { role } => write!(
                f,
                "{}: open to {}, whose session was handed over",
                self.level.name(),
                role.user()
            ),
            Grounds::Limited { limits } => write!(
                f,
                "{}: not among what this identity is limited to, which is {limits}",
                self.level.name()
            ),
            Grounds::Lists { tried } => {
                for (index, attempt) in tried.iter().enumerate() {
                    let end = if index == 0 { "" } else { "\n" };
                    write!(f, "{end}{attempt}")?;
                }
                Ok(())
            }
        }
    }
}
