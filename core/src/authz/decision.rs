//! The decision, and everything it rests on.

use super::list::ListDefect;
use crate::names::Level;

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The lists let the peer through.
    Allowed,
    /// They do not.
    Denied,
}

/// By what an entry matched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Matched {
    /// The user; the entry is for any host.
    User,
    /// Nothing about the peer: the entry is for any user and any host.
    Everybody,
    /// The user, and the peer's address.
    UserAndAddress,
    /// The peer's address; the entry is for any user.
    Address,
    /// One of its host names.
    Name(String),
}

/// What decided. `knob` is what the list was said to come from, else `ALLOW_` or `DENY_` and the level.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The ALLOW list is `*`, and there is no DENY list.
    AllowsEveryone {
        /// The list.
        knob: String,
    },
    /// The ALLOW list is `*`, and nothing in the DENY list matched.
    NotDenied {
        /// The DENY list.
        knob: String,
    },
    /// An ALLOW entry.
    Allow {
        /// The list.
        knob: String,
        /// The entry's place in it, from 0.
        index: usize,
        /// The entry.
        entry: String,
        /// By what it matched.
        matched: Matched,
    },
    /// A DENY entry.
    Deny {
        /// The list.
        knob: String,
        /// The entry's place in it, from 0.
        index: usize,
        /// The entry.
        entry: String,
        /// By what it matched.
        matched: Matched,
    },
    /// A DENY entry of which nobody knows whether it matches, because something could not be looked up.
    CannotTell {
        /// The list.
        knob: String,
        /// The entry's place in it, from 0.
        index: usize,
        /// The entry.
        entry: String,
        /// What is missing.
        missing: String,
    },
    /// The DENY list is `*`.
    DeniesEveryone {
        /// The list.
        knob: String,
    },
    /// There is no ALLOW list at all, and nothing in a DENY list matched.
    NoAllowList {
        /// The name it would have.
        knob: String,
    },
    /// No ALLOW entry matched. Entries that could not be judged did not.
    NoMatch {
        /// The ALLOW list.
        knob: String,
        /// The entries that match the user or `*`, but not this host, and those that could not be judged: where to look
        /// first.
        near: Vec<String>,
    },
    /// A list that could not be read.
    Unreadable {
        /// The list.
        knob: String,
        /// Why.
        defect: ListDefect,
    },
}

/// What the two lists of one level say, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The level whose lists they are.
    pub level: Level,
    /// Yes or no.
    pub verdict: Verdict,
    /// What decided.
    pub by: Rule,
    /// Where the list stands that the rule names (a file and line), if that was said.
    pub place: Option<String>,
    /// The user that was looked for; `*` stands for nobody in particular.
    pub user: String,
    /// The address that was looked for, as HTCondor writes it.
    pub ip: String,
    /// The host names that were looked for.
    pub names: Vec<String>,
}

impl Decision {
    /// The reason in the words of HTCondor 25.14.1 (`IpVerify::Verify`), for the first decision about this peer in a
    /// process; see [`condor_reason_again`](Self::condor_reason_again). HTCondor has no words for
    /// [`Rule::CannotTell`] and [`Rule::Unreadable`]; these are ours.
    #[must_use]
    pub fn condor_reason(&self) -> String {
        let ip = &self.ip;
        let mut known = vec![self.ip.as_str()];
        known.extend(self.names.iter().map(String::as_str));
        let known = known.join(",");
        let host = |matched: &Matched| match matched {
            Matched::Name(name) => format!("hostname {name}"),
            _ => format!("IP address {ip}"),
        };
        let policy = format!("{} authorization policy", self.level.name());
        match &self.by {
            Rule::AllowsEveryone { .. } => format!("{policy} allows access by anyone"),
            Rule::NotDenied { .. } => {
                format!(
                    "{policy} does not deny, so allowing; identifiers used for this remote host: {known}"
                )
            }
            Rule::Allow { matched, .. } => {
                format!(
                    "{policy} allows {}; identifiers used for this remote host: {known}",
                    host(matched)
                )
            }
            Rule::Deny { matched, .. } => format!("{policy} denies {}", host(matched)),
            Rule::CannotTell {
                knob,
                entry,
                missing,
                ..
            } => {
                format!(
                    "{policy} cannot be applied, so denying: {knob} entry {entry} needs {missing}"
                )
            }
            Rule::DeniesEveryone { .. } => format!("{policy} denies all access"),
            Rule::NoAllowList { .. } if !self.level.can_be_implied() => {
                format!("{policy} denies all access")
            }
            Rule::NoAllowList { .. } | Rule::NoMatch { .. } => format!(
                "{policy} contains no matching ALLOW entry for this request; identifiers used for this host: {known}, \
                 hostname size = {}, original ip address = {ip}",
                self.names.len()
            ),
            Rule::Unreadable { knob, defect } => {
                format!("{policy} cannot be applied, so denying: {knob}: {defect}")
            }
        }
    }

    /// The reason for every later decision in the same process about the same user at the same address: HTCondor keeps
    /// the first and gives no reason again, unless the lists let everyone or nobody in.
    #[must_use]
    pub fn condor_reason_again(&self) -> String {
        match self.by {
            Rule::Allow { .. }
            | Rule::NotDenied { .. }
            | Rule::Deny { .. }
            | Rule::NoMatch { .. } => {
                let level = self.level.name();
                format!("cached result for {level}; see first case for the full reason")
            }
            _ => self.condor_reason(),
        }
    }

    /// The text that HTCondor's client puts on its error stack as `SECMAN:2009:` ([`CLIENT_AUTH_FAILED`](crate::error_stack::secman::CLIENT_AUTH_FAILED)), with one of
    /// the reasons above.
    #[must_use]
    pub fn condor_error(&self, reason: &str) -> String {
        let Self { user, ip, .. } = self;
        format!(
            "DENIED authorization of server '{user}/{ip}' (I am acting as the client): reason: {reason}."
        )
    }
}
