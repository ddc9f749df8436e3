//! Why an attempt ended as it did, in words. Nothing but the trace is read for it.
//!
//! The cause that decided is told apart from what merely failed too. What only the server can
//! know is said to be so, with the place to look. No advice grants more than the identity, host
//! and level asked about, and none weakens a method, a cipher or a check.

mod cause;
mod denied;
mod facts;
mod handed;
mod hung_up;
mod methods;
mod own;
mod reply;
mod sent_key;
mod steps;
#[cfg(test)]
mod tests;
mod warnings;

use std::fmt;

use countersign_core::Failure;
use countersign_core::trace::{OutOfList, Trace};

use cause::decided;
use methods::failed_methods;
pub use steps::StepState;
pub use warnings::warnings;

/// One thing that was found, and what would change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What happened.
    pub text: String,
    /// What would change it, if anything can be said.
    pub remedy: Option<String>,
}

impl Finding {
    fn new(text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// Without advice.
    fn bare(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            remedy: None,
        }
    }
}

/// Why an attempt ended as it did.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// What decided.
    pub decided: Finding,
    /// What the cause is made of, where it took several things together.
    pub parts: Vec<Finding>,
    /// What failed or stood out too, without deciding.
    pub also: Vec<Finding>,
    /// Every step and how it came out.
    pub steps: Vec<(&'static str, StepState)>,
}

impl Explanation {
    /// Says of methods that do not exist where their list stands: a setting, with file and line.
    #[must_use]
    pub fn with_methods_at(mut self, place: &str) -> Self {
        let unknown = OutOfList::UNKNOWN;
        let named = format!("{unknown} (in {place})");
        let findings = self.parts.iter_mut().chain(&mut self.also);
        for finding in std::iter::once(&mut self.decided).chain(findings) {
            finding.text = finding.text.replace(unknown, &named);
        }
        self
    }
}

/// What was asked, for the wording.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The level or command as the person named it.
    pub name: &'a str,
    /// The command's number.
    pub command: i32,
}

/// The cause, before the steps are added.
struct Causes {
    decided: Finding,
    parts: Vec<Finding>,
    also: Vec<Finding>,
}

impl From<Finding> for Causes {
    fn from(decided: Finding) -> Self {
        Self {
            decided,
            parts: Vec::new(),
            also: Vec::new(),
        }
    }
}

impl Causes {
    fn also(mut self, also: Vec<Finding>) -> Self {
        self.also.extend(also);
        self
    }
}

/// Explains an attempt that failed. Of a trace that holds several attempts it is the last.
#[must_use]
pub fn explain(trace: &Trace, failure: &Failure, asked: Asked<'_>) -> Explanation {
    let trace = &facts::last_attempt(trace);
    explained(
        trace,
        decided(trace, failure, asked),
        steps::of_failure(trace, failure),
    )
}

/// Explains an attempt in which the server answered.
#[must_use]
pub fn explain_answer(trace: &Trace, succeeded: bool, asked: Asked<'_>) -> Explanation {
    let trace = &facts::last_attempt(trace);
    if let Some((sid, role)) = handed::session(trace) {
        let causes = handed::answered(sid, role, succeeded, asked);
        return explained(trace, causes.into(), steps::of_answer(trace, succeeded));
    }
    let unauthenticated = facts::went_on(trace);
    let user = facts::user(trace).unwrap_or("an identity that it did not name");
    let how = match facts::method(trace) {
        Some(method) => format!("authenticated by {method}"),
        None if unauthenticated => "not authenticated, though it was tried".into(),
        None => "not authenticated, since neither side asked for it".into(),
    };
    let causes = if succeeded {
        let text = format!("the server would run {} for {user}, {how}", asked.name);
        let methods = if unauthenticated {
            failed_methods(trace).all()
        } else {
            Vec::new()
        };
        Causes::from(Finding::bare(text)).also(methods)
    } else {
        denied::denied(trace, "DENY", user, asked)
    };
    explained(trace, causes, steps::of_answer(trace, succeeded))
}

fn explained(trace: &Trace, causes: Causes, steps: steps::Steps) -> Explanation {
    let Causes {
        decided,
        parts,
        also,
    } = causes;
    // What this client gave up by itself comes first: the rest may follow from it.
    let mut first: Vec<_> = facts::gave_up(trace)
        .map(|(_, text)| Finding::bare(text))
        .collect();
    first.extend(also);
    Explanation {
        decided,
        parts,
        also: first,
        steps,
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut write = |before: &str, finding: &Finding| {
            writeln!(f, "{before}{}", finding.text)?;
            let indent: String = before.chars().take_while(|c| *c == ' ').collect();
            match &finding.remedy {
                Some(remedy) => writeln!(f, "{indent}  do: {remedy}"),
                None => Ok(()),
            }
        };
        write("why: ", &self.decided)?;
        for part in &self.parts {
            write("  ", part)?;
        }
        for finding in &self.also {
            write("also: ", finding)?;
        }
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|(name, state)| format!("{name} {state}"))
            .collect();
        writeln!(f, "steps: {}", steps.join(", "))
    }
}
