//! What SCITOKENS takes from configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use countersign_methods::scitokens::{ForeignIssuers, Plugin, Plugins, ScitokensServerSettings};

use super::{Lookup, SettingsError};
use crate::effects::BearerSources;

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

/// The plugins, those that only a line of the mapfile names included.
pub(super) fn plugins(
    lookup: &Lookup<'_>,
    in_mapfile: &[String],
) -> Result<Plugins, SettingsError> {
    let names = words(
        &lookup
            .text("SEC_SCITOKENS_PLUGIN_NAMES")?
            .unwrap_or_default(),
    );
    let mut set = BTreeMap::new();
    for name in names.iter().chain(in_mapfile) {
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
