//! What a client's SSL reports.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use countersign_core::trace::{MethodEvent, Verdict};
use sha2::{Digest as _, Sha256};

use super::verifier::Refused;
use super::{ServerNames, TrustAnswer, TrustServer};

/// An event of SSL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SslEvent {
    /// It can always be offered.
    Offered,
    /// What is needed was loaded.
    Loaded {
        /// The authorities that are believed.
        trust: String,
        /// This client's certificate.
        certificate: Option<PathBuf>,
    },
    /// What is needed could not be loaded.
    NotLoaded(String),
    /// The server said that it cannot begin.
    ServerUnable,
    /// The server's certificate is refused.
    ServerRefused {
        /// The host that it should be.
        host: String,
        /// Why.
        refused: Refused,
    },
    /// There is no name to check the certificate against.
    NoHost {
        /// The address as given.
        given: String,
        /// The names in the certificate.
        names: ServerNames,
    },
    /// The certificate is for other hosts.
    OtherHost {
        /// The host that it should be for.
        host: String,
        /// The names in it.
        names: ServerNames,
    },
    /// Whether a server is believed that nobody vouches for.
    Asked {
        /// The question.
        question: TrustServer,
        /// The answer.
        answer: TrustAnswer,
    },
    /// The TLS handshake is done, and the certificate good.
    Shaken {
        /// Its subject.
        subject: String,
        /// The host that it was checked to be for; `None` where that was not checked.
        host: Option<String>,
        /// The line of `known_hosts` that it is noted down in.
        pinned: Option<(PathBuf, usize)>,
        /// The version of TLS.
        version: Option<String>,
        /// The cipher.
        cipher: Option<String>,
    },
    /// The server refused by a TLS alert.
    ServerAlert {
        /// Its name.
        alert: String,
        /// Whether a certificate of this client may be what it missed.
        without_certificate: bool,
    },
    /// The server gave up without a TLS alert.
    ServerQuit {
        /// In what.
        during: &'static str,
    },
    /// TLS failed on this side.
    TlsFailed(String),
}

impl fmt::Display for SslEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered => f.write_str("can be offered; the server must have a certificate"),
            Self::Loaded { trust, certificate } => {
                write!(f, "authorities believed: {trust}")?;
                match certificate {
                    Some(path) => write!(f, "; own certificate: {}", path.display()),
                    None => Ok(()),
                }
            }
            Self::NotLoaded(problem) => write!(f, "TLS cannot begin here: {problem}"),
            Self::ServerUnable => f.write_str(
                "the server says that it cannot begin: it has no certificate and key that it can read, or no usable ciphers",
            ),
            Self::ServerRefused { host, refused } => {
                write!(f, "the certificate of {host} is refused: ")?;
                match refused {
                    Refused::Untrusted(presented) => write!(f, "{presented}"),
                    Refused::Known(presented, known) => write!(
                        f,
                        "{presented}, and line {} of {} says {}",
                        known.line,
                        known.path.display(),
                        if !known.permitted {
                            "that this host is not to be believed"
                        } else if known.method.eq_ignore_ascii_case("SSL") {
                            "that this host has another certificate"
                        } else {
                            "nothing about its certificate, but is the line that counts"
                        }
                    ),
                    Refused::Bad(defect) => write!(f, "{defect}"),
                }
            }
            Self::NoHost { given, names } => write!(
                f,
                "certificate is for {names}; you dialled {given} without an alias: use {}",
                with_alias(given, names)
            ),
            Self::OtherHost { host, names } => {
                write!(f, "certificate is for {names}, not for {host}, which was dialled")
            }
            Self::Asked { question, answer } => {
                let whose = if question.is_authority {
                    "the authority of "
                } else {
                    ""
                };
                write!(
                    f,
                    "nobody vouches for {whose}{} ({}, SHA-256 {}); ",
                    question.host, question.subject, question.fingerprint
                )?;
                match answer {
                    TrustAnswer::Believed { noted } => {
                        f.write_str(if question.ask {
                            "believed, since you said so"
                        } else {
                            "believed, since BOOTSTRAP_SSL_SERVER_TRUST says so"
                        })?;
                        match noted {
                            Ok(path) => write!(f, "; noted down in {}", path.display()),
                            Err(problem) => write!(f, "; it could not be noted down: {problem}"),
                        }
                    }
                    TrustAnswer::Refused { why } => write!(f, "refused: {why}"),
                }
            }
            Self::Shaken {
                subject,
                host,
                pinned,
                version,
                cipher,
            } => {
                match host {
                    Some(host) => write!(f, "the server's certificate {subject} is for {host}")?,
                    None => write!(
                        f,
                        "the server's certificate is {subject}; for which host was not checked (SSL_SKIP_HOST_CHECK)"
                    )?,
                }
                if let Some((path, line)) = pinned {
                    write!(f, ", noted down in line {line} of {}", path.display())?;
                }
                for part in [version, cipher].into_iter().flatten() {
                    write!(f, "; {part}")?;
                }
                Ok(())
            }
            Self::ServerAlert { alert, .. } => {
                write!(f, "the server ended TLS with the alert {alert}")
            }
            Self::ServerQuit { during } => write!(f, "the server gave up: {during}; its log says why"),
            Self::TlsFailed(problem) => write!(f, "TLS failed: {problem}"),
        }
    }
}

