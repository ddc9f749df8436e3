//! AES-256-GCM frames with CEDAR's 16-byte IV.
//!
//! Rule: CEDAR chapter 1.4. The first frame each way carries the sender's IV; later frames add
//! their number to its leading 32 bits. The header is authenticated with every frame, and the
//! first frame each way also binds the digests of what both sides said in clear.

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce};
use aes_gcm::{AesGcm, aes::Aes256};
use bytes::{Buf as _, BufMut as _, BytesMut};

use super::{FrameHeader, HEADER_LEN, WireError};
use crate::crypto::ChannelKey;

const IV_LEN: usize = 16;
const TAG_LEN: usize = 16;

type Cipher = AesGcm<Aes256, U16>;

/// One direction's position.
#[derive(Debug)]
struct Direction {
    iv: [u8; IV_LEN],
    frames: u32,
}

impl Direction {
    /// The IV of the next frame.
    fn nonce(&self) -> Result<Nonce<Cipher>, WireError> {
        if self.frames == u32::MAX {
            return Err(WireError::KeyExhausted);
        }
        let [a, b, c, d, rest @ ..] = self.iv;
        let leading = u32::from_be_bytes([a, b, c, d]).wrapping_add(self.frames);
        let mut nonce = Nonce::<Cipher>::default();
        for (to, from) in nonce
            .iter_mut()
            .zip(leading.to_be_bytes().iter().chain(&rest))
        {
            *to = *from;
        }
        Ok(nonce)
    }
}

/// Bytes of both digests.
const DIGESTS_LEN: usize = 2 * 32;

/// What is authenticated with a frame beside its payload: the digests, if it is the first, and the header.
struct Associated {
    bytes: [u8; DIGESTS_LEN + HEADER_LEN],
    start: usize,
}

impl Associated {
    fn new(digests: Option<[&[u8; 32]; 2]>, header: [u8; HEADER_LEN]) -> Self {
        let mut bytes = [0; DIGESTS_LEN + HEADER_LEN];
        let (both, last) = bytes.split_at_mut(DIGESTS_LEN);
        last.copy_from_slice(&header);
        if let Some([one, other]) = digests {
            let (to_one, to_other) = both.split_at_mut(one.len());
            to_one.copy_from_slice(one);
            to_other.copy_from_slice(other);
        }
        let start = if digests.is_some() { 0 } else { DIGESTS_LEN };
        Self { bytes, start }
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// Seals and opens the frames of one protected connection.
pub(super) struct FrameCipher {
    cipher: Cipher,
    sending: Direction,
    receiving: Direction,
    sent_digest: [u8; 32],
    received_digest: [u8; 32],
}

impl std::fmt::Debug for FrameCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameCipher")
            .field("frames_sent", &self.sending.frames)
            .field("frames_received", &self.receiving.frames)
            .finish_non_exhaustive()
    }
}

impl FrameCipher {
    pub(super) fn new(
        key: &ChannelKey,
        iv: [u8; IV_LEN],
        sent_digest: [u8; 32],
        received_digest: [u8; 32],
    ) -> Self {
        let mut bytes = aes_gcm::Key::<Cipher>::default();
        for (to, from) in bytes.iter_mut().zip(key.expose()) {
            *to = *from;
        }
        let cipher = Cipher::new(&bytes);
        zeroize::Zeroize::zeroize(bytes.as_mut_slice());
        Self {
            cipher,
            sending: Direction { iv, frames: 0 },
            receiving: Direction {
                iv: [0; IV_LEN],
                frames: 0,
            },
            sent_digest,
            received_digest,
        }
    }

    /// Appends a whole frame, header included, to `out`; after an error, a part of one.
    pub(super) fn seal(
        &mut self,
        ends_message: bool,
        payload: &[u8],
        out: &mut BytesMut,
    ) -> Result<(), WireError> {
        let first = self.sending.frames == 0;
        let nonce = self.sending.nonce()?;
        let iv_len = if first { IV_LEN } else { 0 };
        let header = FrameHeader {
            ends_message,
            len: iv_len + payload.len() + TAG_LEN,
        }
        .encode();
        let associated = Associated::new(
            first.then_some([&self.sent_digest, &self.received_digest]),
            header,
        );
        out.put_slice(&header);
        if first {
            out.put_slice(&self.sending.iv);
        }
        let start = out.len();
        out.put_slice(payload);
        let body = out.get_mut(start..).unwrap_or_default();
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce, associated.as_slice(), body.into())
            .map_err(|_| WireError::KeyExhausted)?;
        out.put_slice(&tag);
        self.sending.frames += 1;
        Ok(())
    }

    /// Makes a frame's body its clear payload. After an error it is neither.
    pub(super) fn open(
        &mut self,
        header: [u8; HEADER_LEN],
        body: &mut BytesMut,
    ) -> Result<(), WireError> {
        let first = self.receiving.frames == 0;
        if first {
            let iv = body.first_chunk::<IV_LEN>().ok_or(WireError::Unverified)?;
            self.receiving.iv = *iv;
            body.advance(IV_LEN);
        }
        let tag = *body.last_chunk::<TAG_LEN>().ok_or(WireError::Unverified)?;
        body.truncate(body.len() - TAG_LEN);
        let nonce = self.receiving.nonce()?;
        let associated = Associated::new(
            first.then_some([&self.received_digest, &self.sent_digest]),
            header,
        );
        self.cipher
            .decrypt_inout_detached(
                &nonce,
                associated.as_slice(),
                body.as_mut().into(),
                &tag.into(),
            )
            .map_err(|_| WireError::Unverified)?;
        self.receiving.frames += 1;
        Ok(())
    }
}
