//! The issuer as a server: HTTPS, and two documents.
//!
//! `builder` says where and with what, `certificate` makes or reads what it shows, `keys` are in memory or in
//! a folder, `serve` is what a connection sees, `handle` is for the program that started it.
//!
//! # Bounds
//! Strangers can hold 64 connections, each for 10 seconds and for one request, whose head has at most 8 KiB.
//! Nothing is answered but GET and HEAD of the two documents.

mod builder;
mod certificate;
mod error;
mod handle;
mod keys;
mod serve;

pub use builder::IssuerBuilder;
pub use certificate::OwnCertificate;
pub use error::IssuerError;
pub use handle::IssuerHandle;

/// A token issuer, for tests or for a site. See [`Issuer::builder`].
#[derive(Debug, Clone, Copy)]
pub struct Issuer;

impl Issuer {
    /// Starts with a new key in memory, a free port of loopback, and a certificate of its own CA for
    /// `localhost`.
    #[must_use]
    pub fn builder() -> IssuerBuilder {
        IssuerBuilder::default()
    }
}

#[cfg(test)]
mod tests;
