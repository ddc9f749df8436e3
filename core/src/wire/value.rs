//! Messages and the primitives inside them.
//!
//! Integers are 8 bytes, big-endian, two's complement, whatever their type in HTCondor. Strings
//! end with a NUL; once the channel is encrypted an 8-byte length (which counts that NUL) stands
//! in front. An absent string is the single byte 0xAD in the first form, and a string that starts
//! with that byte in the second. (CEDAR's draft says 0xFF; HTCondor's source says octal 255.)

use std::ffi::CStr;
use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};

use super::WireError;

/// The byte that stands for an absent string.
pub const ABSENT_STRING: u8 = 0o255;

/// Which of the two string encodings a message uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringForm {
    /// NUL-terminated: the channel is not encrypted.
    Terminated,
    /// Length-prefixed and NUL-terminated: the channel is encrypted.
    Prefixed,
}

/// One whole message, its frames joined and, on a protected channel, verified and decrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    payload: Bytes,
    form: StringForm,
}

impl Message {
    /// A message of these bytes, whose strings are in `form`.
    #[must_use]
    pub fn new(payload: Bytes, form: StringForm) -> Self {
        Self { payload, form }
    }

    /// The bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Its string encoding.
    #[must_use]
    pub fn form(&self) -> StringForm {
        self.form
    }

    /// Starts reading values.
    #[must_use]
    pub fn decoder(&self) -> Decoder<'_> {
        Decoder {
            rest: &self.payload,
            form: self.form,
            last: "the start",
        }
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} bytes, {:?})", self.payload.len(), self.form)
    }
}

/// Writes the values of one message.
pub struct Encoder {
    buffer: BytesMut,
    form: StringForm,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Encoder({} bytes, {:?})", self.buffer.len(), self.form)
    }
}

impl Encoder {
    /// An empty message whose strings will be in `form`.
    #[must_use]
    pub fn new(form: StringForm) -> Self {
        Self {
            buffer: BytesMut::with_capacity(1024),
            form,
        }
    }

    /// Appends an integer.
    #[must_use]
    pub fn int(mut self, value: i64) -> Self {
        self.buffer.put_i64(value);
        self
    }

    /// Appends a string. Bytes from the first NUL on are left out, as HTCondor would.
    #[must_use]
    pub fn string(self, value: &str) -> Self {
        self.written(|buffer| buffer.put_slice(value.as_bytes()))
    }

    /// Appends a string that is formatted on the way. Bytes from the first NUL on are left out.
    #[must_use]
    pub fn formatted(self, value: std::fmt::Arguments<'_>) -> Self {
        self.written(|buffer| {
            // Writing to a growing buffer cannot fail.
            let _ = buffer.write_fmt(value);
        })
    }

    /// Appends the string that `write` writes. Bytes from the first NUL on are left out.
    pub(super) fn written(mut self, write: impl FnOnce(&mut BytesMut)) -> Self {
        let start = self.buffer.len();
        if self.form == StringForm::Prefixed {
            self.buffer.put_i64(0);
        }
        let text = self.buffer.len();
        write(&mut self.buffer);
        let written = self.buffer.get(text..).unwrap_or_default();
        if let Some(nul) = nul(written) {
            self.buffer.truncate(text + nul);
        }
        self.buffer.put_u8(0);
        if self.form == StringForm::Prefixed {
            let len = i64::try_from(self.buffer.len() - text).unwrap_or(i64::MAX);
            if let Some(prefix) = self.buffer.get_mut(start..text) {
                prefix.copy_from_slice(&len.to_be_bytes());
            }
        }
        self
    }

    /// Appends bytes verbatim; their length must be known to the reader.
    #[must_use]
    pub fn bytes(mut self, value: &[u8]) -> Self {
        self.buffer.put_slice(value);
        self
    }

    /// Appends an integer length and that many bytes.
    #[must_use]
    pub fn counted(self, value: &[u8]) -> Self {
        self.int(i64::try_from(value.len()).unwrap_or(i64::MAX))
            .bytes(value)
    }

