//! Claim ids: `<sinful>#startd_bday#sequence#[session info]key`.
//!
//! Everything before the last `#` is public and is the session's id; what stands behind it is the
//! secret, with what is agreed on for the session in brackets. HTCondor hands every other capability
//! over in the same form: what a daemon gives to its children, what the negotiator and an
//! administrator's tool get. Rule: `condor_claimid_parser.h`.

use std::fmt;

use zeroize::Zeroizing;

use super::info::{InfoError, SessionInfo};
use crate::effect::{Entropy, NoEntropy};
use crate::secret::Secret;

/// The longest claim id that is read, in bytes. Real ones have less than 1,000.
pub const MAX_CLAIM_ID: usize = 16 * 1024;

/// The longest session id in one, in bytes: no server looks for a longer one.
pub const MAX_SESSION_ID: usize = 1024;

/// Random bytes in a key (`SEC_SESSION_KEY_LENGTH_V9`); their hexadecimal text is the secret.
const KEY_BYTES: usize = 32;

/// Why a text is no claim id. None of these repeats the text, which may hold the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimIdError {
    /// It is too long.
    #[error("the claim id has {0} bytes; at most {MAX_CLAIM_ID} are read")]
    TooLong(usize),
    /// There is no `#`.
    #[error(
        "there is no # in it, which every claim id has: the public part stands before the last one"
    )]
    NoHash,
    /// Nothing stands before the last `#`, or too much.
    #[error("the public part must have between 1 and {MAX_SESSION_ID} bytes; it has {0}")]
    SessionId(usize),
    /// Nothing stands behind the last `#` but a description.
    #[error(
        "there is no key behind the last #: this is the public part of a claim id, as ads and logs \
         show it"
    )]
    NoKey,
    /// What stands in it stands in no claim id.
    #[error("there is a blank, a control character or something that is not ASCII in it")]
    Characters,
    /// A bracket is not closed.
    #[error("the bracket behind the last # is not closed")]
    OpenBracket,
    /// The description of its session.
    #[error(transparent)]
    Info(#[from] InfoError),
}

/// A claim id, or another capability in this form.
///
/// `Display` and `Debug` show the public part alone; the text with the secret is what [`expose`](Self::expose) gives.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimId {
    session_id: String,
    /// As it stands there, brackets included: a daemon compares whole claim ids.
    info_text: String,
    info: Option<SessionInfo>,
    key: Secret,
}

impl ClaimId {
    /// Reads a claim id.
    ///
    /// # Errors
    /// [`ClaimIdError`].
    pub fn parse(text: &str) -> Result<Self, ClaimIdError> {
        if text.len() > MAX_CLAIM_ID {
            return Err(ClaimIdError::TooLong(text.len()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ClaimIdError::Characters);
        }
        let (session_id, private) = text.rsplit_once('#').ok_or(ClaimIdError::NoHash)?;
        if session_id.is_empty() || session_id.len() > MAX_SESSION_ID {
            return Err(ClaimIdError::SessionId(session_id.len()));
        }
        let (info_text, key) = if private.starts_with('[') {
            let end = private.rfind(']').ok_or(ClaimIdError::OpenBracket)?;
            private
                .split_at_checked(end + 1)
                .ok_or(ClaimIdError::OpenBracket)?
        } else {
            ("", private)
        };
        // The public form ends in three dots.
        if key.is_empty() || key == "..." {
            return Err(ClaimIdError::NoKey);
        }
        let info = match info_text {
            "" => None,
            text => Some(SessionInfo::parse(text)?),
        };
        Ok(Self {
            session_id: session_id.to_owned(),
            info_text: info_text.to_owned(),
            info,
            key: Secret::from(key.as_bytes()),
        })
    }

    /// A new one with a fresh key. `session_id` is what comes before the last `#`; nobody else may
    /// have the same.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn issue(
        session_id: &str,
        info: &SessionInfo,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Self, IssueError> {
        let mut random = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(random.as_mut())?;
        let mut text = Zeroizing::new(format!("{session_id}#{info}"));
        text.reserve_exact(2 * KEY_BYTES);
        let digits = random.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
        Ok(Self::parse(&text)?)
    }

    /// The public part, which is the session's id.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// The daemon's address at its beginning, where there is one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let end = self
            .session_id
            .find('>')
            .filter(|_| self.session_id.starts_with('<'))?;
        self.session_id.get(..=end)
    }

