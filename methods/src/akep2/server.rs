//! The server's messages, and its view of the client's.
//!
//! Rule: `server_receive_one`, `server_send`, `server_receive_two` and `server_check_hk_validity` in
//! HTCondor's `condor_auth_passwd.cpp`.

use countersign_core::Secret;
use countersign_core::wire::{Encoder, Message, WireError};

use super::{A_OK, AuthKey, ERROR, MAX_MAC, NONCE_LEN, Nonces, length, name};

/// The longest text that is read where a token should be, in bytes. What is over a token's own limit is
/// refused like any other token.
const MAX_TEXT: usize = 1 << 20;

/// The exchange ends at once.
pub(crate) const ABORT: i64 = 1;

/// The client's first message.
#[derive(Debug)]
pub(crate) struct First {
    pub(crate) status: i64,
    pub(crate) client: String,
    /// `header.payload`; empty by PASSWORD.
    pub(crate) token: String,
    pub(crate) nonce: Vec<u8>,
}

/// Whether a client's first message has a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// By IDTOKENS.
    WithToken,
    /// By PASSWORD.
    Plain,
}

impl First {
    /// Reads it.
    pub(crate) fn read(message: &Message, opening: Opening) -> Result<Self, WireError> {
        let mut decoder = message.decoder();
        let first = Self {
            status: decoder.int("the client's status")?,
            client: name(&mut decoder, "the client's name")?,
            token: match opening {
                Opening::WithToken => decoder
                    .optional_string("the client's token", MAX_TEXT)?
                    .unwrap_or_default()
                    .to_owned(),
                Opening::Plain => String::new(),
            },
            nonce: decoder.counted("the client's nonce", NONCE_LEN)?.to_vec(),
        };
        decoder.finish()?;
        Ok(first)
    }
}

/// This side's message.
#[derive(Debug)]
pub(crate) struct Second {
    pub(crate) client: String,
    pub(crate) server: String,
    pub(crate) client_nonce: Vec<u8>,
    pub(crate) server_nonce: Vec<u8>,
}

impl Second {
    /// It, with this side's proof.
    pub(crate) fn message(&self, encoder: Encoder, key: &AuthKey) -> Option<Message> {
        let nonces = Nonces {
            client: &self.client_nonce,
            server: &self.server_nonce,
        };
        let mac = key.server_mac(&self.client, &self.server, &nonces)?;
        Some(
            encoder
                .int(A_OK)
                .int(length(&self.client))
                .string(&self.client)
                .int(length(&self.server))
                .string(&self.server)
                .counted(&self.client_nonce)
                .counted(&self.server_nonce)
                .counted(mac.expose())
                .finish(),
        )
    }
}

/// The second message of a server that does not go on.
pub(crate) fn second_refusal(encoder: Encoder) -> Message {
    encoder
        .int(ERROR)
        .int(0)
        .string("")
        .int(0)
        .string("")
        .int(0)
        .int(0)
        .int(0)
        .finish()
}

/// The client's second message.
#[derive(Debug)]
pub(crate) struct Third {
    status: i64,
    client_len: i64,
    client: String,
    server_nonce: Vec<u8>,
    mac: Secret,
}

/// Why a client's message is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientProofDefect {
    /// The client gave up: this side's own proof did not convince it.
    Declined,
    /// It answered with another name or nonce than this exchange's: it may be a replay.
    OtherExchange,
    /// Its MAC does not verify: it does not have the token's signature, or has another password.
    WrongMac,
}

impl Third {
    /// Reads it.
    pub(crate) fn read(message: &Message) -> Result<Self, WireError> {
        let mut decoder = message.decoder();
        let status = decoder.int("the client's status")?;
        let client_len = decoder.int("the client's name")?;
        let third = Self {
            status,
            client_len,
            client: decoder
                .optional_string("the client's name", super::MAX_NAME)?
                .unwrap_or_default()
                .to_owned(),
            server_nonce: decoder.counted("the server's nonce", NONCE_LEN)?.to_vec(),
            mac: Secret::from(decoder.counted("the client's MAC", MAX_MAC)?),
        };
        decoder.finish()?;
        Ok(third)
    }

    /// Checks that the client has the key.
    pub(crate) fn verify(&self, key: &AuthKey, second: &Second) -> Result<(), ClientProofDefect> {
        if self.status != A_OK {
            return Err(ClientProofDefect::Declined);
        }
        if self.client != second.client
            || self.client_len != length(&self.client)
            || self.server_nonce != second.server_nonce
        {
            return Err(ClientProofDefect::OtherExchange);
        }
        match key.client_mac(&second.client, &second.server_nonce) {
            Some(expected) if expected == self.mac => Ok(()),
            _ => Err(ClientProofDefect::WrongMac),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::akep2;
    use countersign_core::wire::StringForm;

    const NONCES: [[u8; NONCE_LEN]; 2] = [[1; NONCE_LEN], [2; NONCE_LEN]];

    fn second() -> Second {
        Second {
            client: "alice@pool".into(),
            server: "condor@password".into(),
            client_nonce: NONCES[0].to_vec(),
            server_nonce: NONCES[1].to_vec(),
        }
    }

    #[test]
    fn the_clients_half_believes_it() {
        let key = AuthKey::derive("h.p", &Secret::from(&b"signature"[..])).unwrap();
        let encoder = || Encoder::new(StringForm::Terminated);
        let message = second().message(encoder(), &key).unwrap();
        let read = akep2::Second::read(&message).unwrap();
        assert_eq!(read.verify(&key, "alice@pool", &NONCES[0]), Ok(()));

        let third = akep2::third(encoder(), &key, "alice@pool", &NONCES[1]).unwrap();
        let third = Third::read(&third).unwrap();
        assert_eq!(third.verify(&key, &second()), Ok(()));

        let other = AuthKey::derive("h.p", &Secret::from(&b"other"[..])).unwrap();
        assert_eq!(
            third.verify(&other, &second()),
            Err(ClientProofDefect::WrongMac)
        );
        let replayed = Second {
            server_nonce: vec![3; NONCE_LEN],
            ..second()
        };
        assert_eq!(
            third.verify(&key, &replayed),
            Err(ClientProofDefect::OtherExchange)
        );
        let refusal = Third::read(&akep2::third_refusal(encoder())).unwrap();
        assert_eq!(
            refusal.verify(&key, &second()),
            Err(ClientProofDefect::Declined)
        );
        let refusal = akep2::Second::read(&second_refusal(encoder())).unwrap();
        assert_eq!(
            refusal.verify(&key, "alice@pool", &NONCES[0]),
            Err(akep2::ProofDefect::Declined)
        );
    }
}
