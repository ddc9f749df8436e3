//! ClassAds on the wire: a count, `Name = expression` strings, and two trailing type strings.
//!
//! Rule: CEDAR chapter 2. Ads that arrive before the peer is trusted are restricted to at most
//! 100 literal attributes, as HTCondor's `getPODClassAd` does. A private attribute travels as the
//! marker `ZKM` and then the attribute, encrypted; that is only read on an encrypted channel,
//! where it needs no second layer.

use std::fmt::Write as _;

use bytes::BufMut as _;
use countersign_classad::{ClassAd, Expr, Value, is_private, split_assignment};

use super::{Decoder, Encoder, Message, StringForm, WireError};

/// The marker in front of a private attribute.
const SECRET_MARKER: &str = "ZKM";

/// Bounds on an ad from a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdLimits {
    /// The most attributes.
    pub attributes: usize,
    /// The longest `Name = expression`, in bytes.
    pub attribute_len: usize,
    /// True if only literals are taken.
    pub literals_only: bool,
}

/// Bounds on the ads of the handshake, which come from strangers.
pub const HANDSHAKE_AD: AdLimits = AdLimits {
    attributes: 100,
    attribute_len: 64 * 1024,
    literals_only: true,
};

/// For how many attributes there is room at once, whatever number the peer claims; an ad of the handshake has about so
/// many.
const USUAL_ATTRIBUTES: usize = 24;

impl Encoder {
    /// Appends an ad with empty type strings. Private attributes (claim ids and the like) are
    /// left out: nothing of this project sends one.
    #[must_use]
    pub fn ad(mut self, ad: &ClassAd) -> Self {
        let public = || ad.iter().filter(|(name, _)| !is_private(name));
        self = self.int(i64::try_from(public().count()).unwrap_or(i64::MAX));
        for (name, expr) in public() {
            self = self.written(|buffer| {
                buffer.put_slice(name.as_bytes());
                buffer.put_slice(b" = ");
                // Writing to a growing buffer cannot fail.
                let _ = write!(buffer, "{expr}");
            });
        }
        self.string("").string("")
    }
}

impl Decoder<'_> {
    /// Reads an ad. A name that occurs twice keeps its last value, as in HTCondor.
    ///
    /// # Errors
    /// Any [`WireError`]; [`WireError::BadAttribute`] names the attribute's place.
    pub fn ad(&mut self, what: &'static str, limits: AdLimits) -> Result<ClassAd, WireError> {
        let most = i64::try_from(limits.attributes).unwrap_or(i64::MAX);
        let count = self.int_in(what, 0..=most)?;
        let count = usize::try_from(count).unwrap_or(0);
        let mut ad = ClassAd::with_capacity(count.min(USUAL_ATTRIBUTES));
        for index in 1..=count {
            let bad = |problem: String| WireError::BadAttribute {
                what,
                index,
                problem,
            };
            let mut text = self.string(what, limits.attribute_len)?;
            let private = text == SECRET_MARKER;
            if private {
                if self.string_form() == StringForm::Terminated {
                    return Err(bad("it is private, but the channel is not encrypted".into()));
                }
                text = self.string(what, limits.attribute_len)?;
            }
            // An error quotes what it could not read, which a private attribute must not be.
            let (name, expr) = split_assignment(text).map_err(|error| {
                bad(if private || looks_private(text) {
                    "a private attribute cannot be read".into()
                } else {
                    error.to_string()
                })
            })?;
            if limits.literals_only && matches!(expr, Expr::Text(_)) {
                return Err(bad(format!("{name} is not a literal")));
            }
            ad.insert(name, printable(expr));
        }
        self.string(what, limits.attribute_len)?;
        self.string(what, limits.attribute_len)?;
        Ok(ad)
    }
}

impl Message {
    /// Reads a message that is one ad of literals and nothing else.
    ///
    /// # Errors
    /// Any [`WireError`].
    pub(crate) fn handshake_ad(&self, what: &'static str) -> Result<ClassAd, WireError> {
        let mut decoder = self.decoder();
        let ad = decoder.ad(what, HANDSHAKE_AD)?;
        decoder.finish()?;
        Ok(ad)
    }
}

fn looks_private(text: &str) -> bool {
    text.split('=')
        .next()
        .is_some_and(|name| is_private(name.trim()))
}

/// Whether it is ASCII without control characters: nearly all text is, and this is seen many bytes at once.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .fold(true, |plain, byte| plain & matches!(byte, 0x20..=0x7e))
}

/// Text from a peer ends up on terminals and in logs, where a control character can forge a line.
/// No honest value holds one, so each is replaced.
fn printable(expr: Expr) -> Expr {
    match expr {
        Expr::Literal(Value::String(text))
            if !is_plain(&text) && text.contains(char::is_control) =>
        {
            Expr::Literal(Value::String(
                text.chars()
                    .map(|c| {
                        if c.is_control() {
                            char::REPLACEMENT_CHARACTER
                        } else {
                            c
                        }
                    })
                    .collect(),
            ))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminated(ad: &ClassAd) -> Message {
        Encoder::new(StringForm::Terminated).ad(ad).finish()
    }

    #[test]
    fn the_draft_example() {
        let mut ad = ClassAd::new();
        ad.insert("JobId", 1_i64);
        ad.insert("Priority", 0_i64);
        assert_eq!(
            terminated(&ad).payload(),
            b"\0\0\0\0\0\0\0\x02JobId = 1\0Priority = 0\0\0\0"
        );
    }

    #[test]
    fn private_attributes_stay_home() {
        let mut ad = ClassAd::new();
        ad.insert("ClaimId", "secret");
        ad.insert("Name", "x");
        let message = terminated(&ad);
        assert!(!String::from_utf8_lossy(message.payload()).contains("secret"));
        let mut decoder = message.decoder();
        assert_eq!(decoder.ad("ad", HANDSHAKE_AD).unwrap().len(), 1);
        decoder.finish().unwrap();
    }

    #[test]
    fn only_literals_before_trust() {
        let message = Encoder::new(StringForm::Terminated)
            .int(1)
            .string("A = 1 + 2")
            .string("")
            .string("")
            .finish();
        let problem = message
            .decoder()
            .ad("the policy", HANDSHAKE_AD)
            .unwrap_err();
        assert!(problem.to_string().contains("not a literal"), "{problem}");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        let message = Encoder::new(StringForm::Terminated)
            .int(1)
            .string("User = \"bob\x1b]0;x\u{9b}\nREAD ALLOW root\"")
            .string("")
            .string("")
            .finish();
        let ad = message.decoder().ad("it", HANDSHAKE_AD).unwrap();
        assert!(!ad.get_str("User").unwrap().contains(char::is_control));
    }

    #[test]
    fn an_unreadable_private_attribute_is_not_quoted() {
        for text in ["ClaimId = 0x5ecret", "claimid=0x5ecret"] {
            let message = Encoder::new(StringForm::Terminated)
                .int(1)
                .string(text)
                .finish();
            let error = message.decoder().ad("it", HANDSHAKE_AD).unwrap_err();
            assert!(!error.to_string().contains("5ecret"), "{error}");
        }
    }

    #[test]
    fn counts_are_bounded() {
        for count in [-1, 101, i64::MAX] {
            let message = Encoder::new(StringForm::Terminated).int(count).finish();
            assert!(matches!(
                message.decoder().ad("the policy", HANDSHAKE_AD),
                Err(WireError::OutOfRange { .. })
            ));
        }
    }
}
