//! SSL: TLS between the two sides, its records inside the method's messages.
//!
//! The server's certificate says who it is; a client's, if it has one, says who the client is. SCITOKENS goes on from
//! here: the same tunnel, with a token through it.

mod chain;
pub(crate) mod client;
mod events;
mod known_hosts;
mod material;
mod name;
mod proxy;
pub(crate) mod server;
mod server_events;
mod session_key;
mod trust;
pub(crate) mod tunnel;
mod verifier;
pub(crate) mod wire;

pub use chain::{CertificateDefect, ChainVerdict, Presented};
pub use client::{Ssl, SslSettings};
pub use events::SslEvent;
pub use known_hosts::{Bootstrap, KnownHost, TrustAnswer, TrustServer};
pub use material::{
    Certificate, ClientTls, LoadClientTls, LoadServerTls, ServerTls, TlsFault, TlsParameters,
};
pub use name::{ServerNames, subject_of};
pub use server::{SslServer, SslServerSettings};
pub use server_events::SslServerEvent;
pub use trust::Trust;
pub use verifier::Refused;
