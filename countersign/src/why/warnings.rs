//! What a person should hear even where nothing failed.

use std::any::Any;

use countersign_core::trace::{Event, Trace};
use countersign_methods::scitokens::ScitokensEvent;

/// What happened in an attempt that whoever started it must hear of at once: a bearer token that went to a server which was
/// not verified, because a setting waived that.
pub fn warnings(trace: &Trace) -> impl Iterator<Item = String> {
    trace.iter().filter_map(|event| {
        let Event::Method { event, .. } = event else {
            return None;
        };
        let event: &dyn Any = event.as_ref();
        match event.downcast_ref() {
            Some(event @ ScitokensEvent::SentUnverified { .. }) => Some(event.to_string()),
            _ => None,
        }
    })
}
