//! What decided.

use countersign_core::policy::ReplyError;
use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, Failure, Stage};

use super::{Asked, Finding};

/// The identity that the server mapped this side to, if it said.
pub(super) fn user(trace: &Trace) -> Option<&str> {
    trace.iter().rev().find_map(|event| match event {
        Event::Decided { user, .. } => user.as_deref(),
        _ => None,
    })
}

/// The method that authenticated this side.
pub(super) fn method(trace: &Trace) -> Option<&'static str> {
    trace.iter().rev().find_map(|event| match event {
        Event::Authenticated { method, .. } => Some(method.canonical),
        _ => None,
    })
}

fn local_ip(trace: &Trace) -> Option<std::net::IpAddr> {
    trace.iter().rev().find_map(|event| match event {
        Event::Connected { local, .. } => Some(local.ip()),
        _ => None,
    })
}

fn find(text: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding {
        text: text.into(),
        remedy: Some(remedy.into()),
    }
}

/// The finding that decided, and those that did not.
pub(super) fn decided(
    trace: &Trace,
    failure: &Failure,
    asked: Asked<'_>,
    methods: Vec<Finding>,
) -> (Finding, Vec<Finding>) {
    let cause = failure.cause.as_ref();
    match cause {
        Cause::Unauthenticated => unauthenticated(methods),
        Cause::Denied { code, user, .. } => (denied(trace, code, user, asked), methods),
        Cause::Closed {
            stage: Stage::Reply,
        } => (hung_up(trace, asked), methods),
        Cause::Closed {
            stage: Stage::Method | Stage::MethodChoice,
        } => (
            find(
                cause.to_string(),
                "look in the server's log (D_SECURITY) for AUTHENTICATE and the name of the method \
                 last tried",
            ),
            methods,
        ),
        Cause::Reply(error) => (reply(error, cause), methods),
        Cause::Deadline { stage, .. } => (
            find(
                cause.to_string(),
                match stage {
                    Stage::Connect => {
                        "check that the address is right and that no firewall drops packets to it"
                    }
                    _ => {
                        "the port takes connections but nobody answers: the daemon may hang or be \
                         overloaded, or something else listens there; --timeout waits longer"
                    }
                },
            ),
            methods,
        ),
        Cause::Unreachable { .. } => (
            find(
                cause.to_string(),
                "check that the daemon runs, and that this is the address it has now (its address \
                 file, or condor_status -any -af Name MyAddress)",
            ),
            methods,
        ),
        Cause::Wire(_) | Cause::Key(_) | Cause::PickedUnoffered { .. } => (
            find(
                cause.to_string(),
                "nothing was believed of it: check that this is the port of an HTCondor daemon, \
                 and if it is, whether something on the way alters the traffic",
            ),
            methods,
        ),
        _ => (
            Finding {
                text: cause.to_string(),
                remedy: None,
            },
            methods,
        ),
    }
}

/// Every method failed: together they decided, so the first is named and the rest follow.
fn unauthenticated(mut methods: Vec<Finding>) -> (Finding, Vec<Finding>) {
    if methods.is_empty() {
        return (
            Finding {
                text: Cause::Unauthenticated.to_string(),
                remedy: None,
            },
            methods,
        );
    }
    let tried: Vec<&str> = methods
        .iter()
        .filter_map(|finding| finding.text.split(':').next())
        .collect();
    let text = format!(
        "authentication is required, and none of the methods came through ({}); any one of them \
         would do",
        tried.join(", ")
    );
    for method in &mut methods {
        if method.remedy.is_none() && method.text.contains("cannot perform") {
            method.remedy = Some("use condor_ping for this method".into());
        }
    }
    (Finding { text, remedy: None }, methods)
}

