//! How far each step came. Every explanation has all of them, in the same order.

use std::fmt;

use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, Failure, Stage};

use super::facts;

/// How far one step of the negotiation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It went well.
    Passed,
    /// It did not.
    Failed,
    /// It was not reached.
    NotReached,
    /// It was left out, since neither side asked for it.
    NotNeeded,
    /// Only the server knows.
    Unknown,
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not reached",
            Self::NotNeeded => "not needed",
            Self::Unknown => "unknown to this side",
        })
    }
}

pub(super) type Steps = Vec<(&'static str, StepState)>;

/// The steps of an attempt that failed.
pub(super) fn of_failure(trace: &Trace, failure: &Failure) -> Steps {
    let stage = failure.stage;
    let denied = matches!(*failure.cause, Cause::Denied { .. });
    let policy = match stage {
        Stage::Connect => StepState::NotReached,
        Stage::Policy => StepState::Failed,
        _ => StepState::Passed,
    };
    let negotiation = match stage {
        Stage::Connect | Stage::Policy => StepState::NotReached,
        Stage::Reply => StepState::Failed,
        _ if is_resumed(trace) => StepState::NotNeeded,
        _ => StepState::Passed,
    };
    let authentication = match stage {
        Stage::Connect | Stage::Policy | Stage::Reply => StepState::NotReached,
        Stage::MethodChoice | Stage::Method | Stage::KeyExchange => StepState::Failed,
        _ => authenticated(trace),
    };
    let mapping = match stage {
        _ if facts::user(trace).is_some() => mapped(trace),
        Stage::PostAuth => StepState::Unknown,
        Stage::ServerCheck | Stage::Resume | Stage::Command => StepState::NotNeeded,
        _ => StepState::NotReached,
    };
    let authorization = match stage {
        Stage::PostAuth if denied => StepState::Failed,
        Stage::PostAuth | Stage::Resume => StepState::Unknown,
        Stage::ServerCheck | Stage::Command => StepState::Passed,
        _ => StepState::NotReached,
    };
    let own_lists = match stage {
        Stage::ServerCheck => StepState::Failed,
        Stage::Command => StepState::Passed,
        _ => StepState::NotReached,
    };
    let connection = match stage {
        Stage::Connect => StepState::Failed,
        _ => StepState::Passed,
    };
    named([
        connection,
        policy,
        negotiation,
        authentication,
        mapping,
        authorization,
        own_lists,
    ])
}

/// The steps of an attempt in which the server answered.
pub(super) fn of_answer(trace: &Trace, succeeded: bool) -> Steps {
    let once = if is_resumed(trace) {
        StepState::NotNeeded
    } else {
        StepState::Passed
    };
    named([
        StepState::Passed,
        StepState::Passed,
        once,
        authenticated(trace),
        mapped(trace),
        if succeeded {
            StepState::Passed
        } else {
            StepState::Failed
        },
        StepState::Passed,
    ])
}

fn named(states: [StepState; 7]) -> Steps {
    [
        "connection",
        "client policy",
        "policy negotiation",
        "authentication",
        "identity mapping",
        "authorization",
        "this client's own lists",
    ]
    .into_iter()
    .zip(states)
    .collect()
}

fn authenticated(trace: &Trace) -> StepState {
    if facts::went_on(trace) {
        StepState::Failed
    } else if facts::method(trace).is_some() {
        StepState::Passed
    } else if trace
        .iter()
        .any(|event| matches!(event, Event::MaskSent { .. }))
    {
        StepState::NotReached
    } else {
        StepState::NotNeeded
    }
}

/// Without a proven name there is nothing to map.
fn mapped(trace: &Trace) -> StepState {
    match facts::user(trace) {
        _ if facts::method(trace).is_none() => StepState::NotNeeded,
        None => StepState::Unknown,
        Some(user) if user.ends_with("@unmapped") => StepState::Failed,
        Some(_) => StepState::Passed,
    }
}

fn is_resumed(trace: &Trace) -> bool {
    trace
        .iter()
        .any(|event| matches!(event, Event::Resumed { .. }))
}
