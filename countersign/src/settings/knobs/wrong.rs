//! What HTCondor does with a value that it cannot use.

use std::fmt::{self, Display, Formatter};

/// What one of HTCondor's programs does with a wrong value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// It goes on as if the setting were not there, without a word.
    Ignores,
    /// It prints an error and goes on as if the setting were not there.
    Complains,
    /// It ends when it reads its configuration, and cannot be started.
    EndsAtStart,
    /// It ends when it needs the setting for the first time, which may be a client's command.
    EndsWhenUsed,
    /// It passes over the parts of the value that it does not know, without a word.
    PassesOver,
    /// It does without what the value names: a method, a mapfile, a key.
    GoesWithout,
    /// It takes any text.
    TakesIt,
}

/// What daemons and tools do with a wrong value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wrong {
    /// What daemons do.
    pub daemon: Reaction,
    /// What tools such as `condor_ping` do.
    pub tool: Reaction,
}

impl Wrong {
    /// Daemons and tools do the same.
    pub(super) const fn both(reaction: Reaction) -> Self {
        Self {
            daemon: reaction,
            tool: reaction,
        }
    }

    /// What a program does: a tool or a daemon.
    #[must_use]
    pub fn of(self, is_tool: bool) -> Reaction {
        if is_tool { self.tool } else { self.daemon }
    }
}

impl Reaction {
    /// What it does, behind "a daemon" or "a tool".
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Ignores => "goes on as if it were not set, without a word",
            Self::Complains => "prints an error and goes on as if it were not set",
            Self::EndsAtStart => "ends when it reads this, and cannot be started",
            Self::EndsWhenUsed => "ends as soon as it needs this, which may be a client's command",
            Self::PassesOver => "passes over what it does not know, without a word",
            Self::GoesWithout => "goes without it",
            Self::TakesIt => "takes any text",
        }
    }

    /// Whether the program goes on.
    #[must_use]
    pub fn goes_on(self) -> bool {
        !matches!(self, Self::EndsAtStart | Self::EndsWhenUsed)
    }
}

impl Display for Wrong {
    /// What "HTCondor" does, without that word.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.daemon == self.tool {
            f.write_str(self.daemon.verb())
        } else {
            write!(
                f,
                "a daemon {}; a tool {}",
                self.daemon.verb(),
                self.tool.verb()
            )
        }
    }
}
