//! What comes into force: made whole from settings, or not at all.

use std::sync::Arc;

use countersign_core::PROTOCOL_VERSION;
use countersign_core::identity::{Mapper, NoMapper};
use countersign_core::method::{Registry, ServerMechanism};
use countersign_core::names::{CommandTable, IDTOKENS, Level, MethodName, SCITOKENS};
use countersign_core::server::ServerConfig;
use countersign_mapfile::Beginning;

use super::PeerError;
use super::keys::readable_keys;
use super::shared::InForce;
use crate::effects::{Performers, ask_netgroups, look_up_peer};
use crate::issuer_keys::{Standing, Standings};
use crate::mapper::MapfileMapper;
use crate::settings::PeerSettings;

/// What an embedder adds to the settings. It stays over reconfigurations.
#[derive(Debug, Clone, Default)]
pub(super) struct Additions {
    pub(super) mapper: Option<Arc<dyn Mapper>>,
    pub(super) commands: CommandTable,
    pub(super) methods: Registry<dyn ServerMechanism>,
    pub(super) performers: Performers,
    pub(super) host_name: String,
    /// The keys of tokens' issuers, which outlast a reconfiguration that does not concern them.
    pub(super) issuers: super::issuers::Issuers,
}

/// Puts everything together. This blocks: the mapfile and the keys are read.
///
/// # Errors
/// [`PeerError`] for the first thing that cannot be read whole.
pub(super) fn prepare(
    settings: &PeerSettings,
    additions: &Additions,
) -> Result<InForce, PeerError> {
    let (mapper, mapfile): (Arc<dyn Mapper>, _) = match (&additions.mapper, &settings.mapfile) {
        (Some(mapper), _) => (mapper.clone(), None),
        (None, Some(source)) => {
            let mapper = MapfileMapper::read(source)?;
            (Arc::new(mapper.clone()), Some(mapper))
        }
        (None, None) => (Arc::new(NoMapper), None),
    };
    let keys = if lists(settings, &IDTOKENS) {
        readable_keys(settings)?
    } else {
        Vec::new()
    };
    let issuer_keys = lists(settings, &SCITOKENS).then(|| {
        let keys = additions.issuers.of(&settings.methods.issuers);
        match mapfile.clone() {
            Some(mapfile) => keys.with_standings(standings(mapfile, settings)),
            None => keys,
        }
    });
    let mut performers = settings.methods.performers();
    if let Some(issuer_keys) = &issuer_keys {
        performers = performers.and(issuer_keys.performers());
    }
    let registry = settings.methods.registry(&mapper).and(&additions.methods);
    Ok(InForce {
        config: Arc::new(ServerConfig {
            settings: settings.levels.clone(),
            registry,
            commands: additions.commands.clone(),
            policy: settings.policy.clone(),
            mapper,
            trust_domain: settings.methods.idtokens.trust_domain.clone(),
            uid_domain: settings.uid_domain.clone(),
            version: PROTOCOL_VERSION.to_owned(),
            subsystem: settings.subsystem.clone(),
            host_name: additions.host_name.clone(),
            process_id: std::process::id(),
        }),
        keys,
        mapfile,
        issuer_keys,
        performers: performers
            .with(|request| look_up_peer(&request).into())
            .with(|request| ask_netgroups(&request).into())
            .and(additions.performers.clone()),
        session_deadline: settings.session_deadline,
        authentication_timeout: settings.authentication_timeout,
    })
}

/// What the mapfile says of an issuer: its tokens are of no use where no line could speak of any, whoever they are for,
/// since such a client is refused. Where plugins are configured, they count as if they could know anybody.
fn standings(mapfile: MapfileMapper, settings: &PeerSettings) -> Standings {
    let plugins = !settings.methods.plugins.names.is_empty();
    Arc::new(move |issuer| {
        let names = format!("{issuer},");
        let mapfile = mapfile.mapfile();
        match mapfile.beginning(SCITOKENS.canonical.as_bytes(), names.as_bytes()) {
            Beginning::Never if !plugins => Standing::Useless,
            Beginning::Never | Beginning::Perhaps => Standing::Any,
            Beginning::Named => Standing::Named,
        }
    })
}

/// Whether any level accepts a method.
fn lists(settings: &PeerSettings, wanted: &MethodName) -> bool {
    Level::ALL.into_iter().any(|level| {
        let methods = &settings.levels.level(level).methods;
        methods.iter().any(|method| wanted.is(method))
    })
}
