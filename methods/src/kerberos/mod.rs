//! KERBEROS: a ticket for the server, shown in an AP-REQ; the server answers with an AP-REP, which proves that it has the key
//! that the ticket was made for.
//!
//! What the two sides say after that is not protected by the ticket's key: whoever relays the connection can take it over
//! as with any method.

mod client;
mod effects;
mod events;
mod names;
mod server;
mod server_events;
mod wire;

pub use client::Kerberos;
pub use effects::{
    AcceptTicket, FindKerberos, GetTicket, JudgeReply, KerberosFailure, Taken, Ticket,
};
pub use events::KerberosEvent;
pub use names::{NameDefect, NameRules, RealmMap};
pub use server::KerberosServer;
pub use server_events::KerberosServerEvent;
pub use wire::MAX_PACKET;
