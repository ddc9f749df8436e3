//! What FS and FS_REMOTE report.

use std::fmt;

use countersign_core::trace::{MethodEvent, Verdict};

use super::{DirectoryFailure, PathDefect, Place};

/// An event of FS or FS_REMOTE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FsEvent {
    /// It can always be offered.
    Offered(Place),
    /// The server could not choose a path.
    ServerHasNoPath(Place),
    /// The server named this path and invited a binding to the connection.
    PathNamed {
        /// The path to make, binding included.
        path: String,
        /// What was added to it.
        binding: Option<String>,
    },
    /// The path neither invites a binding nor starts with the server's own address.
    Unbound {
        /// The path.
        path: String,
        /// What its name had to start with.
        expected: String,
        /// The server's version.
        server_version: Option<String>,
    },
    /// The path is refused before anything is made.
    PathRefused {
        /// Which of the two it is.
        place: Place,
        /// The path.
        path: String,
        /// Why.
        defect: PathDefect,
    },
    /// The directory could not be made.
    NotMade {
        /// Which of the two it is.
        place: Place,
        /// The path.
        path: String,
        /// Why.
        failure: DirectoryFailure,
    },
    /// The directory was made, but the server does not accept it.
    NotAccepted {
        /// Which of the two it is.
        place: Place,
        /// The path.
        path: String,
    },
}

impl fmt::Display for FsEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered(Place::Local) => {
                f.write_str("can be offered; it needs a folder that both sides see")
            }
            Self::Offered(Place::Remote) => {
                f.write_str("can be offered; it needs a file system that both machines mount")
            }
            Self::ServerHasNoPath(_) => {
                f.write_str("the server could not choose a path; its log says why")
            }
            Self::PathNamed { path, binding } => {
                write!(f, "the server asks for the directory {path}")?;
                match binding {
                    Some(binding) => write!(f, ", bound to this connection by `{binding}`"),
                    None => Ok(()),
                }
            }
            Self::Unbound {
                path,
                expected,
                server_version,
            } => write!(
                f,
                "the server ({}) asks for {path}, which is not bound to this connection: a name \
                 that starts with {expected} or ends with `_` would be. Without that, whoever \
                 relays the connection could use the directory elsewhere, so it was not made",
                server_version.as_deref().unwrap_or("of an unknown version"),
            ),
            Self::PathRefused { path, defect, .. } => write!(
                f,
                "the server asks for {path:?}, which is refused because {defect}; nothing was made"
            ),
            Self::NotMade { path, failure, .. } => write!(f, "{path} could not be made: {failure}"),
            Self::NotAccepted { path, .. } => write!(
                f,
                "{path} was made with mode 0700, but the server does not accept it: it sees \
                 another file system there, or another owner"
            ),
        }
    }
}

impl MethodEvent for FsEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered(_) | Self::PathNamed { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Offered(_) | Self::PathNamed { .. } => return None,
            Self::ServerHasNoPath(place) => format!(
                "look in the server's log (D_SECURITY) for condor_mkstemp: its {} or /tmp is not \
                 writable",
                place.knob()
            ),
            Self::Unbound { .. } => {
                "use a token (IDTOKENS); daemons of 25.14.1 bind the name to the connection, those \
                 of 23.9.6 do not"
                    .into()
            }
            Self::PathRefused { place, .. } => format!(
                "check {} on the server, and whether this is the server you meant",
                place.knob()
            ),
            Self::NotMade { place, failure, .. } => match failure {
                DirectoryFailure::UnsafeParent { .. } => format!(
                    "{} on the server must name a folder that belongs to root and is sticky (mode \
                     1777), as /tmp is",
                    place.knob()
                ),
                DirectoryFailure::NoCondor(_) => {
                    "run this as an ordinary user, or set CONDOR_IDS to the uid.gid that HTCondor \
                     runs as here"
                        .into()
                }
                _ => match place {
                    Place::Local => {
                        "the folder must exist and be writable on this machine; FS works only \
                         where client and server share it"
                    }
                    Place::Remote => {
                        "the server's FS_REMOTE_DIR must be mounted on this machine too, at the \
                         same path, and be writable"
                    }
                }
                .into(),
            },
            Self::NotAccepted {
                place: Place::Remote,
                ..
            } => {
                "both machines must mount the same file system at the server's FS_REMOTE_DIR, with \
                 the same uids, and no root_squash where this is root; the server's log says what \
                 it saw"
                    .into()
            }
            Self::NotAccepted { .. } => {
                "run this on the server's own host and outside any container or PrivateTmp that \
                 gives either side a /tmp of its own; its log says what it saw"
                    .into()
            }
        })
    }
}
