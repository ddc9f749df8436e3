//! The first message.
use super::cx::{AwaitsMessage, Cx, Server, Step};
use super::failure::{ServerCause, ServerStage};
use crate::wire::Message;

struct AwaitHello;

pub(super) fn begin() -> Step {
    Step::await_message(AwaitHello)
}

impl AwaitsMessage<Server> for AwaitHello {
    fn stage(&self) -> ServerStage {
        ServerStage::Hello
    }

    fn on_message(self: Box<Self>, _: Message, cx: &mut Cx<'_>) -> Step {
        cx.fail(
            ServerStage::Hello,
            ServerCause::OddHello {
                problem: "is not read yet",
            },
        )
    }
}
