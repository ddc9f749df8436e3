//! What SCITOKENS takes from configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use countersign_methods::scitokens::{ForeignIssuers, Plugin, Plugins, ScitokensServerSettings};

use super::{Lookup, SettingsError};
use crate::effects::BearerSources;
use crate::issuer_keys::IssuerKeySettings;

/// How long the last keys serve, in seconds: four hours.
const MAX_STALE: i32 = 4 * 3600;

/// Where a client's token is.
pub(super) fn bearer(lookup: &Lookup<'_>) -> Result<BearerSources, SettingsError> {
    let file = lookup.path("SCITOKENS_FILE")?;
    Ok(BearerSources {
        file: file.filter(|path: &PathBuf| !path.as_os_str().is_empty()),
        discover: true,
    })
}

/// Which tokens a server takes.
pub(super) fn server(lookup: &Lookup<'_>) -> Result<ScitokensServerSettings, SettingsError> {
    let text = |name| lookup.text(name).map(Option::unwrap_or_default);
    Ok(ScitokensServerSettings {
        audiences: words(&text("SCITOKENS_SERVER_AUDIENCE")?),
        foreign_types: lookup.boolean("SEC_SCITOKENS_ALLOW_FOREIGN_TOKEN_TYPES")?,
        foreign_issuers: ForeignIssuers::parse(&text("SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS")?),
    })
}

/// Where the keys of tokens' issuers are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuerSources {
    /// SEC_SCITOKENS_CACHE. HTCondor's own files there are another program's; ours have a folder of their own in it.
    pub cache: Option<PathBuf>,
    /// SEC_SCITOKENS_CACHE_MAX_STALE: how long the last keys serve while their issuer cannot be asked.
    pub max_stale: Duration,
    /// SEC_SCITOKENS_ISSUER_KEY_FILES: issuers that are never asked, since their keys stand in these files (JWKS).
    pub pinned: BTreeMap<String, PathBuf>,
    /// The variable SCITOKEN_CONFIG_TLS_CA_FILE, as scitokens-cpp has it: the authorities that are believed instead of the
    /// system's.
    pub ca_file: Option<PathBuf>,
}

impl IssuerSources {
    /// As the cache wants it.
    #[must_use]
    pub fn settings(&self) -> IssuerKeySettings {
        IssuerKeySettings {
            folder: self.cache.clone(),
            max_stale: self.max_stale,
            pinned: self.pinned.clone(),
            ca_file: self.ca_file.clone(),
            ..IssuerKeySettings::default()
        }
    }
}

/// Reads where the keys of issuers are.
pub(super) fn issuers(lookup: &Lookup<'_>) -> Result<IssuerSources, SettingsError> {
    let cache = lookup.text("SEC_SCITOKENS_CACHE")?.unwrap_or_default();
    let cache = match cache.trim() {
        "" => None,
        "auto" => ["RUN", "LOCK"]
            .into_iter()
            .find_map(|name| lookup.path(name).transpose())
            .transpose()?
            .map(|folder: PathBuf| folder.join("cache")),
        folder => Some(PathBuf::from(folder)),
    };
    let stale = "SEC_SCITOKENS_CACHE_MAX_STALE";
    let seconds = lookup.number(&[stale.to_owned()], MAX_STALE)?;
    let max_stale = match (u64::try_from(seconds), lookup.setting(stale)?) {
        (Ok(seconds), _) => Duration::from_secs(seconds),
        (Err(_), Some(setting)) => {
            return Err(SettingsError::value(&setting, "a number of seconds"));
        }
        (Err(_), None) => Duration::default(),
    };
    let mut pinned = BTreeMap::new();
    if let Some(setting) = lookup.setting("SEC_SCITOKENS_ISSUER_KEY_FILES")? {
        let words = words(&setting.value);
        for pair in words.chunks(2) {
            match pair {
                [issuer, file] if issuer.starts_with("https://") && file.starts_with('/') => {
                    pinned.insert(issuer.clone(), PathBuf::from(file));
                }
                _ => {
                    return Err(SettingsError::value(
                        &setting,
                        "pairs of an issuer (https://...) and the full path of a file with its keys (JWKS)",
                    ));
                }
            }
        }
    }
    Ok(IssuerSources {
        cache: cache.map(|folder| folder.join("countersign")),
        max_stale,
        pinned,
        ca_file: std::env::var_os("SCITOKEN_CONFIG_TLS_CA_FILE")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from),
    })
}

/// The plugins, those that only a line of the mapfile names included.
pub(super) fn plugins(lookup: &Lookup<'_>) -> Result<Plugins, SettingsError> {
    let names = words(
        &lookup
            .text("SEC_SCITOKENS_PLUGIN_NAMES")?
            .unwrap_or_default(),
    );
    let mut set = BTreeMap::new();
    for name in names.iter().cloned().chain(named(lookup)) {
        let of = |what: &str| lookup.setting(&format!("SEC_SCITOKENS_PLUGIN_{name}_{what}"));
        let command = match of("COMMAND")? {
            None => None,
            Some(setting) => Some(arguments(&setting.value).ok_or_else(|| {
                SettingsError::value(&setting, "a command in words, with every quote closed")
            })?),
        };
        let plugin = Plugin {
            command: command.filter(|command| !command.is_empty()),
            mapping: of("MAPPING")?.map(|setting| setting.value.trim().to_owned()),
        };
        set.insert(name.to_ascii_uppercase(), plugin);
    }
    Ok(Plugins { names, set })
}

/// The plugins that anything is set for.
fn named<'a>(lookup: &'a Lookup<'_>) -> impl Iterator<Item = String> + 'a {
    lookup.names().filter_map(|name| {
        let name = name.to_ascii_uppercase();
        let rest = name.strip_prefix("SEC_SCITOKENS_PLUGIN_")?;
        let plugin = rest
            .strip_suffix("_COMMAND")
            .or_else(|| rest.strip_suffix("_MAPPING"))?;
        Some(plugin.to_owned())
    })
}

fn words(text: &str) -> Vec<String> {
    let words = text.split([',', ' ', '\t', '\r', '\n']);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Arguments in HTCondor's second form: between white space, with single quotes around what holds any, and two of them for
/// one. `None` where a quote is not closed.
fn arguments(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' if quoted && characters.peek() == Some(&'\'') => {
                characters.next();
                current.get_or_insert_default().push('\'');
            }
            '\'' => {
                quoted = !quoted;
                current.get_or_insert_default();
            }
            ' ' | '\t' | '\r' | '\n' if !quoted => found.extend(current.take()),
            other => current.get_or_insert_default().push(other),
        }
    }
    found.extend(current);
    (!quoted).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_words() {
        let words = |text| arguments(text).map(|words| words.join("|"));
        assert_eq!(words(" /bin/x  -a b\t").as_deref(), Some("/bin/x|-a|b"));
        assert_eq!(
            words("/x 'a b' 'it''s' ''").as_deref(),
            Some("/x|a b|it's|")
        );
        assert_eq!(words("/x 'a"), None);
    }
}
