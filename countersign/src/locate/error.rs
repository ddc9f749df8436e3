//! Why a daemon could not be located.

use countersign_core::Failure;
use countersign_core::sinful::SinfulError;

use super::DaemonKind;
use crate::settings::SettingsError;

/// A daemon that could not be located.
#[derive(Debug, thiserror::Error)]
#[error("{problem}{}", notes(.tried))]
pub struct LocateError {
    /// Why.
    pub problem: Problem,
    /// What was looked at before, and what was wrong with it.
    pub tried: Vec<String>,
    pub(super) step: Step,
    pub(super) name: Option<String>,
}

/// Which of `condor_ping`'s two steps failed: it has a text for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Finding the collector that `-pool` names.
    Pool,
    /// Finding the daemon.
    Daemon,
}

/// Why a daemon could not be located.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// DNS does not know a host, or not its full name.
    #[error(
        "unknown host {host}: {problem}; check how it is written, or name the daemon by its address"
    )]
    UnknownHost {
        /// The host.
        host: String,
        /// What the resolver said.
        problem: String,
    },
    /// No collector is configured.
    #[error("no {subsystem}_HOST is configured; name a pool, or set it")]
    NotConfigured {
        /// `COLLECTOR` or `CONDOR_VIEW`.
        subsystem: &'static str,
    },
    /// An address that cannot be used.
    #[error("{given:?} is not an address: {source}")]
    BadAddress {
        /// The text.
        given: String,
        /// What is wrong with it.
        source: SinfulError,
    },
    /// A collector was named twice, differently: a collector's pool is its name.
    #[error("the pool {pool} and the name {name} both name a collector; give one of them")]
    Conflict {
        /// The pool's address.
        pool: String,
        /// The name.
        name: String,
        /// `COLLECTOR` or `CONDOR_VIEW`.
        subsystem: &'static str,
    },
    /// HTCondor locates no daemon of this kind.
    #[error("a {0} cannot be located: it does not advertise itself; ask its address")]
    NotLocatable(DaemonKind),
    /// A daemon of any kind has only its address.
    #[error("a daemon of type {0} can only be reached by its address")]
    AddressNeeded(DaemonKind),
    /// No collector answered the question.
    #[error("no collector could be asked for {what}{}", listed(.refusals))]
    NotAnswered {
        /// What was asked for.
        what: String,
        /// Each collector that was tried, and why it did not answer.
        refusals: Vec<Refusal>,
    },
    /// The collector knows no such daemon.
    #[error("the collector {collector} knows no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
        /// The collector.
        collector: String,
    },
    /// The collector keeps no ads of this kind.
    #[error("no local {0} was found, and a collector has no ads of that kind")]
    NoAds(DaemonKind),
    /// The name cannot be put into a query.
    #[error("{name:?} cannot be asked for: {problem}")]
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The daemon's ad lacks something, or it is no text.
    #[error("the ad of {what} at the collector {collector} has no {attribute}")]
    Incomplete {
        /// The daemon.
        what: String,
        /// The collector.
        collector: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Time ran out before any question was asked.
    #[error("looking up names took longer than {seconds} seconds")]
    Deadline {
        /// The time allowed.
        seconds: u64,
    },
}

/// A collector that did not answer.
#[derive(Debug)]
pub enum Refusal {
    /// It could not be located itself.
    Unlocated {
        /// As configured.
        collector: String,
        /// Why.
        problem: Box<Problem>,
    },
    /// It could not be asked, or did not answer.
    Failed {
        /// Its address.
        collector: String,
        /// Why.
        failure: Failure,
    },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unlocated { collector, problem } => write!(f, "{collector}: {problem}"),
            Self::Failed { collector, failure } => {
                write!(f, "{collector}: failed while {}: {failure}", failure.stage)
            }
        }
    }
}

/// What `condor_ping` prints where no collector is named or configured, or what is named is no address.
const NO_COLLECTOR: &str = "ERROR: COLLECTOR address or hostname not specified in config file";

