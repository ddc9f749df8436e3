//! What a server's IDTOKENS reports: which key, which claim, which rule.

use std::fmt;
use std::path::PathBuf;

use countersign_core::trace::{MethodEvent, Verdict};

use super::refusal::TokenRefusal;
use crate::akep2::server::ClientProofDefect;

/// A signing key that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUsed {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
}

impl fmt::Display for KeyUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.path.display())
    }
}

/// An event of a server's IDTOKENS.
#[derive(Debug, Clone, PartialEq)]
pub enum IdTokensServerEvent {
    /// Tokens that these keys signed can be accepted.
    Offered {
        /// The names of the keys.
        keys: Vec<String>,
    },
    /// The keys cannot be listed, so none is announced.
    NotListed {
        /// Why.
        problem: String,
    },
    /// There is no key, so no token can be accepted.
    NoKeys,
    /// The client has no token that suits this server.
    NothingShown,
    /// The client gave up.
    ClientLeft,
    /// The client's first message lacks a name or a nonce.
    BadOpening,
    /// The token is not taken.
    Refused {
        /// Why.
        refusal: TokenRefusal,
        /// The key that it names, if that was found.
        key: Option<KeyUsed>,
        /// Who the client says it is.
        claimed: String,
    },
    /// The token may be used, by whoever proves that it is theirs.
    Shown {
        /// The key that it says signed it.
        key: KeyUsed,
        /// Whom it names.
        subject: String,
        /// Its identifier.
        id: String,
        /// When it expires, in seconds since 1970.
        expires: Option<i64>,
        /// The levels it is limited to.
        limits: Option<Vec<String>>,
    },
    /// The client did not prove that it has the token's signature.
    NotProven {
        /// The key.
        key: KeyUsed,
        /// Whom the token names.
        subject: String,
        /// What was wrong.
        defect: ClientProofDefect,
    },
    /// The client proved that it has the token, but says that it is somebody else.
    OtherName {
        /// The key.
        key: KeyUsed,
        /// Whom the token names.
        subject: String,
        /// Who the client says it is.
        claimed: String,
    },
    /// The client proved that the token is its own.
    Proven {
        /// The key.
        key: KeyUsed,
        /// Who it is.
        subject: String,
    },
    /// Something in the arithmetic failed that never does, or nobody looks for keys here.
    Internal,
}

impl fmt::Display for IdTokensServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered { keys } => write!(
                f,
                "tokens can be accepted that were signed with {}",
                keys.join(" or ")
            ),
            Self::NotListed { problem } => write!(
                f,
                "the signing keys cannot be listed, so clients are not told which there are: {problem}"
            ),
            Self::NoKeys => f.write_str("not accepted, there is no signing key"),
            Self::NothingShown => {
                f.write_str("the client has no token that suits this server, and says so")
            }
            Self::ClientLeft => f.write_str("the client gave up"),
            Self::BadOpening => f.write_str("the client's opening lacks its name or its nonce"),
            Self::Refused {
                refusal,
                key,
                claimed,
            } => {
                write!(f, "a token was not taken from ")?;
                match claimed.as_str() {
                    "" => f.write_str("a client without a name")?,
                    name => write!(f, "a client that says it is {name}")?,
                }
                if let Some(key) = key {
                    write!(f, ", signed with {key} as it says")?;
                }
                write!(f, ": {refusal}")
            }
            Self::Shown {
                key,
                subject,
                id,
                limits,
                ..
            } => {
                write!(
                    f,
                    "a token of {subject} (jti {id}) was shown, signed with {key} as it says"
                )?;
                match limits {
                    None => f.write_str(", without limits"),
                    Some(limits) if limits.is_empty() => f.write_str(", good for nothing"),
                    Some(limits) => write!(f, ", limited to {}", limits.join(", ")),
                }
            }
            Self::NotProven {
                key,
                subject,
                defect,
            } => write!(
                f,
                "the client did not prove that it has the token of {subject}, key {key}: {}",
                said(*defect)
            ),
            Self::OtherName {
                subject, claimed, ..
            } => write!(
                f,
                "the client has the token of {subject}, but says that it is {claimed:?}"
            ),
            Self::Proven { key, subject } => write!(
                f,
                "the client proved that it has the token of {subject}, signed with {key}"
            ),
            Self::Internal => f.write_str("keys are not looked for here, or cannot be derived"),
        }
    }
}

fn said(defect: ClientProofDefect) -> &'static str {
    match defect {
        ClientProofDefect::Declined => {
            "it gave up, most likely because this server's key is not the one that signed its token"
        }
        ClientProofDefect::OtherExchange => "it answered to something this side did not say",
        ClientProofDefect::WrongMac => "its proof is made with another signature",
    }
}

impl MethodEvent for IdTokensServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered { .. }
            | Self::NotListed { .. }
            | Self::Shown { .. }
            | Self::Proven { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::NotListed { .. } => {
                "let this program read SEC_PASSWORD_DIRECTORY, or leave it unset".into()
            }
            Self::NoKeys => "make a key: countersign key create".into(),
            Self::NothingShown => "give the client a token: countersign token create".into(),
            Self::Refused { refusal, .. } => return refusal.remedy(),
            Self::NotProven {
                key,
                defect: ClientProofDefect::Declined,
                ..
            } => format!(
                "if the client says that the server's key is another one, its token was signed with \
                 an earlier key {}, or in another pool: make a new token",
                key.name
            ),
            _ => return None,
        })
    }
}
