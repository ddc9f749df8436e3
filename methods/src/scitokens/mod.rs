//! SCITOKENS: a token from an issuer that publishes its keys, shown through TLS.
//!
//! Here is what a server makes of a token: it is taken apart ([`Token`]), judged without keys
//! ([`before_keys`]), its issuer's keys are asked for as an effect ([`FetchIssuerKeys`]), and with them it is
//! judged to the end ([`after_keys`]). The keys are read once, when they come ([`KeySet`]).
//!
//! Signatures are verified by `aws-lc-rs` itself: it keeps a key ready between two tokens, which `jsonwebtoken`
//! does not, and claims are judged here anyway. RS384, RS512 and ES384 are taken as well; HTCondor refuses them.

mod algorithm;
mod bearer;
mod claims;
mod client;
mod client_events;
mod fetch;
mod json;
mod judge;
mod jwks;
mod keys;
mod plugins;
mod refusal;
mod server;
mod server_events;
mod settings;
mod shown;
mod token;

#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use bearer::{BearerSearch, BearerSource, FindBearerToken};
pub use claims::Profile;
pub use client::Scitokens;
pub use client_events::ScitokensEvent;
pub use fetch::{FetchIssuerKeys, KeysUnavailable, PinnedProblem};
pub use judge::{Claimed, Judged, after_keys, before_keys};
pub use jwks::{JwksError, MAX_JWKS, MAX_KEYS};
pub use keys::{IssuerKeys, KeyDefect, KeyRefusal, KeySet, KeysOrigin, PublishedKey, VerifyingKey};
pub use plugins::{Plugin, PluginAnswer, Plugins, RunPlugin};
pub use refusal::Refusal;
pub use server::ScitokensServer;
pub use server_events::ScitokensServerEvent;
pub use settings::{ForeignIssuers, ScitokensServerSettings};
pub use shown::Shown;
pub use token::{MAX_TOKEN, Token};
