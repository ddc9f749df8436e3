//! What a client's wishes and a server's policy come to.
//!
//! Rule: `ReconcileSecurityAttribute`, `ReconcileSecurityPolicyAds` and `ReconcileMethodLists` in
//! HTCondor's `condor_secman.cpp`.

use countersign_classad::ClassAd;

use super::reply::split;
use super::{Action, Cipher, ListedMethod, Protection, Requirement, ServerPolicy};
use crate::names::attrs;

use Action::{Fail, No, Yes};

/// What becomes of a feature: a row for each wish of the client, a column for each of the server,
/// both in the order NEVER, OPTIONAL, PREFERRED, REQUIRED. `docs/negotiation.md` shows it to people.
pub const TABLE: [[Action; 4]; 4] = [
    [No, No, No, Fail],
    [No, No, Yes, Yes],
    [No, Yes, Yes, Yes],
    [Fail, Yes, Yes, Yes],
];

/// Looks a feature up in [`TABLE`].
#[must_use]
pub fn reconcile_feature(client: Requirement, server: Requirement) -> Action {
    let place = |requirement| match requirement {
        Requirement::Never => 0,
        Requirement::Optional => 1,
        Requirement::Preferred => 2,
        Requirement::Required => 3,
    };
    TABLE
        .get(place(client))
        .and_then(|row| row.get(place(server)))
        .copied()
        .unwrap_or(Fail)
}

/// What a client's hello asks for.
///
/// A feature that it does not mention counts as NEVER, as in HTCondor; one with a word that makes
/// no sense fails, whatever the server wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientWishes {
    /// `Authentication`, raised by encryption and integrity.
    pub authentication: Wish,
    /// `AuthenticationNew`; only clients since 23.10 have it.
    pub authentication_new: Option<Wish>,
    /// `Encryption`.
    pub encryption: Wish,
    /// `Integrity`.
    pub integrity: Wish,
    /// `AuthMethods`, split; `None` if the attribute is missing.
    pub methods: Option<Vec<String>>,
    /// `CryptoMethods`, split; `None` if the attribute is missing.
    pub ciphers: Option<Vec<String>>,
    /// `SessionDuration`; 0 if it says nothing readable.
    pub session_duration: i32,
    /// `SessionLease`, if it knows leases.
    pub session_lease: Option<i32>,
}

/// A wish as the hello has it: `None` for a word that makes no sense.
pub type Wish = Option<Requirement>;

impl ClientWishes {
    /// Reads a hello.
    #[must_use]
    pub fn from_ad(ad: &ClassAd) -> Self {
        let text = |name| ad.get_str(name).filter(|text| !text.is_empty());
        let wish = |name| text(name).map(Requirement::parse);
        let list = |name| {
            ad.get_str(name)
                .map(|text| split(text).map(str::to_owned).collect())
        };
        let never = || Some(Requirement::Never);
        Self {
            authentication: wish(attrs::AUTHENTICATION).unwrap_or_else(never),
            authentication_new: wish(attrs::AUTHENTICATION_NEW),
            encryption: wish(attrs::ENCRYPTION).unwrap_or_else(never),
            integrity: wish(attrs::INTEGRITY).unwrap_or_else(never),
            methods: list(attrs::AUTH_METHODS),
            ciphers: list(attrs::CRYPTO_METHODS),
            session_duration: text(attrs::SESSION_DURATION).map_or(0, leading_number),
            session_lease: ad
                .get_int(attrs::SESSION_LEASE)
                .map(|lease| i32::try_from(lease).unwrap_or(0)),
        }
    }
}

/// The number that a text begins with, as C's `atoi` reads it; out of range is 0.
fn leading_number(text: &str) -> i32 {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    let digits = digits.get(..end).unwrap_or_default();
    format!("{sign}{digits}").parse().unwrap_or(0)
}

/// Why the two sides cannot agree. HTCondor closes the connection without a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// One side requires a feature that the other refuses.
    #[error("the client wants {feature} {}, this server {server}", word(.client))]
    Feature {
        /// The feature.
        feature: &'static str,
        /// The client's wish.
        client: Wish,
        /// The server's.
        server: Requirement,
    },
    /// The channel is to be protected and there is no cipher in common, or a key is to be made and
    /// one side names no cipher at all.
    #[error(
        "a key is wanted, but no cipher is in common (the client's: {client}; this server's: \
         {server})"
    )]
    NoCommonCipher {
        /// What the client offered.
        client: String,
        /// What the server accepts.
        server: String,
    },
    /// The channel is to be protected, the client sent no public key, and without authentication there is no other.
    #[error(
        "encryption or integrity is wanted, but the client sent no public key: it is older than \
         HTCondor 9.0, and can be sent a key only where it authenticates"
    )]
    NoPublicKey,
}

fn word(wish: &Wish) -> &'static str {
    wish.map_or("(a word that makes no sense)", Requirement::name)
}

