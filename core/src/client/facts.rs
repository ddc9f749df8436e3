//! What one state finds out and a later one needs.

use std::sync::Arc;

use countersign_classad::ClassAd;

use crate::crypto::{ChannelKey, ExchangeError, KeyPair, KeyWrap};
use crate::method::PeerView;
use crate::names::MethodName;
use crate::policy::{Agreed, ClientPolicy, ListedMethod, ServerReply};

/// What was said in the hello.
pub(super) struct Hello {
    pub(super) policy: ClientPolicy,
    pub(super) keys: KeyPair,
    pub(super) ad: ClassAd,
}

/// What is agreed on, and which methods are still to be tried.
pub(super) struct Attempt {
    pub(super) hello: Hello,
    pub(super) reply: ServerReply,
    pub(super) agreed: Agreed,
    pub(super) peer: Arc<PeerView>,
    pub(super) left: Vec<ListedMethod>,
    /// The channel key, once somebody had the time to derive it.
    pub(super) derived: Option<Result<ChannelKey, ExchangeError>>,
}

impl Attempt {
    /// Derives the channel key, if there is to be one. It takes longer than anything else in a
    /// handshake, so it is done while the server is at work.
    pub(super) fn derive_key(&mut self) {
        let Self { hello, reply, .. } = self;
        if let Some(public) = reply.public_key.as_deref() {
            self.derived.get_or_insert_with(|| hello.keys.agree(public));
        }
    }
}

/// Who this side proved to be, and by which method.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) method: Option<&'static MethodName>,
    pub(super) server_name: Option<String>,
    /// What protects a key that the server sends.
    pub(super) wrap: Option<Arc<dyn KeyWrap>>,
    /// The key that it sent.
    pub(super) sent: Option<ChannelKey>,
}
