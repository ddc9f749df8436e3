//! The key that the server makes up and sends through the tunnel. Where the two sides make no key by ECDH, it protects the
//! session's one.
//!
//! Rule: `Condor_Auth_SSL::setup_crypto` in HTCondor: 3DES, with the 256 bytes folded into its 24.

use std::sync::Arc;

use countersign_core::Secret;
use countersign_core::crypto::{KeyWrap, TripleDesWrap};
use countersign_core::method::{
    ClientProof, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Proof,
};

/// How long it is (`AUTH_SSL_SESSION_KEY_LEN`).
pub(crate) const KEY_LEN: usize = 256;

/// What can hold a wrap.
pub(super) trait Proven {
    fn set_wrap(&mut self, wrap: Arc<dyn KeyWrap>);
}

impl Proven for Proof {
    fn set_wrap(&mut self, wrap: Arc<dyn KeyWrap>) {
        self.wrap = Some(wrap);
    }
}

impl Proven for ClientProof {
    fn set_wrap(&mut self, wrap: Arc<dyn KeyWrap>) {
        self.wrap = Some(wrap);
    }
}

/// Whatever comes through the tunnel from here on: once it succeeds, the session's key is wrapped with `key`.
pub(super) fn wrapped_with<P: Proven + 'static>(
    key: Secret,
    step: ExchangeStep<P>,
) -> ExchangeStep<P> {
    keep(step, Arc::new(TripleDesWrap::new(key, true)))
}

fn keep<P: Proven + 'static>(step: ExchangeStep<P>, wrap: Arc<dyn KeyWrap>) -> ExchangeStep<P> {
    let ExchangeStep { send, next } = step;
    let next = match next {
        ExchangeNext::Succeeded(mut proof) => {
            proof.set_wrap(wrap);
            ExchangeNext::Succeeded(proof)
        }
        ExchangeNext::Await(inner) => ExchangeNext::Await(Box::new(Wrapping { inner, wrap })),
        ExchangeNext::Perform(effect, inner) => {
            ExchangeNext::Perform(effect, Box::new(Wrapping { inner, wrap }))
        }
        over => over,
    };
    ExchangeStep { send, next }
}

/// An exchange through the tunnel.
struct Wrapping<P> {
    inner: Box<dyn Exchange<P>>,
    wrap: Arc<dyn KeyWrap>,
}

impl<P: Proven + 'static> Exchange<P> for Wrapping<P> {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<P> {
        let Self { inner, wrap } = *self;
        keep(inner.advance(input, cx), wrap)
    }
}
