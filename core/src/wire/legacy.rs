//! Frames from before AES: a header that may carry a MAC, and a payload that may be encrypted.
//!
//! Rule: `ReliSock::SndMsg::snd_packet`, `RcvMsg::rcv_packet` and `Condor_MD_MAC` in HTCondor. The MAC is the MD5 of the
//! key and of the payload as it is sent. It covers neither the header nor a number, so that nothing keeps a frame from
//! being repeated, left out or ended early; and the cipher begins every message alike.

use bytes::{BufMut as _, BytesMut};
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

use super::{FrameHeader, HEADER_LEN, WireError};
use crate::crypto::{ChannelKey, Decrypting, Encrypting, LegacyCipher, LegacyKeyed};

/// Bytes of a MAC.
const MAC_LEN: usize = 16;

/// What protects frames before AES.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegacyProtection {
    /// What payloads are encrypted with, if they are.
    pub encrypts: Option<LegacyCipher>,
    /// Whether each frame carries a MAC.
    pub verifies: bool,
}

/// Seals and opens the frames of one connection.
pub(super) struct LegacyFrames {
    cipher: Option<LegacyKeyed>,
    verifies: bool,
    key: ChannelKey,
    /// The message that is being sent, and the one that is being received.
    sending: Option<Encrypting>,
    receiving: Option<Decrypting>,
}

impl LegacyFrames {
    /// `None` if the cipher does not take the key.
    pub(super) fn new(key: &ChannelKey, protection: LegacyProtection) -> Option<Self> {
        let cipher = match protection.encrypts {
            None => None,
            Some(cipher) => Some(LegacyKeyed::new(cipher, key.expose())?),
        };
        Some(Self {
            cipher,
            verifies: protection.verifies,
            key: key.clone(),
            sending: None,
            receiving: None,
        })
    }

    pub(super) fn is_encrypting(&self) -> bool {
        self.cipher.is_some()
    }

    pub(super) fn is_verifying(&self) -> bool {
        self.verifies
    }

    /// Bytes before a frame's payload.
    pub(super) fn header_len(&self) -> usize {
        HEADER_LEN + if self.verifies { MAC_LEN } else { 0 }
    }

    fn mac(&self, payload: &[u8]) -> [u8; MAC_LEN] {
        Md5::new()
            .chain_update(self.key.expose())
            .chain_update(payload)
            .finalize()
            .into()
    }

    /// Appends a whole frame to `out`.
    pub(super) fn seal(&mut self, ends_message: bool, payload: &[u8], out: &mut BytesMut) {
        let header = FrameHeader {
            ends_message,
            len: payload.len(),
        };
        out.put_slice(&header.encode());
        let mac_at = out.len();
        if self.verifies {
            out.put_bytes(0, MAC_LEN);
        }
        let start = out.len();
        out.put_slice(payload);
        let body = out.get_mut(start..).unwrap_or_default();
        if let Some(cipher) = &self.cipher {
            let stream = self.sending.get_or_insert_with(|| cipher.encrypting());
            stream.next(body);
            if ends_message {
                self.sending = None;
            }
        }
        if self.verifies {
            let mac = self.mac(out.get(start..).unwrap_or_default());
            if let Some(place) = out.get_mut(mac_at..start) {
                place.copy_from_slice(&mac);
            }
        }
    }

