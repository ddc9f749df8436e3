//! What a server's FS and FS_REMOTE report.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use countersign_core::trace::{MethodEvent, Verdict};

use super::{BindingDefect, DirectoryFailure, Place, Seen, SeenKind};

/// An event of a server's FS or FS_REMOTE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FsServerEvent {
    /// It can always be accepted.
    Offered {
        /// The folder in which clients make their directories.
        folder: PathBuf,
    },
    /// No client can be sent to the folder.
    NoPath {
        /// Which of the two it is.
        place: Place,
        /// The folder.
        folder: PathBuf,
        /// Why.
        failure: DirectoryFailure,
    },
    /// The client was asked for this directory.
    Named {
        /// The path, without what the client appends.
        path: String,
    },
    /// The client reached this server by another way than it should have.
    OtherEnd {
        /// What the client appended.
        binding: String,
        /// This end of the connection.
        local: SocketAddr,
        /// What is wrong with it.
        defect: BindingDefect,
    },
    /// The client says that it made nothing.
    NotMade {
        /// Which of the two it is.
        place: Place,
        /// The path it was asked for.
        path: PathBuf,
    },
    /// No file could be made in the folder just before looking, so that NFS may show an older state of it.
    NotSynced {
        /// The folder.
        folder: PathBuf,
        /// Why.
        failure: DirectoryFailure,
    },
    /// What the client made cannot be looked at.
    NotSeen {
        /// Which of the two it is.
        place: Place,
        /// The path.
        path: PathBuf,
        /// Why.
        failure: DirectoryFailure,
    },
    /// What is there proves nothing.
    BadAttributes {
        /// The path.
        path: PathBuf,
        /// What is there.
        seen: Seen,
    },
    /// The directory's owner has no name.
    NoOwner {
        /// The path.
        path: PathBuf,
        /// The owner.
        uid: u32,
        /// Why.
        problem: String,
    },
    /// The client is the owner of what it made.
    Proven {
        /// The path.
        path: PathBuf,
        /// Who owns it.
        owner: String,
        /// Who that is here.
        user: String,
        /// Whether the client bound the name to the connection.
        bound: bool,
    },
}

impl fmt::Display for FsServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offered { folder } => {
                write!(
                    f,
                    "can be accepted from clients that see {}",
                    folder.display()
                )
            }
            Self::NoPath {
                folder, failure, ..
            } => write!(
                f,
                "nothing can be made in {}, so no client was sent there: {failure}",
                folder.display()
            ),
            Self::Named { path } => write!(f, "the client was asked for the directory {path}"),
            Self::OtherEnd {
                binding,
                local,
                defect,
            } => write!(
                f,
                "the client says that it reached {binding:?}, and this end is {local}: {defect}"
            ),
            Self::NotMade { path, .. } => {
                write!(f, "the client could not make {}", path.display())
            }
            Self::NotSynced { folder, failure } => write!(
                f,
                "no file could be made in {} just before looking, so that what is seen there may be \
                 an older state: {failure}",
                folder.display()
            ),
            Self::NotSeen { path, failure, .. } => {
                write!(f, "{:?} cannot be looked at: {failure}", path.display())
            }
            Self::BadAttributes { path, seen } => write!(
                f,
                "{} is {} of mode {:04o} with {} links; only a directory of mode 0700 with one or \
                 two proves who made it",
                path.display(),
                match seen.kind {
                    SeenKind::Directory => "a directory",
                    SeenKind::Link => "a link",
                    SeenKind::Other => "no directory",
                },
                seen.mode,
                seen.links,
            ),
            Self::NoOwner { path, uid, problem } => write!(
                f,
                "{} belongs to uid {uid}, which has no name here: {problem}",
                path.display()
            ),
            Self::Proven {
                path,
                owner,
                user,
                bound,
            } => {
                write!(f, "{} belongs to {owner}", path.display())?;
                if owner != user {
                    write!(f, ", which is {user} by FS_ROOT_TO_CONDOR")?;
                }
                if *bound {
                    f.write_str("; the client bound it to this connection")
                } else {
                    f.write_str(
                        "; the client did not bind it to this connection (none before 25.14 does)",
                    )
                }
            }
        }
    }
}

impl MethodEvent for FsServerEvent {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Offered { .. }
            | Self::Named { .. }
            | Self::NotSynced { .. }
            | Self::Proven { .. } => Verdict::Noted,
            _ => Verdict::Failed,
        }
    }

    fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Offered { .. }
            | Self::Named { .. }
            | Self::NotSynced { .. }
            | Self::Proven { .. } => return None,
            Self::NoPath { place, .. } => format!(
                "set {} to a folder that everybody may write and that is sticky (mode 1777), as /tmp \
                 is",
                place.knob()
            ),
            Self::OtherEnd { .. } => {
                "if clients reach this daemon through address translation, set TCP_FORWARDING_HOST \
                 to the address that they use"
                    .into()
            }
            Self::NotMade {
                place: Place::Remote,
                ..
            }
            | Self::NotSeen {
                place: Place::Remote,
                ..
            } => "FS_REMOTE works only where the client's machine mounts the file system of \
                  FS_REMOTE_DIR, at the same path"
                .into(),
            Self::NotMade { .. } | Self::NotSeen { .. } => {
                "FS works only where client and server share the folder: the same machine, and no \
                 container or PrivateTmp around either"
                    .into()
            }
            Self::BadAttributes { .. } => {
                "the client must make the directory itself, with mode 0700".into()
            }
            Self::NoOwner { .. } => "give that uid a name on this host".into(),
        })
    }
}
