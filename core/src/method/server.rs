//! The server's side of a method.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Exchange, Named, Probe};
use crate::version::CondorVersion;

/// An authentication method, server side.
pub trait ServerMechanism: Named {
    /// Finds out whether it can be offered at all, before the reply to a client's hello.
    /// Attributes are added to the reply.
    fn probe(&self) -> Probe;

    /// Starts one exchange with `client`, of which the server has just picked this method.
    fn accept(&self, client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>>;
}

/// What is known of the client when a method starts.
#[derive(Debug, Clone)]
pub struct ClientView {
    /// The client's end of the TCP connection.
    pub address: SocketAddr,
    /// This end.
    pub local: SocketAddr,
    /// The address that the client says it dialled.
    pub dialled: Option<String>,
    /// The version it says it is of.
    pub version: Option<CondorVersion>,
    /// The trust domain it says it is of.
    pub trust_domain: Option<String>,
}

/// Who the client proved to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientProof {
    /// The name that the method authenticated, which a mapfile maps: a token's subject, a
    /// certificate's subject, a login name.
    pub authenticated_name: String,
    /// The identity where no mapfile line speaks of the name, as HTCondor's method sets it:
    /// `alice` by FS, the subject by IDTOKENS, `ssl` by SSL.
    pub user: String,
    /// The domain of `user`, where the method sets one; otherwise the rule of the mapping decides.
    pub domain: Option<String>,
    /// The levels that the credential is limited to, as they stand in a `LimitAuthorization`
    /// attribute. `None` is no limit; an empty list lets nothing through.
    pub limits: Option<Vec<String>>,
}
