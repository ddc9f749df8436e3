//! What the judge needs from the world: an issuer's keys.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use countersign_core::effect::Effect;

use super::jwks::JwksError;
use super::keys::IssuerKeys;
use crate::idtokens::span;

/// Asks for an issuer's keys.
///
/// Whoever connects can write any issuer into a token, so this makes a server ask wherever a stranger points it.
/// The performer must hold it to HTTPS and to limits, and should refuse issuers whose tokens no line of the mapfile
/// could map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchIssuerKeys {
    /// `iss`, byte for byte as the token has it.
    pub issuer: String,
    /// `kid` of the token, if it has one: keys that are due to be fetched again do not serve without it.
    pub key_id: Option<String>,
    /// Who shows the token: no client may take all the fetches that there are.
    pub client: IpAddr,
}

impl Effect for FetchIssuerKeys {
    type Output = Result<Arc<IssuerKeys>, KeysUnavailable>;
    const NAME: &'static str = "fetch an issuer's keys";
}

/// Why an issuer's keys cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysUnavailable {
    /// Nobody is here to fetch them.
    Unperformed,
    /// It is no issuer that this server would take a token of, so that it is not asked.
    NotAcceptable {
        /// The issuer.
        issuer: String,
    },
    /// An address is not https.
    NotHttps {
        /// The address.
        url: String,
    },
    /// An address cannot be read.
    BadUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No answer came: name, connection, TLS, or time.
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong.
        problem: String,
    },
    /// The answer is an error.
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is over the limit.
    TooLarge {
        /// What was asked for.
        url: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer cannot be read.
    Malformed {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The answer points elsewhere, where it must not.
    Redirected {
        /// What was asked for.
        from: String,
        /// Where it points.
        to: String,
        /// Why it is not followed.
        problem: &'static str,
    },
    /// It failed a while ago, and is not tried again yet.
    NegativelyCached {
        /// When it first failed, in seconds since 1970.
        since: u64,
        /// In how many seconds it is tried again at the earliest.
        retry_after: u64,
        /// How it failed last.
        problem: Box<KeysUnavailable>,
    },
    /// As many fetches as may are under way.
    TooManyFetches {
        /// How many that is.
        limit: usize,
    },
    /// As many fetches as may are under way for this client's address.
    TooManyFromThisClient {
        /// How many that is.
        limit: usize,
    },
    /// The keys of as many issuers as may are kept, all of them in use.
    TooManyIssuers {
        /// How many that is.
        limit: usize,
    },
    /// The fetch was given up, since this server stops.
    Abandoned,
    /// The issuer's keys are pinned to a file, which cannot be used.
    Pinned {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: PinnedProblem,
    },
}

/// Why a file of keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinnedProblem {
    /// It cannot be read.
    Unreadable(
        /// Why.
        String,
    ),
    /// Others may write it.
    Writable {
        /// Its mode.
        mode: u32,
    },
    /// What is in it is no set of keys.
    Malformed(
        /// Why.
        JwksError,
    ),
}

impl fmt::Display for PinnedProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(problem) => write!(f, "it cannot be read: {problem}"),
            Self::Writable { mode } => write!(
                f,
                "group or others may write it (mode {mode:04o}): chmod go-w"
            ),
            Self::Malformed(error) => write!(f, "it is no set of keys: {error}"),
        }
    }
}

impl fmt::Display for KeysUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unperformed => f.write_str("this build fetches no keys"),
            Self::NotAcceptable { issuer } => write!(
                f,
                "no line of the mapfile could speak of a token of {issuer}, so that it is not asked: add one for SCITOKENS"
            ),
            Self::NotHttps { url } => write!(f, "{url} is not https, and nothing else is asked"),
            Self::BadUrl { url, problem } => write!(f, "{url:?} is no address: {problem}"),
            Self::Unreachable { url, problem } => write!(f, "{url}: {problem}"),
            Self::Status { url, status } => write!(f, "{url} answers with status {status}"),
            Self::TooLarge { url, limit } => {
                write!(f, "{url} answers with more than {limit} bytes")
            }
            Self::Malformed { url, problem } => {
                write!(f, "what {url} answers cannot be read: {problem}")
            }
            Self::Redirected { from, to, problem } => {
                write!(f, "{from} points to {to:?}, and {problem}")
            }
            Self::NegativelyCached {
                retry_after,
                problem,
                ..
            } => write!(
                f,
                "{problem}; it is asked again in {} at the earliest",
                span(*retry_after)
            ),
            Self::TooManyFetches { limit } => write!(
                f,
                "{limit} other fetches are under way, as many as may be: try again in a few seconds"
            ),
            Self::TooManyFromThisClient { limit } => write!(
                f,
                "{limit} other fetches are under way for the same client, as many as may be: try again in a \
                 few seconds"
            ),
            Self::TooManyIssuers { limit } => write!(
                f,
                "the keys of {limit} issuers are kept, as many as may be, and all are in use"
            ),
            Self::Abandoned => f.write_str("this server stops"),
            Self::Pinned { path, problem } => write!(f, "{}: {problem}", path.display()),
        }
    }
}
