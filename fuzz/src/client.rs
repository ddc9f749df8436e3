//! A client that knows the protocol, but says what a script tells it to (`script` has the language).
//!
//! Its first ad is a hello: the number of DC_AUTHENTICATE stands before it in the same message.

use countersign_core::crypto::KeyPair;
use countersign_core::wire::{Codec, Encoder, HANDSHAKE_AD, Message};

use crate::script::{Line, ad};

const DC_AUTHENTICATE: i64 = 60_010;

/// The client's end of the connection.
#[derive(Debug)]
pub struct Speaker {
    codec: Codec,
    keys: KeyPair,
    server_key: Option<String>,
    greeted: bool,
}

impl Default for Speaker {
    fn default() -> Self {
        Self {
            codec: Codec::new(1 << 20),
            keys: KeyPair::from_scalar(&[0x24; 32]).expect("a private key"),
            server_key: None,
            greeted: false,
        }
    }
}

impl Speaker {
    /// Takes what the server said, and keeps its public key.
    pub fn hear(&mut self, bytes: &[u8]) {
        self.codec.feed(bytes);
        while let Ok(Some(message)) = self.codec.next_message() {
            if let Ok(ad) = message.decoder().ad("the reply", HANDSHAKE_AD)
                && let Some(key) = ad.get_str("ECDHPublicKey")
            {
                self.server_key = Some(key.to_owned());
            }
        }
    }

    /// The bytes of one line of the script; none for what cannot be sent.
    pub fn say(&mut self, line: &Line) -> Vec<u8> {
        let encoder = Encoder::new(self.codec.string_form());
        let message = match line {
            Line::Ad(lines) => {
                let ad = ad(lines, self.keys.public_base64());
                if std::mem::replace(&mut self.greeted, true) {
                    encoder.ad(&ad).finish()
                } else {
                    encoder.int(DC_AUTHENTICATE).ad(&ad).finish()
                }
            }
            Line::Ints(numbers) => {
                self.greeted = true;
                let numbers = numbers.iter();
                numbers.fold(encoder, |e, number| e.int(*number)).finish()
            }
            Line::Text(text) => encoder.string(text).finish(),
            Line::Bytes(bytes) => Message::new(bytes.clone().into(), self.codec.string_form()),
            Line::Protect => {
                let key = self.server_key.as_deref();
                let key = key.and_then(|key| self.keys.agree(key).ok());
                if let Some(key) = key.filter(|_| !self.codec.is_protected()) {
                    self.codec.protect(&key, [9; 16]);
                }
                return Vec::new();
            }
            Line::Close => return Vec::new(),
        };
        let bytes = self.codec.encode(&message);
        bytes.map(|bytes| bytes.to_vec()).unwrap_or_default()
    }
}
