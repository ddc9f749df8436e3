//! Why a server does not take a token. The client is told only that it does not.

use std::fmt;
use std::path::PathBuf;

use super::jwt::MAX_TOKEN;
use super::revocation::Revoked;
use super::select::span;
use crate::secret_file::SkipReason;

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenRefusal {
    /// There is none: the client has nothing to show.
    None,
    /// It is over the limit.
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// A part of it cannot be read.
    Malformed {
        /// The part.
        what: &'static str,
    },
    /// A claim stands in it twice.
    Twice {
        /// The claim.
        claim: String,
    },
    /// A claim is of another type than it must be.
    WrongType {
        /// The claim.
        claim: &'static str,
    },
    /// A claim has control characters in it.
    Unprintable {
        /// The claim.
        claim: &'static str,
    },
    /// It does not name the key that signed it.
    NoKeyId,
    /// No key of that name is here.
    KeyNotHere {
        /// The name.
        key: String,
    },
    /// The key of that name cannot be read.
    KeyNotRead {
        /// The name.
        key: String,
        /// Its file.
        path: PathBuf,
        /// Why.
        reason: SkipReason,
    },
    /// It is not signed with HMAC-SHA256.
    Algorithm {
        /// What it says it is signed with.
        algorithm: String,
    },
    /// It does not say who issued it.
    NoIssuer,
    /// It was issued by another trust domain.
    OtherIssuer {
        /// By which.
        issuer: String,
        /// TRUST_DOMAIN here.
        trust_domain: String,
    },
    /// It has no `jti`, or an empty one.
    NoId,
    /// It is a capability, or has no subject: what it is good for stands in a database that this
    /// server has not got.
    Capability,
    /// Its subject has no user in it.
    NoSubject,
    /// It is older than SEC_TOKEN_MAX_AGE allows.
    TooOld {
        /// Its age in seconds.
        age: u64,
        /// The limit in seconds.
        max: u64,
    },
    /// It has expired.
    Expired {
        /// `exp`, in seconds since 1970.
        at: i64,
        /// This many seconds ago.
        ago: u64,
    },
    /// It is not good yet.
    NotYet {
        /// `nbf`, in seconds since 1970.
        from: i64,
        /// In this many seconds.
        wait: u64,
    },
    /// It was taken back.
    Revoked {
        /// The knob.
        knob: &'static str,
        /// Its expression.
        expression: String,
        /// Why it applies.
        why: Revoked,
    },
}

impl TokenRefusal {
    /// The claim at fault, where it is one.
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        Some(match self {
            Self::Twice { claim } => claim,
            Self::WrongType { claim } | Self::Unprintable { claim } => claim,
            Self::NoKeyId | Self::KeyNotHere { .. } | Self::KeyNotRead { .. } => "kid",
            Self::Algorithm { .. } => "alg",
            Self::NoIssuer | Self::OtherIssuer { .. } => "iss",
            Self::NoId => "jti",
            Self::Capability | Self::NoSubject => "sub",
            Self::TooOld { .. } => "iat",
            Self::Expired { .. } => "exp",
            Self::NotYet { .. } => "nbf",
            _ => return None,
        })
    }

    /// What would change it.
    pub(super) fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::None => "give the client a token: countersign token create".into(),
            Self::KeyNotHere { key } => format!(
                "put the key {key} into SEC_PASSWORD_DIRECTORY (POOL into \
                 SEC_TOKEN_POOL_SIGNING_KEY_FILE), or make a token with a key that is here"
            ),
            Self::KeyNotRead { path, .. } => {
                format!("mend owner and mode of {} (chmod 600)", path.display())
            }
            Self::OtherIssuer { trust_domain, .. } => {
                format!("make a token where TRUST_DOMAIN is {trust_domain}")
            }
            Self::TooOld { .. } | Self::Expired { .. } => {
                "make a new token: countersign token create".into()
            }
            Self::NotYet { .. } => "wait, or set the clocks right".into(),
            Self::Revoked { knob, why, .. } => match why {
                Revoked::True => format!("make another token; {knob} takes this one back"),
                Revoked::NoAnswer(_) => format!(
                    "write {knob} so that it is true or false of every token, such as with `=?=` \
                     instead of `==`"
                ),
                _ => format!("mend {knob}"),
            },
            _ => return None,
        })
    }
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("the client has no token to show"),
            Self::TooLong { len } => {
                write!(f, "it has {len} bytes, and {MAX_TOKEN} are the limit")
            }
            Self::Malformed { what } => write!(f, "its {what} cannot be read"),
            Self::Twice { claim } => write!(f, "its claim {claim:?} stands there twice"),
            Self::WrongType { claim } => write!(f, "its claim {claim:?} is of the wrong type"),
            Self::Unprintable { claim } => {
                write!(f, "its claim {claim:?} has control characters in it")
            }
            Self::NoKeyId => f.write_str("it does not name the key that signed it (kid)"),
            Self::KeyNotHere { key } => write!(f, "no signing key called {key:?} is here"),
            Self::KeyNotRead { key, path, reason } => write!(
                f,
                "the signing key {key} ({}) cannot be used: {reason}",
                path.display()
            ),
            Self::Algorithm { algorithm } => write!(
                f,
                "it is signed with {algorithm:?}, and HS256 alone is taken here"
            ),
            Self::NoIssuer => f.write_str("it does not say who issued it (iss)"),
            Self::OtherIssuer {
                issuer,
                trust_domain,
            } => write!(
                f,
                "it was issued by {issuer:?}, and TRUST_DOMAIN is {trust_domain:?} here"
            ),
            Self::NoId => f.write_str("it has no identifier (jti)"),
            Self::Capability => f.write_str(
                "it is a capability, or names nobody (sub): what it is good for stands in a database \
                 that is not here",
            ),
            Self::NoSubject => f.write_str("its subject (sub) has no user in it"),
            Self::TooOld { age, max } => write!(
                f,
                "it is {} old, and SEC_TOKEN_MAX_AGE allows {}",
                span(*age),
                span(*max)
            ),
            Self::Expired { ago, .. } => write!(f, "it expired {} ago", span(*ago)),
            Self::NotYet { wait, .. } => {
                write!(f, "it is not good yet (nbf), but in {}", span(*wait))
            }
            Self::Revoked {
                knob,
                expression,
                why,
            } => write!(f, "{knob} ({expression}): {why}"),
        }
    }
}
