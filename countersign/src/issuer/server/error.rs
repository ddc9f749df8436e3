//! Why an issuer does not start, or does not do what it is asked.

use std::net::SocketAddr;

use crate::issuer::export::ExportError;
use crate::issuer::folder::KeyFolderError;
use crate::issuer::request::TokenError;
use crate::issuer::signing_key::IssuerKeyError;

/// Why an issuer does not start, or does not do what it is asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// The address can be reached from other machines, and nobody said that it may.
    #[error(
        "{0} can be reached from other machines; say so with allow_remote (--allow-remote), or listen on \
         127.0.0.1 or [::1]"
    )]
    Remote(SocketAddr),
    /// Others reach it, and nobody said by which URL.
    #[error("say by which URL others reach {0}: it is the issuer of its tokens")]
    NoUrl(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {problem}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The operating system's words.
        problem: std::io::Error,
    },
    /// The certificate cannot be used, or none could be made.
    #[error("the certificate: {0}")]
    Certificate(String),
    /// The key folder cannot be used.
    #[error(transparent)]
    Folder(#[from] KeyFolderError),
    /// A document cannot be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A key cannot be made.
    #[error(transparent)]
    Key(#[from] IssuerKeyError),
    /// A token cannot be made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// No published key has that name.
    #[error("the issuer publishes no key called {0:?}")]
    NoSuchKey(String),
    /// A key of that name is there.
    #[error("the issuer has a key called {0:?} already")]
    KeyExists(String),
    /// The program's thread for blocking work died.
    #[error("reading the keys did not finish: {0}")]
    Interrupted(String),
}
