//! Which token is sent: the first suitable one, as HTCondor takes it, and what that passes over.
//!
//! Rule: `findTokens` and `checkToken` in HTCondor's `condor_auth_passwd.cpp`. A token is suitable
//! if the server knows its key and its issuer is the server's trust domain. Whether it has
//! expired is not looked at before it is sent, here as there; the report says so.

use std::fmt;
use std::path::PathBuf;

use super::credentials::{TokenFile, TokenFolder};
use super::jwt::Token;
use crate::secret_file::SkipReason;

/// What looking through a folder gave.
#[derive(Debug, Clone)]
pub struct Search {
    /// The folder, as [`TokenFolder`] has it, without its content.
    pub folder: PathBuf,
    /// Which setting named it.
    pub origin: super::FolderOrigin,
    /// Why nothing could be read.
    pub problem: Option<String>,
    /// Its files, in the order in which they are tried.
    pub files: Vec<FileReport>,
    /// True if there were more files than were looked at.
    pub truncated: bool,
}

/// What a file held.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// Its path.
    pub path: PathBuf,
    /// Its tokens, or why it was skipped.
    pub outcome: Result<Vec<TokenReport>, SkipReason>,
}

/// What a token was good for.
#[derive(Debug, Clone)]
pub struct TokenReport {
    /// Its line, from 1.
    pub line: usize,
    /// Whether it suits the server.
    pub verdict: TokenVerdict,
}

/// Whether a token suits a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenVerdict {
    /// It does.
    Suitable {
        /// Who it says this is.
        subject: String,
        /// Seconds since it expired, if it has.
        expired_since: Option<u64>,
        /// Its scopes, if it is limited.
        scope: Option<String>,
    },
    /// It is no token.
    Malformed(&'static str),
    /// It does not name its key.
    NoKeyId,
    /// The server did not advertise its key.
    UnknownKey {
        /// Its key.
        key: String,
    },
    /// It is of another trust domain, or of none.
    OtherDomain {
        /// Its issuer.
        issuer: String,
    },
    /// It names nobody.
    NoSubject,
}

impl fmt::Display for TokenVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Suitable {
                subject,
                expired_since,
                scope,
            } => {
                write!(f, "suits the server, for {subject}")?;
                if let Some(scope) = scope {
                    write!(f, ", limited to {scope}")?;
                }
                match expired_since {
                    Some(seconds) => write!(f, ", but expired {} ago", span(*seconds)),
                    None => Ok(()),
                }
            }
            Self::Malformed(why) => write!(f, "is no token: {why}"),
            Self::NoKeyId => f.write_str("does not name its signing key"),
            Self::UnknownKey { key } => {
                write!(
                    f,
                    "is signed with key {key}, which the server does not have"
                )
            }
            Self::OtherDomain { issuer } => write!(f, "is of trust domain {issuer}"),
            Self::NoSubject => f.write_str("names nobody"),
        }
    }
}

/// A time in the largest unit of which there is a whole one: `3 days`.
#[must_use]
pub fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86400 => (seconds / 3600, "hour"),
        _ => (seconds / 86400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// What a server said about the tokens it takes; empty means anything.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) issuer: String,
    pub(super) keys: Vec<String>,
}

/// The token to send, and where it was found.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) token: Token,
    pub(super) path: PathBuf,
    pub(super) line: usize,
}

/// Looks through the whole folder, so that the report can tell of what was passed over.
pub(super) fn search(folder: TokenFolder, wanted: &Wanted, now: u64) -> (Search, Option<Selected>) {
    let TokenFolder {
        path,
        origin,
        problem,
        mut files,
        truncated,
        first_file_name,
    } = folder;
    let is_first = |file: &TokenFile| {
        file.path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.eq_ignore_ascii_case(&first_file_name))
    };
    files.sort_by(|a, b| {
        is_first(b)
            .cmp(&is_first(a))
            .then_with(|| a.path.as_os_str().cmp(b.path.as_os_str()))
    });
    let mut selected = None;
    let files = files
        .into_iter()
        .map(|file| {
            let outcome = file
                .content
                .map(|content| read_file(&file.path, content.expose(), wanted, now, &mut selected));
            FileReport {
                path: file.path,
                outcome,
            }
        })
        .collect();
    let search = Search {
        folder: path,
        origin,
        problem,
        files,
        truncated,
    };
    (search, selected)
}

fn read_file(
    path: &std::path::Path,
    content: &[u8],
    wanted: &Wanted,
    now: u64,
    selected: &mut Option<Selected>,
) -> Vec<TokenReport> {
    let mut reports = Vec::new();
    for (index, line) in content.split(|&byte| byte == b'\n').enumerate() {
        // HTCondor's tokenizer trims each line and skips empty ones and comments.
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let parsed = std::str::from_utf8(line)
            .map_err(|_| "it is not text")
            .and_then(Token::parse);
        let verdict = match &parsed {
            Ok(token) => judge(token, wanted, now),
            Err(why) => TokenVerdict::Malformed(why),
        };
        if let (Ok(token), TokenVerdict::Suitable { .. }, None) = (parsed, &verdict, &selected) {
            *selected = Some(Selected {
                token,
                path: path.to_owned(),
                line: index + 1,
            });
        }
        reports.push(TokenReport {
            line: index + 1,
            verdict,
        });
    }
    reports
}

