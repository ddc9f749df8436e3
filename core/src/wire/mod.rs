//! CEDAR on the wire: frames, messages, primitives, ClassAds and frame protection.

mod ad;
mod cipher;
mod codec;
mod error;
mod frame;
mod legacy;
mod transcript;
mod value;

pub use ad::{AdLimits, HANDSHAKE_AD};
pub use codec::{Codec, KeyUnfit, MAX_HANDSHAKE_BYTES};
pub use error::WireError;
pub use frame::{FrameHeader, HEADER_LEN, MAX_FRAME_LEN};
pub use legacy::LegacyProtection;
pub use value::{ABSENT_STRING, Decoder, Encoder, Message, StringForm};