    /// Makes a frame's body its clear payload. `prefix` is what stood before it.
    pub(super) fn open(
        &mut self,
        ends_message: bool,
        prefix: &[u8],
        body: &mut [u8],
    ) -> Result<(), WireError> {
        if self.verifies {
            let sent = prefix.get(HEADER_LEN..).unwrap_or_default();
            if !bool::from(self.mac(body).ct_eq(sent)) {
                return Err(WireError::Unverified);
            }
        }
        if let Some(cipher) = &self.cipher {
            let stream = self.receiving.get_or_insert_with(|| cipher.decrypting());
            stream.next(body);
            if ends_message {
                self.receiving = None;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Codec, Encoder, Message, StringForm};

    const ENCRYPTED: [Option<LegacyCipher>; 3] = [
        None,
        Some(LegacyCipher::Blowfish),
        Some(LegacyCipher::TripleDes),
    ];

    fn codec(protection: LegacyProtection) -> Codec {
        let mut codec = Codec::new(1 << 20);
        let key = ChannelKey::from_bytes([7; 24]);
        codec.protect_legacy(&key, protection).unwrap();
        codec
    }

    fn any_protection() -> impl Strategy<Value = LegacyProtection> {
        (0usize..3, any::<bool>()).prop_map(|(cipher, verifies)| LegacyProtection {
            encrypts: ENCRYPTED[cipher],
            verifies,
        })
    }

    fn verified() -> impl Strategy<Value = LegacyProtection> {
        any_protection().prop_map(|protection| LegacyProtection {
            verifies: true,
            ..protection
        })
    }

    fn of(bytes: &[u8]) -> Message {
        Encoder::new(StringForm::Terminated).bytes(bytes).finish()
    }

    #[test]
    fn what_it_does_is_seen() {
        for encrypts in ENCRYPTED {
            for verifies in [false, true] {
                let mut codec = codec(LegacyProtection { encrypts, verifies });
                assert_eq!(codec.is_encrypting(), encrypts.is_some());
                assert_eq!(codec.is_verifying(), verifies);
                assert_eq!(codec.is_protected(), encrypts.is_some() && verifies);
                let wire = codec.encode(&of(b"what was said")).unwrap();
                assert_eq!(wire.len(), 5 + 13 + if verifies { 16 } else { 0 });
                assert_eq!(wire.ends_with(b"what was said"), encrypts.is_none());
            }
        }
    }

    #[test]
    fn keys_that_no_cipher_takes() {
        for (encrypts, key) in [
            (LegacyCipher::TripleDes, ChannelKey::from_bytes([])),
            (LegacyCipher::Blowfish, ChannelKey::from_bytes([])),
            (LegacyCipher::Blowfish, ChannelKey::from_bytes([1; 3])),
            (LegacyCipher::Blowfish, ChannelKey::from_bytes([1; 57])),
        ] {
            let mut codec = Codec::new(100);
            let protection = LegacyProtection {
                encrypts: Some(encrypts),
                verifies: true,
            };
            assert!(codec.protect_legacy(&key, protection).is_err());
            assert!(!codec.is_encrypting() && !codec.is_verifying());
        }
    }

    /// HTCondor's MAC has neither the header nor a number in it. So no connection is believed to be more than its frames:
    /// a session with such a cipher is not kept, and nothing here may rely on an order.
    #[test]
    fn what_a_mac_leaves_open() {
        let protection = LegacyProtection {
            encrypts: Some(LegacyCipher::TripleDes),
            verifies: true,
        };
        let (mut a, mut b) = (codec(protection), codec(protection));
        let wire = a.encode(&of(b"once")).unwrap();
        for _ in 0..2 {
            b.feed(&wire);
            assert_eq!(b.next_message().unwrap().unwrap().payload(), b"once");
        }
        // The first of two frames is made the last one.
        let long = vec![9; 300_000];
        let mut wire = a.encode(&of(&long)).unwrap().to_vec();
        assert_eq!(wire[0], 0, "there are two");
        wire[0] = 1;
        b.feed(&wire);
        assert_eq!(b.next_message().unwrap().unwrap().payload().len(), 1 << 18);
    }

    /// The cipher goes on from frame to frame, and begins anew with the next message.
    #[test]
    fn a_message_of_several_frames() {
        let text: Vec<u8> = (0..600_000).map(|at| (at % 251) as u8).collect();
        for encrypts in ENCRYPTED {
            let protection = LegacyProtection {
                encrypts,
                verifies: true,
            };
            let (mut a, mut b) = (codec(protection), codec(protection));
            for _ in 0..2 {
                let wire = a.encode(&of(&text)).unwrap();
                let mut got = None;
                for piece in wire.chunks(99_991) {
                    b.feed(piece);
                    got = b.next_message().unwrap();
                }
                assert!(got.is_some_and(|message| message.payload() == text));
            }
        }
    }

    proptest! {
        #[test]
        fn there_and_back(
            protection in any_protection(),
            texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..60), 1..6),
            cut in 1usize..70,
        ) {
            let (mut a, mut b) = (codec(protection), codec(protection));
            let wire: Vec<u8> = texts.iter().flat_map(|text| a.encode(&of(text)).unwrap()).collect();
            let mut got = Vec::new();
            for piece in wire.chunks(cut) {
                b.feed(piece);
                while let Some(message) = b.next_message().unwrap() {
                    got.push(message.payload().to_vec());
                }
            }
            prop_assert_eq!(got, texts);
        }

        #[test]
        fn a_flipped_bit_is_noticed(
            protection in verified(),
            text in proptest::collection::vec(any::<u8>(), 1..60),
            at: prop::sample::Index,
            bit in 0u8..8,
        ) {
            let (mut a, mut b) = (codec(protection), codec(protection));
            let mut wire = a.encode(&of(&text)).unwrap().to_vec();
            let at = at.index(wire.len());
            wire[at] ^= 1 << bit;
            b.feed(&wire);
            let got = b.next_message();
            match got {
                // The header's first byte says that the message ends by any number but 0.
                Ok(Some(message)) => prop_assert!(at == 0 && message.payload() == text),
                Ok(None) => prop_assert!(at < HEADER_LEN),
                // All but the header is what the MAC is for.
                Err(error) => prop_assert!(at < HEADER_LEN || error == WireError::Unverified),
            }
        }

        #[test]
        fn another_key_is_noticed(protection in verified(), text in proptest::collection::vec(any::<u8>(), 1..60), key: [u8; 24]) {
            prop_assume!(key != [7; 24]);
            let mut a = codec(protection);
            let mut b = Codec::new(1 << 20);
            b.protect_legacy(&ChannelKey::from_bytes(key), protection).unwrap();
            b.feed(&a.encode(&of(&text)).unwrap());
            prop_assert_eq!(b.next_message().unwrap_err(), WireError::Unverified);
        }

        #[test]
        fn arbitrary_bytes_never_panic(protection in any_protection(), raw: Vec<u8>) {
            let mut codec = codec(protection);
            codec.feed(&raw);
            while let Ok(Some(_)) = codec.next_message() {}
        }
    }
}