impl MethodEvent for SslEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered | Self::Loaded { .. } => Verdict::Noted,
            Self::Shaken { .. } => Verdict::Passed,
            Self::Asked { answer, .. } => match answer {
                TrustAnswer::Believed { .. } => Verdict::Noted,
                TrustAnswer::Refused { .. } => Verdict::Failed,
            },
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Offered | Self::Loaded { .. } | Self::Shaken { .. } | Self::TlsFailed(_) => return None,
            Self::NotLoaded(_) => "mend the setting that it names on this host".into(),
            Self::ServerUnable => {
                "on the server, set AUTH_SSL_SERVER_CERTFILE and AUTH_SSL_SERVER_KEYFILE to files that HTCondor can read"
                    .into()
            }
            Self::ServerRefused { refused, .. } => match refused {
                Refused::Untrusted(presented) if !presented.self_signed => format!(
                    "have the server send the certificate of {} too (AUTH_SSL_SERVER_CERTFILE: its own first, then those \
                     that vouch for it), or put that authority's into AUTH_SSL_CLIENT_CAFILE here",
                    presented.issuer
                ),
                Refused::Untrusted(presented) => format!(
                    "put {}'s certificate into AUTH_SSL_CLIENT_CAFILE here, if this is the server that you mean",
                    presented.subject
                ),
                Refused::Known(_, known) => format!(
                    "if the server has a new certificate, remove line {} of {}; find out first that it has",
                    known.line,
                    known.path.display()
                ),
                Refused::Bad(_) => "give the server a new certificate".into(),
            },
            Self::NoHost { .. } => {
                "dial the server by its name, or give the address the alias that its certificate is for".into()
            }
            Self::OtherHost { names, .. } => format!(
                "dial one of the names that the certificate is for ({names}), or give the server one for the name dialled"
            ),
            Self::Asked { question, answer } => match answer {
                TrustAnswer::Believed { .. } => return None,
                TrustAnswer::Refused { .. } => format!(
                    "put {}'s certificate into AUTH_SSL_CLIENT_CAFILE here, if this is the server that you mean",
                    question.subject
                ),
            },
            Self::ServerAlert {
                without_certificate, ..
            } => if *without_certificate {
                "the server's log says why; it may want a certificate of this client (AUTH_SSL_CLIENT_CERTFILE), or not \
                 know the authority that vouches for it (AUTH_SSL_SERVER_CAFILE there)"
            } else {
                "the server's log says why"
            }
            .into(),
            Self::ServerQuit { .. } => {
                "look in the server's log (D_SECURITY); where AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE is set there, give this \
                 client one (AUTH_SSL_CLIENT_CERTFILE and AUTH_SSL_CLIENT_KEYFILE)"
                    .into()
            }
        })
    }
}

/// The address with an alias that the certificate is for.
fn with_alias(given: &str, names: &ServerNames) -> String {
    let plain = |name: &&String| !name.contains('*');
    let alias = names
        .dns
        .iter()
        .chain(&names.common_name)
        .find(plain)
        .map_or("HOST", String::as_str);
    let inner = given.trim_start_matches('<').trim_end_matches('>');
    let separator = if inner.contains('?') { '&' } else { '?' };
    format!("<{inner}{separator}alias={}>", alias.escape_debug())
}

/// The SHA-256 digest of a certificate, as HTCondor shows it.
pub(crate) fn fingerprint(certificate: &[u8]) -> String {
    let mut out = String::new();
    for byte in Sha256::digest(certificate) {
        let _ = write!(out, "{}{byte:02x}", if out.is_empty() { "" } else { ":" });
    }
    out
}
