//! What a handshake is made from: a client's settings, and what is wanted of one connection.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::authz::List;
use crate::identity::Mapper;
use crate::method::Registry;
use crate::policy::ClientSettings;
use crate::trace::AddressSource;

pub use crate::names::{DC_AUTHENTICATE, DC_SEC_QUERY};

pub use crate::identity::UNAUTHENTICATED;

/// What stays the same over many handshakes of one client.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Its settings.
    pub settings: ClientSettings,
    /// The methods it can perform.
    pub registry: Registry,
    /// ALLOW_CLIENT: servers that this client accepts. `None` refuses every server, as HTCondor
    /// does where not even the built-in `*` is left.
    pub allow: Option<List>,
    /// DENY_CLIENT: servers that it does not. `None` refuses none.
    pub deny: Option<List>,
    /// What maps the names that servers authenticate: CERTIFICATE_MAPFILE.
    pub mapper: Arc<dyn Mapper>,
    /// UID_DOMAIN: stands behind mapped names that have no domain.
    pub uid_domain: Option<String>,
}

/// One connection's ends and what is wanted of it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The command to run: its number goes into the hello.
    pub command: i32,
    /// With [`DC_SEC_QUERY`]: the command asked about.
    pub auth_command: Option<i32>,
    /// The address as given, which the server is told.
    pub given_address: String,
    /// Who named it, and so the host in it that a server's certificate is checked against.
    pub named_by: AddressSource,
    /// The shared-port id to ask for first.
    pub shared_port_id: Option<String>,
    /// The peer's end of the TCP connection.
    pub peer: SocketAddr,
    /// This end.
    pub local: SocketAddr,
    /// Names of servers at this address that this process has checked against its lists before:
    /// HTCondor then prints a shorter reason.
    pub servers_checked: BTreeSet<String>,
}
