//! What a server's SSL reports.

use std::fmt;
use std::path::PathBuf;

use countersign_core::trace::{MethodEvent, Verdict};

/// An event of a server's SSL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SslServerEvent {
    /// It can be accepted.
    Offered {
        /// The file of the certificate.
        certificate: PathBuf,
    },
    /// There is no certificate, or another part is missing.
    NotLoaded(String),
    /// The client said that it cannot begin.
    ClientUnable,
    /// The TLS handshake is done.
    Shaken {
        /// The subject of the client's certificate, if it has shown one.
        subject: Option<String>,
        /// The version of TLS.
        version: Option<String>,
    },
    /// The client has no certificate.
    NoCertificate,
    /// Nobody vouches for the client's certificate, or it is bad.
    CertificateRefused(String),
    /// No line of the mapfile speaks of the client.
    Unmapped {
        /// The certificate's subject.
        subject: String,
        /// Where a line was looked for.
        searched: String,
    },
    /// The client refused by a TLS alert.
    ClientAlert(String),
    /// The client gave up without a TLS alert.
    ClientQuit(&'static str),
    /// TLS failed on this side.
    TlsFailed(String),
    /// Who the client is.
    Proven {
        /// The authenticated name.
        name: String,
    },
}

impl fmt::Display for SslServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered { certificate } => {
                write!(f, "can be accepted, with the certificate {}", certificate.display())
            }
            Self::NotLoaded(problem) => write!(f, "TLS cannot begin here: {problem}"),
            Self::ClientUnable => f.write_str(
                "the client says that it cannot begin: it found no token, or could not load its CAs or its certificate",
            ),
            Self::Shaken { subject, version } => {
                match subject {
                    Some(subject) => write!(f, "the client's certificate is {subject}")?,
                    None => f.write_str("the client showed no certificate")?,
                }
                match version {
                    Some(version) => write!(f, "; {version}"),
                    None => Ok(()),
                }
            }
            Self::NoCertificate => f.write_str(
                "the client showed no certificate, and AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE demands one",
            ),
            Self::CertificateRefused(problem) => {
                write!(f, "the client's certificate is refused: {problem}")
            }
            Self::Unmapped { subject, searched } => write!(
                f,
                "AUTH_SSL_REQUIRE_CLIENT_MAPPING demands a line of the mapfile for {subject}, and there is none ({searched})"
            ),
            Self::ClientAlert(alert) => {
                write!(f, "the client ended TLS with the alert {alert}: it does not accept this server's certificate")
            }
            Self::ClientQuit(during) => write!(f, "the client gave up: {during}"),
            Self::TlsFailed(problem) => write!(f, "TLS failed: {problem}"),
            Self::Proven { name } => write!(f, "the client is {name}"),
        }
    }
}

impl MethodEvent for SslServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered { .. } | Self::Shaken { .. } => Verdict::Noted,
            Self::Proven { .. } => Verdict::Passed,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Offered { .. } | Self::Shaken { .. } | Self::Proven { .. } | Self::TlsFailed(_) => return None,
            Self::NotLoaded(_) => "mend the setting that it names on this host".into(),
            Self::ClientUnable => "the client's own log says why".into(),
            Self::NoCertificate => {
                "give the client a certificate (AUTH_SSL_CLIENT_CERTFILE and AUTH_SSL_CLIENT_KEYFILE)".into()
            }
            Self::CertificateRefused(_) => {
                "put the authority that vouches for it into AUTH_SSL_SERVER_CAFILE here, if it is to be believed".into()
            }
            Self::Unmapped { subject, .. } => {
                format!("add a line for it to CERTIFICATE_MAPFILE: SSL \"{}\" USER@DOMAIN", subject.escape_debug())
            }
            Self::ClientAlert(_) | Self::ClientQuit(_) => {
                "the client must believe the authority of this server's certificate, and dial it by a name that the \
                 certificate is for"
                    .into()
            }
        })
    }
}
