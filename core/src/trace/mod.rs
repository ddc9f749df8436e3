//! What happened, as data. Explanations read nothing else.

mod event;
mod server;

use std::fmt;
use std::sync::Arc;

pub use event::{AddressSource, Event, MethodEvent, OutOfList, Verdict};
pub use server::{Manner, ServerEvent};

use crate::names::MethodName;

/// For how many events there is room at once.
const USUAL_EVENTS: usize = 16;

/// The events of one attempt, in order.
#[derive(Debug, Clone, Default)]
pub struct Trace(Vec<Event>);

impl Trace {
    /// Adds an event.
    pub fn push(&mut self, event: Event) {
        if self.0.is_empty() {
            self.0.reserve(USUAL_EVENTS);
        }
        self.0.push(event);
    }

    /// Adds an event of a method.
    pub fn method(&mut self, method: &'static MethodName, event: Arc<dyn MethodEvent>) {
        self.push(Event::Method { method, event });
    }

    /// Adds an event of a server's side.
    pub fn server(&mut self, event: ServerEvent) {
        self.push(Event::Server(event));
    }

    /// The events, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.0.iter()
    }

    /// Appends what happened in a further attempt.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for event in &self.0 {
            writeln!(f, "{event}")?;
        }
        Ok(())
    }
}
