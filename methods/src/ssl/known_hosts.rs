//! What is known of a host whose certificate nobody vouches for.
//!
//! Rule: `htcondor::get_known_hosts_first_match` and `verify_callback` in HTCondor. The first line for a host counts,
//! whatever its method: `[!]HOST METHOD INFO`.

use std::path::PathBuf;

use countersign_core::effect::Effect;

/// The first line of a `known_hosts` file that speaks of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHost {
    /// False for a line that starts with `!`: the host is refused.
    pub permitted: bool,
    /// The method that the line is about.
    pub method: String,
    /// What it says: for SSL a certificate in base64, or `@trusted` where an authority vouched for it.
    pub info: String,
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

/// What to do about a host of which nothing is known, and for whose certificate nobody vouches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bootstrap {
    /// Refuse it.
    #[default]
    Refuse,
    /// Ask the person at the terminal (BOOTSTRAP_SSL_SERVER_TRUST_PROMPT_USER).
    Ask,
    /// Believe it, and note it down (BOOTSTRAP_SSL_SERVER_TRUST).
    Believe,
}

/// Asks whether a certificate is to be believed from now on, and that the answer be noted down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustServer {
    /// The host.
    pub host: String,
    /// Its certificate, or the authority's that it ends in, in DER.
    pub certificate: Vec<u8>,
    /// The SHA-256 digest of that, as HTCondor shows it.
    pub fingerprint: String,
    /// Its subject.
    pub subject: String,
    /// Whether it is an authority's.
    pub is_authority: bool,
    /// Whether a person is asked; otherwise a setting has said yes.
    pub ask: bool,
}

/// The answer to [`TrustServer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustAnswer {
    /// It is believed. Where that was noted down, or why it could not be.
    Believed {
        /// The file, or the problem with it.
        noted: Result<PathBuf, String>,
    },
    /// It is not.
    Refused {
        /// Why.
        why: String,
    },
}

impl Effect for TrustServer {
    type Output = TrustAnswer;
    const NAME: &'static str = "ask whether a server is to be believed";
}
