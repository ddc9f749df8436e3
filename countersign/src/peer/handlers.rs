//! Which code serves which command.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Call;

/// What serves a command.
pub trait Handler: Send + Sync + 'static {
    /// Serves one call. The connection is closed when the call is dropped.
    fn serve(&self, call: Call) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

impl<F, Served> Handler for F
where
    F: Fn(Call) -> Served + Send + Sync + 'static,
    Served: Future<Output = ()> + Send + 'static,
{
    fn serve(&self, call: Call) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(self(call))
    }
}

/// A handler, and how long it may take.
#[derive(Clone)]
pub(super) struct Timed {
    pub(super) handler: Arc<dyn Handler>,
    pub(super) timeout: Duration,
}

/// The handlers, by command number. Commands without one do nothing, as DC_NOP does.
#[derive(Clone, Default)]
pub(super) struct Handlers(HashMap<i32, Timed>);

impl Handlers {
    pub(super) fn insert(&mut self, command: i32, handler: impl Handler, timeout: Duration) {
        let handler = Arc::new(handler);
        self.0.insert(command, Timed { handler, timeout });
    }

    pub(super) fn get(&self, command: i32) -> Option<Timed> {
        self.0.get(&command).cloned()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
