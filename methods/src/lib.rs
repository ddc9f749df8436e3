//! HTCondor's authentication methods, one folder each.
//!
//! Nothing here opens a file or asks the system anything: a method describes what it needs as an
//! effect, and the driver that embeds it performs that.

#![forbid(unsafe_code)]

mod akep2;
pub mod anonymous;
pub mod claimtobe;
mod failure;
pub mod fs;
pub mod gsi_stub;
mod identity;
pub mod idtokens;
pub mod kerberos;
pub mod munge;
pub mod password;
pub mod scitokens;
mod scramble;
mod secret_file;
pub mod ssl;
mod verdict;

pub use akep2::ProofDefect;
pub use akep2::server::ClientProofDefect;
pub use secret_file::SkipReason;
