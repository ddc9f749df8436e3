//! Bytes to messages and back, frame protection included. No socket: bytes are fed in, bytes
//! come out.
//!
//! Frames are decoded one message at a time, since a peer may send a clear message and a
//! protected one in a single TCP segment, and only the handshake knows where protection starts.

use bytes::{Bytes, BytesMut};

use super::cipher::FrameCipher;
use super::legacy::{LegacyFrames, LegacyProtection};
use super::transcript::Transcript;
use super::{FrameHeader, HEADER_LEN, MAX_FRAME_LEN, Message, StringForm, WireError};
use crate::crypto::ChannelKey;

/// The most bytes a peer may send before the channel is protected or the handshake is over.
/// HTCondor stops digesting the transcript after the same amount; we stop listening.
pub const MAX_HANDSHAKE_BYTES: usize = 1 << 20;

/// Payload bytes per frame that we send; a receiver takes up to 1 MiB.
const SEND_CHUNK: usize = 256 * 1024;

/// Turns bytes into messages and messages into bytes for one connection.
pub struct Codec {
    inbox: BytesMut,
    partial: BytesMut,
    message_limit: usize,
    /// What was said in clear so far; `None` once the handshake is over.
    handshake: Option<Handshake>,
    cipher: Protection,
}

/// What protects the frames. What does is apart, since a connection that waits for its first message has none of it, and
/// it is large.
enum Protection {
    None,
    Aes(Box<FrameCipher>),
    Legacy(Box<LegacyFrames>),
}

/// The cipher does not take a key of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cipher does not take a key of that length")]
pub struct KeyUnfit;

/// What is kept of the clear part of a handshake.
#[derive(Default)]
struct Handshake {
    received_len: usize,
    sent: Transcript,
    received: Transcript,
}

impl std::fmt::Debug for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Codec({} bytes waiting, protected: {})",
            self.inbox.len() + self.partial.len(),
            self.is_protected()
        )
    }
}

impl Codec {
    /// A codec for a fresh connection. No message may exceed `message_limit` bytes.
    #[must_use]
    pub fn new(message_limit: usize) -> Self {
        Self {
            inbox: BytesMut::new(),
            partial: BytesMut::new(),
            message_limit,
            handshake: Some(Handshake::default()),
            cipher: Protection::None,
        }
    }

    /// Changes the limit on one message, in bytes: replies to a command may be larger than
    /// handshake messages.
    pub fn set_message_limit(&mut self, message_limit: usize) {
        self.message_limit = message_limit;
    }

    /// How strings of messages are encoded from here on.
    #[must_use]
    pub fn string_form(&self) -> StringForm {
        if self.is_encrypting() {
            StringForm::Prefixed
        } else {
            StringForm::Terminated
        }
    }

