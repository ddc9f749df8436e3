//! Why a peer does not start, or goes on as it was.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::mapper::MapfileError;
use crate::settings::SettingsError;

/// Why a peer does not start, or why a reconfiguration changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The address can be reached from other machines, and nobody said that it may.
    #[error(
        "{0} can be reached from other machines; say so with allow_remote (--allow-remote), or \
         listen on 127.0.0.1 or [::1]"
    )]
    Remote(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {problem}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The operating system's words.
        problem: std::io::Error,
    },
    /// A session was given twice.
    #[error("session {id} was handed to the peer twice")]
    HandedTwice {
        /// Its id.
        id: String,
    },
    /// The mapfile cannot be used.
    #[error(transparent)]
    Mapfile(#[from] MapfileError),
    /// The signing keys cannot be read.
    #[error("the signing keys cannot be read: {}: {problem}", path.display())]
    Keys {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The settings cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The program's thread for blocking work died.
    #[error("reading the settings did not finish: {0}")]
    Interrupted(String),
}
