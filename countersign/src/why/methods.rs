//! What each method had to say for itself.

use countersign_core::names::MethodName;
use countersign_core::trace::{Event, Trace, Verdict};

use super::{Causes, Finding, facts};

/// Methods that did not authenticate this side, in the order in which that became known.
pub(super) struct Failed {
    /// Those that the server would have taken: together they decided.
    pub(super) wanted: Vec<Finding>,
    /// Those of which nobody knows whether the server would have taken them.
    pub(super) others: Vec<Finding>,
}

impl Failed {
    /// All of them.
    pub(super) fn all(self) -> Vec<Finding> {
        let Self { mut wanted, others } = self;
        wanted.extend(others);
        wanted
    }
}

/// Every method that did not authenticate this side.
pub(super) fn failed_methods(trace: &Trace) -> Failed {
    let agreed = facts::agreed_methods(trace);
    let is_wanted =
        |method: &MethodName| agreed.is_some_and(|list| list.contains(&method.canonical));
    let mut failed = Failed {
        wanted: Vec::new(),
        others: Vec::new(),
    };
    for event in trace.iter() {
        match event {
            Event::Method { method, event } if event.verdict() == Verdict::Failed => {
                let finding = Finding {
                    text: format!("{}: {event}", method.canonical),
                    remedy: event.remedy(),
                };
                if is_wanted(method) {
                    failed.wanted.push(finding);
                } else {
                    failed.others.push(finding);
                }
            }
            // What the server does not want would not have helped.
            Event::NotPerformed { method } if is_wanted(method) => {
                let name = method.canonical;
                failed.wanted.push(Finding {
                    text: format!(
                        "{name}: not tried: countersign has no {name} yet, so this says nothing \
                         about the pool"
                    ),
                    remedy: Some("use condor_ping for this method".into()),
                });
            }
            Event::NotOffered { configured, .. } => failed.others.push(Finding {
                text: event.to_string(),
                remedy: separated(configured),
            }),
            _ => {}
        }
    }
    failed
}

/// What an item of the list should be, if something stands in it that was taken for a separator.
fn separated(item: &str) -> Option<String> {
    let marks = [';', '|', ':', '+', '&', '/', '"', '\''];
    let mark = item.chars().find(|c| marks.contains(c))?;
    let parts: Vec<&str> = item.split(marks).filter(|part| !part.is_empty()).collect();
    Some(format!(
        "put commas or spaces between methods, which a {mark} does not part: {}",
        parts.join(", ")
    ))
}

/// Methods that failed, as the cause: a single one is the reason, several are its parts.
pub(super) fn lift(what: &str, methods: Failed) -> Causes {
    let Failed { wanted, others } = methods;
    // Where none is known to be wanted, each of them might have done.
    let (mut parts, also) = if wanted.is_empty() {
        (others, Vec::new())
    } else {
        (wanted, others)
    };
    let decided = if parts.len() > 1 {
        Finding::bare(format!(
            "{what}, but no method came through; any one of them would do:"
        ))
    } else {
        match parts.pop() {
            Some(Finding { text, remedy }) => Finding {
                text: format!("{what}, but no method came through: {text}"),
                remedy,
            },
            None => Finding::bare(format!("{what}, but there was no method to try")),
        }
    };
    Causes {
        decided,
        parts,
        also,
    }
}
