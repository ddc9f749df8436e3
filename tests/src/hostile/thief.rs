//! Uses somebody else's session: resumes it on a connection of one's own and runs a command.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use countersign::SystemEntropy;
use countersign::classad::ClassAd;
use countersign::core::authz::List;
use countersign::core::client::{ClientConfig, Handshake, Progress, Request};
use countersign::core::identity::NoMapper;
use countersign::core::method::Registry;
use countersign::core::names::{attrs, command_number};
use countersign::core::policy::{ClientSettings, Requirement};
use countersign::core::session::Session;
use countersign::core::{CondorVersion, PROTOCOL_VERSION};

use super::relay::Loot;

/// The session as its rightful owner would have kept it.
pub(super) fn session(loot: &Loot) -> Option<Session> {
    let mut policy = ClassAd::new();
    policy.insert(attrs::CRYPTO_METHODS, "AES");
    Some(Session {
        id: loot.decision.get_str(attrs::SID)?.to_owned(),
        key: Some((loot.key.clone(), countersign::core::crypto::Protection::AES)),
        policy,
        duration: 60,
        lease: 60,
        valid_commands: loot
            .decision
            .get_str(attrs::VALID_COMMANDS)?
            .split(',')
            .filter_map(|number| number.parse().ok())
            .collect(),
        server_version: CondorVersion::parse(loot.reply.get_str(attrs::REMOTE_VERSION)?),
        handed: None,
        server_name: "unauthenticated@unmapped".to_owned(),
    })
}

/// Asks the server for one of its settings (DC_CONFIG_VAL, which needs READ), in a session and with no credential.
pub(super) fn read_setting(
    server: SocketAddr,
    session: Session,
    name: &str,
) -> Result<String, String> {
    let command = command_number("DC_CONFIG_VAL").ok_or("DC_CONFIG_VAL has no number")?;
    if !session.valid_commands.contains(&command) {
        return Err(format!(
            "{command} is not among {:?}",
            session.valid_commands
        ));
    }
    let mut stream = TcpStream::connect(server).map_err(|e| e.to_string())?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .map_err(|e| e.to_string())?;
    let request = Request {
        command,
        auth_command: None,
        given_address: format!("<{server}>"),
        named_by: countersign::core::trace::AddressSource::Typed,
        shared_port_id: None,
        peer: server,
        local: stream.local_addr().map_err(|e| e.to_string())?,
        servers_checked: Default::default(),
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let mut entropy = SystemEntropy;
    let mut handshake = Handshake::resume(nobodys_config(), request, session, now, &mut entropy);
    let mut buffer = [0; 16384];
    let mut established = loop {
        while let Some(bytes) = handshake.transmit() {
            stream.write_all(&bytes).map_err(|e| e.to_string())?;
        }
        match handshake.poll() {
            Progress::Established(established) => break established,
            Progress::Failed(failure) => return Err(failure.to_string()),
            Progress::Perform(effect) => return Err(format!("asked for {effect:?}")),
            Progress::NeedsBytes => match stream.read(&mut buffer) {
                Ok(0) => handshake.peer_closed(),
                Ok(read) => handshake.receive(&buffer[..read]),
                Err(error) => return Err(error.to_string()),
            },
        }
    };
    let question = established.encoder().string(name).finish();
    let bytes = established.encode(&question).map_err(|e| e.to_string())?;
    stream.write_all(&bytes).map_err(|e| e.to_string())?;
    loop {
        if let Some(answer) = established.next_message().map_err(|e| e.to_string())? {
            let value = answer.decoder().string("value", 8192).map(str::to_owned);
            return value.map_err(|e| e.to_string());
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Err("closed before the answer".into()),
            Ok(read) => established.receive(&buffer[..read]),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// A client that has no method, no token and no key.
fn nobodys_config() -> Arc<ClientConfig> {
    Arc::new(ClientConfig {
        settings: ClientSettings {
            authentication: Requirement::Optional,
            encryption: Requirement::Required,
            integrity: Requirement::Required,
            negotiation: Requirement::Preferred,
            methods: Vec::new(),
            crypto_methods: vec!["AES".into()],
            session_duration: 60,
            session_lease: 60,
            trust_domain: None,
            subsystem: "TOOL".into(),
            version: PROTOCOL_VERSION.into(),
        },
        registry: Registry::default(),
        allow: Some(List::parse("*")),
        deny: None,
        mapper: Arc::new(NoMapper),
        uid_domain: None,
    })
}
