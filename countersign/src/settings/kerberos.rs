//! KERBEROS_*.

use countersign_methods::kerberos::NameRules;

use super::{Lookup, SettingsError};
use crate::effects::KerberosSources;

/// Which principals are daemons.
pub(super) fn rules(lookup: &Lookup<'_>) -> Result<NameRules, SettingsError> {
    Ok(NameRules {
        server_principal: text(lookup, "KERBEROS_SERVER_PRINCIPAL")?,
        service: text(lookup, "KERBEROS_SERVER_SERVICE")?,
        server_user: text(lookup, "KERBEROS_SERVER_USER")?,
    })
}

/// Where credentials and keys are.
pub(super) fn sources(
    lookup: &Lookup<'_>,
    client_has_keytab: bool,
) -> Result<KerberosSources, SettingsError> {
    let rules = rules(lookup)?;
    Ok(KerberosSources {
        keytab: text(lookup, "KERBEROS_SERVER_KEYTAB")?,
        service: rules.service().to_owned(),
        principal: rules.server_principal,
        map_file: text(lookup, "KERBEROS_MAP_FILE")?.map(Into::into),
        client_has_keytab,
    })
}

/// An empty text is none, as in HTCondor.
fn text(lookup: &Lookup<'_>, knob: &str) -> Result<Option<String>, SettingsError> {
    Ok(lookup.text(knob)?.filter(|text| !text.is_empty()))
}
