//! AKEP2 as HTCondor speaks it: two nonces, two MACs, and keys seeded by two constants.
//!
//! Rule: `condor_auth_passwd.cpp`: version 1 of the protocol is PASSWORD, version 2 is IDTOKENS. They differ in where the
//! keys come from, and in the token that the first message has. The MACs of both are HMAC-SHA1 over `A B\0 rA rB` and
//! over `A\0 rB`; the draft of the protocol says SHA-256, the daemons do not.

use countersign_core::Secret;
use countersign_core::crypto::{KeyWrap, KeyWrapError, TripleDesWrap};
use countersign_core::wire::{Decoder, Encoder, Message, WireError};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use self::seeds::{SEED_KA, SEED_LEN};

pub(crate) mod name;
pub(crate) mod password;
mod seeds;
pub(crate) mod server;

/// Bytes of a nonce.
pub(crate) const NONCE_LEN: usize = SEED_LEN;
/// The longest name, in bytes.
const MAX_NAME: usize = 1023;
/// The longest MAC, in bytes.
const MAX_MAC: usize = 64;

/// All is well.
pub(crate) const A_OK: i64 = 0;
/// The exchange is completed, but nobody is authenticated.
const ERROR: i64 = -1;

/// K: it authenticates both sides.
pub(crate) struct AuthKey(Secret);

impl AuthKey {
    /// Derives K from a token's `header.payload` and its signature.
    pub(crate) fn derive(text: &str, signature: &Secret) -> Option<Self> {
        let mut salt = SEED_KA.to_vec();
        salt.extend_from_slice(text.as_bytes());
        let mut key = vec![0; 32];
        Hkdf::<Sha256>::new(Some(&salt), signature.expose())
            .expand(b"master ka", &mut key)
            .ok()?;
        Some(Self(Secret::new(key)))
    }

    fn mac(&self, parts: &[&[u8]]) -> Option<Secret> {
        hmac(self.0.expose(), parts)
    }

    /// The server's proof.
    fn server_mac(&self, client: &str, server: &str, nonces: &Nonces<'_>) -> Option<Secret> {
        self.mac(&[
            client.as_bytes(),
            b" ",
            server.as_bytes(),
            b"\0",
            nonces.client,
            nonces.server,
        ])
    }

    /// The client's proof.
    fn client_mac(&self, client: &str, server_nonce: &[u8]) -> Option<Secret> {
        self.mac(&[client.as_bytes(), b"\0", server_nonce])
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Option<Secret> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(Secret::new(mac.finalize().into_bytes().to_vec()))
}

/// What protects a session's key where there is no ECDH, by IDTOKENS: a key made of the server's nonce. Rule: `set_session_key`
/// of version 2 of the protocol, which makes it of that alone: whoever listened can make it, too.
#[derive(Debug)]
pub(crate) struct NonceWrap(pub(crate) Vec<u8>);

impl NonceWrap {
    /// Made when it is needed, which is seldom.
    fn derived(&self) -> Result<TripleDesWrap, KeyWrapError> {
        let mut key = vec![0; 32];
        Hkdf::<Sha256>::new(Some(b"session key"), &self.0)
            .expand(b"htcondor", &mut key)
            .map_err(|error| KeyWrapError(error.to_string()))?;
        Ok(TripleDesWrap::new(Secret::new(key), false))
    }
}

impl KeyWrap for NonceWrap {
    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, KeyWrapError> {
        self.derived()?.wrap(key)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyWrapError> {
        self.derived()?.unwrap(wrapped)
    }

    fn hides(&self) -> bool {
        false
    }
}

struct Nonces<'a> {
    client: &'a [u8],
    server: &'a [u8],
}

/// The first message: who this is, by which token (PASSWORD has none), and a nonce.
pub(crate) fn first(encoder: Encoder, name: &str, token: Option<&str>, nonce: &[u8]) -> Message {
    let named = encoder.int(A_OK).int(length(name)).string(name);
    match token {
        Some(token) => named.string(token),
        None => named,
    }
    .counted(nonce)
    .finish()
}

/// The first message of a client that has no token to show.
pub(crate) fn first_without_token(encoder: Encoder) -> Message {
    encoder
        .int(ERROR)
        .int(0)
        .string("")
        .string("")
        .int(0)
        .finish()
}

/// The third message: this side's proof.
pub(crate) fn third(
    encoder: Encoder,
    key: &AuthKey,
    name: &str,
    server_nonce: &[u8],
) -> Option<Message> {
    let mac = key.client_mac(name, server_nonce)?;
    Some(
        encoder
            .int(A_OK)
            .int(length(name))
            .string(name)
            .counted(server_nonce)
            .counted(mac.expose())
            .finish(),
    )
}

/// The third message of a client that does not go on.
pub(crate) fn third_refusal(encoder: Encoder) -> Message {
    encoder.int(ERROR).int(0).string("").int(0).int(0).finish()
}

fn length(name: &str) -> i64 {
    i64::try_from(name.len()).unwrap_or(i64::MAX)
}

/// The server's message.
#[derive(Debug)]
pub(crate) struct Second {
    status: i64,
    client: String,
    pub(crate) server: String,
    client_nonce: Vec<u8>,
    pub(crate) server_nonce: Vec<u8>,
    mac: Secret,
}

/// Why a server's message is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofDefect {
    /// The server gave up: it does not take the token, or has no password.
    Declined,
    /// It answered to another name or nonce than this side sent.
    OtherExchange,
    /// Its MAC does not verify: it does not have the signing key, or has another password.
    WrongMac,
}

