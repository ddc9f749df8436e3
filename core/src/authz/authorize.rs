//! How a server's policy is asked (`DaemonCommandProtocol::VerifyCommand`, `IpVerify::Verify`).

use super::authorization::{Attempt, Authorization, Grounds};
use super::decide::{any_looks, decide, nameless, names_can_matter, netgroup_questions};
use super::decision::{Decision, Rule, Verdict};
use super::entry::Entry;
use super::limits::Limits;
use super::peer::{NetgroupQuestion, Peer};
use super::policy::Policy;
use crate::names::Level;

impl Policy {
    /// Decides whether a peer may use a level.
    ///
    /// First the limits, then the level's own lists, DENY before ALLOW. Where they neither allow nor deny, READ and WRITE
    /// may be implied by a higher level, which is asked in the same way: it counts only if its own DENY list does not
    /// stop it. So DENY_WRITE stops neither DAEMON nor what DAEMON's entries allow by other ways, and DENY_READ does not
    /// stop WRITE. Everybody may use ALLOW.
    ///
    /// `user` is the name as the server has mapped it, `unauthenticated@unmapped` without authentication.
    #[must_use]
    pub fn authorize(
        &self,
        level: Level,
        user: &str,
        peer: &Peer,
        limits: &Limits,
    ) -> Authorization {
        self.authorize_any(level, &[], user, peer, limits)
    }

    /// As [`authorize`](Self::authorize), for a command that some other levels may use instead of its own.
    ///
    /// As in HTCondor the limits need to include only one of these levels, with what they imply; then all are tried.
    #[must_use]
    pub fn authorize_any(
        &self,
        level: Level,
        alternates: &[Level],
        user: &str,
        peer: &Peer,
        limits: &Limits,
    ) -> Authorization {
        let concluded = |verdict, grounds| Authorization {
            verdict,
            level,
            grounds,
        };
        let levels = || std::iter::once(level).chain(alternates.iter().copied());
        if levels().any(|level| level == Level::Allow) {
            return concluded(Verdict::Allowed, Grounds::Open);
        }
        if !levels().any(|level| limits.including(level).is_some()) {
            let limits = limits.clone();
            return concluded(Verdict::Denied, Grounds::Limited { limits });
        }
        // Mostly the first one decides.
        let mut tried = Vec::with_capacity(1);
        let allowed = levels().any(|level| self.ask(level, None, user, peer, &mut tried));
        let verdict = if allowed {
            Verdict::Allowed
        } else {
            Verdict::Denied
        };
        concluded(verdict, Grounds::Lists { tried })
    }

    /// Whether looking the peer up can change the answer: its host names, or whether it is this machine. A name in a list
    /// counts too, since it may have moved to another address after the lists were resolved.
    #[must_use]
    pub fn needs_names(&self, level: Level, user: &str, peer: &Peer) -> bool {
        if level == Level::Allow || !self.can_need_names(level) {
            return false;
        }
        let (allow, deny) = (self.allow(level), self.deny(level));
        let by_address = decide(level, allow, deny, user, &nameless(peer));
        if names_can_matter(&by_address, allow, deny, user, Entry::looks_at_peer) {
            return true;
        }
        leaves_open(&by_address)
            && level
                .implied_by()
                .any(|higher| self.needs_names(higher, user, peer))
    }

    /// Whether any entry that a level's answer can depend on looks at what a lookup tells. Mostly none does, and then
    /// nothing need be decided to know it.
    fn can_need_names(&self, level: Level) -> bool {
        any_looks(self.allow(level), self.deny(level), Entry::looks_at_peer)
            || level.implied_by().any(|higher| self.can_need_names(higher))
    }

    /// The netgroup questions whose answers [`authorize`](Self::authorize) looks for in the peer. Ask after the names are
    /// known: each is asked about too.
    #[must_use]
    pub fn netgroup_questions(
        &self,
        level: Level,
        user: &str,
        peer: &Peer,
    ) -> Vec<NetgroupQuestion> {
        let mut questions: Vec<NetgroupQuestion> = Vec::new();
        let mut levels = vec![level];
        while let Some(level) = levels.pop() {
            levels.extend(level.implied_by());
            let asked = netgroup_questions(self.allow(level), self.deny(level), user, peer);
            for question in asked {
                if !questions.contains(&question) {
                    questions.push(question);
                }
            }
        }
        questions
    }

    /// Asks a level's lists, and where they leave it open those of the levels that imply it.
    fn ask(
        &self,
        level: Level,
        implies: Option<Level>,
        user: &str,
        peer: &Peer,
        tried: &mut Vec<Attempt>,
    ) -> bool {
        let decision = decide(level, self.allow(level), self.deny(level), user, peer);
        let allowed = decision.is_allowed();
        let open = leaves_open(&decision);
        let looked_for = match (&decision.by, self.knobs(level)) {
            (Rule::NoAllowList { .. }, Some(knobs)) => knobs.allow.clone(),
            _ => Vec::new(),
        };
        tried.push(Attempt {
            decision,
            implies,
            looked_for,
        });
        allowed
            || open
                && level
                    .implied_by()
                    .any(|higher| self.ask(higher, Some(level), user, peer, tried))
    }
}

/// Whether a level's lists have neither allowed nor denied, so that a higher level may decide.
fn leaves_open(decision: &Decision) -> bool {
    matches!(decision.by, Rule::NoMatch { .. } | Rule::NoAllowList { .. })
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
