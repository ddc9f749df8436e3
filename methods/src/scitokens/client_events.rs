//! What a client's SCITOKENS reports.

use std::fmt;

use countersign_core::trace::{AddressSource, MethodEvent, Verdict};

use super::bearer::BearerSource;
use super::shown::Shown;

/// An event of a client's SCITOKENS. The tunnel reports for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScitokensEvent {
    /// It can always be offered.
    Offered,
    /// No token was found.
    NoToken {
        /// Where it was looked for, and why it was not found there.
        passed_over: Vec<String>,
    },
    /// The token is longer than HTCondor's servers can read.
    TooLong {
        /// Where it was.
        source: BearerSource,
        /// Its length in bytes.
        len: usize,
    },
    /// This token is taken.
    Found {
        /// Where it was.
        source: BearerSource,
        /// Where none was.
        passed_over: Vec<String>,
        /// Its claims, if it can be read.
        shown: Option<Shown>,
    },
    /// The token goes to a server that was not verified, since a setting waives that.
    SentUnverified {
        /// Where the token was.
        source: BearerSource,
        /// The setting.
        waived_by: &'static str,
    },
    /// The host whose certificate was checked was named by a collector, not by the person.
    NamedByCollector {
        /// The host.
        host: String,
        /// The collector.
        named_by: AddressSource,
    },
    /// The token is for other servers than this.
    ForOthers {
        /// For whom.
        audiences: Vec<String>,
        /// This one.
        host: String,
    },
    /// TLS failed before the token was sent.
    NotSent(String),
    /// The server does not take the token.
    Refused {
        /// Where it was.
        source: BearerSource,
        /// Its claims.
        shown: Option<Shown>,
        /// What is wrong with its time, by this host's clock.
        late: Option<String>,
    },
}

impl fmt::Display for ScitokensEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => {
                f.write_str("can be offered; it needs a token, and a server with a certificate")
            }
            Self::NoToken { passed_over } => {
                write!(f, "no token was found: {}", passed_over.join("; "))
            }
            Self::TooLong { source, len } => write!(
                f,
                "the token {source} has {len} bytes; HTCondor's servers read no more than {}",
                super::token::MAX_TOKEN
            ),
            Self::Found {
                source,
                passed_over,
                shown,
            } => {
                write!(f, "the token {source} is taken")?;
                if let BearerSource::File { named_by, .. } = source {
                    write!(f, " ({named_by})")?;
                }
                match shown {
                    Some(shown) => write!(f, ": {shown}")?,
                    None => f.write_str("; it cannot be read as a JSON Web Token")?,
                }
                if !passed_over.is_empty() {
                    write!(f, "; before, {}", passed_over.join("; "))?;
                }
                Ok(())
            }
            Self::SentUnverified { source, .. } => {
                write!(f, "bearer token {source} sent to an unverified server")
            }
            Self::NamedByCollector { host, named_by } => write!(
                f,
                "the server was checked to be {host}, a name {named_by}; whoever writes there chooses who gets the token"
            ),
            Self::ForOthers { audiences, host } => write!(
                f,
                "the token is for {}, which does not name {}",
                audiences.join(" and "),
                if host.is_empty() { "this server" } else { host }
            ),
            Self::NotSent(problem) => write!(f, "the token was not sent: {problem}"),
            Self::Refused {
                source,
                shown,
                late,
            } => {
                write!(f, "the server does not take the token {source}")?;
                if let Some(late) = late {
                    write!(f, ": {late}")?;
                }
                match shown {
                    Some(shown) => write!(f, " ({shown})"),
                    None => f.write_str("; it cannot be read as a JSON Web Token"),
                }
            }
        }
    }
}

impl MethodEvent for ScitokensEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered
            | Self::Found { .. }
            | Self::SentUnverified { .. }
            | Self::NamedByCollector { .. }
            | Self::ForOthers { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Offered
            | Self::Found { .. }
            | Self::SentUnverified { .. }
            | Self::NamedByCollector { .. }
            | Self::ForOthers { .. }
            | Self::NotSent(_) => return None,
            Self::NoToken { .. } => {
                "name the token's file by SCITOKENS_FILE or the variable BEARER_TOKEN_FILE, or put it where WLCG's rules \
                 look for it"
                    .into()
            }
            Self::TooLong { .. } => "get a shorter token, with fewer scopes or groups".into(),
            Self::Refused { late: Some(_), .. } => "get a new token".into(),
            Self::Refused { .. } => {
                "the server alone knows why: its log says it (D_SECURITY). It must reach the issuer, its \
                 SCITOKENS_SERVER_AUDIENCE must have the token's audience, and a SCITOKENS line of its mapfile must match \
                 ISSUER,SUBJECT"
                    .into()
            }
        })
    }
}