    /// What is agreed on for its session; `None` if there is no session behind it.
    #[must_use]
    pub fn info(&self) -> Option<&SessionInfo> {
        self.info.as_ref()
    }

    /// The secret's text, from which the channel's keys are derived.
    #[must_use]
    pub fn key(&self) -> &Secret {
        &self.key
    }

    /// The whole text. Whoever has it is the other side of the claim.
    #[must_use]
    pub fn expose(&self) -> Secret {
        let mut text = Vec::with_capacity(
            MAX_CLAIM_ID.min(self.session_id.len() + 1 + self.info_text.len() + self.key.len()),
        );
        text.extend_from_slice(self.session_id.as_bytes());
        text.push(b'#');
        text.extend_from_slice(self.info_text.as_bytes());
        text.extend_from_slice(self.key.expose());
        Secret::new(text)
    }
}

impl fmt::Display for ClaimId {
    /// As HTCondor shows it: `<sinful>#startd_bday#sequence#...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#...", self.session_id)
    }
}

impl fmt::Debug for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimId")
            .field("session_id", &self.session_id)
            .field("info", &self.info_text)
            .finish_non_exhaustive()
    }
}

/// Why no claim id can be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The session's id cannot be one.
    #[error(transparent)]
    Form(#[from] ClaimIdError),
    /// Its session could not be used.
    #[error(transparent)]
    Session(#[from] super::HandedError),
    /// No random bytes are to be had.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SINFUL: &str = "<127.0.0.1:9618?addrs=127.0.0.1-9618&alias=a#b>";

    #[test]
    fn parts() {
        let text = format!("{SINFUL}#1795535080#7#[Encryption=\"YES\";]00ff");
        let claim = ClaimId::parse(&text).unwrap();
        assert_eq!(claim.address(), Some(SINFUL));
        assert_eq!(claim.session_id(), format!("{SINFUL}#1795535080#7"));
        assert_eq!(claim.info().unwrap().encryption, Some(true));
        assert_eq!(claim.key().expose(), b"00ff");
        assert_eq!(claim.expose().expose(), text.as_bytes());
        for shown in [claim.to_string(), format!("{claim:?}")] {
            assert!(!shown.contains("00ff"), "{shown}");
        }
        let family = ClaimId::parse("family:0a#[]k").unwrap();
        assert_eq!(family.address(), None);
        // Without a description there is no session; the key may hold a bracket then.
        assert_eq!(ClaimId::parse("<a>#1#2#k]e").unwrap().info(), None);
    }

    #[test]
    fn what_is_none() {
        let long = format!("{}#k", "x".repeat(MAX_CLAIM_ID));
        for (text, error) in [
            ("nothing", ClaimIdError::NoHash),
            ("#k", ClaimIdError::SessionId(0)),
            ("<a>#1#2#...", ClaimIdError::NoKey),
            ("<a>#1#2#[]", ClaimIdError::NoKey),
            ("<a>#1#2#[k", ClaimIdError::OpenBracket),
            ("a#[x]k", InfoError::NotAnAssignment(1).into()),
            ("a #k", ClaimIdError::Characters),
            ("a#k\n", ClaimIdError::Characters),
            (&long, ClaimIdError::TooLong(long.len())),
        ] {
            assert_eq!(ClaimId::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(
            id in "[!-~]{1,40}", info in "(\\[(a=1;)*\\])?", key in "[0-9a-f]{1,64}",
        ) {
            let text = format!("{id}#{info}{key}");
            let claim = ClaimId::parse(&text).unwrap();
            prop_assert_eq!(claim.session_id(), id);
            let written = claim.expose();
            prop_assert_eq!(written.expose(), text.as_bytes());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            if let Ok(claim) = ClaimId::parse(&text) {
                let written = claim.expose();
                prop_assert_eq!(written.expose(), text.as_bytes());
            }
        }
    }
}
