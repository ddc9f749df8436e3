//! Why a server does not take a SciToken. The client is told only that it does not.

use std::fmt;

use super::algorithm::Algorithm;
use super::fetch::KeysUnavailable;
use super::keys::{KeyRefusal, KeysOrigin};
use super::token::MAX_TOKEN;
use crate::idtokens::span;

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Empty,
    /// It is over the limit.
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// A part of it cannot be read.
    Malformed {
        /// The part.
        part: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// It is signed in a way that is not taken.
    Algorithm {
        /// `alg`; empty if it does not say.
        algorithm: String,
    },
    /// It demands extensions (`crit`), and none is known here.
    Critical,
    /// It brings along the key that it wants to be verified with.
    OwnKey {
        /// How.
        member: &'static str,
    },
    /// A claim, or a member of the header, is of another type than it must be.
    WrongType {
        /// The claim.
        claim: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// A claim is missing.
    Missing {
        /// The claim.
        claim: &'static str,
    },
    /// A claim has control characters in it.
    Unprintable {
        /// The claim.
        claim: &'static str,
    },
    /// Its issuer is none whose keys could be asked for, or whose name could be mistaken.
    Issuer {
        /// `iss`.
        issuer: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// It follows a version of a profile that is not known.
    Version {
        /// The claim that says so.
        claim: &'static str,
        /// Which version.
        version: String,
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
        /// The claim: `nbf` or `iat`.
        claim: &'static str,
        /// From when, in seconds since 1970.
        from: i64,
        /// In this many seconds.
        wait: u64,
    },
    /// It does not say whom it is for, and must.
    NoAudience {
        /// SCITOKENS_SERVER_AUDIENCE.
        accepted: Vec<String>,
    },
    /// It is for others.
    OtherAudience {
        /// `aud`.
        audiences: Vec<String>,
        /// SCITOKENS_SERVER_AUDIENCE.
        accepted: Vec<String>,
    },
    /// Its profile knows no such claims, and refuses what it does not know.
    UnknownClaims {
        /// The claims.
        claims: Vec<String>,
    },
    /// A scope cannot be read.
    Scope {
        /// The scope.
        scope: String,
        /// Why.
        problem: &'static str,
    },
    /// Its issuer's keys cannot be had.
    NoKeys(
        /// Why.
        KeysUnavailable,
    ),
    /// None of its issuer's keys is its own.
    Key {
        /// `iss`.
        issuer: String,
        /// Why.
        why: KeyRefusal,
    },
    /// The key that it names did not sign it.
    Signature {
        /// `iss`.
        issuer: String,
        /// `kid`.
        kid: Option<String>,
        /// `alg`.
        algorithm: Algorithm,
        /// Where the keys come from.
        origin: KeysOrigin,
    },
}

impl Refusal {
    /// The claim, or the member of the header, at fault, where it is one.
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        Some(match self {
            Self::WrongType { claim, .. }
            | Self::Missing { claim }
            | Self::Unprintable { claim }
            | Self::Version { claim, .. }
            | Self::NotYet { claim, .. } => claim,
            Self::Algorithm { .. } => "alg",
            Self::Critical => "crit",
            Self::OwnKey { member } => member,
            Self::Issuer { .. } | Self::NoKeys(_) => "iss",
            Self::Expired { .. } => "exp",
            Self::NoAudience { .. } | Self::OtherAudience { .. } => "aud",
            Self::UnknownClaims { claims } => claims.first()?,
            Self::Scope { .. } => "scope",
            Self::Key { .. } => "kid",
            _ => return None,
        })
    }

    /// What would change it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Empty => "give the client a token: BEARER_TOKEN_FILE or SCITOKENS_FILE".into(),
            Self::Expired { .. } => "get a new token from the issuer".into(),
            Self::NotYet { .. } => {
                "wait, or set the clocks of the issuer and of this server right".into()
            }
            Self::NoAudience { accepted } => match accepted.first() {
                Some(one) => format!("get a token for the audience {one}"),
                None => "get a token that says whom it is for (aud)".into(),
            },
            Self::OtherAudience {
                audiences,
                accepted,
            } => match (audiences.first(), accepted.first()) {
                (Some(named), None) => {
                    format!("set SCITOKENS_SERVER_AUDIENCE = {named} on the server")
                }
                (Some(named), Some(one)) => format!(
                    "get a token for the audience {one}, or add {named} to SCITOKENS_SERVER_AUDIENCE"
                ),
                (None, _) => "get a token that names its audience with text".into(),
            },
            Self::UnknownClaims { .. } => {
                "have the issuer add \"ver\": \"scitoken:2.0\" and an audience, or list it in \
                 SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS"
                    .into()
            }
            Self::Missing { claim: "scope" } => {
                "get a token with a scope such as condor:/READ".into()
            }
            Self::Version { .. } => {
                "have the issuer write \"ver\": \"scitoken:2.0\" or \"wlcg.ver\": \"1.0\"".into()
            }
            Self::Algorithm { .. } => {
                "have the issuer sign with RS256 or ES256, which every server takes".into()
            }
            Self::Signature { .. } => {
                "get a new token; if that one fails as well, the issuer publishes another key than it \
                 signs with"
                    .into()
            }
            _ => return None,
        })
    }
}

