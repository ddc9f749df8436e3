//! What an authentication method is to the engine: names, a probe, and an exchange in either role.
//!
//! The engine names no method. Another crate adds one by implementing [`Mechanism`] for the
//! client's side, [`ServerMechanism`] for the server's, and putting it into a [`Registry`].

mod client;
mod exchange;
mod probe;
pub(crate) mod probing;
mod registry;
mod server;
mod voucher;

pub use client::{Mechanism, PeerView, Proof};
pub use exchange::{
    Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, MethodFailure,
};
pub use probe::{Availability, Probe};
pub use registry::{Named, Registry};
pub use server::{ClientProof, ClientView, ServerMechanism};
pub use voucher::Voucher;
