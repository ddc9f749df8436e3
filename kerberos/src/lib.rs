//! Kerberos' AP-REQ and AP-REP, by the system's MIT libkrb5: what HTCondor's method KERBEROS exchanges, without GSSAPI
//! around it.
//!
//! The library is loaded when it is asked for, as HTCondor does it, so that a program runs where there is none. Which
//! realm, which KDC and which credential cache it uses is said by `krb5.conf`, `KRB5_CONFIG` and `KRB5CCNAME`, as for
//! every Kerberos program.

mod ffi;
mod functions;
mod session_key;

pub use session_key::SessionKey;

use std::ffi::OsStr;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// The library's name, as HTCondor's builds for Linux ask for it.
pub const LIBRARY: &str = "libkrb5.so.3";

/// The longest AP-REQ or AP-REP that is taken or given out, in bytes. Those of a realm with large authorization data, as
/// Active Directory has it, take up to 64 KiB.
pub const MAX_MESSAGE: usize = 128 * 1024;

/// The library, loaded.
#[derive(Clone)]
pub struct Kerberos(Arc<functions::Loaded>);

impl fmt::Debug for Kerberos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kerberos")
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
    #[error("{library} has no {symbol}, so that it is no MIT libkrb5 that can be used")]
    NoSymbol {
        /// What was loaded.
        library: String,
        /// What it does not have.
        symbol: &'static str,
    },
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KerberosError {
    /// The library's own reason.
    #[error("{text}")]
    Reported {
        /// What was asked of it, such as `krb5_rd_req`.
        call: &'static str,
        /// A code of `krb5.h` or `errno.h`.
        code: i32,
        /// The library's words.
        text: String,
    },
    /// The library said that all went well, and what it gave is unusable.
    #[error("libkrb5 gave {0}")]
    Unusable(&'static str),
    /// What it was to be asked is too long, or has a NUL in it.
    #[error("{0}")]
    Unasked(&'static str),
}

/// Where a client's credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// The default credential cache of the user.
    Cache,
    /// A keytab, as daemons and root do it.
    Keytab {
        /// KERBEROS_SERVER_KEYTAB; the system's default where it is `None`.
        keytab: Option<&'a str>,
        /// KERBEROS_SERVER_PRINCIPAL; this host's principal of the service where it is `None`.
        principal: Option<&'a str>,
    },
}

/// What a client sends, and what it needs to judge the answer.
#[derive(Debug)]
pub struct Request {
    /// The AP-REQ.
    pub message: Vec<u8>,
    /// Who asks.
    pub client: String,
    /// Whom the ticket is for.
    pub server: String,
    /// The key that the ticket gives both sides.
    pub key: SessionKey,
    /// What the answer is checked against.
    pub pending: Pending,
}

/// A request without its answer.
pub struct Pending(ffi::Session);

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

/// What a server made of an AP-REQ.
#[derive(Debug)]
pub struct Accepted {
    /// Who asked: a principal, with its realm.
    pub client: String,
    /// The AP-REP.
    pub reply: Vec<u8>,
    /// The key that the ticket gives both sides.
    pub key: SessionKey,
}

impl Kerberos {
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
        Ok(Self(Arc::new(functions::Loaded::load(library)?)))
    }

    /// Gets a ticket for `service` on `host`, and makes an AP-REQ that demands an answer. Blocks for as long as the KDC
    /// takes, and where none answers for as long as the library tries.
    ///
    /// # Errors
    /// [`KerberosError`].
    pub fn request(
        &self,
        host: &str,
        service: &str,
        source: Source<'_>,
    ) -> Result<Request, KerberosError> {
        ffi::request(self.0.clone(), host, service, source)
    }

    /// Judges an AP-REQ by the keys of a keytab, and makes the AP-REP. A request that was taken before is refused, by the
    /// library's replay cache. Blocks for as long as the keytab and that cache take.
    ///
    /// # Errors
    /// [`KerberosError`].
    pub fn accept(
        &self,
        request: &[u8],
        keytab: Option<&str>,
        from: IpAddr,
    ) -> Result<Accepted, KerberosError> {
        if request.len() > MAX_MESSAGE {
            return Err(KerberosError::Unasked("the request is too long"));
        }
        ffi::accept(self.0.clone(), request, keytab, from)
    }
}

impl Pending {
    /// Whether the answer was made by who has the key of the ticket's server, for this request.
    ///
    /// # Errors
    /// [`KerberosError`].
    pub fn verify(self, reply: &[u8]) -> Result<(), KerberosError> {
        if reply.len() > MAX_MESSAGE {
            return Err(KerberosError::Unasked("the reply is too long"));
        }
        self.0.verify(reply)
    }
}

#[cfg(test)]
mod tests;
