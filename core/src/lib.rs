//! HTCondor's security negotiation (CEDAR) as state machines without I/O.

pub mod authz;
pub mod sinful;
