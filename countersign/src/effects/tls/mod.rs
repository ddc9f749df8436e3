//! Certificates, keys and authorities in files: loaded once, and again when a file has changed.

mod authorities;
mod certificates;
mod ciphers;
mod client;
mod known_hosts;
mod server;

pub use authorities::AuthoritySources;
pub use certificates::CertificateSources;
pub use ciphers::{CipherList, unusable_ciphers};
pub use client::{ClientTlsMemory, ClientTlsSources, load_client_tls};
pub use known_hosts::{KnownHosts, note_down};
pub use server::{ServerTlsMemory, ServerTlsSources, load_server_tls};
