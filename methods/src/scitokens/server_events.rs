//! What a server's SCITOKENS reports.

use std::fmt;

use countersign_core::trace::{MethodEvent, Verdict};

use super::judge::Judged;
use super::keys::KeysOrigin;
use super::refusal::Refusal;

/// An event of a server's SCITOKENS. The tunnel reports for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScitokensServerEvent {
    /// It can be accepted, if there is a certificate.
    Offered,
    /// The client gave up before it sent a token.
    ClientQuit,
    /// TLS failed.
    TlsFailed(String),
    /// The token is not taken.
    Refused(Refusal),
    /// The token is good, but nothing maps it to a user.
    Unmapped {
        /// Its issuer and subject.
        name: String,
        /// Where a mapping was looked for.
        searched: String,
    },
    /// The token is taken.
    Proven {
        /// Its issuer and subject.
        name: String,
        /// The key that signed it.
        key_id: Option<String>,
        /// Where the issuer's keys came from.
        keys: KeysOrigin,
        /// What it is limited to.
        limits: Vec<String>,
        /// Why it was taken as a foreign token, if it was.
        foreign: Option<Box<Refusal>>,
    },
    /// A plugin knows nothing of it.
    PluginDeclined {
        /// The plugin.
        name: String,
    },
    /// A plugin failed, and the handshake with it.
    PluginFailed {
        /// The plugin.
        name: String,
        /// Why.
        problem: String,
    },
    /// A plugin knows who it is.
    PluginKnew {
        /// The plugin.
        name: String,
        /// Who it is.
        user: String,
    },
    /// No plugin knows who it is.
    NoPluginKnew,
}

impl ScitokensServerEvent {
    /// A token was taken.
    pub(crate) fn proven(judged: &Judged) -> Self {
        Self::Proven {
            name: judged.authenticated_name(),
            key_id: judged.key_id.clone(),
            keys: judged.keys.clone(),
            limits: judged.limits.clone(),
            foreign: judged.foreign.clone(),
        }
    }
}

impl fmt::Display for ScitokensServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be accepted, where there is a certificate"),
            Self::ClientQuit => f.write_str("the client gave up before it sent a token"),
            Self::TlsFailed(problem) => write!(f, "TLS failed: {problem}"),
            Self::Refused(refusal) => write!(f, "the token is refused: {refusal}"),
            Self::Unmapped { name, searched } => {
                write!(
                    f,
                    "the token of {name} is good, but nothing maps it: {searched}"
                )
            }
            Self::Proven {
                name,
                key_id,
                keys,
                limits,
                foreign,
            } => {
                write!(f, "the token of {name} is good, by the key ")?;
                match key_id {
                    Some(id) => write!(f, "{id:?}")?,
                    None => f.write_str("of its issuer")?,
                }
                write!(f, " (keys {keys})")?;
                let levels: Vec<&str> = limits
                    .iter()
                    .map(String::as_str)
                    .filter(|level| *level != "DENY")
                    .collect();
                match levels.as_slice() {
                    [] => f.write_str("; it has no scope that lets it do anything here")?,
                    levels => write!(f, "; it may do {}", levels.join(", "))?,
                }
                match foreign {
                    Some(why) => write!(f, "; taken as a foreign token, although {why}"),
                    None => Ok(()),
                }
            }
            Self::PluginDeclined { name } => write!(f, "the plugin {name} knows nothing of it"),
            Self::PluginFailed { name, problem } => {
                write!(f, "the plugin {name} failed: {problem}")
            }
            Self::PluginKnew { name, user } => {
                write!(f, "the plugin {name} says that it is {user}")
            }
            Self::NoPluginKnew => f.write_str("no plugin knows who it is, so it stays unmapped"),
        }
    }
}

impl MethodEvent for ScitokensServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::PluginDeclined { .. } | Self::NoPluginKnew => Verdict::Noted,
            Self::Proven { .. } | Self::PluginKnew { .. } => Verdict::Passed,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => refusal.remedy(),
            Self::Unmapped { name, .. } => Some(format!(
                "add a line for it to CERTIFICATE_MAPFILE: SCITOKENS \"^{}$\" USER@DOMAIN",
                escaped(name)
            )),
            Self::PluginFailed { name, .. } => {
                Some(format!("mend SEC_SCITOKENS_PLUGIN_{name}_COMMAND"))
            }
            _ => None,
        }
    }
}

/// A pattern that fits this name alone, for a quoted field of a mapfile.
fn escaped(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if matches!(
            character,
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' | '\\'
        ) {
            out.push('\\');
        }
        out.extend(character.escape_debug());
    }
    out
}
