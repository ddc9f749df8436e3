//! The last message of methods in which the server has the last word: one number.

use countersign_core::method::{
    Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Proof,
};
use countersign_core::trace::MethodEvent;

/// Waits for the server's word: 1 is yes, anything else is no, told as this event.
pub(crate) struct AwaitVerdict<E>(pub(crate) E);

impl<E: MethodEvent> Exchange<Proof> for AwaitVerdict<E> {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let mut decoder = message.decoder();
        let answer = decoder
            .int("the server's answer")
            .and_then(|answer| decoder.finish().map(|()| answer));
        ExchangeStep::quiet(match answer {
            Err(error) => ExchangeNext::Broken(error),
            Ok(1) => ExchangeNext::Succeeded(Proof::default()),
            Ok(_) => crate::failure::failed(self.0),
        })
    }
}
