//! MUNGE credentials, by the system's libmunge: who made one is vouched for by the munged of the host, which shares a
//! key with those of the other hosts.
//!
//! The library is loaded when it is asked for, as HTCondor does it, so that a program runs where there is none. Its
//! default context is used, as HTCondor uses it: munged is asked at the socket that the library was built for, on Debian
//! `/run/munge/munge.socket.2`.

mod ffi;

use std::ffi::{CString, OsStr};
use std::fmt;

use countersign_core::Secret;

/// The library's name, as HTCondor's builds for Linux ask for it.
pub const LIBRARY: &str = "libmunge.so.2";

/// The longest credential that is looked at or given out, in bytes. One for a key takes about 250.
pub const MAX_CREDENTIAL: usize = 8 * 1024;

/// The longest payload that is put in or taken out, in bytes.
pub const MAX_PAYLOAD: usize = 1024;

/// The library, loaded.
pub struct Munge(ffi::Loaded);

impl fmt::Debug for Munge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Munge")
    }
}

/// Why the library cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is not there, or is no library.
    #[error("{library} cannot be loaded: {problem}")]
    NotLoaded {
        /// What was to be loaded.
        library: String,
        /// The loader's words.
        problem: String,
    },
    /// It is another library, or of another time.
    #[error("{library} has no {symbol}, so that it is no libmunge that can be used")]
    NoSymbol {
        /// What was loaded.
        library: String,
        /// What it does not have.
        symbol: &'static str,
    },
}

/// Why a credential was not made, or is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MungeError {
    /// The library's own reason.
    #[error("{text}")]
    Reported {
        /// `EMUNGE_…`, of `munge(3)`.
        code: i32,
        /// The library's words.
        text: String,
    },
    /// The library said that all went well, and what it gave is unusable.
    #[error("libmunge gave {0}")]
    Unusable(&'static str),
    /// What it was to be asked is too long, or has a NUL in it.
    #[error("{0}")]
    Unasked(&'static str),
}

/// What a credential says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// What its maker put in.
    pub payload: Secret,
    /// The effective user id of its maker, on the host where it was made.
    pub uid: u32,
    /// The effective group id.
    pub gid: u32,
}

impl Munge {
    /// Loads [`LIBRARY`] from where the system has its libraries.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load() -> Result<Self, LoadError> {
        Self::load_from(OsStr::new(LIBRARY))
    }

    /// Loads a library of this name or path. What it does when it is loaded is its own business: the name must be one that
    /// the administrator of the host answers for.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load_from(library: &OsStr) -> Result<Self, LoadError> {
        ffi::Loaded::load(library).map(Self)
    }

    /// Makes a credential of the calling thread's effective user, with this payload in it. Blocks for as long as munged
    /// takes, and for some seconds where none answers.
    ///
    /// # Errors
    /// [`MungeError`].
    pub fn encode(&self, payload: &Secret) -> Result<Secret, MungeError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(MungeError::Unasked("the payload is too long"));
        }
        self.0.functions.encode(payload)
    }

    /// Asks munged who made a credential. munged takes each once, and only for some minutes after it was made. Blocks as
    /// [`Self::encode`] does.
    ///
    /// # Errors
    /// [`MungeError`].
    pub fn decode(&self, credential: &Secret) -> Result<Decoded, MungeError> {
        if credential.len() > MAX_CREDENTIAL {
            return Err(MungeError::Unasked("the credential is too long"));
        }
        let credential = CString::new(credential.expose())
            .map_err(|_| MungeError::Unasked("the credential has a NUL in it"))?;
        self.0.functions.decode(credential)
    }
}

#[cfg(test)]
mod tests;
