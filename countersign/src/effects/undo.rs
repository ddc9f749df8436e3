//! What puts an effect's traces away again.

use std::fmt;

/// Runs once, when dropped: at the end of an exchange, of a handshake, of an abandoned future, or
/// of an effect whose answer nobody waited for.
pub struct Undo(Option<Box<dyn FnOnce() + Send>>);

impl Undo {
    /// Runs `action` when dropped.
    pub fn new(action: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(action)))
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        if let Some(action) = self.0.take() {
            action();
        }
    }
}

impl fmt::Debug for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Undo")
    }
}
