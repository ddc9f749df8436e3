//! A server that knows the protocol and the keys, but says what a script tells it to.
//!
//! ```text
//! want R O N P          the client's authentication, encryption, integrity, negotiation
//! methods FS,CLAIMTOBE  the client's methods
//! ad                    one message: an ad, its lines up to a dot
//! Encryption = "YES"
//! ECDHPublicKey = "@"   the server's own key
//! .
//! int 4                 one message: numbers
//! text /tmp/FS_x        one message: a string
//! hex 00ff              one message: bytes
//! protect               protects the channel from here on
//! close                 hangs up
//! ```

use countersign_classad::{ClassAd, Expr, parse_assignment};
use countersign_core::crypto::KeyPair;
use countersign_core::policy::Requirement;
use countersign_core::wire::{Codec, Encoder, Message};

/// The most steps of one script.
const MOST: usize = 64;

/// One thing that the server does.
#[derive(Debug, Clone)]
pub enum Line {
    Ad(Vec<String>),
    Ints(Vec<i64>),
    Text(String),
    Bytes(Vec<u8>),
    Protect,
    Close,
}

/// What the client wants, and what the server does.
#[derive(Debug, Clone)]
pub struct Script {
    pub authentication: Requirement,
    pub encryption: Requirement,
    pub integrity: Requirement,
    pub negotiation: Requirement,
    pub methods: Vec<String>,
    pub lines: Vec<Line>,
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

impl Script {
    /// Reads a script; lines that say nothing are passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut script = Self {
            authentication: Requirement::Optional,
            encryption: Requirement::Optional,
            integrity: Requirement::Optional,
            negotiation: Requirement::Preferred,
            methods: Vec::new(),
            lines: Vec::new(),
        };
        let mut lines = text.split('\n');
        while let Some(line) = lines.next() {
            if script.lines.len() >= MOST {
                break;
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let line = match word {
                "want" => {
                    let mut wants = rest.split(' ').map(Requirement::parse);
                    for own in [
                        &mut script.authentication,
                        &mut script.encryption,
                        &mut script.integrity,
                        &mut script.negotiation,
                    ] {
                        *own = wants.next().flatten().unwrap_or(*own);
                    }
                    continue;
                }
                "methods" => {
                    script.methods = rest.split(',').map(str::to_owned).collect();
                    continue;
                }
                "ad" => Line::Ad(
                    lines
                        .by_ref()
                        .take_while(|line| *line != ".")
                        .map(str::to_owned)
                        .collect(),
                ),
                "int" => Line::Ints(rest.split(' ').filter_map(|n| n.parse().ok()).collect()),
                "text" => Line::Text(rest.to_owned()),
                "hex" => Line::Bytes(hex(rest)),
                "protect" => Line::Protect,
                "close" => Line::Close,
                _ => continue,
            };
            script.lines.push(line);
        }
        script
    }
}

/// An ad of the lines that can be read; the value `"@"` becomes `key`.
#[must_use]
pub fn ad(lines: &[String], key: &str) -> ClassAd {
    let mut ad = ClassAd::new();
    for line in lines {
        if let Ok((name, expr)) = parse_assignment(line) {
            let own = expr == Expr::from("@");
            ad.insert(&name, if own { Expr::from(key) } else { expr });
        }
    }
    ad
}

/// The server's end of the connection.
#[derive(Debug)]
pub struct Server {
    pub codec: Codec,
    keys: KeyPair,
    client_key: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            codec: Codec::new(1 << 20),
            keys: KeyPair::from_scalar(&[0x24; 32]).expect("a private key"),
            client_key: None,
        }
    }
}

impl Server {
    /// Takes what the client said.
    ///
    /// # Panics
    /// If the client does not say whole messages.
    pub fn hear(&mut self, bytes: &[u8]) {
        self.codec.feed(bytes);
        while let Ok(Some(message)) = self.codec.next_message() {
            let limits = countersign_core::wire::HANDSHAKE_AD;
            let mut decoder = message.decoder();
            if let Ok(ad) = decoder
                .int("the command")
                .and_then(|_| decoder.ad("the hello", limits))
            {
                self.client_key = ad.get_str("ECDHPublicKey").map(str::to_owned);
            }
        }
    }

    /// The bytes of one line of the script; none for what cannot be sent.
    pub fn say(&mut self, line: &Line) -> Vec<u8> {
        let encoder = Encoder::new(self.codec.string_form());
        let message = match line {
            Line::Ad(lines) => encoder.ad(&ad(lines, self.keys.public_base64())).finish(),
            Line::Ints(numbers) => numbers
                .iter()
                .fold(encoder, |encoder, number| encoder.int(*number))
                .finish(),
            Line::Text(text) => encoder.string(text).finish(),
            Line::Bytes(bytes) => Message::new(bytes.clone().into(), self.codec.string_form()),
            Line::Protect => {
                let key = self
                    .client_key
                    .as_deref()
                    .and_then(|key| self.keys.agree(key).ok());
                if let Some(key) = key.filter(|_| !self.codec.is_protected()) {
                    self.codec.protect(&key, [9; 16]);
                }
                return Vec::new();
            }
            Line::Close => return Vec::new(),
        };
        self.codec
            .encode(&message)
            .map(|bytes| bytes.to_vec())
            .unwrap_or_default()
    }
}
