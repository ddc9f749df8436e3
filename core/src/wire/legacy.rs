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