/// What both sides go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// Whether to authenticate.
    pub authenticate: bool,
    /// Whether failing to authenticate ends the handshake.
    pub authentication_required: bool,
    /// Whether frames are to be encrypted.
    pub encryption: bool,
    /// Whether integrity is wanted; on an AES channel it comes with encryption.
    pub integrity: bool,
    /// Whether this server REQUIRES encryption or integrity.
    pub protection_required: bool,
    /// Methods in common, in the server's order; `None` if one side named none at all.
    pub methods: Option<Vec<(String, ListedMethod)>>,
    /// Ciphers in common, in the server's order; `None` if one side named none at all.
    pub ciphers: Option<Vec<(String, Cipher)>>,
    /// The longest that the session may live, in seconds.
    pub session_duration: i32,
    /// The longest that it may be idle, in seconds; 0 is no limit. `None` where the client knows
    /// no leases.
    pub session_lease: Option<i32>,
}

impl Negotiated {
    /// Reconciles the two sides. `has_key` says whether the client sent a public key.
    ///
    /// # Errors
    /// [`ReconcileError`], where there is nothing to reply.
    pub fn reconcile(
        client: &ClientWishes,
        server: &ServerPolicy,
        has_key: bool,
    ) -> Result<Self, ReconcileError> {
        // A client that does not know the new value is met with the old one on this side too: it
        // could not do without authentication what it cannot imagine without.
        let (client_authentication, server_authentication) = match client.authentication_new {
            Some(wish) => (wish, server.authentication_new),
            None => (client.authentication, server.authentication),
        };
        let authenticate = feature(
            "authentication",
            client_authentication,
            server_authentication,
        )?;
        let mut encryption = feature("encryption", client.encryption, server.encryption)?;
        let mut integrity = feature("integrity", client.integrity, server.integrity)?;
        let methods = client.methods.as_ref().map(|offered| {
            in_common(&server.methods, offered, |text, method: &ListedMethod| {
                method.name.is(text)
            })
        });
        let ciphers = client
            .ciphers
            .as_ref()
            .map(|offered| in_common(&server.ciphers, offered, |_, _: &Cipher| false));
        let methods = methods.filter(|_| !server.methods.is_empty());
        let ciphers = ciphers.filter(|_| !server.ciphers.is_empty());
        let first = ciphers
            .as_ref()
            .and_then(|ciphers| ciphers.first())
            .map(|&(_, cipher)| cipher);
        if authenticate && first == Some(Cipher::Aes) {
            // AES encrypts and verifies whatever was agreed on; HTCondor says so.
            encryption = true;
            integrity = true;
        }
        let no_cipher = || ReconcileError::NoCommonCipher {
            client: client.ciphers.clone().unwrap_or_default().join(","),
            server: super::client::join(&server.ciphers),
        };
        if (authenticate || has_key) && ciphers.is_none() {
            return Err(no_cipher());
        }
        if encryption || integrity {
            match first {
                None => return Err(no_cipher()),
                Some(_) if !has_key && !authenticate => return Err(ReconcileError::NoPublicKey),
                Some(_) => {}
            }
        }
        Ok(Self {
            authenticate,
            authentication_required: client_authentication == Some(Requirement::Required)
                || server_authentication == Requirement::Required,
            encryption,
            integrity,
            protection_required: [server.encryption, server.integrity]
                .contains(&Requirement::Required),
            methods,
            ciphers,
            session_duration: client.session_duration.min(server.session_duration),
            session_lease: client.session_lease.map(|client| {
                let server = server.session_lease;
                match (client, server) {
                    (0, lease) | (lease, 0) => lease,
                    _ => client.min(server),
                }
            }),
        })
    }

    /// What the channel's key is for.
    #[must_use]
    pub fn protection(&self) -> Option<Protection> {
        self.cipher().map(|cipher| Protection {
            cipher,
            encryption: self.encryption,
            integrity: self.integrity,
        })
    }

    /// The first cipher in common, whether it is used or not.
    #[must_use]
    pub fn cipher(&self) -> Option<Cipher> {
        self.ciphers
            .as_ref()
            .and_then(|ciphers| ciphers.first())
            .map(|&(_, cipher)| cipher)
    }
}

fn feature(name: &'static str, client: Wish, server: Requirement) -> Result<bool, ReconcileError> {
    match client.map_or(Fail, |client| reconcile_feature(client, server)) {
        Yes => Ok(true),
        No => Ok(false),
        Fail => Err(ReconcileError::Feature {
            feature: name,
            client,
            server,
        }),
    }
}

/// What is in both lists: in the server's order, in the client's spelling.
fn in_common<T: Copy>(
    server: &[(String, T)],
    client: &[String],
    also: impl Fn(&str, &T) -> bool,
) -> Vec<(String, T)> {
    let mut common: Vec<(String, T)> = Vec::new();
    for (own, item) in server {
        for text in client {
            if (text.eq_ignore_ascii_case(own) || also(text, item))
                && !common.iter().any(|(known, _)| known == text)
            {
                common.push((text.clone(), *item));
            }
        }
    }
    common
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
