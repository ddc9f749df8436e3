//! Sessions that were handed over: nobody authenticates, so what fails is the session itself or what it
//! is good for.

use countersign_core::names::Role;
use countersign_core::session::HandedError;
use countersign_core::trace::{Event, Trace};
use countersign_core::wire::WireError;
use countersign_core::{Cause, Stage};

use super::{Asked, Finding};

/// The session of the attempt, if it was handed over.
pub(super) fn session(trace: &Trace) -> Option<(&str, Role)> {
    trace.iter().find_map(|event| match event {
        Event::HandedOver { sid, role } => Some((sid.as_str(), *role)),
        _ => None,
    })
}

/// What the server's answer means.
pub(super) fn answered(sid: &str, role: Role, succeeded: bool, asked: Asked<'_>) -> Finding {
    let name = asked.name;
    if succeeded {
        return Finding::bare(format!(
            "the server would run {name} for whoever has session {sid}, which was handed over: nobody \
             authenticated"
        ));
    }
    denied(sid, role, &format!("answered no for {name}"))
}

/// Why an attempt with such a session failed, where it is a matter of the session.
pub(super) fn failed(trace: &Trace, cause: &Cause, asked: Asked<'_>) -> Option<Finding> {
    if let Cause::Handed(error) = cause {
        return Some(unusable(error));
    }
    let (sid, role) = session(trace)?;
    let resumed = trace
        .iter()
        .any(|event| matches!(event, Event::Resumed { .. }));
    Some(match cause {
        Cause::SessionForgotten => unknown(sid, role),
        Cause::Closed {
            stage: Stage::Command,
        }
        | Cause::Lost {
            stage: Stage::Command,
            ..
        } if resumed => denied(
            sid,
            role,
            &format!("then hung up instead of answering for {}", asked.name),
        ),
        Cause::Wire(WireError::Unverified) if resumed => Finding::new(
            format!(
                "the server has a session {sid}, but another key for it: what it sent cannot be \
                 decrypted"
            ),
            "the secret behind the last # is not the one that goes with this id, or is cut short: take the \
             whole text from where it came from",
        ),
        _ => return None,
    })
}

fn unusable(error: &HandedError) -> Finding {
    let text = error.to_string();
    match error {
        HandedError::Expired { .. } => Finding::new(
            text,
            "take a newer one from where it came from: a capability in an ad is renewed with each update",
        ),
        HandedError::Command { .. } => Finding::new(
            text,
            "ask for one of these, or without the session: HTCondor's programs negotiate for the others",
        ),
        HandedError::NoSession { .. } => Finding::new(
            text,
            "with that setting claims are used over negotiated sessions: ask without the claim id",
        ),
        HandedError::Cipher { .. } => Finding::new(
            text,
            "have AES listed in the SEC_DEFAULT_CRYPTO_METHODS of the daemon that makes it",
        ),
        HandedError::TooOld { .. } => Finding::bare(text),
    }
}

fn unknown(sid: &str, role: Role) -> Finding {
    let text = format!("the server does not know session {sid}, which was handed over");
    let log = "its log says `attempt to open invalid session` and from where";
    Finding::new(
        text,
        match role {
            Role::Family => format!(
                "either it does not run below the same master as this side, or it has \
                 SEC_USE_FAMILY_SESSION = False; {log}"
            ),
            Role::Parent | Role::Child => format!(
                "the session is made for one child and one parent: either this is another daemon, or it was \
                 started again since; {log}"
            ),
            _ => format!(
                "the claim was released more than ten minutes ago, or its daemon was started again, or this \
                 is another daemon's address; take the claim id anew. {log}"
            ),
        },
    )
}

fn denied(sid: &str, role: Role, what: &str) -> Finding {
    let opened = match role {
        Role::Parent | Role::Child => "ADMINISTRATOR and DAEMON with what they imply",
        Role::Family => "every level but CONFIG",
        Role::ExecuteSide => "DAEMON with what it implies, if it is a claim's",
        _ => "what its maker meant it for",
    };
    Finding::new(
        format!(
            "the server took up session {sid}, {what}. Such a session opens {opened}; beyond that the \
             server's ALLOW and DENY lists decide, or it does not know the command"
        ),
        "look for PERMISSION DENIED in that daemon's log: the line has the reason, and the user that it takes \
         this side for",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(events: impl IntoIterator<Item = Event>) -> Trace {
        let mut trace = Trace::default();
        for event in events {
            trace.push(event);
        }
        trace
    }

    #[test]
    fn each_failure_says_what_to_do() {
        let asked = Asked {
            name: "DAEMON",
            command: 60026,
        };
        let with = |role| Event::HandedOver {
            sid: "family:1".into(),
            role,
        };
        let resumed = Event::Resumed {
            sid: "family:1".into(),
        };
        let say = |trace: &Trace, cause: &Cause| {
            let finding = failed(trace, cause, asked).unwrap();
            format!("{} {}", finding.text, finding.remedy.unwrap())
        };
        let family = trace([with(Role::Family)]);
        assert!(say(&family, &Cause::SessionForgotten).contains("SEC_USE_FAMILY_SESSION"));
        let claim = trace([with(Role::ExecuteSide), resumed]);
        assert!(say(&claim, &Cause::SessionForgotten).contains("released"));
        let closed = Cause::Closed {
            stage: Stage::Command,
        };
        assert!(say(&claim, &closed).contains("PERMISSION DENIED"));
        assert!(say(&claim, &Cause::Wire(WireError::Unverified)).contains("another key"));
        let expired = HandedError::Expired {
            id: "a".into(),
            ago: 5,
        };
        assert!(say(&trace([]), &expired.into()).contains("SessionExpires"));
        let command = HandedError::Command {
            id: "a".into(),
            command: 60020,
            valid: "416".into(),
        };
        assert!(say(&trace([]), &command.into()).contains("DC_NOP_READ (60020)"));
        assert!(failed(&trace([]), &Cause::SessionForgotten, asked).is_none());
        assert!(failed(&family, &closed, asked).is_none());
    }
}
