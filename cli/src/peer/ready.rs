//! What is said once the peer is ready.

use std::path::Path;

use countersign::core::names::{ANONYMOUS, CLAIMTOBE, Level};
use countersign::peer::PeerHandle;
use countersign::settings::PeerSettings;
use serde_json::{Map, Value, json};

/// Folders of the system, in which keys are a site's and not a test's.
const SYSTEM: [&str; 3] = ["/etc", "/var", "/usr"];

/// What a person must know before others connect.
pub(crate) struct Facts {
    /// Methods that prove nothing, with the levels that accept them.
    proves_nothing: Map<String, Value>,
    /// Whether signing keys come from a system folder.
    system_keys: bool,
}

/// Looks at the settings.
pub(crate) fn facts(settings: &PeerSettings) -> Facts {
    let mut proves_nothing = Map::new();
    for method in [&CLAIMTOBE, &ANONYMOUS] {
        let levels: Vec<&str> = Level::ALL
            .into_iter()
            .filter(|level| level.sample_command().is_some())
            .filter(|level| {
                let methods = &settings.levels.level(*level).methods;
                methods.iter().any(|name| method.is(name)) && may_allow(settings, *level)
            })
            .map(Level::name)
            .collect();
        if !levels.is_empty() {
            proves_nothing.insert(method.canonical.to_owned(), json!(levels));
        }
    }
    let of_system = |path: &Path| SYSTEM.iter().any(|folder| path.starts_with(folder));
    let keys = &settings.methods.keys;
    Facts {
        proves_nothing,
        system_keys: [&keys.key_folder, &keys.pool_key]
            .into_iter()
            .flatten()
            .any(|path| of_system(path)),
    }
}

/// Whether any list lets anybody use the level, directly or through one that implies it.
fn may_allow(settings: &PeerSettings, level: Level) -> bool {
    level == Level::Allow
        || settings.policy.allow(level).is_some()
        || level.implied_by().any(|higher| may_allow(settings, higher))
}

/// The line.
pub(crate) fn line(peer: &PeerHandle, facts: &Facts) -> String {
    json!({
        "address": peer.address(),
        "pid": std::process::id(),
        "proves_nothing": facts.proves_nothing,
        "signing_keys_from_system_folder": facts.system_keys,
    })
    .to_string()
}
