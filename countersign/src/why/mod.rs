//! Why an attempt ended as it did, in words. Nothing but the trace is read for it.
//!
//! The cause that decided is told apart from what merely failed too. What only the server can
//! know is said to be so, with the place to look. No advice grants more than the identity, host
//! and level asked about, and none weakens a method, a cipher or a check.

mod cause;
mod methods;

use std::fmt;

use countersign_core::trace::{Event, Trace};
use countersign_core::{Failure, Stage};

use cause::decided;
use methods::failed_methods;

/// How far one step of the negotiation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// It went well.
    Passed,
    /// It ended the attempt.
    Failed,
    /// It was not reached.
    NotReached,
    /// Only the server knows.
    Unknown,
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not reached",
            Self::Unknown => "unknown to this side",
        })
    }
}

/// One thing that was found, and what would change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What happened.
    pub text: String,
    /// What would change it, if anything can be said.
    pub remedy: Option<String>,
}

/// Why an attempt ended as it did.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What decided.
    pub decided: Finding,
    /// What failed or stood out too, without deciding.
    pub also: Vec<Finding>,
    /// Every step and how it came out.
    pub steps: Vec<(&'static str, StepState)>,
}

/// What was asked, for the wording.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The level or command as the person named it.
    pub name: &'a str,
    /// The command's number.
    pub command: i32,
}

/// Explains an attempt that failed.
#[must_use]
pub fn explain(trace: &Trace, failure: &Failure, asked: Asked<'_>) -> Explanation {
    let methods = failed_methods(trace);
    let (decided, also) = decided(trace, failure, asked, methods);
    Explanation {
        decided,
        also,
        steps: steps(trace, failure),
    }
}

/// Explains an attempt in which the server answered.
#[must_use]
pub fn explain_answer(trace: &Trace, succeeded: bool, asked: Asked<'_>) -> Explanation {
    let unauthenticated = trace
        .iter()
        .any(|event| matches!(event, Event::WentOnUnauthenticated));
    let user = cause::user(trace).unwrap_or("an identity that it did not name");
    let how = match cause::method(trace) {
        Some(method) => format!("authenticated by {method}"),
        None if unauthenticated => "not authenticated, though it was tried".into(),
        None => "not authenticated, since neither side asked for it".into(),
    };
    let verb = if succeeded {
        "would run"
    } else {
        "would not run"
    };
    let mut steps = common_steps(trace, None);
    steps.push(("authorization", StepState::Passed));
    Explanation {
        decided: Finding {
            text: format!("the server {verb} {} for {user}, {how}", asked.name),
            remedy: None,
        },
        also: if unauthenticated {
            failed_methods(trace)
        } else {
            Vec::new()
        },
        steps,
    }
}

fn steps(trace: &Trace, failure: &Failure) -> Vec<(&'static str, StepState)> {
    let mut steps = common_steps(trace, Some(failure.stage));
    let mapped = cause::user(trace).is_some();
    let denied = failure.stage == Stage::PostAuth && mapped;
    steps.push((
        "identity mapping",
        match (mapped, failure.stage) {
            (true, _) => StepState::Passed,
            (false, Stage::PostAuth) => StepState::Unknown,
            _ => StepState::NotReached,
        },
    ));
    steps.push((
        "authorization",
        match failure.stage {
            Stage::PostAuth if denied => StepState::Failed,
            Stage::PostAuth => StepState::Unknown,
            Stage::ServerCheck | Stage::Command => StepState::Passed,
            _ => StepState::NotReached,
        },
    ));
    steps
}

/// The steps that every attempt goes through, up to the stage at which it failed.
fn common_steps(trace: &Trace, failed: Option<Stage>) -> Vec<(&'static str, StepState)> {
    let state = |stages: &[Stage]| match failed {
        None => StepState::Passed,
        Some(stage) if stages.contains(&stage) => StepState::Failed,
        Some(stage) if stages.iter().all(|step| *step < stage) => StepState::Passed,
        Some(_) => StepState::NotReached,
    };
    let mut steps = vec![
        // The connection is made before the policy is, though the policy does not need it.
        (
            "connection",
            match failed {
                Some(Stage::Connect) => StepState::Failed,
                _ => StepState::Passed,
            },
        ),
        (
            "client policy",
            match failed {
                Some(Stage::Policy) => StepState::Failed,
                Some(Stage::Connect) => StepState::NotReached,
                _ => StepState::Passed,
            },
        ),
        ("policy negotiation", {
            match failed {
                Some(Stage::Connect | Stage::Policy) => StepState::NotReached,
                _ => state(&[Stage::Reply]),
            }
        }),
    ];
    let authenticates = trace
        .iter()
        .any(|event| matches!(event, Event::MaskSent { .. }));
    let went_on = trace
        .iter()
        .any(|event| matches!(event, Event::WentOnUnauthenticated));
    if authenticates {
        let authentication = if went_on {
            StepState::Failed
        } else {
            state(&[Stage::MethodChoice, Stage::Method])
        };
        steps.push(("authentication", authentication));
    }
    steps
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "why: {}", self.decided.text)?;
        if let Some(remedy) = &self.decided.remedy {
            writeln!(f, "  do: {remedy}")?;
        }
        for finding in &self.also {
            writeln!(f, "also: {}", finding.text)?;
            if let Some(remedy) = &finding.remedy {
                writeln!(f, "  do: {remedy}")?;
            }
        }
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|(name, state)| format!("{name} {state}"))
            .collect();
        writeln!(f, "steps: {}", steps.join(", "))
    }
}