    /// True once frames are encrypted and verified, both.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.is_encrypting() && self.is_verifying()
    }

    /// True once frames are encrypted.
    #[must_use]
    pub fn is_encrypting(&self) -> bool {
        match &self.cipher {
            Protection::None => false,
            Protection::Aes(_) => true,
            Protection::Legacy(frames) => frames.is_encrypting(),
        }
    }

    /// True once frames that were altered are refused.
    #[must_use]
    pub fn is_verifying(&self) -> bool {
        match &self.cipher {
            Protection::None => false,
            Protection::Aes(_) => true,
            Protection::Legacy(frames) => frames.is_verifying(),
        }
    }

    /// Bytes before a frame's payload.
    fn header_len(&self) -> usize {
        match &self.cipher {
            Protection::None | Protection::Aes(_) => HEADER_LEN,
            Protection::Legacy(frames) => frames.header_len(),
        }
    }

    /// Hands over bytes from the peer.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.inbox.extend_from_slice(bytes);
    }

    /// Bytes that were handed over and make no whole frame yet.
    pub(crate) fn waiting(&self) -> usize {
        self.inbox.len()
    }

    /// The next whole message, if it has arrived.
    ///
    /// # Errors
    /// Any framing or verification error. The connection is of no use afterwards.
    pub fn next_message(&mut self) -> Result<Option<Message>, WireError> {
        loop {
            let Some(header_bytes) = self.inbox.first_chunk::<HEADER_LEN>().copied() else {
                return Ok(None);
            };
            let header = FrameHeader::decode(header_bytes)?;
            // Counted before the body arrives, so that a claim alone never grows a buffer.
            if self.partial.len().saturating_add(header.len) > self.message_limit {
                return Err(WireError::MessageTooLong {
                    limit: self.message_limit,
                });
            }
            let header_len = self.header_len();
            if self.inbox.len() < header_len + header.len {
                return Ok(None);
            }
            let prefix = self.inbox.split_to(header_len);
            let mut body = self.inbox.split_to(header.len);
            match &mut self.cipher {
                Protection::Aes(cipher) => cipher.open(header_bytes, &mut body)?,
                Protection::Legacy(frames) => {
                    frames.open(header.ends_message, &prefix, &mut body)?;
                }
                Protection::None => {
                    if let Some(handshake) = &mut self.handshake {
                        handshake.received_len += HEADER_LEN + body.len();
                        if handshake.received_len > MAX_HANDSHAKE_BYTES {
                            return Err(WireError::MessageTooLong {
                                limit: MAX_HANDSHAKE_BYTES,
                            });
                        }
                        handshake.received.update(&header_bytes);
                        handshake.received.update(&body);
                    }
                }
            }
            self.partial.unsplit(body);
            if header.ends_message {
                let payload = self.partial.split().freeze();
                return Ok(Some(Message::new(payload, self.string_form())));
            }
        }
    }

    /// The bytes of a message, protected if the channel is.
    ///
    /// # Errors
    /// [`WireError::EmptyFrame`] for an empty message, which CEDAR cannot carry, and
    /// [`WireError::KeyExhausted`].
    pub fn encode(&mut self, message: &Message) -> Result<Bytes, WireError> {
        let mut out = BytesMut::new();
        self.encode_to(message, &mut out)?;
        Ok(out.freeze())
    }

    /// Appends the bytes of a message, or nothing.
    pub(crate) fn encode_to(
        &mut self,
        message: &Message,
        out: &mut BytesMut,
    ) -> Result<(), WireError> {
        let before = out.len();
        let encoded = self.append(message, out);
        if encoded.is_err() {
            out.truncate(before);
        }
        encoded
    }

    fn append(&mut self, message: &Message, out: &mut BytesMut) -> Result<(), WireError> {
        let payload = message.payload();
        if payload.is_empty() {
            return Err(WireError::EmptyFrame);
        }
        out.reserve(payload.len() + 64);
        let mut chunks = payload.chunks(SEND_CHUNK.min(MAX_FRAME_LEN)).peekable();
        while let Some(chunk) = chunks.next() {
            let ends_message = chunks.peek().is_none();
            match &mut self.cipher {
                Protection::Aes(cipher) => cipher.seal(ends_message, chunk, out)?,
                Protection::Legacy(frames) => frames.seal(ends_message, chunk, out),
                Protection::None => {
                    let header = FrameHeader {
                        ends_message,
                        len: chunk.len(),
                    }
                    .encode();
                    if let Some(handshake) = &mut self.handshake {
                        handshake.sent.update(&header);
                        handshake.sent.update(chunk);
                    }
                    out.extend_from_slice(&header);
                    out.extend_from_slice(chunk);
                }
            }
        }
        Ok(())
    }

    /// Encrypts and verifies every frame from here on, and binds what was said in clear until now
    /// into the first frame each way. `iv` is this side's initial value: 16 fresh random bytes.
    pub fn protect(&mut self, key: &ChannelKey, iv: [u8; 16]) {
        let mut handshake = self.handshake.take().unwrap_or_default();
        self.cipher = Protection::Aes(Box::new(FrameCipher::new(
            key,
            iv,
            handshake.sent.finish(),
            handshake.received.finish(),
        )));
    }

    /// Protects every frame from here on as before AES. Nothing binds what was said until now.
    ///
    /// # Errors
    /// [`KeyUnfit`]; nothing is changed then.
    pub fn protect_legacy(
        &mut self,
        key: &ChannelKey,
        protection: LegacyProtection,
    ) -> Result<(), KeyUnfit> {
        let frames = LegacyFrames::new(key, protection).ok_or(KeyUnfit)?;
        self.handshake = None;
        self.cipher = Protection::Legacy(Box::new(frames));
        Ok(())
    }

    /// The handshake is over, protected or not: what comes now is the command's, bounded by the
    /// limit on one message alone, and no longer digested.
    pub fn end_handshake(&mut self) {
        self.handshake = None;
    }

    /// Forgets what was said so far. Done after a shared-port request, which the daemon behind
    /// the port never sees (CEDAR chapter 3.3.1).
    pub fn reset_transcripts(&mut self) {
        if let Some(handshake) = &mut self.handshake {
            handshake.sent = Transcript::default();
            handshake.received = Transcript::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Encoder;
    use proptest::prelude::*;

    fn message(codec: &Codec, text: &str) -> Message {
        Encoder::new(codec.string_form()).string(text).finish()
    }

    fn pair() -> (Codec, Codec) {
        let (mut a, mut b) = (Codec::new(1 << 20), Codec::new(1 << 20));
        let hello = a.encode(&message(&a, "hello")).unwrap();
        b.feed(&hello);
        assert!(b.next_message().unwrap().is_some());
        let key = ChannelKey::from_bytes([7; 32]);
        a.protect(&key, [1; 16]);
        b.protect(&key, [2; 16]);
        (a, b)
    }

    #[test]
    fn protected_both_ways() {
        let (mut a, mut b) = pair();
        for n in 0..3 {
            let text = format!("message {n}");
            let bytes = a.encode(&message(&a, &text)).unwrap();
            b.feed(&bytes);
            let got = b.next_message().unwrap().unwrap();
            assert_eq!(got.decoder().string("text", 100).unwrap(), text);
            let bytes = b.encode(&message(&b, &text)).unwrap();
            a.feed(&bytes);
            assert!(a.next_message().unwrap().is_some());
        }
    }

    #[test]
    fn replayed_frame_fails() {
        let (mut a, mut b) = pair();
        let bytes = a.encode(&message(&a, "once")).unwrap();
        b.feed(&bytes);
        b.next_message().unwrap().unwrap();
        b.feed(&bytes);
        assert_eq!(b.next_message(), Err(WireError::Unverified));
    }

    #[test]
    fn different_transcripts_fail() {
        let (mut a, mut b) = (Codec::new(1 << 20), Codec::new(1 << 20));
        a.encode(&message(&a, "REQUIRED")).unwrap();
        let other = Codec::new(100).encode(&message(&b, "OPTIONAL")).unwrap();
        b.feed(&other);
        b.next_message().unwrap();
        let key = ChannelKey::from_bytes([7; 32]);
        a.protect(&key, [1; 16]);
        b.protect(&key, [2; 16]);
        let bytes = a.encode(&message(&a, "x")).unwrap();
        b.feed(&bytes);
        assert_eq!(b.next_message(), Err(WireError::Unverified));
    }

    #[test]
    fn the_handshake_is_bounded_as_a_whole_and_the_command_is_not() {
        let (mut a, mut b) = (Codec::new(1 << 20), Codec::new(1 << 20));
        let text = "x".repeat(600_000);
        let bytes = a.encode(&message(&a, &text)).unwrap();
        b.feed(&bytes);
        assert!(b.next_message().unwrap().is_some());
        b.feed(&bytes);
        assert!(matches!(
            b.next_message(),
            Err(WireError::MessageTooLong { .. })
        ));
        let mut b = Codec::new(1 << 20);
        b.end_handshake();
        for _ in 0..3 {
            b.feed(&bytes);
            assert!(b.next_message().unwrap().is_some());
        }
    }

    #[test]
    fn debug_shows_no_bytes() {
        let mut codec = Codec::new(100);
        codec.feed(b"hunter2");
        let encoder = Encoder::new(codec.string_form()).string("hunter2");
        assert!(!format!("{codec:?} {encoder:?}").contains("hunter2"));
        let message = encoder.finish();
        assert!(!format!("{message:?} {:?}", message.decoder()).contains("104"));
    }

    #[test]
    fn a_claimed_length_alone_is_refused() {
        let mut codec = Codec::new(1000);
        codec.feed(&[0, 0, 0, 4, 0]);
        assert_eq!(
            codec.next_message(),
            Err(WireError::MessageTooLong { limit: 1000 })
        );
    }

    proptest! {
        #[test]
        fn any_fragmentation_gives_the_same_messages(
            texts in proptest::collection::vec("[a-z]{0,40}", 1..5),
            cut in 1usize..7,
            protected: bool,
        ) {
            let (mut a, mut b) = if protected { pair() } else { (Codec::new(4096), Codec::new(4096)) };
            let mut wire = Vec::new();
            for text in &texts {
                let m = message(&a, text);
                wire.extend_from_slice(&a.encode(&m).unwrap());
            }
            let mut got = Vec::new();
            for piece in wire.chunks(cut) {
                b.feed(piece);
                while let Some(m) = b.next_message().unwrap() {
                    got.push(m.decoder().string("text", 100).unwrap().to_owned());
                }
            }
            prop_assert_eq!(got, texts);
        }

        #[test]
        fn a_flipped_bit_in_a_protected_frame_fails(text in "[a-z]{1,40}", at: prop::sample::Index, bit in 0u8..8) {
            let (mut a, mut b) = pair();
            let m = message(&a, &text);
            let mut wire = a.encode(&m).unwrap().to_vec();
            let at = at.index(wire.len());
            wire[at] ^= 1 << bit;
            b.feed(&wire);
            prop_assert!(!matches!(b.next_message(), Ok(Some(_))));
        }

        #[test]
        fn arbitrary_bytes_never_panic(raw: Vec<u8>, protected: bool) {
            let mut codec = if protected { pair().1 } else { Codec::new(1 << 16) };
            codec.feed(&raw);
            while let Ok(Some(_)) = codec.next_message() {}
        }
    }
}
