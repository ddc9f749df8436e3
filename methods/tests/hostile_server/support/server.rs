//! An honest server as 25.14.1 speaks, whose every message a test may replace before it is framed and, where that was
//! agreed on, encrypted.

use bytes::Bytes;
use countersign_classad::ClassAd;
use countersign_core::PROTOCOL_VERSION;
use countersign_core::crypto::{ChannelKey, KeyPair};
use countersign_core::names::attrs;
use countersign_core::wire::{Codec, Encoder, HANDSHAKE_AD, LegacyProtection, Message};

use super::Fields;
use super::akep2::third_is_good;
use super::{Token, proof};

/// How the server wants to authenticate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Nothing,
    ClaimToBe,
    Anonymous,
    Fs,
    IdTokens,
}

impl By {
    pub(crate) const ALL: [Self; 5] = [
        Self::Nothing,
        Self::ClaimToBe,
        Self::Anonymous,
        Self::Fs,
        Self::IdTokens,
    ];

    pub(crate) fn wire(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::ClaimToBe => "CLAIMTOBE",
            Self::Anonymous => "ANONYMOUS",
            Self::Fs => "FS",
            Self::IdTokens => "TOKEN",
        }
    }

    pub(crate) fn bit(self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::ClaimToBe => 2,
            Self::Anonymous => 128,
            Self::Fs => 4,
            Self::IdTokens => 2048,
        }
    }
}

/// What a message of the server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Reply,
    Choice,
    /// FS: the path.
    Path,
    /// FS: what became of it.
    Verdict,
    /// IDTOKENS: the server's proof.
    Proof,
    /// CLAIMTOBE and ANONYMOUS.
    Answer,
    KeyFlag,
    /// No method is left.
    Nothing,
    Decision,
    /// The answer to a resumption.
    Resumed,
    /// The command's own answer.
    Command,
}

/// What a test makes of a message: any number of messages.
type Edit<'a> = Box<dyn FnMut(Kind, Message) -> Vec<Message> + 'a>;

enum State {
    Hello,
    Mask,
    Claim,
    Report,
    First,
    Third,
    Done,
}

/// What the server does with its frames.
enum Protects {
    /// What was agreed on.
    AsAgreed,
    /// AES with this key, whatever was agreed on.
    With(ChannelKey),
    /// A cipher from before AES.
    Legacy(ChannelKey, LegacyProtection),
    Nothing,
}

/// The server's end of a connection.
pub(crate) struct Server<'a> {
    pub(crate) by: By,
    encrypt: bool,
    pub(crate) path: String,
    pub(crate) token: Token,
    edit: Edit<'a>,
    protection: Protects,
    keys: KeyPair,
    client_key: String,
    codec: Codec,
    state: State,
    out: Vec<(Kind, Bytes)>,
    /// Every byte that the client sent.
    pub(crate) heard: Vec<u8>,
    /// True once the client has proven what its method has to prove.
    pub(crate) convinced: bool,
}

/// A key pair that no server of this run had before.
fn fresh_keys() -> KeyPair {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut scalar = [9; 32];
    scalar[..8].copy_from_slice(&number.to_be_bytes());
    KeyPair::from_scalar(&scalar).unwrap()
}

impl<'a> Server<'a> {
    pub(crate) fn new(by: By, encrypt: bool) -> Self {
        Self {
            by,
            encrypt,
            path: "/tmp/FS_127.0.0.1_39618_abc_".into(),
            token: Token::alices(),
            edit: Box::new(|_, message| vec![message]),
            protection: Protects::AsAgreed,
            keys: fresh_keys(),
            client_key: String::new(),
            codec: Codec::new(1 << 20),
            state: State::Hello,
            out: Vec::new(),
            heard: Vec::new(),
            convinced: false,
        }
    }

    /// Replaces messages.
    pub(crate) fn edit(mut self, edit: impl FnMut(Kind, Message) -> Vec<Message> + 'a) -> Self {
        self.edit = Box::new(edit);
        self
    }

    /// Encrypts with this key, whatever was agreed on.
    pub(crate) fn with_key(mut self, key: ChannelKey) -> Self {
        self.protection = Protects::With(key);
        self
    }

    /// Protects with this key as before AES, whatever was agreed on.
    pub(crate) fn with_legacy(mut self, key: ChannelKey, protection: LegacyProtection) -> Self {
        self.protection = Protects::Legacy(key, protection);
        self
    }

    /// Protects nothing, whatever was agreed on.
    pub(crate) fn in_clear(mut self) -> Self {
        self.protection = Protects::Nothing;
        self
    }

    /// What it has to send.
    pub(crate) fn take(&mut self) -> Vec<(Kind, Bytes)> {
        std::mem::take(&mut self.out)
    }

