//! This side's policy, what both sides agree on, and the reply that says so.

use countersign_classad::ClassAd;

use super::cx::{Cx, Step};
use super::facts::{Attempt, Hello, Proven};
use super::failure::{ServerCause, ServerStage};
use super::{authenticate, protect};
use crate::crypto::KeyPair;
use crate::identity::Identity;
use crate::method::probing::Found;
use crate::names::attrs;
use crate::policy::{Action, Cipher, Negotiated, ServerPolicy};
use crate::trace::ServerEvent;

/// Reconciles and replies.
pub(super) fn begin(hello: Hello, found: Found, cx: &mut Cx<'_>) -> Step {
    let settings = cx.side.config.settings.level(hello.command.level);
    let policy = match ServerPolicy::resolve(
        hello.command.level,
        hello.command.forces_authentication,
        settings,
        found.listed,
    ) {
        Ok(policy) => policy,
        Err(error) => return cx.fail(ServerStage::Reconcile, error),
    };
    cx.event(ServerEvent::Policy {
        methods: texts(&policy.methods),
        ciphers: texts(&policy.ciphers),
        authentication: policy.authentication_new,
        encryption: policy.encryption,
        integrity: policy.integrity,
        forced: hello.command.forces_authentication,
    });
    let has_key = hello.public_key.is_some();
    let agreed = match Negotiated::reconcile(&hello.wishes, &policy, has_key) {
        Ok(agreed) => agreed,
        Err(error) => return cx.fail(ServerStage::Reconcile, error),
    };
    cx.event(agreed_event(&agreed));
    let keys = match has_key.then(|| cx.entropy.key_pair()).transpose() {
        Ok(keys) => keys,
        Err(error) => return cx.fail(ServerStage::Reconcile, error),
    };
    let reply = reply(&agreed, keys.as_ref(), &found.attributes, cx);
    let message = cx.encoder().ad(&reply).finish();
    if let Err(error) = cx.send(&message) {
        return cx.fail(ServerStage::Reconcile, error);
    }
    let left: Vec<_> = agreed
        .methods
        .iter()
        .flatten()
        .map(|&(_, method)| method)
        .collect();
    let authenticates = agreed.authenticate;
    let attempt = Attempt {
        hello,
        agreed,
        keys,
        left,
        derived: None,
        sent: None,
    };
    if !authenticates {
        let nobody = Proven {
            identity: Identity::unauthenticated(),
            by: None,
            tried: false,
        };
        return protect::begin(attempt, nobody, cx);
    }
    if attempt.left.is_empty() {
        // The reply is out; HTCondor's client reads in it that there is no method.
        let offered = attempt.hello.wishes.methods.unwrap_or_default();
        let cause = ServerCause::NoCommonMethod {
            client: offered.join(","),
            server: texts(&policy.methods).join(","),
        };
        return cx.fail(ServerStage::MethodChoice, cause);
    }
    authenticate::begin(attempt)
}

fn texts<T>(list: &[(String, T)]) -> Vec<String> {
    list.iter().map(|(text, _)| text.clone()).collect()
}

fn agreed_event(agreed: &Negotiated) -> ServerEvent {
    let methods = agreed.authenticate.then(|| {
        let methods = agreed.methods.iter().flatten();
        methods.map(|(_, method)| method.name.canonical).collect()
    });
    ServerEvent::Agreed {
        methods,
        required: agreed.authentication_required,
        encryption: agreed.encryption,
        integrity: agreed.integrity,
        cipher: agreed.cipher().map(Cipher::name),
        duration: agreed.session_duration,
    }
}

/// The reply, with its attributes in HTCondor's order.
fn reply(
    agreed: &Negotiated,
    keys: Option<&KeyPair>,
    of_methods: &[(&'static str, String)],
    cx: &Cx<'_>,
) -> ClassAd {
    let config = &cx.side.config;
    let word = |yes| if yes { Action::Yes } else { Action::No }.name();
    let methods = agreed.methods.as_ref();
    let first_method = methods.map(|methods| methods.first().map_or("", |(text, _)| text.as_str()));
    let mut ad = ClassAd::with_capacity(20);
    ad.insert(attrs::ENACT, Action::Yes.name());
    ad.insert(attrs::INTEGRITY, word(agreed.integrity));
    ad.insert(attrs::ENCRYPTION, word(agreed.encryption));
    for (name, value) in of_methods {
        ad.insert(name, value.as_str());
    }
    if let Some(first) = first_method {
        ad.insert(attrs::AUTH_METHODS, first);
    }
    if let Some(domain) = &config.trust_domain {
        ad.insert(attrs::TRUST_DOMAIN, domain.as_str());
    }
    if agreed.authenticate && !agreed.authentication_required {
        ad.insert(attrs::AUTH_REQUIRED, false);
    }
    if let Some(lease) = agreed.session_lease {
        ad.insert(attrs::SESSION_LEASE, i64::from(lease));
    }
    // A session that has no key names no cipher; one that has names the one it is for.
    if agreed.ciphers.is_some() && (agreed.authenticate || keys.is_some()) {
        let name = agreed.cipher().map_or("", Cipher::name);
        ad.insert(attrs::CRYPTO_METHODS, name);
    }
    if let Some(keys) = keys {
        ad.insert(attrs::ECDH_PUBLIC_KEY, keys.public_base64());
    }
    ad.insert(attrs::REMOTE_VERSION, config.version.as_str());
    ad.insert(attrs::AUTHENTICATION, word(agreed.authenticate));
    if let Some(methods) = methods {
        ad.insert(attrs::AUTH_METHODS_LIST, texts(methods).join(","));
    }
    ad.insert(attrs::SESSION_DURATION, agreed.session_duration.to_string());
    if let Some(ciphers) = &agreed.ciphers {
        ad.insert(attrs::CRYPTO_METHODS_LIST, texts(ciphers).join(","));
    }
    ad.insert(attrs::NEGOTIATED_SESSION, true);
    ad
}