fn denied(trace: &Trace, code: &str, user: &str, asked: Asked<'_>) -> Finding {
    let name = asked.name;
    let from = local_ip(trace).map_or_else(|| "this address".to_owned(), |ip| ip.to_string());
    let how = match method(trace) {
        Some(method) => format!("as {user}, authenticated by {method}"),
        None => format!("as {user}, without authentication"),
    };
    let mut text = format!(
        "the server knows this side {how}, from {from}, and answered {code} for {name}. Which \
         entry of its lists decided, or that none matched, only the server knows"
    );
    if let Some(limits) = token_scope(trace) {
        text.push_str(&format!(
            "; the token that was used is limited to `{limits}`, and a level outside of that is \
             denied whatever the lists say"
        ));
    }
    let log = format!("look for PERMISSION DENIED and {user} in the log of that daemon");
    let remedy = if method(trace).is_none() {
        // A list that lets this identity in lets everyone in, so that is no advice.
        text.push_str("; nothing was proven to it, so to it this is anybody");
        format!(
            "authenticate: set SEC_CLIENT_AUTHENTICATION = REQUIRED here, with a method that both \
             sides have; or {log}"
        )
    } else {
        if user.ends_with("@unmapped") {
            text.push_str("; `unmapped` means that no line of its mapfile gave this side a name");
        }
        format!(
            "{log}; its {} must match {user} at {from}, and nothing in its {} may",
            list(name, "ALLOW"),
            list(name, "DENY")
        )
    };
    find(text, remedy)
}

fn list(name: &str, kind: &str) -> String {
    match countersign_core::names::Level::from_name(name) {
        Some(level) => format!("{kind}_{}", level.name()),
        None => format!("{kind} list for the level of {name}"),
    }
}

/// The scope of the token that was used, from the report of where it was found.
fn token_scope(trace: &Trace) -> Option<String> {
    use countersign_methods::idtokens::{IdTokensEvent, TokenVerdict};
    trace.iter().rev().find_map(|event| {
        let Event::Method { event, .. } = event else {
            return None;
        };
        let event: &dyn std::any::Any = event.as_ref();
        let Some(IdTokensEvent::Using {
            path, line, search, ..
        }) = event.downcast_ref()
        else {
            return None;
        };
        let file = search.files.iter().find(|file| &file.path == path)?;
        let tokens = file.outcome.as_ref().ok()?;
        match &tokens.iter().find(|token| token.line == *line)?.verdict {
            TokenVerdict::Suitable { scope, .. } => scope.clone(),
            _ => None,
        }
    })
}

fn hung_up(trace: &Trace, asked: Asked<'_>) -> Finding {
    let policy = trace.iter().rev().find_map(|event| match event {
        Event::PolicySent {
            authentication,
            encryption,
            integrity,
            ..
        } => Some(format!(
            "authentication {authentication}, encryption {encryption}, integrity {integrity}"
        )),
        _ => None,
    });
    find(
        format!(
            "the server hung up instead of answering. Two things make a daemon do that: it has no \
             command {} ({}), or its policy for that command's level cannot be met by this \
             client's ({}), one side REQUIRING what the other says NEVER to. Which, only the \
             server knows",
            asked.command,
            asked.name,
            policy.unwrap_or_else(|| "not sent".into())
        ),
        "look in that daemon's log for DC_AUTHENTICATE: `Unable to reconcile` is the policy, \
         `UNREGISTERED COMMAND` is the command",
    )
}

fn reply(error: &ReplyError, cause: &Cause) -> Finding {
    let text = cause.to_string();
    match error {
        ReplyError::NoCommonMethod { .. } => find(
            text,
            "give both sides one method in common: SEC_CLIENT_AUTHENTICATION_METHODS here, \
             SEC_<LEVEL>_AUTHENTICATION_METHODS there",
        ),
        ReplyError::NoCommonCipher { .. } => find(
            text,
            "give both sides AES in SEC_DEFAULT_CRYPTO_METHODS (names are compared with case)",
        ),
        ReplyError::CipherNotPerformed { .. } => find(
            text,
            "put AES first in the server's list of ciphers; it is the strongest they have in \
             common",
        ),
        ReplyError::Declined { .. }
        | ReplyError::Imposed
        | ReplyError::MethodNotOffered { .. }
        | ReplyError::CipherNotOffered { .. }
        | ReplyError::NoKey => find(
            text,
            "no real daemon answers so, and nothing was believed of it: check who is at that \
             address, and who is on the way",
        ),
        ReplyError::Undecided { .. } | ReplyError::Failed { .. } => Finding { text, remedy: None },
    }
}