impl LocateError {
    /// The negotiation that failed, if one did: the last, where several collectors were asked.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        let Problem::NotAnswered { refusals, .. } = &self.problem else {
            return None;
        };
        refusals.iter().rev().find_map(|refusal| match refusal {
            Refusal::Failed { failure, .. } => Some(failure),
            Refusal::Unlocated { .. } => None,
        })
    }

    /// What `condor_ping` 25.14.1 prints on standard error, without the newline (`main` in `ping.cpp`). It does not tell
    /// why: that is this error's own text. See [`LocateError::is_loud`].
    #[must_use]
    pub fn condor_text(&self) -> String {
        match (&self.problem, self.step) {
            (
                Problem::Conflict {
                    pool,
                    name,
                    subsystem,
                },
                _,
            ) => format!(
                "ERROR \"Daemon: pool ({pool}) and name ({name}) conflict for {subsystem}\" at line 1473 in file \
                 ./src/condor_daemon_client/daemon.cpp"
            ),
            (Problem::NotLocatable(kind), _) => format!(
                "ERROR \"Unknown daemon type ({}) in Daemon::locate\" at line 1109 in file \
                 ./src/condor_daemon_client/daemon.cpp",
                kind.number()
            ),
            (Problem::AddressNeeded(DaemonKind::Any), _) => {
                "ERROR: unable to parse sinful string: (null)".into()
            }
            (Problem::UnknownHost { host, .. }, Step::Pool) => {
                format!("ERROR: unknown host {host}")
            }
            // HTCondor takes any shared port id, and fails with it later.
            (Problem::BadAddress { source, .. }, Step::Pool)
                if !matches!(source, SinfulError::BadSharedPortId { .. }) =>
            {
                NO_COLLECTOR.into()
            }
            (Problem::NotConfigured { .. }, Step::Pool) => NO_COLLECTOR.into(),
            _ => format!(
                "ERROR: couldn't locate {}!",
                self.name.as_deref().unwrap_or("(null)")
            ),
        }
    }

    /// `condor_ping`'s exit status.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        if self.is_fatal_there() { 4 } else { 1 }
    }

    /// Whether `condor_ping -quiet` prints its text as well. It leaves out only `couldn't locate`.
    #[must_use]
    pub fn is_loud(&self) -> bool {
        !self.condor_text().starts_with("ERROR: couldn't locate ")
    }

    fn is_fatal_there(&self) -> bool {
        matches!(
            self.problem,
            Problem::Conflict { .. } | Problem::NotLocatable(_)
        )
    }
}

fn notes(tried: &[String]) -> String {
    tried.iter().map(|note| format!("\n  {note}")).collect()
}

fn listed(refusals: &[Refusal]) -> String {
    refusals
        .iter()
        .map(|refusal| format!("\n  {refusal}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(problem: Problem, step: Step, name: Option<&str>) -> LocateError {
        LocateError {
            problem,
            tried: Vec::new(),
            step,
            name: name.map(str::to_owned),
        }
    }

    #[test]
    fn texts_of_the_real_tool() {
        let unknown = || Problem::UnknownHost {
            host: "no.such.host".into(),
            problem: "no".into(),
        };
        let pool = error(unknown(), Step::Pool, Some("x"));
        assert_eq!(pool.condor_text(), "ERROR: unknown host no.such.host");
        assert!(pool.is_loud());
        let named = error(unknown(), Step::Daemon, Some("x"));
        assert_eq!(named.condor_text(), "ERROR: couldn't locate x!");
        assert!(!named.is_loud());
        let nothing = error(Problem::NoAds(DaemonKind::Kbdd), Step::Daemon, None);
        assert_eq!(nothing.condor_text(), "ERROR: couldn't locate (null)!");
        assert_eq!(nothing.exit_status(), 1);
        let shadow = error(
            Problem::NotLocatable(DaemonKind::Shadow),
            Step::Daemon,
            None,
        );
        assert_eq!(
            shadow.condor_text(),
            "ERROR \"Unknown daemon type (11) in Daemon::locate\" at line 1109 in file ./src/condor_daemon_client/daemon.cpp"
        );
        assert_eq!(shadow.exit_status(), 4);
    }
}
