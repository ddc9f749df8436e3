//! What can be wrong with bytes from a peer.

/// Bytes that are not what CEDAR says they must be. Of a payload it holds at most the start of a
/// public attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The first bytes are no frame header: most likely another protocol answers on that port.
    #[error("the peer does not speak CEDAR: {}", guess_protocol(.bytes))]
    NotCedar {
        /// The five bytes received.
        bytes: [u8; 5],
    },
    /// A frame without payload, which CEDAR forbids.
    #[error("the peer sent an empty frame")]
    EmptyFrame,
    /// A frame that claims more than 1 MiB.
    #[error("the peer announced a frame of {len} bytes; the limit is 1048576")]
    FrameTooLong {
        /// The length it claimed.
        len: usize,
    },
    /// A message over the limit that applies at this point.
    #[error("the peer's message exceeds {limit} bytes")]
    MessageTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The message ended inside a value.
    #[error("the message ended while reading {what}")]
    Truncated {
        /// The value that was being read.
        what: &'static str,
    },
    /// The message has bytes left after its last value.
    #[error("the message has {extra} bytes too many after {what}")]
    Trailing {
        /// The last thing read.
        what: &'static str,
        /// Bytes left over.
        extra: usize,
    },
    /// A value outside what the protocol allows there.
    #[error("{what} is out of range: {value}")]
    OutOfRange {
        /// The value's meaning.
        what: &'static str,
        /// The value.
        value: i64,
    },
    /// A string that is longer than allowed there.
    #[error("{what} is longer than {limit} bytes")]
    StringTooLong {
        /// The string's meaning.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// A string that is not UTF-8, or holds a NUL.
    #[error("{what} is not valid text")]
    NotText {
        /// The string's meaning.
        what: &'static str,
    },
    /// A string is absent where one must be.
    #[error("{what} is absent")]
    Absent {
        /// The string's meaning.
        what: &'static str,
    },
    /// An attribute of an ad that cannot be read.
    #[error("attribute {index} of {what}: {problem}")]
    BadAttribute {
        /// The ad's meaning.
        what: &'static str,
        /// Its place in the ad, from 1.
        index: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A protected frame did not verify: tampered with, replayed, or keyed otherwise.
    #[error(
        "a protected frame failed verification: it was altered on the way, or the two sides saw \
         different handshakes or hold different keys"
    )]
    Unverified,
    /// More than 2^32 frames in one direction, after which an IV would repeat.
    #[error("the channel has carried the most frames it may under one key")]
    KeyExhausted,
}

/// Names the protocol that the five bytes look like, for a person who dialled the wrong port.
fn guess_protocol(bytes: &[u8; 5]) -> String {
    let guess = match bytes {
        b"HTTP/" | b"<html" | b"<!DOC" => "an HTTP server",
        [b'S', b'S', b'H', b'-', _] => "an SSH server",
        [b'2', b'2', b'0', b' ' | b'-', _] => "an SMTP or FTP server",
        [0x15 | 0x16, 3, _, _, _] => "a TLS server",
        _ => return format!("its first bytes are {bytes:02x?}"),
    };
    format!("its first bytes look like {guess}")
}
