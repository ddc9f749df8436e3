//! What IDTOKENS reports: which files were read, what was in them, what was sent.

use std::fmt;
use std::path::PathBuf;

use countersign_core::trace::{MethodEvent, Verdict};

use super::select::{Search, TokenVerdict, span};
use crate::akep2::ProofDefect;

mod advice;
#[cfg(test)]
mod tests;

/// An event of IDTOKENS.
#[derive(Debug, Clone)]
pub enum IdTokensEvent {
    /// There is something to offer.
    Offered {
        /// Names of signing keys that can be read.
        keys: Vec<String>,
        /// True if HTCondor offers it merely because the folder of keys cannot be listed.
        unsure: bool,
    },
    /// There is nothing to offer, so the method is left out.
    NothingToOffer {
        /// Where was looked.
        search: Box<Search>,
    },
    /// A token is used.
    Using {
        /// Its file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// Who it says this is.
        subject: String,
        /// To which address.
        address: String,
        /// What else was looked at.
        search: Box<Search>,
    },
    /// A token is made for the occasion.
    SelfMade {
        /// The signing key's name.
        key: String,
        /// Its file.
        path: PathBuf,
        /// Who it says this is.
        subject: String,
        /// To which address.
        address: String,
    },
    /// No token suits the server.
    NoToken {
        /// The trust domain that the server advertised.
        trust_domain: String,
        /// The keys that it advertised.
        keys: Vec<String>,
        /// Where was looked.
        search: Box<Search>,
        /// Why no token was made for the occasion either.
        no_self_made: String,
    },
    /// The server did not prove that it knows the token's key, or does not take the token.
    NotProven {
        /// Who the token says this is.
        subject: String,
        /// The token's file, or that of the signing key with which it was made for the occasion.
        path: PathBuf,
        /// The token's line, from 1; `None` if it was made for the occasion.
        line: Option<usize>,
        /// The name of the key that signed it.
        key: String,
        /// Whether the server had announced that key's name and the token's trust domain.
        announced: bool,
        /// What was wrong.
        defect: ProofDefect,
        /// Seconds since the token expired, if it has.
        expired_since: Option<u64>,
        /// Another token of the folder that the server might have taken, which HTCondor does not
        /// try either.
        passed_over: Option<String>,
    },
    /// Something in the arithmetic failed that never does.
    Internal,
}

impl fmt::Display for IdTokensEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered { keys, unsure } => {
                if !keys.is_empty() {
                    write!(
                        f,
                        "can be offered: signing keys {} can be read",
                        keys.join(", ")
                    )
                } else if *unsure {
                    f.write_str(
                        "is offered, though it is not known yet whether a token suits: the folder \
                         of signing keys cannot be listed by this user",
                    )
                } else {
                    f.write_str("can be offered: there is a token")
                }
            }
            Self::NothingToOffer { search } => {
                write!(
                    f,
                    "not offered, there is no token and no signing key: {search}"
                )
            }
            Self::Using {
                path,
                line,
                subject,
                address,
                ..
            } => write!(
                f,
                "used the token of {subject} in {}, line {line}, towards {address}",
                path.display()
            ),
            Self::SelfMade {
                key,
                path,
                subject,
                address,
            } => write!(
                f,
                "made a token for {subject}, good for a minute, with signing key {key} ({}), and \
                 used it towards {address}",
                path.display()
            ),
            Self::NoToken {
                trust_domain,
                keys,
                search,
                no_self_made,
            } => {
                write!(f, "no token for trust domain {trust_domain:?}")?;
                if !keys.is_empty() {
                    write!(f, " signed with {}", keys.join(" or "))?;
                }
                write!(f, ": {search}; no token was made either: {no_self_made}")
            }
            Self::NotProven {
                subject,
                path,
                line,
                key,
                defect,
                expired_since,
                passed_over,
                ..
            } => {
                match line {
                    Some(line) => write!(
                        f,
                        "the token of {subject} in {}, line {line}, got nowhere: ",
                        path.display()
                    )?,
                    None => write!(
                        f,
                        "the token of {subject} that was made here from {} (key {key}) got nowhere: ",
                        path.display()
                    )?,
                }
                match (defect, line) {
                    (ProofDefect::Declined, _) => f.write_str("the server does not take it")?,
                    (ProofDefect::OtherExchange, _) => {
                        f.write_str("the server answered to something this side did not say")?;
                    }
                    (ProofDefect::WrongMac, Some(_)) => {
                        write!(f, "the server's key {key} is not the one that signed it")?
                    }
                    (ProofDefect::WrongMac, None) => {
                        f.write_str("that file is not the server's key of that name")?;
                    }
                }
                if let Some(seconds) = expired_since {
                    write!(f, "; it expired {} ago", span(*seconds))?;
                }
                if let Some(other) = passed_over {
                    write!(
                        f,
                        "; {other} suits the server too, but HTCondor tries only the first"
                    )?;
                }
                Ok(())
            }
            Self::Internal => f.write_str("a key could not be derived"),
        }
    }
}

impl MethodEvent for IdTokensEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered { .. } | Self::Using { .. } | Self::SelfMade { .. } => Verdict::Noted,
            Self::NothingToOffer { .. }
            | Self::NoToken { .. }
            | Self::NotProven { .. }
            | Self::Internal => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        advice::remedy(self)
    }
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.folder.as_os_str().is_empty() {
            return write!(f, "{} names no folder", self.origin);
        }
        write!(f, "{} ({})", self.folder.display(), self.origin)?;
        if let Some(problem) = &self.problem {
            return write!(f, " cannot be read: {problem}");
        }
        if self.files.is_empty() {
            return f.write_str(" is empty");
        }
        let (read, skipped): (Vec<_>, Vec<_>) =
            self.files.iter().partition(|file| file.outcome.is_ok());
        write!(f, ": {} read, {} skipped", count(read.len()), skipped.len())?;
        if self.truncated {
            f.write_str(", more not looked at")?;
        }
        for file in &self.files {
            let name = file.path.file_name().unwrap_or_default().display();
            match &file.outcome {
                Err(reason) => write!(f, "; {name} skipped: {reason}")?,
                Ok(tokens) if tokens.is_empty() => write!(f, "; {name} holds no token")?,
                Ok(tokens) => {
                    for token in tokens {
                        write!(f, "; {name} line {} {}", token.line, token.verdict)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn count(files: usize) -> String {
    match files {
        1 => "1 file".into(),
        n => format!("{n} files"),
    }
}

impl Search {
    /// Another suitable token than the one in `path`, line `line`, that has not expired.
    pub(super) fn alternative(&self, path: &std::path::Path, line: usize) -> Option<String> {
        self.files.iter().find_map(|file| {
            file.outcome.as_ref().ok()?.iter().find_map(|token| {
                let good = matches!(
                    token.verdict,
                    TokenVerdict::Suitable {
                        expired_since: None,
                        ..
                    }
                );
                (good && (file.path != path || token.line != line))
                    .then(|| format!("{} line {}", file.path.display(), token.line))
            })
        })
    }
}
