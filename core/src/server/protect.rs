//! The channel key.
//!
//! Rule: `DaemonCommandProtocol::EnableCrypto`.

use super::authorize::{self, Pending};
use super::cx::{Cx, Step};
use super::established::Caller;
use super::facts::{Attempt, Proven};
use super::failure::ServerStage;
use super::finish::{After, Fresh};
use crate::authz::Limits;
use crate::crypto::{ChannelKey, Protection, SentKeyError};
use crate::machine::Unprotected;
use crate::trace::ServerEvent;

/// Derives the key and protects the channel, if there is one to derive.
pub(super) fn begin(mut attempt: Attempt, proven: Proven, cx: &mut Cx<'_>) -> Step {
    // The key is derived from a bad public key even where no cipher needs it, as HTCondor does it:
    // what no client sends is refused in any case.
    attempt.derive_key();
    let Attempt {
        hello,
        agreed,
        derived,
        sent,
        ..
    } = attempt;
    let key = match derived.transpose() {
        Ok(key) => key,
        Err(error) => return cx.fail(ServerStage::KeyExchange, error),
    };
    let hidden = key.is_some() || proven.hides_keys();
    let key = key.or(sent).zip(agreed.protection());
    match &key {
        Some((key, protection)) => {
            if let Err(failed) = cx.protect(key, *protection, hidden, ServerStage::KeyExchange) {
                return failed;
            }
        }
        None if agreed.encryption || agreed.integrity => {
            return cx.fail(ServerStage::KeyExchange, SentKeyError::Missing);
        }
        None => {}
    }
    let limits = limits(&proven, &hello.command);
    let (method, proof) = match proven.by {
        Some((method, proof)) => (Some(method), Some(proof)),
        None => (None, None),
    };
    let version = hello.version();
    let seconds = |seconds: i32| u64::try_from(seconds).unwrap_or(0);
    let (name, voucher, attributes) = match proof {
        Some(proof) => (proof.authenticated_name, proof.voucher, proof.attributes),
        None => (None, None, Vec::new()),
    };
    let fresh = Fresh {
        key,
        tried: proven.tried,
        voucher,
        duration: seconds(agreed.session_duration),
        lease: seconds(agreed.session_lease.unwrap_or(0)),
    };
    authorize::begin(
        Pending {
            command: hello.command,
            caller: Caller {
                identity: proven.identity,
                method,
                authenticated_name: name,
                limits,
                handed: None,
                version,
            },
            attributes: attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            purpose: hello.purpose,
            after: After::NewSession(Box::new(fresh)),
        },
        cx,
    )
}

/// What the credential is limited to; for a method that proves nothing, the command's level.
fn limits(proven: &Proven, command: &crate::names::Command) -> Limits {
    match &proven.by {
        None => Limits::Unlimited,
        Some((method, _)) if method.bare_word => Limits::of_claim(command.level),
        Some((_, proof)) => match &proof.limits {
            None => Limits::Unlimited,
            Some(names) => Limits::only(names.iter().map(String::as_str)),
        },
    }
}

/// A key and what it is for.
pub(super) type Keyed = (ChannelKey, Protection);

impl Cx<'_> {
    /// Protects the channel from here on. `hidden` says whether nobody else can have the key.
    pub(super) fn protect(
        &mut self,
        key: &ChannelKey,
        protection: Protection,
        hidden: bool,
        stage: ServerStage,
    ) -> Result<(), Step> {
        match self.protect_channel(key, protection) {
            Ok(()) => {
                self.event(ServerEvent::Protected { protection, hidden });
                Ok(())
            }
            Err(Unprotected::Entropy(error)) => Err(self.fail(stage, error)),
            Err(Unprotected::Key(error)) => Err(self.fail(stage, error)),
        }
    }
}
