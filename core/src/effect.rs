//! What a handshake needs from the world: open for methods to define their own.
//!
//! An effect is a request with a typed answer. `core` and the methods only describe it; a driver
//! holds one performer per kind and hands the answer back. So the state machines stay free of
//! files, users and names, and a test answers effects from a table.

use std::any::{Any, TypeId};
use std::fmt;

use crate::authz::NetgroupQuestion;
use crate::crypto::{ExchangeError, KeyPair};

/// A kind of request, with the type of its answer.
pub trait Effect: Any + Send + fmt::Debug {
    /// What the performer answers with.
    type Output: Any + Send;
    /// A short name for traces and errors.
    const NAME: &'static str;
}

/// A request on its way to its performer.
pub struct EffectRequest {
    request: Box<dyn Any + Send>,
    kind: TypeId,
    name: &'static str,
}

impl EffectRequest {
    /// Wraps a request.
    pub fn new<E: Effect>(request: E) -> Self {
        Self {
            request: Box::new(request),
            kind: TypeId::of::<E>(),
            name: E::NAME,
        }
    }

    /// The kind, by which a driver finds the performer.
    #[must_use]
    pub fn kind(&self) -> TypeId {
        self.kind
    }

    /// The kind's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The request itself, if it is of kind `E`.
    #[must_use]
    pub fn into_request<E: Effect>(self) -> Option<E> {
        self.request.downcast().ok().map(|request| *request)
    }
}

impl fmt::Debug for EffectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EffectRequest({})", self.name)
    }
}

/// The answer to an [`EffectRequest`].
pub struct EffectAnswer(Option<Box<dyn Any + Send>>);

impl EffectAnswer {
    /// Wraps the answer to a request of kind `E`.
    pub fn new<E: Effect>(output: E::Output) -> Self {
        Self(Some(Box::new(output)))
    }

    /// For a request that no performer is registered for.
    #[must_use]
    pub fn unperformed() -> Self {
        Self(None)
    }

    /// The answer, if one of kind `E` was given.
    #[must_use]
    pub fn into_output<E: Effect>(self) -> Option<E::Output> {
        self.0?.downcast().ok().map(|output| *output)
    }
}

impl fmt::Debug for EffectAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EffectAnswer(..)")
    }
}

/// Asks what is known of a peer's address: needed only where ALLOW_CLIENT or DENY_CLIENT name
/// hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookUpPeer(
    /// The peer's address.
    pub std::net::IpAddr,
);

/// The answer to [`LookUpPeer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerFacts {
    /// Its host names.
    pub names: crate::authz::PeerNames,
    /// Whether it is an address of this machine; `None` where that is not known.
    pub local: Option<bool>,
}

impl Effect for LookUpPeer {
    type Output = PeerFacts;
    const NAME: &'static str = "look up the peer's host names";
}

/// Asks `innetgr(3)` these questions: needed only where a list names netgroups. The answers come in
/// the questions' order; `None` where one could not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskNetgroups(
    /// The questions.
    pub Vec<NetgroupQuestion>,
);

impl AskNetgroups {
    /// Each question with its answer. Where nobody asked, none has one.
    pub(crate) fn answered(
        questions: Vec<NetgroupQuestion>,
        answer: EffectAnswer,
    ) -> Vec<(NetgroupQuestion, Option<bool>)> {
        let answers = answer.into_output::<Self>().unwrap_or_default();
        let answers = answers.into_iter().chain(std::iter::repeat(None));
        questions.into_iter().zip(answers).collect()
    }
}

impl Effect for AskNetgroups {
    type Output = Vec<Option<bool>>;
    const NAME: &'static str = "ask about netgroups";
}

/// Where random bytes come from.
pub trait Entropy: Send {
    /// Fills `out` with unpredictable bytes.
    ///
    /// # Errors
    /// [`NoEntropy`] if the source fails; nothing may go on then.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy>;

    /// The ephemeral key pair of one handshake. Tests give a known one, so that a recorded
    /// handshake can be repeated byte for byte.
    ///
    /// # Errors
    /// [`ExchangeError::Generate`].
    fn key_pair(&mut self) -> Result<KeyPair, ExchangeError> {
        KeyPair::generate(self)
    }
}

/// The random source failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source failed")]
pub struct NoEntropy;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Ask;
    impl Effect for Ask {
        type Output = u8;
        const NAME: &'static str = "ask";
    }

    #[test]
    fn typed_both_ways() {
        let request = EffectRequest::new(Ask);
        assert_eq!(request.kind(), TypeId::of::<Ask>());
        assert!(request.into_request::<Ask>().is_some());
        assert_eq!(EffectAnswer::new::<Ask>(7).into_output::<Ask>(), Some(7));
        assert_eq!(EffectAnswer::unperformed().into_output::<Ask>(), None);
    }
}
