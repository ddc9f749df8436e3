//! The client's policy ad, and the server's reply to it.

use super::authenticate;
use super::cx::{AwaitsMessage, Client, Cx, Step};
use super::facts::Hello;
use super::request::{DC_AUTHENTICATE, DC_SEC_QUERY};
use crate::error_stack::secman;
use crate::failure::Cause;
use crate::method::probing::Found;
use crate::names::attrs;
use crate::policy::{ClientPolicy, ClientSettings, ServerReply};
use crate::stage::Stage;
use crate::trace::Event;
use crate::wire::Message;

/// The hello is out.
struct AwaitReply {
    hello: Hello,
}

/// Makes the policy and sends it.
pub(super) fn send(found: Found, cx: &mut Cx<'_>) -> Step {
    let settings = &cx.side.config.settings;
    let policy = match ClientPolicy::resolve(settings, found.listed) {
        Ok(policy) => policy,
        Err(error) => {
            cx.side.stack.push(
                "SECMAN",
                secman::INVALID_POLICY,
                "Configuration Problem: The security policy is invalid.",
            );
            return cx.fail(Stage::Policy, error.into());
        }
    };
    let keys = match cx.entropy.key_pair() {
        Ok(keys) => keys,
        Err(error) => {
            cx.side
                .stack
                .push("SECMAN", secman::INTERNAL, error.to_string());
            return cx.fail(Stage::Policy, error.into());
        }
    };
    let mut ad = policy.to_ad(settings);
    for (name, value) in &found.attributes {
        ad.insert(name, value.as_str());
    }
    ad.insert(attrs::ECDH_PUBLIC_KEY, keys.public_base64());
    ad.insert(attrs::NEW_SESSION, "YES");
    ad.insert(attrs::NEGOTIATED_SESSION, true);
    ad.insert(attrs::REMOTE_VERSION, settings.version.as_str());
    ad.insert(
        attrs::CONNECT_SINFUL,
        cx.side.request.given_address.as_str(),
    );
    ad.insert(attrs::COMMAND, i64::from(cx.side.request.command));
    let asked = asked_command(cx);
    if cx.side.request.command == DC_SEC_QUERY || cx.side.request.command == DC_AUTHENTICATE {
        ad.insert(attrs::AUTH_COMMAND, i64::from(asked));
    }
    for event in given_up(&policy, &cx.side.config.settings) {
        cx.trace.push(event);
    }
    cx.trace.push(Event::PolicySent {
        command: asked,
        methods: policy
            .methods
            .iter()
            .map(|(text, _)| text.clone())
            .collect(),
        ciphers: policy
            .ciphers
            .iter()
            .map(|(text, _)| text.clone())
            .collect(),
        authentication: policy.authentication_new,
        encryption: policy.encryption,
        integrity: policy.integrity,
        negotiation_forced: !policy.negotiation.asks(),
    });
    let message = cx
        .encoder()
        .int(i64::from(DC_AUTHENTICATE))
        .ad(&ad)
        .finish();
    Step::say(
        message,
        AwaitReply {
            hello: Hello { policy, keys, ad },
        },
    )
}

/// What the settings left nothing of, so that it became NEVER.
fn given_up(policy: &ClientPolicy, settings: &ClientSettings) -> Vec<Event> {
    let mut events = Vec::new();
    if policy.methods.is_empty() {
        events.push(Event::GaveUp {
            feature: "authentication",
            knob: "SEC_CLIENT_AUTHENTICATION_METHODS",
            configured: settings.methods.join(", "),
        });
    }
    if policy.ciphers.is_empty() {
        events.push(Event::GaveUp {
            feature: "encryption and integrity",
            knob: "SEC_CLIENT_CRYPTO_METHODS",
            configured: settings.crypto_methods.join(", "),
        });
    }
    events
}

/// The command that the server is to decide about.
pub(super) fn asked_command(cx: &Cx<'_>) -> i32 {
    cx.side
        .request
        .auth_command
        .unwrap_or(cx.side.request.command)
}

impl AwaitsMessage<Client> for AwaitReply {
    fn stage(&self) -> Stage {
        Stage::Reply
    }

    fn on_message(self: Box<Self>, message: Message, cx: &mut Cx<'_>) -> Step {
        let reply = match message.handshake_ad("the server's policy") {
            Ok(ad) => ServerReply::from_ad(ad),
            Err(error) => return cx.fail_reading(Stage::Reply, Cause::Wire(error)),
        };
        let agreed = match reply.check(&self.hello.policy) {
            Ok(agreed) => agreed,
            Err(error) => {
                error.push_to(&mut cx.side.stack);
                return cx.fail(Stage::Reply, error.into());
            }
        };
        cx.trace.push(Event::PolicyAgreed {
            methods: agreed
                .methods
                .as_ref()
                .map(|methods| methods.iter().map(|m| m.name.canonical).collect()),
            authentication_required: agreed.authentication_required,
            encryption: agreed.encryption,
            integrity: agreed.integrity,
            server_version: reply.version.map(|version| version.to_string()),
            trust_domain: reply.trust_domain.clone(),
            issuer_keys: reply.issuer_keys.clone(),
        });
        authenticate::begin(self.hello, reply, agreed, cx)
    }
}
