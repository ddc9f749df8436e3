//! Before the hello: which of the configured methods can be offered at all.

use super::cx::{AwaitsAnswer, Client, Cx, Step};
use super::hello;
use crate::effect::EffectAnswer;
use crate::method::Mechanism;
use crate::method::probing::{Probed, Probing, probe};
use crate::stage::Stage;

/// A method's probe waits for an answer.
struct AwaitProbe(Probing);

/// Starts with the first configured method.
pub(super) fn begin(cx: &mut Cx<'_>) -> Step {
    let config = cx.side.config.clone();
    let probed = probe(
        &config.settings.methods,
        &config.registry,
        <dyn Mechanism>::probe,
        &mut cx.trace,
    );
    go_on(probed, cx)
}

fn go_on(probed: Probed, cx: &mut Cx<'_>) -> Step {
    match probed {
        Probed::All(found) => hello::send(found, cx),
        Probed::Asks(request, probing) => Step::perform(request, AwaitProbe(probing)),
    }
}

impl AwaitsAnswer<Client> for AwaitProbe {
    fn stage(&self) -> Stage {
        Stage::Policy
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        let registry = cx.side.config.registry.clone();
        let probed = self
            .0
            .answer(answer, &registry, <dyn Mechanism>::probe, &mut cx.trace);
        go_on(probed, cx)
    }
}
