//! What methods have in common when they fail.

use countersign_core::StackEntry;
use countersign_core::method::{ExchangeNext, MethodFailure};
use countersign_core::trace::MethodEvent;

/// A failure with its reason, and nothing on HTCondor's stack below `Failed to authenticate`.
pub(crate) fn failed<P>(event: impl MethodEvent) -> ExchangeNext<P> {
    MethodFailure::new(event).into()
}

/// A failure with its reason and what HTCondor's client pushes for it.
pub(crate) fn failed_with<P>(event: impl MethodEvent, stack: Vec<StackEntry>) -> ExchangeNext<P> {
    MethodFailure {
        stack,
        ..MethodFailure::new(event)
    }
    .into()
}

/// A failure of which the other side has heard that it is a success.
pub(crate) fn failed_late<P>(event: impl MethodEvent) -> ExchangeNext<P> {
    MethodFailure::after_success(event).into()
}