fn judge(token: &Token, wanted: &Wanted, now: u64) -> TokenVerdict {
    let Some(key) = &token.key_id else {
        return TokenVerdict::NoKeyId;
    };
    if !wanted.keys.is_empty() && !wanted.keys.contains(key) {
        return TokenVerdict::UnknownKey { key: key.clone() };
    }
    // A token without issuer is malformed to HTCondor, whatever the server says.
    let Some(issuer) = &token.issuer else {
        return TokenVerdict::Malformed("it has no issuer");
    };
    if !wanted.issuer.is_empty() && *issuer != wanted.issuer {
        return TokenVerdict::OtherDomain {
            issuer: issuer.clone(),
        };
    }
    let Some(subject) = token.name.clone() else {
        return TokenVerdict::NoSubject;
    };
    let expired_since = token
        .expires
        .map(|at| u64::try_from(at).unwrap_or(0))
        .filter(|&at| at <= now)
        .map(|at| now - at);
    TokenVerdict::Suitable {
        subject,
        expired_since,
        scope: token.scope.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::credentials::FolderOrigin;
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use countersign_core::Secret;

    fn line(key: &str, issuer: &str, subject: &str, now: u64) -> String {
        let token = Token::sign(b"key", key, issuer, subject, now, 60, "id").unwrap();
        format!(
            "{}.{}",
            token.text,
            URL_SAFE_NO_PAD.encode(token.signature.expose())
        )
    }

    fn folder(files: &[(&str, Result<String, SkipReason>)]) -> TokenFolder {
        TokenFolder {
            path: "/t".into(),
            origin: FolderOrigin::TokenDirectory,
            problem: None,
            files: files
                .iter()
                .map(|(name, content)| TokenFile {
                    path: PathBuf::from("/t").join(name),
                    content: content.clone().map(|text| Secret::new(text.into_bytes())),
                })
                .collect(),
            truncated: false,
            first_file_name: "TOOL_auto_generated_token".into(),
        }
    }

    fn wanted() -> Wanted {
        Wanted {
            issuer: "pool".into(),
            keys: vec!["POOL".into()],
        }
    }

    #[test]
    fn own_file_first_then_byte_order() {
        let files = [
            ("b", Ok(line("POOL", "pool", "b@pool", 100))),
            ("a", Ok(line("POOL", "pool", "a@pool", 100))),
            (
                "tool_auto_generated_token",
                Ok(line("POOL", "pool", "t@pool", 100)),
            ),
            ("B", Ok(line("POOL", "pool", "B@pool", 100))),
        ];
        let (search, selected) = search(folder(&files), &wanted(), 100);
        assert_eq!(selected.unwrap().token.name.unwrap(), "t@pool");
        let order: Vec<_> = search
            .files
            .iter()
            .map(|f| f.path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(order, ["tool_auto_generated_token", "B", "a", "b"]);
    }

    #[test]
    fn the_first_suitable_is_taken_even_if_expired() {
        let text = format!(
            "# a comment\n\n{}\n{}\nrubbish\n{}\n{}\n",
            line("OTHER", "pool", "x@pool", 100),
            line("POOL", "elsewhere", "y@pool", 100),
            line("POOL", "pool", "old@pool", 0),
            line("POOL", "pool", "new@pool", 1000),
        );
        let (search, selected) = search(folder(&[("a", Ok(text))]), &wanted(), 1000);
        let selected = selected.unwrap();
        assert_eq!(
            (selected.line, selected.token.name.as_deref()),
            (6, Some("old@pool"))
        );
        let verdicts: Vec<_> = search.files[0]
            .outcome
            .as_ref()
            .unwrap()
            .iter()
            .map(|t| &t.verdict)
            .collect();
        assert!(matches!(verdicts[0], TokenVerdict::UnknownKey { .. }));
        assert!(matches!(verdicts[1], TokenVerdict::OtherDomain { .. }));
        assert!(matches!(verdicts[2], TokenVerdict::Malformed(_)));
        assert!(matches!(
            verdicts[3],
            TokenVerdict::Suitable {
                expired_since: Some(940),
                ..
            }
        ));
        assert!(matches!(
            verdicts[4],
            TokenVerdict::Suitable {
                expired_since: None,
                ..
            }
        ));
    }

    #[test]
    fn spans() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "1 minute"),
            (7200, "2 hours"),
            (86400, "1 day"),
            (259_200, "3 days"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }

    #[test]
    fn skipped_files_are_reported() {
        let (search, selected) = search(
            folder(&[("a", Err(SkipReason::Exposed { mode: 0o644 }))]),
            &wanted(),
            0,
        );
        assert!(selected.is_none());
        assert!(search.files[0].outcome.is_err());
    }

    #[test]
    fn a_server_that_says_nothing_takes_anything() {
        let files = [("a", Ok(line("K", "anywhere", "a@b", 100)))];
        assert!(search(folder(&files), &Wanted::default(), 100).1.is_some());
    }
}
