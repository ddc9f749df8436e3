//! Authorization levels and the command that stands for each in a ping.
//!
//! Rule: `getSampleCommand` and `PermString` in HTCondor's `condor_perms.cpp`.

/// An authorization level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Anyone; authentication is never forced.
    Allow,
    /// Reading a daemon's state.
    Read,
    /// Changing things of one's own.
    Write,
    /// What the negotiator may do.
    Negotiator,
    /// Administration.
    Administrator,
    /// Changing configuration remotely.
    Config,
    /// What daemons of the pool do among each other.
    Daemon,
    /// What a client asks of the servers it talks to.
    Client,
    /// Advertising an execution point.
    AdvertiseStartd,
    /// Advertising an access point.
    AdvertiseSchedd,
    /// Advertising a master.
    AdvertiseMaster,
}

impl Level {
    /// Every level, in HTCondor's order.
    pub const ALL: [Self; 11] = [
        Self::Allow,
        Self::Read,
        Self::Write,
        Self::Negotiator,
        Self::Administrator,
        Self::Config,
        Self::Daemon,
        Self::Client,
        Self::AdvertiseStartd,
        Self::AdvertiseSchedd,
        Self::AdvertiseMaster,
    ];

    /// The name in configuration and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::Negotiator => "NEGOTIATOR",
            Self::Administrator => "ADMINISTRATOR",
            Self::Config => "CONFIG",
            Self::Daemon => "DAEMON",
            Self::Client => "CLIENT",
            Self::AdvertiseStartd => "ADVERTISE_STARTD",
            Self::AdvertiseSchedd => "ADVERTISE_SCHEDD",
            Self::AdvertiseMaster => "ADVERTISE_MASTER",
        }
    }

    /// The `DC_NOP_*` command that needs exactly this level; CLIENT has none.
    #[must_use]
    pub fn sample_command(self) -> Option<i32> {
        Some(match self {
            Self::Allow => 60011,
            Self::Read => 60020,
            Self::Write => 60021,
            Self::Negotiator => 60022,
            Self::Administrator => 60023,
            Self::Config => 60025,
            Self::Daemon => 60026,
            Self::AdvertiseStartd => 60027,
            Self::AdvertiseSchedd => 60028,
            Self::AdvertiseMaster => 60029,
            Self::Client => return None,
        })
    }

    /// The level that whoever has this one has too. Follow it further for the levels that one implies: DAEMON implies
    /// WRITE, and so READ. (`DCpermissionHierarchy::nextImplied`.)
    #[must_use]
    pub fn implies(self) -> Option<Self> {
        match self {
            Self::Write
            | Self::Negotiator
            | Self::Config
            | Self::AdvertiseStartd
            | Self::AdvertiseSchedd
            | Self::AdvertiseMaster => Some(Self::Read),
            Self::Administrator | Self::Daemon => Some(Self::Write),
            Self::Allow | Self::Read | Self::Client => None,
        }
    }

    /// The levels that imply this one directly, in the order in which HTCondor tries them; none but READ and WRITE have
    /// any. (`DCpermissionHierarchy::DirectlyImpliedBy`.)
    pub fn implied_by(self) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |level| level.implies() == Some(self))
    }

    /// Whether there is a level that implies this one.
    #[must_use]
    pub fn can_be_implied(self) -> bool {
        self.implied_by().next().is_some()
    }

    /// The level whose settings stand in where this one has none of its own, before `DEFAULT`'s.
    /// (`DCpermissionHierarchy::nextConfig`; `legacy` is LEGACY_ALLOW_SEMANTICS, which counts for ALLOW and DENY lists.)
    #[must_use]
    pub fn settings_from(self, legacy: bool) -> Option<Self> {
        match self {
            Self::AdvertiseStartd | Self::AdvertiseSchedd | Self::AdvertiseMaster => {
                Some(Self::Daemon)
            }
            Self::Daemon if legacy => Some(Self::Write),
            _ => None,
        }
    }

    /// The level of that name, compared without case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(name))
    }
}

/// The names that `ALL` stands for in `condor_ping`, in its order. OWNER is an old level that
/// became ADMINISTRATOR in HTCondor 9.9; its command is still asked for.
pub const PING_ALL: [&str; 11] = [
    "ALLOW",
    "READ",
    "WRITE",
    "NEGOTIATOR",
    "ADMINISTRATOR",
    "OWNER",
    "CONFIG",
    "DAEMON",
    "ADVERTISE_STARTD",
    "ADVERTISE_SCHEDD",
    "ADVERTISE_MASTER",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_read_and_write_are_implied() {
        use Level::{
            Administrator, AdvertiseMaster, AdvertiseSchedd, AdvertiseStartd, Config, Daemon,
            Negotiator, Read, Write,
        };
        for level in Level::ALL {
            let expected: &[Level] = match level {
                Read => &[
                    Write,
                    Negotiator,
                    Config,
                    AdvertiseStartd,
                    AdvertiseSchedd,
                    AdvertiseMaster,
                ],
                Write => &[Administrator, Daemon],
                _ => &[],
            };
            assert_eq!(level.implied_by().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn names_round_trip() {
        for level in Level::ALL {
            assert_eq!(
                Level::from_name(&level.name().to_ascii_lowercase()),
                Some(level)
            );
        }
    }
}
