//! What MUNGE asks the system for, and what is said on the wire of it.

use std::fmt;
use std::sync::Arc;

use countersign_core::Secret;
use countersign_core::crypto::{KeyWrap, TripleDesWrap};
use countersign_core::effect::Effect;
use countersign_core::wire::{Encoder, Message, WireError};
use zeroize::Zeroizing;

/// What protects a session's key where there is no ECDH: 3DES with the payload, which munged encrypts.
pub(super) fn key_wrap(payload: Secret) -> Option<Arc<dyn KeyWrap>> {
    Some(Arc::new(TripleDesWrap::new(payload, true)))
}

/// Bytes of the random payload that a client puts into its credential.
pub const PAYLOAD_LEN: usize = 24;

/// The longest credential, or text in its place, that a client may send, in bytes.
pub(super) const MAX_CREDENTIAL: usize = 8 * 1024;

/// Asks whether libmunge is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindMunge;

impl Effect for FindMunge {
    type Output = Result<(), MungeFailure>;
    const NAME: &'static str = "load libmunge";
}

/// Asks munged for a credential of this process's user, with this payload; of `condor`'s where root runs it, as HTCondor's
/// daemons and tools do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeCredential(
    /// The payload.
    pub Secret,
);

impl Effect for MakeCredential {
    /// The credential: text.
    type Output = Result<Secret, MungeFailure>;
    const NAME: &'static str = "have munged make a credential";
}

/// Asks munged who made this credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeCredential(
    /// The credential: text.
    pub Secret,
);

impl Effect for DecodeCredential {
    type Output = Result<MungeMaker, MungeFailure>;
    const NAME: &'static str = "have munged take a credential";
}

/// Who made a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MungeMaker {
    /// The user id.
    pub uid: u32,
    /// The name that it has on this host, or in words why it has none.
    pub name: Result<String, String>,
    /// The payload that it put in.
    pub payload: Secret,
}

/// Why there is no credential, or nobody whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MungeFailure {
    /// There is no library.
    NoLibrary(String),
    /// libmunge says no: its number, `EMUNGE_…`, and its words.
    Reported {
        /// The number.
        code: i32,
        /// The words.
        text: String,
    },
    /// What libmunge gives or is given cannot be used.
    Unusable(String),
    /// Root cannot become `condor` to make one.
    NoCondor(String),
    /// Nobody performs this.
    Unperformed,
}

impl MungeFailure {
    /// `EMUNGE_SOCKET`: nobody answers at munged's socket.
    pub const SOCKET: i32 = 6;
    /// `EMUNGE_TIMEOUT`: munged does not answer in time.
    pub const TIMEOUT: i32 = 7;
    /// `EMUNGE_CRED_INVALID`: it was made with another key, or altered.
    pub const INVALID: i32 = 14;
    /// `EMUNGE_CRED_EXPIRED`: it is too old.
    pub const EXPIRED: i32 = 15;
    /// `EMUNGE_CRED_REWOUND`: it was made in the future.
    pub const REWOUND: i32 = 16;
    /// `EMUNGE_CRED_REPLAYED`: it was taken before.
    pub const REPLAYED: i32 = 17;

    /// What a client says to the server, and its entry on HTCondor's stack.
    pub(super) fn number_and_text(&self) -> (i32, String) {
        match self {
            Self::Reported { code, text } => (*code, text.clone()),
            // EMUNGE_SNAFU
            other => (1, other.to_string()),
        }
    }

    /// What would change it.
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::NoLibrary(_) => "install libmunge (Debian: libmunge2), and munge with it".into(),
            Self::NoCondor(_) => {
                "run this as an ordinary user, or set CONDOR_IDS to the uid.gid that HTCondor runs as here".into()
            }
            Self::Reported { code, .. } => match *code {
                Self::SOCKET | Self::TIMEOUT => {
                    "start munged on this host (systemctl start munge); its socket is /run/munge/munge.socket.2 unless \
                     the library was built otherwise"
                        .into()
                }
                Self::INVALID => {
                    "give both hosts the same /etc/munge/munge.key, and restart munged after that".into()
                }
                Self::EXPIRED | Self::REWOUND => {
                    "set the clocks of both hosts: a credential is good for some minutes only".into()
                }
                Self::REPLAYED => {
                    "the credential was used before: if nobody tried again by hand, somebody between the two may have \
                     kept it"
                        .into()
                }
                _ => "munged's own log says more".into(),
            },
            Self::Unusable(_) => "look whether this is the libmunge of the distribution".into(),
            Self::Unperformed => "register the performers of MUNGE's effects".into(),
        }
    }
}

impl fmt::Display for MungeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLibrary(problem) | Self::NoCondor(problem) | Self::Unusable(problem) => {
                f.write_str(problem)
            }
            Self::Reported { code, text } => write!(f, "{text} (munge error {code})"),
            Self::Unperformed => f.write_str("this program asks no munged"),
        }
    }
}

/// What a client says: a credential, or why it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// The credential.
    Credential(Secret),
    /// The client's words.
    Failed(String),
}

impl Claim {
    pub(super) fn encode(&self, encoder: Encoder) -> Message {
        match self {
            Self::Credential(credential) => {
                let text =
                    Zeroizing::new(String::from_utf8_lossy(credential.expose()).into_owned());
                encoder.int(0).string(&text).finish()
            }
            Self::Failed(text) => encoder.int(-1).string(text).finish(),
        }
    }

    pub(super) fn decode(message: &Message) -> Result<Self, WireError> {
        let mut decoder = message.decoder();
        let status = decoder.int("the client's status")?;
        let text = decoder.string("the client's credential", MAX_CREDENTIAL)?;
        let claim = match status {
            0 => Self::Credential(text.as_bytes().into()),
            _ => Self::Failed(text.chars().filter(|c| !c.is_control()).take(200).collect()),
        };
        decoder.finish()?;
        Ok(claim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::wire::StringForm;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways(credential in "[!-~]{0,300}", failed: bool) {
            let claim = match failed {
                true => Claim::Failed(credential.chars().take(200).collect()),
                false => Claim::Credential(credential.as_bytes().into()),
            };
            let message = claim.encode(Encoder::new(StringForm::Terminated));
            prop_assert_eq!(Claim::decode(&message), Ok(claim));
        }

        #[test]
        fn any_bytes(bytes: Vec<u8>) {
            let _ = Claim::decode(&Message::new(bytes.into(), StringForm::Terminated));
        }
    }

    #[test]
    fn too_long_is_no_credential() {
        let long = Claim::Failed("x".repeat(MAX_CREDENTIAL + 1))
            .encode(Encoder::new(StringForm::Terminated));
        assert!(Claim::decode(&long).is_err());
    }
}
