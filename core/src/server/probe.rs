//! Which of the level's methods can be accepted at all: found out before anything is replied.

use super::cx::{AwaitsAnswer, Cx, Server, Step};
use super::facts::Hello;
use super::failure::ServerStage;
use super::reconcile;
use crate::effect::EffectAnswer;
use crate::method::ServerMechanism;
use crate::method::probing::{Probed, Probing, probe};

/// A method's probe waits for an answer.
struct AwaitProbe {
    hello: Hello,
    probing: Probing,
}

/// Starts with the first method of the command's level.
pub(super) fn begin(hello: Hello, cx: &mut Cx<'_>) -> Step {
    let config = cx.side.config.clone();
    let settings = config.settings.level(hello.command.level);
    let probed = probe(
        &settings.methods,
        &config.registry,
        <dyn ServerMechanism>::probe,
        &mut cx.trace,
    );
    go_on(hello, probed, cx)
}

fn go_on(hello: Hello, probed: Probed, cx: &mut Cx<'_>) -> Step {
    match probed {
        Probed::All(found) => reconcile::begin(hello, found, cx),
        Probed::Asks(request, probing) => Step::perform(request, AwaitProbe { hello, probing }),
    }
}

impl AwaitsAnswer<Server> for AwaitProbe {
    fn stage(&self) -> ServerStage {
        ServerStage::Probe
    }

    fn on_answer(self: Box<Self>, answer: EffectAnswer, cx: &mut Cx<'_>) -> Step {
        let Self { hello, probing } = *self;
        let config = cx.side.config.clone();
        let probed = probing.answer(
            answer,
            &config.registry,
            <dyn ServerMechanism>::probe,
            &mut cx.trace,
        );
        go_on(hello, probed, cx)
    }
}
