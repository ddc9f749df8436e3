//! The server's half of AKEP2, and a token for both halves.
//!
//! Rule: `Condor_Auth_Passwd` in HTCondor's `condor_auth_passwd.cpp`: the proof is HMAC-SHA1 over `A B\0 rA rB`, keyed
//! with HKDF-SHA256 of the token's signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_core::wire::{Encoder, Message};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

use super::seeds::{SEED_KA, SEED_LEN};

/// Bytes of a nonce.
pub(crate) const NONCE_LEN: usize = SEED_LEN;

/// A token of alice's. Its signature is what both sides must know; whether it verifies is the server's business.
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) signature: Vec<u8>,
}

impl Token {
    pub(crate) fn alices() -> Self {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        Self {
            text: format!(
                "{}.{}",
                encode(r#"{"alg":"HS256","kid":"POOL"}"#),
                encode(r#"{"iss":"pool.example","sub":"alice@pool.example","iat":1,"jti":"x"}"#),
            ),
            signature: vec![5; 32],
        }
    }

    /// The line of a token file.
    pub(crate) fn line(&self) -> String {
        format!(
            "{}.{}\n",
            self.text,
            URL_SAFE_NO_PAD.encode(&self.signature)
        )
    }

    fn key(&self) -> [u8; 32] {
        let salt = [&SEED_KA[..], self.text.as_bytes()].concat();
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(Some(&salt), &self.signature)
            .expand(b"master ka", &mut key)
            .unwrap();
        key
    }
}

/// The fields of the server's message, each of which may be a lie.
pub(crate) struct Fields {
    pub(crate) status: i64,
    pub(crate) client: String,
    pub(crate) server: String,
    pub(crate) client_nonce: Vec<u8>,
    pub(crate) server_nonce: Vec<u8>,
    pub(crate) mac: Vec<u8>,
}

impl Fields {
    /// What an honest server answers to the client's first message.
    pub(crate) fn honest(token: &Token, first: &Message) -> Self {
        let mut decoder = first.decoder();
        decoder.int("status").unwrap();
        decoder.int("length").unwrap();
        let client = decoder.string("name", 1024).unwrap().to_owned();
        decoder.string("token", 65536).unwrap();
        let client_nonce = decoder.counted("nonce", NONCE_LEN).unwrap().to_vec();
        decoder.finish().unwrap();
        let (server, server_nonce) = ("condor@password".to_owned(), vec![9; NONCE_LEN]);
        let mut mac = Hmac::<Sha1>::new_from_slice(&token.key()).unwrap();
        let named = format!("{client} {server}\0");
        for part in [named.as_bytes(), &client_nonce, &server_nonce] {
            mac.update(part);
        }
        Self {
            status: 0,
            mac: mac.finalize().into_bytes().to_vec(),
            client,
            server,
            client_nonce,
            server_nonce,
        }
    }
}

/// The server's message of these fields.
pub(crate) fn proof(encoder: Encoder, fields: &Fields) -> Message {
    encoder
        .int(fields.status)
        .int(fields.client.len() as i64)
        .string(&fields.client)
        .int(fields.server.len() as i64)
        .string(&fields.server)
        .counted(&fields.client_nonce)
        .counted(&fields.server_nonce)
        .counted(&fields.mac)
        .finish()
}

/// True if the client's third message says that all is well and proves it.
pub(super) fn third_is_good(token: &Token, message: &Message) -> bool {
    let mut decoder = message.decoder();
    let status = decoder.int("status").unwrap();
    decoder.int("length").unwrap();
    let name = decoder.string("name", 1024).unwrap().to_owned();
    let nonce = decoder.counted("nonce", NONCE_LEN).unwrap().to_vec();
    let proven = decoder.counted("mac", 64).unwrap().to_vec();
    decoder.finish().unwrap();
    let mut mac = Hmac::<Sha1>::new_from_slice(&token.key()).unwrap();
    for part in [name.as_bytes(), b"\0", &nonce] {
        mac.update(part);
    }
    status == 0 && nonce == vec![9; NONCE_LEN] && mac.verify_slice(&proven).is_ok()
}

/// The fields of a server's message.
pub(crate) fn read_proof(message: &Message) -> Fields {
    let mut decoder = message.decoder();
    let status = decoder.int("status").unwrap();
    let mut text = || {
        decoder.int("length").unwrap();
        decoder.string("name", 1024).unwrap().to_owned()
    };
    let (client, server) = (text(), text());
    let mut counted = || decoder.counted("bytes", NONCE_LEN).unwrap().to_vec();
    Fields {
        status,
        client,
        server,
        client_nonce: counted(),
        server_nonce: counted(),
        mac: counted(),
    }
}