    /// Takes bytes from the client. What it cannot make sense of it does not answer.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.heard.extend_from_slice(bytes);
        self.codec.feed(bytes);
        while let Ok(Some(message)) = self.codec.next_message() {
            self.on_message(&message);
        }
    }

    fn encoder(&self) -> Encoder {
        Encoder::new(self.codec.string_form())
    }

    fn say(&mut self, kind: Kind, message: Message) {
        for message in (self.edit)(kind, message) {
            let bytes = self.codec.encode(&message).unwrap();
            self.out.push((kind, bytes));
        }
    }

    fn say_int(&mut self, kind: Kind, value: i64) {
        let message = self.encoder().int(value).finish();
        self.say(kind, message);
    }

    fn on_message(&mut self, message: &Message) {
        match self.state {
            State::Hello => self.on_hello(message),
            State::Mask => self.on_mask(),
            State::Claim => {
                self.say_int(Kind::Answer, 1);
                self.finish_method(true);
            }
            State::Report => {
                let made = message.decoder().int("status") == Ok(0);
                self.say_int(Kind::Verdict, if made { 0 } else { -1 });
                self.finish_method(made);
            }
            State::First => {
                let fields = Fields::honest(&self.token, message);
                let message = proof(self.encoder(), &fields);
                self.state = State::Third;
                self.say(Kind::Proof, message);
            }
            State::Third => {
                let good = third_is_good(&self.token, message);
                self.finish_method(good);
            }
            State::Done => {}
        }
    }

    fn on_hello(&mut self, message: &Message) {
        let mut decoder = message.decoder();
        assert_eq!(decoder.int("command"), Ok(60010));
        let hello = decoder.ad("hello", HANDSHAKE_AD).unwrap();
        if hello.get_str(attrs::USE_SESSION) == Some("YES") {
            let mut ad = ClassAd::new();
            ad.insert(attrs::RETURN_CODE, "AUTHORIZED");
            ad.insert(attrs::REMOTE_VERSION, PROTOCOL_VERSION);
            ad.insert(attrs::NONCE, "bm9uY2U=");
            let message = self.encoder().ad(&ad).finish();
            self.say(Kind::Resumed, message);
            self.protect();
            self.answer_command();
            return;
        }
        self.client_key = hello.get_str(attrs::ECDH_PUBLIC_KEY).unwrap().to_owned();
        let message = self.encoder().ad(&self.reply()).finish();
        self.say(Kind::Reply, message);
        if self.by == By::Nothing {
            self.decide();
        } else {
            self.state = State::Mask;
        }
    }

    fn reply(&self) -> ClassAd {
        let yes = |value| if value { "YES" } else { "NO" };
        let mut ad = ClassAd::new();
        for (name, value) in [
            (attrs::AUTHENTICATION, yes(self.by != By::Nothing)),
            (attrs::ENCRYPTION, yes(self.encrypt)),
            (attrs::INTEGRITY, yes(self.encrypt)),
            (attrs::ENACT, "YES"),
            (attrs::AUTH_METHODS_LIST, self.by.wire()),
            (attrs::AUTH_METHODS, self.by.wire()),
            (attrs::CRYPTO_METHODS, "AES"),
            (attrs::CRYPTO_METHODS_LIST, "AES"),
            (attrs::REMOTE_VERSION, PROTOCOL_VERSION),
            (attrs::TRUST_DOMAIN, "pool.example"),
            (attrs::ISSUER_KEYS, "POOL"),
            (attrs::SESSION_DURATION, "60"),
        ] {
            ad.insert(name, value);
        }
        // With an AES key a channel is encrypted, whatever was answered; without one it is clear.
        if self.encrypt {
            ad.insert(attrs::ECDH_PUBLIC_KEY, self.keys.public_base64());
        }
        ad.insert(attrs::SESSION_LEASE, 3600);
        ad.insert(attrs::AUTH_REQUIRED, true);
        ad
    }

    /// Takes the mask, whatever is in it; after a failure there is nothing left.
    fn on_mask(&mut self) {
        if self.by == By::Nothing {
            self.state = State::Done;
            return self.say_int(Kind::Nothing, 0);
        }
        self.say_int(Kind::Choice, self.by.bit());
        self.state = match self.by {
            By::Nothing => unreachable!("it was returned from above"),
            By::ClaimToBe => State::Claim,
            By::IdTokens => State::First,
            By::Fs => {
                let message = self.encoder().string(&self.path).finish();
                self.say(Kind::Path, message);
                State::Report
            }
            By::Anonymous => {
                self.say_int(Kind::Answer, 1);
                return self.finish_method(true);
            }
        };
    }

    fn finish_method(&mut self, good: bool) {
        self.convinced = good;
        if good {
            self.say_int(Kind::KeyFlag, 0);
            self.decide();
        } else {
            self.by = By::Nothing;
            self.state = State::Mask;
        }
    }

    fn protect(&mut self) {
        match &self.protection {
            Protects::Nothing => {}
            Protects::With(key) => self.codec.protect(key, [7; 16]),
            Protects::Legacy(key, protection) => {
                self.codec.protect_legacy(key, *protection).unwrap();
            }
            Protects::AsAgreed if self.encrypt => {
                let key = self.keys.agree(&self.client_key).unwrap();
                self.codec.protect(&key, [7; 16]);
            }
            Protects::AsAgreed => {}
        }
    }

    fn decide(&mut self) {
        self.protect();
        let mut ad = ClassAd::new();
        ad.insert(attrs::RETURN_CODE, "AUTHORIZED");
        ad.insert(attrs::SID, "host:1:2:3");
        ad.insert(attrs::USER, "alice@pool.example");
        ad.insert(attrs::VALID_COMMANDS, "60020,60021");
        let message = self.encoder().ad(&ad).finish();
        self.say(Kind::Decision, message);
        self.answer_command();
    }

    /// The answer to DC_SEC_QUERY follows on the heels of the decision.
    fn answer_command(&mut self) {
        self.state = State::Done;
        let mut ad = ClassAd::new();
        ad.insert(attrs::AUTHORIZATION_SUCCEEDED, true);
        let message = self.encoder().ad(&ad).finish();
        self.say(Kind::Command, message);
    }
}

/// The ad that a message consists of.
pub(crate) fn ad_of(message: &Message) -> ClassAd {
    message.decoder().ad("an ad", HANDSHAKE_AD).unwrap()
}

/// A message of one ad, in the string form of another.
pub(crate) fn message_of(ad: &ClassAd, like: &Message) -> Message {
    Encoder::new(like.form()).ad(ad).finish()
}
