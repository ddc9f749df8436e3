//! What each method had to say for itself.

use countersign_core::trace::{Event, Trace, Verdict};

use super::Finding;

/// Every method that did not authenticate this side, in the order in which that became known.
pub(super) fn failed_methods(trace: &Trace) -> Vec<Finding> {
    trace
        .iter()
        .filter_map(|event| match event {
            Event::Method { method, event } if event.verdict() == Verdict::Failed => {
                Some(Finding {
                    text: format!("{}: {event}", method.canonical),
                    remedy: event.remedy(),
                })
            }
            Event::NotOffered { .. } | Event::NotPerformed { .. } => Some(Finding {
                text: event.to_string(),
                remedy: None,
            }),
            _ => None,
        })
        .collect()
}