impl Second {
    /// Reads the server's message.
    pub(crate) fn read(message: &Message) -> Result<Self, WireError> {
        let mut decoder = message.decoder();
        let second = Self {
            status: decoder.int("the server's status")?,
            client: name(&mut decoder, "the client's name")?,
            server: name(&mut decoder, "the server's name")?,
            client_nonce: decoder.counted("the client's nonce", NONCE_LEN)?.to_vec(),
            server_nonce: decoder.counted("the server's nonce", NONCE_LEN)?.to_vec(),
            mac: Secret::from(decoder.counted("the server's MAC", MAX_MAC)?),
        };
        decoder.finish()?;
        Ok(second)
    }

    /// Checks that the server has the key.
    pub(crate) fn verify(
        &self,
        key: &AuthKey,
        name: &str,
        nonce: &[u8],
    ) -> Result<(), ProofDefect> {
        if self.status != A_OK {
            return Err(ProofDefect::Declined);
        }
        if self.client != name
            || self.client_nonce != nonce
            || self.server.is_empty()
            || self.server.contains(char::is_control)
            || self.server_nonce.len() != NONCE_LEN
        {
            return Err(ProofDefect::OtherExchange);
        }
        let nonces = Nonces {
            client: nonce,
            server: &self.server_nonce,
        };
        match key.server_mac(name, &self.server, &nonces) {
            Some(expected) if expected == self.mac => Ok(()),
            _ => Err(ProofDefect::WrongMac),
        }
    }
}

fn name(decoder: &mut Decoder<'_>, what: &'static str) -> Result<String, WireError> {
    decoder.int(what)?;
    Ok(decoder
        .optional_string(what, MAX_NAME)?
        .unwrap_or_default()
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::wire::StringForm;

    fn key() -> AuthKey {
        AuthKey::derive("header.payload", &Secret::from(&b"signature"[..])).unwrap()
    }

    fn second(status: i64, client: &str, nonce: &[u8], mac: &[u8]) -> Message {
        Encoder::new(StringForm::Terminated)
            .int(status)
            .int(length(client))
            .string(client)
            .int(15)
            .string("condor@password")
            .counted(nonce)
            .counted(&[2; NONCE_LEN])
            .counted(mac)
            .finish()
    }

    #[test]
    fn both_sides_prove() {
        let key = key();
        let nonce = [1; NONCE_LEN];
        let nonces = Nonces {
            client: &nonce,
            server: &[2; NONCE_LEN],
        };
        let mac = key
            .server_mac("alice@pool", "condor@password", &nonces)
            .unwrap();
        assert_eq!(mac.len(), 20);
        let good = Second::read(&second(0, "alice@pool", &nonce, mac.expose())).unwrap();
        assert_eq!(good.verify(&key, "alice@pool", &nonce), Ok(()));

        let read = |status, client: &str, nonce: &[u8], mac: &[u8]| {
            Second::read(&second(status, client, nonce, mac)).unwrap()
        };
        let check = |second: Second| second.verify(&key, "alice@pool", &nonce).unwrap_err();
        assert_eq!(
            check(read(-1, "alice@pool", &nonce, mac.expose())),
            ProofDefect::Declined
        );
        assert_eq!(
            check(read(0, "mallory@pool", &nonce, mac.expose())),
            ProofDefect::OtherExchange
        );
        assert_eq!(
            check(read(0, "alice@pool", &[9; NONCE_LEN], mac.expose())),
            ProofDefect::OtherExchange
        );
        assert_eq!(
            check(read(0, "alice@pool", &nonce, &[0; 20])),
            ProofDefect::WrongMac
        );
        assert_eq!(
            check(read(0, "alice@pool", &nonce, b"")),
            ProofDefect::WrongMac
        );
    }
}
