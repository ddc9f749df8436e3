//! GSI's place in lists, mapfiles and fallback orders, without GSI.
//!
//! On a host it is struck from every list before anything is offered, as HTCondor has done since
//! version 10 ([`Standing::Dropped`](countersign_core::names::Standing)): no mechanism of that name
//! exists for a [`Registry`](countersign_core::method::Registry), and bit 32 never leaves.
//!
//! So that an order such as `IDTOKENS, FS, GSI` and a mapfile line such as
//! `GSI "(/CN=[-.A-Za-z0-9/= ]+)" …` can be tried to the end, [`meet`] lets a client's and a
//! server's handshake run against each other in memory, where both ends may agree on a subject that
//! nobody proved. What asserts it is an [`AssertedSubject`], which is no method: only [`meet`] takes
//! it, and no client and no peer does.
//!
//! ```
//! use countersign_core::method::Registry;
//! use countersign_methods::gsi_stub::AssertedSubject;
//! # use countersign_methods::anonymous::Anonymous;
//!
//! let subject = AssertedSubject::new("/DC=org/CN=Jane Roe")?;
//! let methods = Registry::default().with(Anonymous);
//! # Ok::<(), countersign_methods::gsi_stub::NotASubject>(())
//! ```
//!
//! The same with the subject in the method's place does not compile, since it implements no
//! [`Mechanism`](countersign_core::method::Mechanism):
//!
//! ```compile_fail,E0277
//! use countersign_core::method::Registry;
//! use countersign_methods::gsi_stub::AssertedSubject;
//! # use countersign_methods::anonymous::Anonymous;
//!
//! let subject = AssertedSubject::new("/DC=org/CN=Jane Roe")?;
//! let methods = Registry::default().with(subject);
//! # Ok::<(), countersign_methods::gsi_stub::NotASubject>(())
//! ```

mod client;
mod memory;
mod server;
mod subject;

pub use client::GsiStubEvent;
pub use memory::{Met, ServerEnd, Sides, meet};
pub use server::GsiStubServerEvent;
pub use subject::{AssertedSubject, NotASubject};
