//! Who the other side of a session is that was handed over instead of negotiated.
//!
//! Rule: the names in HTCondor's `authentication.cpp`, and what `IpVerify::PunchHole` opens to each
//! where such a session is made (`DaemonCore::Inherit`, `Create_Process`, the startd, the schedd).

use super::{FAMILY, Level, MATCH, MethodName};

/// What the other side of a handed-over session is to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The daemon that started this process (`condor@parent`).
    Parent,
    /// A daemon that this process started (`condor@child`).
    Child,
    /// Any daemon below the same master (`condor@family`; SEC_USE_FAMILY_SESSION).
    Family,
    /// To an execution point: who holds a claim id of it (`submit-side@matchsession`;
    /// SEC_ENABLE_MATCH_PASSWORD_AUTHENTICATION).
    SubmitSide,
    /// To who holds a claim id: the execution point that gave it (`execute-side@matchsession`).
    ExecuteSide,
    /// To an access point: the negotiator, by the capability in the access point's ad
    /// (`negotiator-side@matchsession`).
    NegotiatorSide,
    /// To a daemon: who got its capability from the collector, such as an administrator's tool
    /// (`collector-side@matchsession`; SEC_ENABLE_REMOTE_ADMINISTRATION).
    CollectorSide,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Parent,
        Self::Child,
        Self::Family,
        Self::SubmitSide,
        Self::ExecuteSide,
        Self::NegotiatorSide,
        Self::CollectorSide,
    ];

    /// The user that the other side is.
    #[must_use]
    pub fn user(self) -> &'static str {
        match self {
            Self::Parent => "condor@parent",
            Self::Child => "condor@child",
            Self::Family => "condor@family",
            Self::SubmitSide => "submit-side@matchsession",
            Self::ExecuteSide => "execute-side@matchsession",
            Self::NegotiatorSide => "negotiator-side@matchsession",
            Self::CollectorSide => "collector-side@matchsession",
        }
    }

    /// What stands in the place of a method.
    #[must_use]
    pub fn method(self) -> &'static MethodName {
        match self {
            Self::Parent | Self::Child | Self::Family => &FAMILY,
            _ => &MATCH,
        }
    }

    /// The levels that are open to it without asking ALLOW or DENY lists; what each implies is open too.
    #[must_use]
    pub fn opened(self) -> &'static [Level] {
        use Level::{
            Administrator, AdvertiseMaster, AdvertiseSchedd, AdvertiseStartd, Client, Daemon,
            Negotiator,
        };
        match self {
            Self::Parent | Self::Child => &[Administrator, Daemon, Client],
            Self::Family => &[
                Administrator,
                Daemon,
                AdvertiseMaster,
                AdvertiseSchedd,
                AdvertiseStartd,
                Negotiator,
                Client,
            ],
            Self::SubmitSide => &[Daemon, Client],
            Self::ExecuteSide => &[Client],
            Self::NegotiatorSide => &[Negotiator],
            Self::CollectorSide => &[Administrator],
        }
    }

    /// Whether a level is open to it, by itself or implied.
    #[must_use]
    pub fn may(self, level: Level) -> bool {
        let opened = self.opened().iter();
        opened
            .flat_map(|level| std::iter::successors(Some(*level), |level| level.implies()))
            .any(|open| open == level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_brings_what_it_implies() {
        use Level::{Administrator, Client, Config, Daemon, Negotiator, Read, Write};
        assert!(Role::SubmitSide.may(Daemon) && Role::SubmitSide.may(Read));
        assert!(!Role::SubmitSide.may(Administrator) && !Role::SubmitSide.may(Negotiator));
        assert!(Role::NegotiatorSide.may(Read) && !Role::NegotiatorSide.may(Write));
        assert!(Role::ExecuteSide.may(Client) && !Role::ExecuteSide.may(Read));
        assert!(Role::ALL.iter().all(|role| !role.may(Config)));
    }
}