    /// The finished message.
    #[must_use]
    pub fn finish(self) -> Message {
        Message {
            payload: self.buffer.freeze(),
            form: self.form,
        }
    }
}

/// Where the first NUL is. (What the standard library has for this looks at eight bytes at once.)
fn nul(bytes: &[u8]) -> Option<usize> {
    let text = CStr::from_bytes_until_nul(bytes).ok()?;
    Some(text.count_bytes())
}

/// Reads the values of one message. Every read names what it reads, for the error.
pub struct Decoder<'a> {
    rest: &'a [u8],
    form: StringForm,
    last: &'static str,
}

impl std::fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Decoder({} bytes left, {:?})",
            self.rest.len(),
            self.form
        )
    }
}

impl<'a> Decoder<'a> {
    fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        let (head, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(WireError::Truncated { what })?;
        self.rest = rest;
        self.last = what;
        Ok(head)
    }

    /// The string encoding of this message.
    #[must_use]
    pub fn string_form(&self) -> StringForm {
        self.form
    }

    /// True if every byte was read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads an integer.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn int(&mut self, what: &'static str) -> Result<i64, WireError> {
        let bytes = self.take(8, what)?;
        let array = bytes
            .try_into()
            .map_err(|_| WireError::Truncated { what })?;
        Ok(i64::from_be_bytes(array))
    }

    /// Reads an integer that must lie in `range`.
    ///
    /// # Errors
    /// [`WireError::Truncated`], [`WireError::OutOfRange`].
    pub fn int_in(
        &mut self,
        what: &'static str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, WireError> {
        let value = self.int(what)?;
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(WireError::OutOfRange { what, value })
        }
    }

    /// Reads a string of at most `limit` bytes, or `None` for the absent marker.
    ///
    /// # Errors
    /// [`WireError::Truncated`], [`WireError::StringTooLong`], [`WireError::NotText`],
    /// [`WireError::OutOfRange`].
    pub fn optional_string(
        &mut self,
        what: &'static str,
        limit: usize,
    ) -> Result<Option<&'a str>, WireError> {
        let text = match self.form {
            StringForm::Terminated => {
                if self.rest.first() == Some(&ABSENT_STRING) {
                    self.take(1, what)?;
                    return Ok(None);
                }
                let most = self.rest.len().min(limit.saturating_add(1));
                let within = self.rest.get(..most).unwrap_or_default();
                let len = nul(within).ok_or(if self.rest.len() > limit {
                    WireError::StringTooLong { what, limit }
                } else {
                    WireError::Truncated { what }
                })?;
                let text = self.take(len, what)?;
                self.take(1, what)?;
                text
            }
            StringForm::Prefixed => {
                let len = self.int(what)?;
                let len =
                    usize::try_from(len).map_err(|_| WireError::OutOfRange { what, value: len })?;
                if len > limit.saturating_add(1) {
                    return Err(WireError::StringTooLong { what, limit });
                }
                let bytes = self.take(len, what)?;
                if bytes.first() == Some(&ABSENT_STRING) {
                    return Ok(None);
                }
                // The terminator is part of the counted length.
                match bytes.split_last() {
                    Some((0, text)) if !text.contains(&0) => text,
                    _ => return Err(WireError::NotText { what }),
                }
            }
        };
        std::str::from_utf8(text)
            .map(Some)
            .map_err(|_| WireError::NotText { what })
    }

    /// Reads a string that must be there.
    ///
    /// # Errors
    /// As [`Decoder::optional_string`], and [`WireError::Absent`].
    pub fn string(&mut self, what: &'static str, limit: usize) -> Result<&'a str, WireError> {
        self.optional_string(what, limit)?
            .ok_or(WireError::Absent { what })
    }

    /// Reads `len` bytes verbatim.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn bytes(&mut self, what: &'static str, len: usize) -> Result<&'a [u8], WireError> {
        self.take(len, what)
    }

    /// Reads an integer length of at most `limit` and that many bytes.
    ///
    /// # Errors
    /// [`WireError::Truncated`], [`WireError::OutOfRange`].
    pub fn counted(&mut self, what: &'static str, limit: usize) -> Result<&'a [u8], WireError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let len = self.int_in(what, 0..=limit)?;
        self.take(usize::try_from(len).unwrap_or(usize::MAX), what)
    }

    /// Ends reading.
    ///
    /// # Errors
    /// [`WireError::Trailing`] if bytes are left: HTCondor fails such a message too.
    pub fn finish(self) -> Result<(), WireError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(WireError::Trailing {
                what: self.last,
                extra: self.rest.len(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn strings_in_both_forms() {
        let clear = Encoder::new(StringForm::Terminated).string("pool").finish();
        assert_eq!(clear.payload(), b"pool\0");
        let sealed = Encoder::new(StringForm::Prefixed).string("pool").finish();
        assert_eq!(sealed.payload(), b"\0\0\0\0\0\0\0\x05pool\0");
    }

    #[test]
    fn a_nul_ends_a_string() {
        for form in [StringForm::Terminated, StringForm::Prefixed] {
            let message = Encoder::new(form).string("po\0ol").string("x").finish();
            let mut decoder = message.decoder();
            assert_eq!(decoder.string("a", 10).unwrap(), "po");
            assert_eq!(decoder.string("b", 10).unwrap(), "x");
            decoder.finish().unwrap();
        }
    }

    #[test]
    fn absent_marker() {
        let message = Message::new(Bytes::from_static(b"\xad"), StringForm::Terminated);
        let mut decoder = message.decoder();
        assert_eq!(decoder.optional_string("it", 10).unwrap(), None);
        decoder.finish().unwrap();
    }

    #[test]
    fn limits_are_enforced_before_reading() {
        let long = Encoder::new(StringForm::Terminated)
            .string(&"a".repeat(11))
            .finish();
        assert!(matches!(
            long.decoder().string("it", 10),
            Err(WireError::StringTooLong { limit: 10, .. })
        ));
        let claimed = Message::new(
            Bytes::from_static(b"\x7f\xff\xff\xff\xff\xff\xff\xff"),
            StringForm::Prefixed,
        );
        assert!(matches!(
            claimed.decoder().string("it", 10),
            Err(WireError::StringTooLong { .. })
        ));
    }

    #[test]
    fn leftovers_are_an_error() {
        let message = Encoder::new(StringForm::Terminated).int(1).int(2).finish();
        let mut decoder = message.decoder();
        decoder.int("first").unwrap();
        assert_eq!(
            decoder.finish(),
            Err(WireError::Trailing {
                what: "first",
                extra: 8
            })
        );
    }

    fn form() -> impl Strategy<Value = StringForm> {
        prop_oneof![Just(StringForm::Terminated), Just(StringForm::Prefixed)]
    }

    proptest! {
        #[test]
        fn round_trip(form in form(), number: i64, text in "[^\\x00]{0,200}", raw: Vec<u8>) {
            let message = Encoder::new(form).int(number).string(&text).counted(&raw).finish();
            let mut decoder = message.decoder();
            prop_assert_eq!(decoder.int("number").unwrap(), number);
            prop_assert_eq!(decoder.string("text", 1000).unwrap(), text);
            prop_assert_eq!(decoder.counted("raw", 1 << 20).unwrap(), &raw[..]);
            decoder.finish().unwrap();
        }

        #[test]
        fn arbitrary_bytes_never_panic(form in form(), raw: Vec<u8>) {
            let message = Message::new(raw.into(), form);
            let mut decoder = message.decoder();
            let _ = decoder.string("a", 64);
            let _ = decoder.counted("b", 64);
            let _ = decoder.int("c");
            let _ = decoder.finish();
        }
    }
}
