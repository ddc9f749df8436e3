//! The client's side of a method.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Exchange, Named, Probe};
use crate::crypto::KeyWrap;
use crate::trace::AddressSource;
use crate::version::CondorVersion;

/// An authentication method, client side.
pub trait Mechanism: Named {
    /// Finds out whether it can be offered at all, before the hello.
    fn probe(&self) -> Probe;

    /// Starts one exchange with `peer`.
    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>>;
}

/// What is known of the peer when a method starts.
#[derive(Debug, Clone)]
pub struct PeerView {
    /// The peer's end of the TCP connection.
    pub address: SocketAddr,
    /// The address as it was given, parameters included.
    pub given_address: String,
    /// Who named that address.
    pub named_by: AddressSource,
    /// The shared-port id dialled through, if any.
    pub shared_port_id: Option<String>,
    /// The trust domain it advertised.
    pub trust_domain: Option<String>,
    /// The signing keys it advertised.
    pub issuer_keys: Vec<String>,
    /// The version it advertised.
    pub version: Option<CondorVersion>,
}

/// What a method proved.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The server's own name, where the method authenticates it: `condor@password` for IDTOKENS.
    /// ALLOW_CLIENT and DENY_CLIENT see it.
    pub server_name: Option<String>,
    /// What this side's mapfile maps to another name of the server, such as its certificate's
    /// subject; `None` where the method gives no such name, and then no mapfile is asked. None of
    /// IDTOKENS, FS, MUNGE, CLAIMTOBE and ANONYMOUS does: HTCondor's clients set it for SSL and KERBEROS.
    pub authenticated_name: Option<String>,
    /// What protects a session's key that the server sends, where there is no ECDH: `None` is
    /// [`InClear`](crate::crypto::InClear).
    pub wrap: Option<Arc<dyn KeyWrap>>,
}
