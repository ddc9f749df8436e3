//! From an issuer to its keys.
//!
//! Rule: `get_public_keys_from_web` of scitokens-cpp. Stricter: the keys must be had over HTTPS too, redirects stay
//! with their server, and one deadline holds for all questions together.

use countersign_methods::scitokens::{KeySet, KeysUnavailable};
use hyper::StatusCode;
use serde::Deserialize;
use tokio::time::timeout_at;

use super::address::Address;
use super::settings::FetchLimits;
use super::web::{Errand, Web};

/// Keys, and the text that they were read from.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) set: KeySet,
    pub(super) text: Vec<u8>,
}

#[derive(Deserialize)]
struct Metadata {
    jwks_uri: String,
}

/// Asks an issuer for its keys.
pub(super) async fn fetch(
    web: &Web,
    issuer: &Address,
    limits: &FetchLimits,
) -> Result<Fetched, KeysUnavailable> {
    let errand = Errand::new(limits.time);
    match timeout_at(errand.deadline(), ask(web, issuer, &errand)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(errand.out_of_time(limits.time)),
    }
}

async fn ask(web: &Web, issuer: &Address, errand: &Errand) -> Result<Fetched, KeysUnavailable> {
    let [openid, oauth] = issuer.metadata();
    let first = web.get(&openid, errand).await?;
    let (url, metadata) = if first.status == StatusCode::OK {
        (openid, first.body)
    } else {
        // OpenID's place is where keys are expected; the other one is asked only since there was nothing.
        let second = web.get(&oauth, errand).await?;
        if second.status != StatusCode::OK {
            return Err(KeysUnavailable::Status {
                url: openid,
                status: first.status.as_u16(),
            });
        }
        (oauth, second.body)
    };
    let metadata: Metadata =
        serde_json::from_slice(&metadata).map_err(|error| KeysUnavailable::Malformed {
            url,
            problem: format!("it must be JSON with the text \"jwks_uri\": {error}"),
        })?;
    let url = metadata.jwks_uri;
    let keys = web.get(&url, errand).await?;
    if keys.status != StatusCode::OK {
        return Err(KeysUnavailable::Status {
            url,
            status: keys.status.as_u16(),
        });
    }
    let malformed = |error: countersign_methods::scitokens::JwksError| KeysUnavailable::Malformed {
        url: url.clone(),
        problem: error.to_string(),
    };
    let set = KeySet::read(&keys.body).map_err(malformed)?;
    Ok(Fetched {
        set,
        text: keys.body,
    })
}
