//! The 5-byte frame header: an end-of-message flag and a big-endian payload length.
//!
//! Rule: CEDAR chapter 1.2; HTCondor's receiver refuses empty frames, frames over 1 MiB and
//! end flags outside 0…10, and so do we.

use super::WireError;

/// Bytes of a frame header.
pub const HEADER_LEN: usize = 5;

/// The largest payload of one frame, in bytes.
pub const MAX_FRAME_LEN: usize = 1 << 20;

/// The highest end-of-message flag that HTCondor's receiver takes; any but 0 ends the message.
const MAX_END_FLAG: u8 = 10;

/// A frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// True if this frame completes its message.
    pub ends_message: bool,
    /// Payload length in bytes, 1 to [`MAX_FRAME_LEN`].
    pub len: usize,
}

impl FrameHeader {
    /// The header as it goes over the wire. A length over 32 bits cannot occur: callers split
    /// messages at less than [`MAX_FRAME_LEN`].
    #[must_use]
    pub fn encode(self) -> [u8; HEADER_LEN] {
        let [a, b, c, d] = u32::try_from(self.len).unwrap_or(u32::MAX).to_be_bytes();
        [u8::from(self.ends_message), a, b, c, d]
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`WireError::NotCedar`] for an impossible end flag, [`WireError::EmptyFrame`] and
    /// [`WireError::FrameTooLong`] for impossible lengths.
    pub fn decode(bytes: [u8; HEADER_LEN]) -> Result<Self, WireError> {
        let [end, a, b, c, d] = bytes;
        if end > MAX_END_FLAG {
            return Err(WireError::NotCedar { bytes });
        }
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        match len {
            0 => Err(WireError::EmptyFrame),
            _ if len > MAX_FRAME_LEN => Err(WireError::FrameTooLong { len }),
            _ => Ok(Self {
                ends_message: end != 0,
                len,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_draft_example() {
        let header = FrameHeader {
            ends_message: true,
            len: 29,
        };
        assert_eq!(header.encode(), [1, 0, 0, 0, 0x1d]);
    }

    #[test]
    fn refuses_what_htcondor_refuses() {
        assert!(matches!(
            FrameHeader::decode([1, 0, 0, 0, 0]),
            Err(WireError::EmptyFrame)
        ));
        assert!(matches!(
            FrameHeader::decode([1, 0, 0x10, 0, 1]),
            Err(WireError::FrameTooLong { len: 1_048_577 })
        ));
        assert!(matches!(
            FrameHeader::decode(*b"HTTP/"),
            Err(WireError::NotCedar { .. })
        ));
        assert!(FrameHeader::decode([10, 0, 0, 0, 1]).is_ok());
    }

    proptest! {
        #[test]
        fn round_trip(ends_message: bool, len in 1..=MAX_FRAME_LEN) {
            let header = FrameHeader { ends_message, len };
            prop_assert_eq!(FrameHeader::decode(header.encode()).unwrap(), header);
        }
    }
}
