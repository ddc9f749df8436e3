//! What a server's handshakes are made from.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::authz::Policy;
use crate::identity::Mapper;
use crate::method::{Registry, ServerMechanism};
use crate::names::CommandTable;
use crate::policy::ServerSettings;

/// What stays the same over many handshakes of one server. A reconfiguration makes another one;
/// sessions that live on are subject to it.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The settings of every level.
    pub settings: ServerSettings,
    /// The methods that it can perform.
    pub registry: Registry<dyn ServerMechanism>,
    /// The commands that it takes.
    pub commands: CommandTable,
    /// Who may do what.
    pub policy: Policy,
    /// What maps authenticated names to users: CERTIFICATE_MAPFILE.
    pub mapper: Arc<dyn Mapper>,
    /// TRUST_DOMAIN.
    pub trust_domain: Option<String>,
    /// UID_DOMAIN, which stands behind users without a domain.
    pub uid_domain: Option<String>,
    /// The version string to present.
    pub version: String,
    /// The kind of program, such as `COLLECTOR`.
    pub subsystem: String,
    /// The host's name, which begins the ids of sessions.
    pub host_name: String,
    /// The process id, which stands in the ids of sessions.
    pub process_id: u32,
}

/// One connection's ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The client's end of the TCP connection.
    pub peer: SocketAddr,
    /// This end.
    pub local: SocketAddr,
}
