//! SEC_CLIENT_* and what stands in for it.
//!
//! Rule: `getSecSetting` in HTCondor: `SEC_CLIENT_X`, then `SEC_DEFAULT_X`, then the built-in
//! value. SEC_*_SESSION_DURATION is looked up with the subsystem first, and the plain form then
//! overrides it, as HTCondor 25.14 does (its look-up never reports success).

use countersign_core::PROTOCOL_VERSION;
use countersign_core::policy::{ClientSettings, LevelSettings};

use super::{Host, Lookup, SettingsError, is_tool, knobs};

/// Seconds that a tool's session lives.
const TOOL_SESSION_DURATION: i32 = 60;

/// Reads the client's policy.
///
/// # Errors
/// [`SettingsError`].
pub fn client_settings(lookup: &Lookup<'_>, host: &Host) -> Result<ClientSettings, SettingsError> {
    let built_in = LevelSettings::default();
    let mut session_duration = if is_tool(&host.subsystem) {
        TOOL_SESSION_DURATION
    } else {
        built_in.session_duration
    };
    let of_subsystem = names_of(&format!("SEC_{}_", host.subsystem), "_SESSION_DURATION");
    for names in [of_subsystem, names("SESSION_DURATION")] {
        session_duration = lookup.number(&names, session_duration)?;
    }
    Ok(ClientSettings {
        authentication: lookup.requirement(&names("AUTHENTICATION"), built_in.authentication)?,
        encryption: lookup.requirement(&names("ENCRYPTION"), built_in.encryption)?,
        integrity: lookup.requirement(&names("INTEGRITY"), built_in.integrity)?,
        negotiation: lookup.requirement(&names("NEGOTIATION"), built_in.negotiation)?,
        methods: lookup.list(&names("AUTHENTICATION_METHODS"), &built_in.methods)?,
        crypto_methods: lookup.list(&names("CRYPTO_METHODS"), &built_in.crypto_methods)?,
        session_duration,
        session_lease: lookup.number(&names("SESSION_LEASE"), built_in.session_lease)?,
        trust_domain: lookup.text("TRUST_DOMAIN")?,
        subsystem: host.subsystem.clone(),
        version: PROTOCOL_VERSION.to_owned(),
    })
}

fn names(feature: &str) -> Vec<String> {
    names_of("SEC_", &format!("_{feature}"))
}

fn names_of(before: &str, after: &str) -> Vec<String> {
    ["CLIENT", knobs::DEFAULT_LEVEL]
        .map(|level| format!("{before}{level}{after}"))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_config::Config;
    use countersign_core::policy::Requirement;

    fn read(text: &str) -> Result<ClientSettings, SettingsError> {
        let config: Config = text.parse().unwrap();
        client_settings(&Lookup::new(&config, "TOOL"), &Host::for_tests())
    }

    #[test]
    fn client_before_default() {
        let settings = read(
            "SEC_DEFAULT_ENCRYPTION = REQUIRED\nSEC_CLIENT_ENCRYPTION = never\n\
             SEC_DEFAULT_AUTHENTICATION_METHODS = FS, TOKEN\n",
        )
        .unwrap();
        assert_eq!(settings.encryption, Requirement::Never);
        assert_eq!(settings.methods, ["FS", "TOKEN"]);
        assert_eq!(settings.session_duration, 60);
    }

    #[test]
    fn a_wrong_value_names_its_knob() {
        let error = read("SEC_DEFAULT_INTEGRITY = maybe\n").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("SEC_DEFAULT_INTEGRITY") && text.contains("REQUIRED, PREFERRED"),
            "{text}"
        );
    }

    #[test]
    fn durations() {
        let settings = read(
            "SEC_TOOL_CLIENT_SESSION_DURATION = 5\nSEC_DEFAULT_SESSION_DURATION = 7\n\
             SEC_CLIENT_SESSION_LEASE = 9\n",
        )
        .unwrap();
        assert_eq!((settings.session_duration, settings.session_lease), (7, 9));
    }
}
