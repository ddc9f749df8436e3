//! The server's side of a method.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Exchange, Named, Probe, Voucher};
use crate::crypto::KeyWrap;
use crate::version::CondorVersion;

/// An authentication method, server side.
pub trait ServerMechanism: Named {
    /// Finds out whether it can be offered at all, before the reply to a client's hello.
    /// Attributes are added to the reply.
    fn probe(&self) -> Probe;

    /// Starts one exchange with `client`, of which the server has just picked this method.
    fn accept(&self, client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>>;

    /// Whether credentials that `voucher` vouches for are still accepted: false for a signing key
    /// that is known to be gone. Asked before a session is resumed.
    fn vouches(&self, voucher: &Voucher) -> bool {
        let _ = voucher;
        true
    }
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
#[derive(Debug, Clone)]
pub struct ClientProof {
    /// The name that the method authenticated, which a mapfile maps: a certificate's subject, a
    /// login name. `None` where the method gives none, and then no mapfile is asked: IDTOKENS up to
    /// HTCondor 25.14.
    pub authenticated_name: Option<String>,
    /// The identity where no mapfile line speaks of the name, as HTCondor's method sets it:
    /// `alice` by FS, the subject by IDTOKENS, `ssl` by SSL.
    pub user: String,
    /// The domain of `user`, where the method sets one; otherwise the rule of the mapping decides.
    pub domain: Option<String>,
    /// The levels that the credential is limited to, as they stand in a `LimitAuthorization`
    /// attribute. `None` is no limit; an empty list lets nothing through.
    pub limits: Option<Vec<String>>,
    /// What the credential adds to the session's policy, which DC_SEC_QUERY also tells the client:
    /// `AuthTokenSubject` and the like, names and text values.
    pub attributes: Vec<(&'static str, String)>,
    /// What vouches for the credential: the signing key of a token. As long as
    /// [`ServerMechanism::vouches`] is true of it, a session made with it may be resumed.
    pub voucher: Option<Voucher>,
    /// What protects a session's key that this side sends, where there is no ECDH: `None` is
    /// [`InClear`](crate::crypto::InClear).
    pub wrap: Option<Arc<dyn KeyWrap>>,
}

impl ClientProof {
    /// The name that was authenticated, for a person: the one to map, or else the identity.
    #[must_use]
    pub fn shown_name(&self) -> String {
        match (&self.authenticated_name, &self.domain) {
            (Some(name), _) => name.clone(),
            (None, Some(domain)) => format!("{}@{domain}", self.user),
            (None, None) => self.user.clone(),
        }
    }
}
