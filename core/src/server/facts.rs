//! What one state finds out and a later one needs.

use std::sync::Arc;

use crate::crypto::{ChannelKey, ExchangeError, KeyPair};
use crate::identity::Identity;
use crate::method::{ClientProof, ClientView};
use crate::names::{Command, MethodName};
use crate::policy::{ClientWishes, ListedMethod, Negotiated};
use crate::version::CondorVersion;

/// What a client asks for.
pub(super) struct Hello {
    pub(super) command: Command,
    pub(super) purpose: Purpose,
    pub(super) wishes: ClientWishes,
    pub(super) public_key: Option<String>,
    pub(super) view: Arc<ClientView>,
}

/// What is to happen once the command is authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is served.
    Serve,
    /// The client hears that it would be (DC_SEC_QUERY).
    Question,
    /// Nothing: the client wants the session alone (DC_AUTHENTICATE).
    Session,
}

/// What is agreed on, and which methods are still to be tried.
pub(super) struct Attempt {
    pub(super) hello: Hello,
    pub(super) agreed: Negotiated,
    pub(super) keys: Option<KeyPair>,
    pub(super) left: Vec<ListedMethod>,
    /// The channel key, once somebody had the time to derive it.
    pub(super) derived: Option<Result<ChannelKey, ExchangeError>>,
    /// The key that was sent, where the client knows no ECDH.
    pub(super) sent: Option<ChannelKey>,
}

impl Attempt {
    /// Derives the channel key, if both sides gave their public keys. It takes longer than anything
    /// else in a handshake, so it is done while the client is at work.
    pub(super) fn derive_key(&mut self) {
        if let (Some(keys), Some(public)) = (&self.keys, self.hello.public_key.as_deref()) {
            self.derived.get_or_insert_with(|| keys.agree(public));
        }
    }
}

/// Who the client proved to be, and by which method.
pub(super) struct Proven {
    pub(super) identity: Identity,
    pub(super) by: Option<(&'static MethodName, ClientProof)>,
    /// Whether anything was tried.
    pub(super) tried: bool,
}

impl Proven {
    /// Whether the method keeps a key that is sent from whoever listens.
    pub(super) fn hides_keys(&self) -> bool {
        let wrap = self.by.as_ref().and_then(|(_, proof)| proof.wrap.as_ref());
        wrap.is_some_and(|wrap| wrap.hides())
    }
}

impl Hello {
    pub(super) fn version(&self) -> Option<CondorVersion> {
        self.view.version
    }
}
