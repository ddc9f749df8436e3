//! SSL and SCITOKENS: what runs inside TLS.

mod altered;
mod chains;
mod client;
mod scitokens;
mod ssl;
mod world;