impl From<KeysUnavailable> for Refusal {
    fn from(why: KeysUnavailable) -> Self {
        Self::NoKeys(why)
    }
}

/// A list in an explanation.
fn listed(list: &[String]) -> String {
    let quoted: Vec<_> = list.iter().map(|one| format!("{one:?}")).collect();
    match quoted.is_empty() {
        true => "nothing".into(),
        false => quoted.join(", "),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the client sent no token"),
            Self::TooLong { len } => {
                write!(f, "it has {len} bytes, and {MAX_TOKEN} are the limit")
            }
            Self::Malformed { part, problem } => write!(f, "its {part} cannot be read: {problem}"),
            Self::Algorithm { algorithm } if algorithm.is_empty() => {
                f.write_str("it does not say how it is signed (alg)")
            }
            Self::Algorithm { algorithm } => write!(
                f,
                "it is signed with {algorithm:?}, and RS256, RS384, RS512, ES256 and ES384 are taken"
            ),
            Self::Critical => f.write_str("it demands extensions (crit), and none is known here"),
            Self::OwnKey { member } => write!(
                f,
                "it brings along its own key ({member}): only the issuer says which keys are its own"
            ),
            Self::WrongType { claim, wanted } => write!(f, "its claim {claim:?} is not {wanted}"),
            Self::Missing { claim } => write!(f, "it has no claim {claim:?}"),
            Self::Unprintable { claim } => {
                write!(f, "its claim {claim:?} has control characters in it")
            }
            Self::Issuer { issuer, problem } => {
                write!(f, "its issuer is {issuer:?}, and {problem}")
            }
            Self::Version { claim, version } => write!(
                f,
                "its claim {claim:?} is {version:?}, a version that is not known"
            ),
            Self::Expired { ago, .. } => write!(f, "it expired {} ago (exp)", span(*ago)),
            Self::NotYet { claim, wait, .. } => {
                write!(f, "it is not good yet ({claim}), but in {}", span(*wait))
            }
            Self::NoAudience { accepted } if accepted.is_empty() => {
                f.write_str("it does not say whom it is for (aud), which its profile demands")
            }
            Self::NoAudience { accepted } => write!(
                f,
                "it does not say whom it is for (aud), and SCITOKENS_SERVER_AUDIENCE is {}",
                listed(accepted)
            ),
            Self::OtherAudience {
                audiences,
                accepted,
            } if accepted.is_empty() => write!(
                f,
                "it is for {}, and SCITOKENS_SERVER_AUDIENCE is not set",
                listed(audiences)
            ),
            Self::OtherAudience {
                audiences,
                accepted,
            } => write!(
                f,
                "it is for {}, and SCITOKENS_SERVER_AUDIENCE is {}",
                listed(audiences),
                listed(accepted)
            ),
            Self::UnknownClaims { claims } => write!(
                f,
                "it has no \"ver\", or \"scitokens:1.0\", and in that profile no claim {} is known",
                listed(claims)
            ),
            Self::Scope { scope, problem } => {
                write!(f, "its scope {scope:?} is refused: {problem}")
            }
            Self::NoKeys(why) => write!(f, "its issuer's keys cannot be had: {why}"),
            Self::Key { issuer, why } => write!(f, "it says it is from {issuer}: {why}"),
            Self::Signature {
                issuer,
                kid,
                algorithm,
                origin,
            } => {
                f.write_str("its signature is not ")?;
                match kid {
                    Some(kid) => write!(f, "by the key {kid:?} of {issuer}")?,
                    None => write!(f, "by the key of {issuer}")?,
                }
                write!(f, " ({algorithm}; keys {origin})")
            }
        }
    }
}
